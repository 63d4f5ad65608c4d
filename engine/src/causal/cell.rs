//! All that a replica knows of one key: a dotted version vector set (Preguiça et al. 2010, "Dotted
//! Version Vectors"; Almeida et al. 2014).

use bytes::Bytes;

use super::context::Context;
use super::digest::digest;
use super::dot::{Actor, Dot};
use super::hlc::Stamp;
use super::live::{Live, Version};
use super::resolve::Resolve;
use super::tokens::{Known, Token, Tokens};
use super::vector::VersionVector;
use crate::base::limits::{ACTORS_MAX, SIBLINGS_MAX};
use crate::base::time::Wall;
use crate::{Error, Result};

/// The versions of a key that no other supersedes, and every write ever seen.
///
/// Invariants: each live dot is covered by `seen`; a dot that is covered but not live was superseded; a
/// token's dot is covered.
///
/// Two cells are equal when they hold the same. That leaves out which actor the replica itself writes
/// under: it is of this copy alone, and no merge passes it on.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    pub(super) seen: VersionVector,
    pub(super) live: Live,
    pub(super) tokens: Tokens,
    /// Under which actor the replica that keeps this copy has written the key; none before it has. It goes
    /// on under that one, see [`Actor`].
    pub(super) own: Option<Actor>,
}

/// What [`Cell::write`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wrote {
    /// The dot of the write.
    pub dot: Dot,
    /// True when its token was known: nothing was written now, and the dot is that of the first time.
    pub repeated: bool,
}

/// Whether a merge changed a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merged {
    /// The other side knew nothing new.
    Nothing,
    /// Something new was taken in.
    News,
}

impl PartialEq for Cell {
    fn eq(&self, other: &Self) -> bool {
        (&self.seen, &self.live, &self.tokens) == (&other.seen, &other.live, &other.tokens)
    }
}

impl Eq for Cell {}

impl Cell {
    /// Adds a write under the next dot of `actor`, or of the actor under which this life of the node has
    /// written this copy before. It supersedes what `context` has seen, or, where `resolve` keeps one version
    /// only, what has a lower stamp. A write whose `token` the cell knows changes nothing.
    ///
    /// # Errors
    /// [`Error::Conflict`] when [`SIBLINGS_MAX`] versions would stand beside each other,
    /// [`Error::Overloaded`] when [`ACTORS_MAX`] actors have written the key; the cell stays as it was.
    pub fn write(
        &mut self,
        actor: Actor,
        context: &VersionVector,
        mut version: Version,
        token: Option<Token>,
        resolve: &dyn Resolve,
    ) -> Result<Wrote> {
        if let Some(dot) = token.and_then(|token| self.tokens.dot(token)) {
            return Ok(Wrote {
                dot,
                repeated: true,
            });
        }
        let dot = self.next_dot(actor, context)?;
        self.check_room(dot, context, &version, resolve)?;
        if version.value.is_none() {
            // A delete does not end; with a deadline it would look like an expired value.
            version.deadline = None;
        }
        if let Some(token) = token {
            let stamp = version.stamp;
            self.tokens.put(Known { stamp, token, dot });
        }
        self.own = Some(dot.actor);
        see(&mut self.seen, dot, context, resolve);
        add(&mut self.live, dot, version, context, resolve);
        Ok(Wrote {
            dot,
            repeated: false,
        })
    }

    /// The dot that [`write`](Self::write) would give, unless it knows the token.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when the actor has counted to the end.
    pub fn next_dot(&self, actor: Actor, context: &VersionVector) -> Result<Dot> {
        // Not the highest epoch in `seen`: a peer's vector, or an old context, may name an epoch from before
        // this node removed the cell, and not all of its dots. See `Actor`.
        let own = self.own.filter(|own| own.same_life(actor));
        let actor = own.unwrap_or(actor);
        let highest = self.seen.highest(actor).max(context.highest(actor));
        match highest.checked_add(1) {
            Some(counter) => Ok(Dot { actor, counter }),
            None => Err(Error::Overloaded {
                detail: format!("actor {actor} has no counter left"),
            }),
        }
    }

