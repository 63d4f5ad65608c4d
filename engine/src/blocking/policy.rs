//! How a table joins concurrent writes, by name.

use core::time::Duration;
use std::sync::Arc;

use bytes::Bytes;

use crate::crdt;
use crate::node::{MergeValues, Policy, StampedBy, Table};

/// How concurrent writes of one key are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Conflict {
    /// Concurrent versions live beside each other until a write with their context joins them.
    #[default]
    Siblings,
    /// The version with the highest hybrid logical clock wins.
    Lww,
    /// The version with the highest raw wall clock wins: what goes wrong with it is a lesson.
    LwwWall,
    /// Concurrent versions are shown as one: the union of their comma-separated items, as a shop joins carts.
    Merge,
    /// A replicated data type.
    Crdt(crdt::Kind),
    /// There is none: the owners of a key agree on each change of it.
    Cas,
}

impl Conflict {
    /// Every kind, by the name that scripts use.
    pub const NAMED: &'static [(&'static str, Self)] = &[
        ("siblings", Self::Siblings),
        ("lww", Self::Lww),
        ("lww-wall", Self::LwwWall),
        ("merge", Self::Merge),
        ("gcounter", Self::Crdt(crdt::Kind::GCounter)),
        ("counter", Self::Crdt(crdt::Kind::PnCounter)),
        ("orset", Self::Crdt(crdt::Kind::OrSet)),
        ("map", Self::Crdt(crdt::Kind::Map)),
        ("register", Self::Crdt(crdt::Kind::Register)),
        ("cas", Self::Cas),
    ];

    /// A table that joins concurrent writes in this way.
    pub(super) fn table(self, name: &str, replication: usize, ttl: Option<Duration>) -> Table {
        Table {
            name: name.to_owned(),
            replication,
            policy: self.policy(),
            stamped_by: match self {
                Self::LwwWall => StampedBy::Wall,
                _ => StampedBy::Hybrid,
            },
            ttl,
        }
    }

    fn policy(self) -> Policy {
        match self {
            Self::Siblings => Policy::Siblings,
            Self::Lww | Self::LwwWall => Policy::Latest,
            Self::Merge => Policy::Merge(Arc::new(UnionOfItems)),
            Self::Crdt(kind) => Policy::Crdt(kind),
            Self::Cas => Policy::Cas,
        }
    }
}

/// The union of comma-separated items, each once, sorted: the cart of Dynamo 2007, section 4.4, and its flaw, that
/// an item taken out on one side comes back from the other.
#[derive(Clone, Copy, Debug)]
struct UnionOfItems;

impl MergeValues for UnionOfItems {
    fn merge(&self, values: &[Bytes]) -> Bytes {
        let items = values
            .iter()
            .flat_map(|value| value.split(|byte| *byte == b','));
        let items = items
            .map(<[u8]>::trim_ascii)
            .filter(|item| !item.is_empty());
        let items: std::collections::BTreeSet<&[u8]> = items.collect();
        items.into_iter().collect::<Vec<_>>().join(&b","[..]).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carts_are_joined_item_by_item_whatever_their_order() {
        let merge = |values: &[&'static str]| {
            let values: Vec<Bytes> = values.iter().map(|value| Bytes::from(*value)).collect();
            UnionOfItems.merge(&values)
        };
        assert_eq!(merge(&["milk,eggs", "tea, milk"]), "eggs,milk,tea");
        assert_eq!(merge(&["tea, milk", "milk,eggs"]), "eggs,milk,tea");
        assert_eq!(merge(&["", ","]), "");
    }
}
