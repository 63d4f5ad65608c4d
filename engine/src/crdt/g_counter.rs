//! A counter that only grows.
//!
//! A [`PnCounter`] that nobody takes from (Shapiro et al. 2011, "A comprehensive study", section 3.1.1): the sum an
//! actor, the join by progress and the promise to a retry are the same.

use super::change::Origin;
use super::pn_counter::PnCounter;
use crate::base::codec::Reader;
use crate::{Error, Result};

/// A counter that only grows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GCounter(PnCounter);

impl GCounter {
    /// The value, 0 or more.
    #[must_use]
    pub fn sum(&self) -> i128 {
        self.0.sum()
    }

    pub(super) fn add(&mut self, delta: i64, origin: &Origin) -> Result<()> {
        if delta < 0 {
            return Err(Error::invalid(format!(
                "a gcounter only grows, {delta} would shrink it: a table of kind counter takes that"
            )));
        }
        self.0.add(delta, origin)
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.0.merge(&other.0);
    }

    pub(super) fn bytes_at_most(&self) -> usize {
        self.0.bytes_at_most()
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        self.0.encode(out);
    }

    pub(super) fn decode(input: &mut Reader<'_>) -> Result<Self> {
        let counter = PnCounter::decode(input)?;
        if counter.only_grows() {
            return Ok(Self(counter));
        }
        Err(Error::corruption(
            "a gcounter that something was taken from",
        ))
    }
}
