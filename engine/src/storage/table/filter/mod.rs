//! Filters: a few bits for each key say which tables need not be looked at.
//!
//! The hashes of a table's keys come in, bytes go out that answer "perhaps" for each of them and "no" for
//! most others. The hash is [`hash64`](crate::base::hash::hash64) of the key, computed once for a lookup
//! however many tables it asks. A filter never says "no" to a key of its table.
//!
//! The built-in filter is a [`BlockedBloom`]; a [`FilterPolicy`] puts another in its place.

mod blocked;
mod monkey;
#[cfg(test)]
mod tests;

use core::fmt::Debug;
use std::sync::Arc;

use bytes::Bytes;

use super::options::FilterChoice;

pub use blocked::{BlockedBloom, expected_rate};
pub use monkey::monkey_bits;

/// The name under which a table's properties keep the built-in filter.
const BLOCKED_BLOOM_NAME: &str = "kvorum.blocked-bloom";

/// A filter of someone else's making.
pub trait FilterPolicy: Debug + Send + Sync {
    /// What a table's properties call it. A filter is asked only by a policy of the name that built it.
    fn name(&self) -> &str;

    /// The filter of these keys' hashes, each key once, at about `bits_per_key`.
    fn build(&self, hashes: &[u64], bits_per_key: f64) -> Vec<u8>;

    /// Whether the key with this hash may be among those that `filter` was built from. Damaged bytes never
    /// come here: they fail their checksum.
    fn may_contain(&self, filter: &[u8], hash: u64) -> bool;
}

/// The filter of an open table.
#[derive(Debug)]
pub(super) enum TableFilter {
    /// Every key is possible.
    None,
    Blocked(BlockedBloom),
    Custom(Arc<dyn FilterPolicy>, Bytes),
}

/// The filter section's bytes and the name that goes with them; empty where there is no filter.
pub(super) fn build(choice: &FilterChoice, hashes: &[u64], bits_per_key: f64) -> (String, Vec<u8>) {
    if hashes.is_empty() || bits_per_key <= 0.0 || bits_per_key.is_nan() {
        return (String::new(), Vec::new());
    }
    match choice {
        FilterChoice::BlockedBloom => (
            BLOCKED_BLOOM_NAME.to_owned(),
            BlockedBloom::build(hashes, bits_per_key).encode(),
        ),
        FilterChoice::Custom(policy) => {
            (policy.name().to_owned(), policy.build(hashes, bits_per_key))
        }
    }
}

impl TableFilter {
    /// Reads a filter section that was written under `name`.
    pub(super) fn decode(choice: &FilterChoice, name: &str, section: Bytes) -> crate::Result<Self> {
        Ok(match choice {
            FilterChoice::Custom(policy) if policy.name() == name => {
                Self::Custom(Arc::clone(policy), section)
            }
            _ if name == BLOCKED_BLOOM_NAME => Self::Blocked(BlockedBloom::decode(&section)?),
            _ => Self::None,
        })
    }

    #[inline]
    pub(super) fn may_contain(&self, hash: u64) -> bool {
        match self {
            Self::Blocked(filter) => filter.may_contain(hash),
            Self::None => true,
            Self::Custom(policy, section) => policy.may_contain(section, hash),
        }
    }

    #[inline]
    pub(super) fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// Memory that it holds, bytes.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::None => 0,
            Self::Blocked(filter) => filter.bytes(),
            Self::Custom(_, section) => section.len(),
        }
    }
}