    /// Refuses a write that would leave too much. Most are far from the limits, and cost a comparison.
    fn check_room(
        &self,
        dot: Dot,
        context: &VersionVector,
        version: &Version,
        resolve: &dyn Resolve,
    ) -> Result<()> {
        if self.live.len() >= SIBLINGS_MAX {
            let mut live = self.live.clone();
            add(&mut live, dot, version.clone(), context, resolve);
            if live.len() > SIBLINGS_MAX {
                return Err(Error::Conflict {
                    detail: format!(
                        "{SIBLINGS_MAX} concurrent versions already; get the key and put with that context"
                    ),
                });
            }
        }
        if self.seen.len() + context.len() >= ACTORS_MAX {
            let mut seen = self.seen.clone();
            see(&mut seen, dot, context, resolve);
            if seen.len() > ACTORS_MAX {
                return Err(Error::Overloaded {
                    detail: format!("{ACTORS_MAX} actors have written this key"),
                });
            }
        }
        Ok(())
    }

    /// Takes in what another replica knows. A version that only one side holds stays, unless the other
    /// has seen it and dropped it: then something superseded it. An expired value whose bytes one side has
    /// dropped has none afterwards.
    ///
    /// A state is the set of writes seen, the set of those superseded, the set of those whose bytes were
    /// dropped, and the newest tokens. Merging is the union of each, of the last cut to the newest, and so
    /// commutative, associative and idempotent; `resolve` must keep it so.
    pub fn merge(&mut self, other: &Self, resolve: &dyn Resolve) -> Merged {
        let mut news = self.tokens.merge(&other.tokens);
        let before = self.live.len();
        self.live
            .retain_mut(|dot, version| match other.live.get(dot) {
                Some(theirs) => {
                    news |= version.drop_as(theirs);
                    true
                }
                None => !other.seen.covers(dot),
            });
        news |= self.live.len() < before;
        // Also when nothing is added: what stands here may have been written under another way to resolve.
        let before = self.live.len();
        if self.seen == other.seen {
            self.live.add(core::iter::empty(), resolve);
        } else {
            let seen = &self.seen;
            let unseen = other.live.iter().filter(|(dot, _)| !seen.covers(*dot));
            let unseen = unseen.map(|(dot, version)| (dot, version.clone()));
            self.live.add(unseen, resolve);
            news |= self.seen.take_in(&other.seen);
        }
        if news || self.live.len() < before {
            Merged::News
        } else {
            Merged::Nothing
        }
    }

    /// The values whose bytes are there, whatever the time, sorted by bytes.
    #[must_use]
    pub fn shown_values(&self) -> Vec<Bytes> {
        self.values(Wall(0))
    }

    /// When the latest write with an idempotency token was stamped, if the cell remembers one.
    #[must_use]
    pub fn latest_token(&self) -> Option<Stamp> {
        self.tokens.all().last().map(|known| known.stamp)
    }

    /// The same versions with other deadlines: what a planted bug does, and nothing else.
    #[must_use]
    pub fn with_deadlines(mut self, deadline: impl Fn(Wall, Stamp) -> Wall) -> Self {
        self.live.change_deadlines(deadline);
        self
    }

    /// The values at `now`, sorted by bytes. Tombstones and what has expired are left out; a write that came
    /// in twice counts once.
    #[must_use]
    pub fn values(&self, now: Wall) -> Vec<Bytes> {
        // A node that died and came back within one millisecond may give a stamp twice, to two different
        // writes: only with the value, too, is a version known to be another's copy.
        let valued = self.shown().filter_map(|(_, version)| {
            let value = version.value_at(now)?.clone();
            Some((value, version.stamp))
        });
        let mut valued: Vec<(Bytes, Stamp)> = valued.collect();
        valued.sort_unstable();
        valued.dedup();
        valued.into_iter().map(|(value, _)| value).collect()
    }

