//! The four guarantees of a session (Terry et al. 1994, "Session Guarantees for Weakly Consistent
//! Replicated Data", section 2), over version vectors.
//!
//! | guarantee | of a session and key |
//! |---|---|
//! | read your writes | a read has seen every write before it |
//! | monotonic reads | a read has seen all that a read before it had |
//! | monotonic writes | a write supersedes every write before it |
//! | writes follow reads | a write supersedes all that a read before it had seen |
//!
//! Before means: it had ended when the later one was asked. What ended with an error or not at all promises
//! nothing and is passed over.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::history::{Asked, Edge, History};
use super::purge::excused;
use super::survivors::Survivors;
use super::words::{shown_values, told};
use super::{Verdict, Violation, covers_all, places_by_key};
use crate::causal::{Resolve, Stamp, VersionVector};
use crate::node::Answer;

/// Whether every session of a history has its four guarantees, key by key. Where `resolve` keeps one version,
/// a write supersedes another by its stamp, else by its context.
///
/// # Errors
/// The first operation, by the time of asking, that breaks one, with the earlier one that it does not know.
pub fn sessions(history: &History, resolve: &dyn Resolve, survivors: &Survivors) -> Verdict {
    let by_key = places_by_key(history);
    let mut pasts: BTreeMap<(u32, &Bytes), Past> = BTreeMap::new();
    for event in history.events() {
        let operation = &history.operations()[event.place];
        let (Some(session), Some(answer)) = (operation.session, operation.answer()) else {
            continue;
        };
        let past = pasts.entry((session, &operation.key)).or_default();
        match event.edge {
            Edge::Return => past.add(event.place, answer, operation.writes()),
            Edge::Call => {
                let places = by_key.get(&operation.key).map_or(&[][..], Vec::as_slice);
                Check {
                    history,
                    places,
                    resolve,
                    survivors,
                    past,
                }
                .operation(session, event.place, answer)?;
            }
        }
    }
    Ok(())
}

/// What a session knows of one key.
#[derive(Default)]
struct Past {
    /// The dots of its own writes.
    wrote: VersionVector,
    /// What its reads have seen.
    saw: VersionVector,
    /// The highest stamps of its writes and of its reads.
    stamps: [Stamp; 2],
    ended: Vec<usize>,
}

impl Past {
    fn add(&mut self, place: usize, answer: &Answer, writes: bool) {
        if !writes {
            self.saw.join(&answer.context.seen);
        } else if let Some(dot) = answer.dot {
            self.wrote.see(dot);
        }
        let stamp = &mut self.stamps[usize::from(!writes)];
        *stamp = answer.context.stamp.max(*stamp);
        self.ended.push(place);
    }
}

struct Check<'a> {
    history: &'a History,
    places: &'a [usize],
    resolve: &'a dyn Resolve,
    survivors: &'a Survivors,
    past: &'a Past,
}

impl Check<'_> {
    fn operation(&self, session: u32, place: usize, answer: &Answer) -> Verdict {
        let operation = &self.history.operations()[place];
        let rules = match &operation.asked {
            Asked::Get => ["read your writes", "monotonic reads"],
            // Changes of a data type commute: no order of theirs is promised.
            Asked::Update(_) | Asked::Cas { .. } => return Ok(()),
            Asked::Put { .. } | Asked::Delete { .. } => ["monotonic writes", "writes follow reads"],
        };
        let by_stamp = operation.writes() && !self.resolve.keeps_siblings();
        let needs = [&self.past.wrote, &self.past.saw];
        for (index, (rule, needed)) in rules.into_iter().zip(needs).enumerate() {
            let known = if by_stamp {
                needed.is_empty() || answer.context.stamp > self.past.stamps[index]
            } else {
                self.knows(place, answer, needed)
            };
            if !known {
                return Err(self.broken(session, rule, place, answer, index == 0));
            }
        }
        Ok(())
    }

    fn knows(&self, place: usize, answer: &Answer, needed: &VersionVector) -> bool {
        let seen = &answer.context.seen;
        covers_all(seen, needed)
            || excused(
                self.history,
                self.places,
                self.survivors,
                seen,
                needed,
                self.history.ended(place),
            )
    }

    fn broken(
        &self,
        session: u32,
        rule: &'static str,
        place: usize,
        answer: &Answer,
        of_writes: bool,
    ) -> Violation {
        let operations = self.history.operations();
        let unknown = |earlier: &&usize| {
            let earlier = &operations[**earlier];
            match (of_writes, earlier.answer()) {
                (true, _) if earlier.writes() => earlier
                    .dot()
                    .is_some_and(|dot| !answer.context.seen.covers(dot)),
                (false, Some(read)) if !earlier.writes() => {
                    !covers_all(&answer.context.seen, &read.context.seen)
                }
                _ => false,
            }
        };
        // With stamps the later may have seen the earlier and yet stand below it: the last one shows that.
        let kind = |earlier: &&usize| operations[**earlier].writes() == of_writes;
        let earlier = self.past.ended.iter().find(unknown);
        let earlier = earlier.or_else(|| self.past.ended.iter().rev().find(kind));
        let (which, has) = match (operations[place].writes(), of_writes) {
            (false, true) => ("its own", "has not seen"),
            (false, false) => ("its earlier", "has not seen what was seen by"),
            (true, true) => ("its own", "does not supersede"),
            (true, false) => ("its earlier", "does not supersede what was seen by"),
        };
        let shown = |place: usize| match operations[place].answer() {
            Some(answer) if !operations[place].writes() => {
                format!(", which returned {},", shown_values(&answer.values))
            }
            _ => ",".to_owned(),
        };
        let before = earlier.map_or_else(String::new, |earlier| {
            let end = shown(*earlier);
            format!(
                " {which} {}{}",
                told(self.history, *earlier),
                end.trim_end_matches(',')
            )
        });
        let words = format!(
            "{rule}: in session {session} {}{} {has}{before}",
            told(self.history, place),
            shown(place)
        );
        let shown_by = earlier.copied().into_iter().chain([place]);
        Violation::new(rule, words).shown_by(self.history, shown_by)
    }
}
