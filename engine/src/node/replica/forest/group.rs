//! Sets of nodes that hold the same keys.

use core::fmt;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::NodeId;
use crate::node::replica::keyspace::Keyspace;

/// The nodes that hold a key, as a set: in the order of their ids. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group(Arc<[NodeId]>);

impl Group {
    /// The group of these owners, in whatever order they come.
    #[must_use]
    pub fn new(mut owners: Vec<NodeId>) -> Self {
        owners.sort_unstable();
        owners.dedup();
        Self(owners.into())
    }

    /// The nodes, by id.
    #[must_use]
    pub fn nodes(&self) -> &[NodeId] {
        &self.0
    }

    /// Whether `node` is one of them.
    #[must_use]
    pub fn contains(&self, node: NodeId) -> bool {
        self.0.contains(&node)
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, node) in self.0.iter().enumerate() {
            write!(f, "{}{node}", if index == 0 { "" } else { "+" })?;
        }
        Ok(())
    }
}

const UNKNOWN: u32 = u32::MAX;

/// Finds a key's group. On a ring it remembers the group of each segment, so that a key costs a search among the
/// tokens and no walk.
#[derive(Debug, Default)]
pub(super) struct Groups {
    groups: Vec<Group>,
    numbers: BTreeMap<Group, u32>,
    /// By copies, then by segment: the group's number.
    segments: BTreeMap<usize, Vec<u32>>,
}

impl Groups {
    /// The number of the key's group; numbers are counted from 0 as groups are met.
    pub(super) fn number_of(&mut self, keys: &Keyspace, key: &[u8]) -> usize {
        let Some((ring, segment)) = keys.segment(key) else {
            return self.number(keys, key) as usize;
        };
        let copies = keys.copies(key);
        let known = self
            .segments
            .entry(copies)
            .or_insert_with(|| vec![UNKNOWN; ring.tokens().len()])[segment];
        if known != UNKNOWN {
            return known as usize;
        }
        let number = self.number(keys, key);
        if let Some(segments) = self.segments.get_mut(&copies) {
            segments[segment] = number;
        }
        number as usize
    }

    fn number(&mut self, keys: &Keyspace, key: &[u8]) -> u32 {
        let group = Group::new(keys.owners(key));
        if let Some(number) = self.numbers.get(&group) {
            return *number;
        }
        let number = self.groups.len() as u32;
        self.groups.push(group.clone());
        self.numbers.insert(group, number);
        number
    }

    pub(super) fn group(&self, number: usize) -> &Group {
        &self.groups[number]
    }

    pub(super) fn find(&self, group: &Group) -> Option<usize> {
        self.numbers.get(group).map(|number| *number as usize)
    }

    /// The groups behind `after` in their order, with their numbers.
    pub(super) fn behind(&self, after: Option<&Group>) -> impl Iterator<Item = (&Group, usize)> {
        use core::ops::Bound;
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let range = self.numbers.range::<Group, _>((from, Bound::Unbounded));
        range.map(|(group, number)| (group, *number as usize))
    }
}