    /// The live versions without the second copies of one write.
    ///
    /// A retry that two coordinators both applied stands under two dots with one token. Where the cell knows
    /// of another dot with a live version's token, this version is left out when that other one is lower, or
    /// was superseded: a writer that saw one copy saw the write. It is left out here, and not removed by a
    /// merge, since tokens are forgotten: merges that met the token's other dot, and merges that had
    /// forgotten it before, would leave different versions for ever.
    ///
    /// Not all are left out: then all are shown. So with last-write-wins, where each version stands alone,
    /// no token decides; and clients who retry with another context than before cannot hide a key.
    pub fn shown(&self) -> impl Iterator<Item = (Dot, &Version)> {
        let all =
            self.tokens.all().is_empty() || self.live.dots().all(|dot| self.is_second_copy(dot));
        self.live
            .iter()
            .filter(move |(dot, _)| all || !self.is_second_copy(*dot))
    }

    fn is_second_copy(&self, dot: Dot) -> bool {
        let Some(token) = self.tokens.token_of(dot) else {
            return false;
        };
        let mut others = self.tokens.dots(token).filter(|other| *other != dot);
        others.any(|other| other < dot || !self.live.contains(other))
    }

    /// True when there is something, and at `now` all of it is deleted or expired: reads show no value, now
    /// and later.
    #[must_use]
    pub fn is_dead(&self, now: Wall) -> bool {
        !self.is_empty()
            && self
                .shown()
                .all(|(_, version)| version.value_at(now).is_none())
    }

    /// Drops the bytes of what has expired at `now`, and says whether there were any. What the cell means,
    /// and its digest, stay.
    pub fn expire(&mut self, now: Wall) -> bool {
        let versions = self.live.versions_mut();
        versions.fold(false, |dropped, version| {
            version.drop_expired(now) | dropped
        })
    }

    /// True when both mean the same, and so have the same digest: they are equal but for bytes of expired
    /// values that one side has dropped.
    #[must_use]
    pub fn agrees_with(&self, other: &Self) -> bool {
        let mut versions = self.live.iter().zip(other.live.iter());
        (&self.seen, &self.tokens) == (&other.seen, &other.tokens)
            && self.live.len() == other.live.len()
            && versions.all(|(mine, theirs)| mine.0 == theirs.0 && mine.1.same_write(theirs.1))
    }

    /// What a client that is shown this cell has seen.
    #[must_use]
    pub fn context(&self) -> Context {
        Context {
            seen: self.seen.clone(),
            stamp: self.stamp(),
        }
    }

    /// The highest stamp among the live versions.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        self.live
            .versions()
            .map(|version| version.stamp)
            .max()
            .unwrap_or_default()
    }

    /// The writes seen.
    #[must_use]
    pub fn seen(&self) -> &VersionVector {
        &self.seen
    }

    /// The versions that no other supersedes.
    #[must_use]
    pub fn live(&self) -> &Live {
        &self.live
    }

    /// True when no write was seen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    /// A hash of what it means: cells that [agree](Self::agrees_with) have equal digests. It costs no memory.
    ///
    /// Values are not hashed. A dot names one write for ever, so where dots are equal values are; and one
    /// replica may have dropped the bytes of an expired value that another still holds. Damage to stored
    /// values is found by the store's checksums, not here.
    #[must_use]
    pub fn digest(&self) -> u64 {
        digest(self)
    }
}

/// Marks a write, and what its writer had seen, as seen.
fn see(seen: &mut VersionVector, dot: Dot, context: &VersionVector, resolve: &dyn Resolve) {
    // Where the latest stamp wins, a context supersedes nothing. Marked as seen, a version that this replica
    // does not hold would be taken for one that lost here, even where its stamp is the latest.
    if resolve.keeps_siblings() {
        seen.join(context);
    }
    seen.see(dot);
}

/// Adds a version to `live`, which then holds what stays of it.
fn add(
    live: &mut Live,
    dot: Dot,
    version: Version,
    context: &VersionVector,
    resolve: &dyn Resolve,
) {
    // Where the latest stamp wins it must win alone: a context that removed a later stamp would make the
    // outcome depend on which replica met which write first.
    if resolve.keeps_siblings() {
        live.retain(|dot, _| !context.covers(dot));
    }
    live.add([(dot, version)].into_iter(), resolve);
}
