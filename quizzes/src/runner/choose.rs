//! What to ask: unseen questions first, then missed ones, then known ones, lessons and types mixed.

use std::collections::BTreeMap;

use kvorum::base::rng::Rng;

use crate::bank::{Bank, Question};
use crate::record::ItemStanding;

/// Questions of one lesson, or of one type, that may follow each other while others are left.
const IN_A_ROW_MAX: usize = 2;

/// How urgent a question is; the least comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Urgency {
    /// Never answered: easier ones first.
    Unseen { difficulty: u8 },
    /// Missed last time: the longest ago first.
    Missed { last_ms: i64 },
    /// Right last time: the longest ago first.
    Known { last_ms: i64 },
}

/// At most `count` questions of `lesson`, or of all lessons, in the order in which to ask them.
pub(super) fn choose<'a>(
    bank: &'a Bank,
    standings: &[ItemStanding],
    lesson: Option<u8>,
    count: usize,
    seed: u64,
) -> Vec<&'a Question> {
    let standings: BTreeMap<&str, &ItemStanding> = standings
        .iter()
        .map(|standing| (standing.item.as_str(), standing))
        .collect();
    let urgency = |question: &Question| match standings.get(question.id.to_string().as_str()) {
        None => Urgency::Unseen {
            difficulty: question.difficulty,
        },
        Some(standing) if standing.last_right => Urgency::Known {
            last_ms: standing.last_ms,
        },
        Some(standing) => Urgency::Missed {
            last_ms: standing.last_ms,
        },
    };
    let mut rng = Rng::from_seed(seed);
    let mut questions: Vec<(Urgency, u64, &Question)> = bank
        .questions()
        .iter()
        .filter(|question| lesson.is_none_or(|lesson| question.lesson == lesson))
        .map(|question| (urgency(question), rng.next_u64(), question))
        .collect();
    questions.sort_by_key(|&(urgency, draw, _)| (urgency, draw));
    questions.truncate(count);
    mixed(
        questions
            .into_iter()
            .map(|(_, _, question)| question)
            .collect(),
    )
}

/// The same questions, as near to their order as it goes without too many alike in a row.
fn mixed(mut left: Vec<&Question>) -> Vec<&Question> {
    let mut mixed: Vec<&Question> = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let recent = mixed.iter().rev().take(IN_A_ROW_MAX);
        let alike = |same: &dyn Fn(&Question) -> bool| {
            mixed.len() >= IN_A_ROW_MAX && recent.clone().all(|question| same(question))
        };
        let burden = |candidate: &Question| {
            let lesson = alike(&|question| question.lesson == candidate.lesson);
            let kind = alike(&|question| question.body.kind() == candidate.body.kind());
            usize::from(lesson) + usize::from(kind)
        };
        let next = (0..left.len())
            .min_by_key(|&at| burden(left[at]))
            .expect("something is left");
        mixed.push(left.remove(next));
    }
    mixed
}
