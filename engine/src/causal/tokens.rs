//! Idempotency tokens: how a write that is asked for twice stays one write.

use std::sync::Arc;

use super::dot::Dot;
use super::hlc::Stamp;
use super::vector::VersionVector;
use crate::base::codec::{Reader, put_varint, varint_len};
use crate::base::limits::TOKENS_MAX;
use crate::{Error, Result};

/// A client's name of one write of a key. Whoever does not know whether a write took effect asks for it
/// again under the same token. It must be new for each write that is meant to be a write of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token(pub u64);

/// Under which dot a token was written, and when. Newer ones are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Known {
    pub(super) stamp: Stamp,
    pub(super) token: Token,
    pub(super) dot: Dot,
}

/// The newest [`TOKENS_MAX`] of all that were ever put in, on any replica.
///
/// A token that two coordinators wrote stands here twice, once for each dot. Folding the two into one entry
/// would save a place, but then what is kept would depend on whether the older one was forgotten before the
/// two met. The greatest so many of a set of plain entries do not depend on the order of unions.
///
/// None of them costs a pointer's place; a clone shares them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tokens(Option<Arc<Vec<Known>>>);

impl Tokens {
    /// All, the oldest first.
    pub(super) fn all(&self) -> &[Known] {
        self.0.as_deref().map_or(&[], Vec::as_slice)
    }

    /// The least dot known to carry `token`.
    pub(super) fn dot(&self, token: Token) -> Option<Dot> {
        self.dots(token).min()
    }

    /// The dots known to carry `token`.
    pub(super) fn dots(&self, token: Token) -> impl Iterator<Item = Dot> + '_ {
        let known = self.all().iter().filter(move |known| known.token == token);
        known.map(|known| known.dot)
    }

    /// The token that `dot` is known to carry.
    pub(super) fn token_of(&self, dot: Dot) -> Option<Token> {
        let known = self.all().iter().find(|known| known.dot == dot)?;
        Some(known.token)
    }

    pub(super) fn put(&mut self, known: Known) {
        let all = Arc::make_mut(self.0.get_or_insert_default());
        let at = all.partition_point(|other| *other < known);
        all.insert(at, known);
        forget_old(all);
    }

    /// Unites both, and says whether that changed this one.
    pub(super) fn merge(&mut self, other: &Self) -> bool {
        let Some(theirs) = &other.0 else {
            return false;
        };
        let Some(mine) = &mut self.0 else {
            self.0 = Some(Arc::clone(theirs));
            return true;
        };
        if mine == theirs {
            return false;
        }
        let mut all: Vec<Known> = mine.iter().chain(theirs.iter()).copied().collect();
        all.sort_unstable();
        all.dedup();
        forget_old(&mut all);
        let changed = all != **mine;
        if changed {
            *mine = Arc::new(all);
        }
        changed
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        put_varint(out, self.all().len() as u64);
        for known in self.all() {
            known.stamp.encode(out);
            out.extend_from_slice(&known.token.0.to_le_bytes());
            known.dot.encode(out);
        }
    }

    /// How many bytes `encode` appends.
    pub(super) fn encoded_len(&self) -> usize {
        let each = self
            .all()
            .iter()
            .map(|known| known.stamp.encoded_len() + size_of::<u64>() + known.dot.encoded_len());
        varint_len(self.all().len() as u64) + each.sum::<usize>()
    }

    /// Each token's dot must be among the writes that the cell has `seen`.
    pub(super) fn decode(input: &mut Reader<'_>, seen: &VersionVector) -> Result<Self> {
        let count = input.varint()?;
        if count == 0 {
            return Ok(Self(None));
        }
        if count > TOKENS_MAX as u64 {
            return Err(Error::corruption(format!(
                "{count} tokens, the limit is {TOKENS_MAX}"
            )));
        }
        let mut all: Vec<Known> = Vec::new();
        for _ in 0..count {
            let stamp = Stamp::decode(input)?;
            let mut token = [0; size_of::<u64>()];
            token.copy_from_slice(input.take(size_of::<u64>())?);
            let token = Token(u64::from_le_bytes(token));
            let dot = Dot::decode(input)?;
            let known = Known { stamp, token, dot };
            if !seen.covers(dot) || all.last().is_some_and(|last| *last >= known) {
                return Err(Error::corruption(format!(
                    "the token of {dot} stands twice, or out of order, or its write was never seen"
                )));
            }
            all.push(known);
        }
        Ok(Self(Some(Arc::new(all))))
    }
}

fn forget_old(all: &mut Vec<Known>) {
    let old = all.len().saturating_sub(TOKENS_MAX);
    all.drain(..old);
}
