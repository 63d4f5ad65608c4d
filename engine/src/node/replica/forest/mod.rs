//! Hash trees over a replica's keys (Merkle 1987; Dynamo 2007, section 4.7), one for each group of owners.
//!
//! ```text
//!  change of one key: old digest, new digest --> its group's tree: leaf, branch and root, three XORs
//!
//!                    root                 of group n1+n2+n4: all keys that these three own
//!            /        |        \
//!        branch 0    ...    branch 31     the XOR of its leaves
//!        /  |  \            /  |  \
//!      leaf 0 ...         ... leaf 1023   the XOR of hash(key, digest of its cell) over its keys
//! ```
//!
//! Two nodes compare the trees of the groups that both are in: equal roots, equal keys and cells. Invariant: the
//! trees are what they would be if they were built anew from the store. They live in memory; a boot builds them.
//!
//! A change costs four hashes of the key and a search among the ring's tokens: some 2 in 100 of what a write takes
//! (`perf record` of `tests/replica_speed.rs`). A tree takes at most 8.5 KiB.

mod group;
mod tree;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::keyspace::Keyspace;
use super::op::TreeResult;
use crate::NodeId;
pub use group::Group;
use group::Groups;
#[cfg(test)]
pub(super) use tree::LEAVES;
use tree::Tree;
pub use tree::{FANOUT, LeafSet, Row, leaf_of, word_of};

/// Leaves of several groups' trees. Cheap to clone.
pub type Leaves = Arc<[(Group, LeafSet)]>;

/// See the module.
#[derive(Debug)]
pub struct Forest {
    here: NodeId,
    groups: Groups,
    /// By the group's number. Groups that this node is not in have none: nobody compares those with it.
    trees: Vec<Option<Tree>>,
}

impl Forest {
    pub(super) fn new(here: NodeId) -> Self {
        Self {
            here,
            groups: Groups::default(),
            trees: Vec::new(),
        }
    }

    /// Takes note that a key's digest was `old` and is `new`; none where the key was or is not there.
    pub(super) fn apply(
        &mut self,
        keys: &Keyspace,
        key: &[u8],
        old: Option<u64>,
        new: Option<u64>,
    ) {
        if old == new {
            return;
        }
        let number = self.groups.number_of(keys, key);
        if number >= self.trees.len() {
            self.trees.resize(number + 1, None);
        }
        let (here, group) = (self.here, self.groups.group(number));
        let tree = match &mut self.trees[number] {
            Some(tree) => tree,
            none if group.contains(here) => none.insert(Tree::default()),
            None => return,
        };
        let word = |digest: Option<u64>| digest.map_or(0, |digest| word_of(key, digest));
        tree.toggle(leaf_of(key), word(old) ^ word(new));
    }

    pub(super) fn here(&self) -> NodeId {
        self.here
    }

    /// The key's group, by number.
    pub(super) fn number_of(&mut self, keys: &Keyspace, key: &[u8]) -> usize {
        self.groups.number_of(keys, key)
    }

    /// `leaves` by the numbers of their groups; groups that no key here is of are left out.
    pub(super) fn numbered(&self, leaves: &Leaves) -> BTreeMap<usize, LeafSet> {
        let known = leaves.iter().filter_map(|(group, set)| {
            let number = self.groups.find(group)?;
            Some((number, *set))
        });
        known.collect()
    }

    /// The root of every group's tree, 0 for one that has none: equal for two replicas of the same keys, in whatever
    /// order they came.
    #[must_use]
    pub fn roots(&self) -> BTreeMap<Group, u64> {
        let all = self.groups.behind(None);
        all.filter(|(group, _)| group.contains(self.here))
            .map(|(group, number)| (group.clone(), self.root(number)))
            .filter(|(_, root)| *root != 0)
            .collect()
    }

    fn tree(&self, number: usize) -> Option<&Tree> {
        self.trees.get(number)?.as_ref()
    }

    fn root(&self, number: usize) -> u64 {
        self.tree(number).map_or(0, Tree::root)
    }

    fn tree_of(&self, group: &Group) -> Option<&Tree> {
        self.tree(self.groups.find(group)?)
    }

    fn shared_behind(
        &self,
        peer: NodeId,
        after: Option<&Group>,
    ) -> impl Iterator<Item = (&Group, usize)> {
        let groups = self.groups.behind(after);
        groups.filter(move |(group, _)| group.contains(self.here) && group.contains(peer))
    }

    /// See [`TreeOp::Roots`](super::TreeOp::Roots).
    pub(super) fn roots_with(
        &self,
        peer: NodeId,
        after: Option<&Group>,
        groups_max: usize,
    ) -> TreeResult {
        let mut roots: Vec<_> = self
            .shared_behind(peer, after)
            .map(|(group, number)| (group.clone(), self.root(number)))
            .take(groups_max.max(1) + 1)
            .collect();
        let mut upto = None;
        if roots.len() > groups_max.max(1) {
            roots.pop();
            upto = roots.last().map(|(group, _)| group.clone());
        }
        TreeResult::Roots { roots, upto }
    }

    /// See [`TreeOp::Branches`](super::TreeOp::Branches).
    pub(super) fn branches_against(
        &self,
        peer: NodeId,
        span: (Option<Group>, Option<Group>),
        theirs: Vec<(Group, u64)>,
        groups_max: usize,
    ) -> TreeResult {
        let (after, upto) = span;
        let within = |group: &Group| {
            after.as_ref().is_none_or(|after| group > after)
                && upto.as_ref().is_none_or(|upto| group <= upto)
        };
        let shared = |group: &Group| group.contains(self.here) && group.contains(peer);
        let named = theirs.into_iter().filter(|(group, _)| shared(group));
        let mut roots: BTreeMap<Group, u64> = named.filter(|(group, _)| within(group)).collect();
        for (group, _) in self.shared_behind(peer, after.as_ref()) {
            if within(group) {
                roots.entry(group.clone()).or_insert(0);
            }
        }
        let mut branches = Vec::new();
        for (group, theirs) in roots {
            let tree = self.tree_of(&group);
            if tree.map_or(0, Tree::root) == theirs {
                continue;
            }
            if branches.len() == groups_max.max(1) {
                let upto = branches
                    .last()
                    .map(|(group, _): &(Group, Row)| group.clone());
                return TreeResult::Branches { branches, upto };
            }
            branches.push((group, tree.map_or([0; FANOUT], Tree::branches)));
        }
        TreeResult::Branches { branches, upto }
    }

    /// See [`TreeOp::Leaves`](super::TreeOp::Leaves).
    pub(super) fn leaves_against(&self, theirs: Vec<(Group, Row)>, rows_max: usize) -> TreeResult {
        let mut leaves = Vec::new();
        let mut last: Option<Group> = None;
        for (group, theirs) in theirs {
            let tree = self.tree_of(&group);
            let ours = tree.map_or([0; FANOUT], Tree::branches);
            let differing = (0..FANOUT).filter(|branch| ours[*branch] != theirs[*branch]);
            if last.is_some() && leaves.len() + differing.clone().count() > rows_max {
                return TreeResult::Leaves { leaves, upto: last };
            }
            leaves.extend(differing.map(|branch| {
                let row = tree.map_or([0; FANOUT], |tree| tree.leaves(branch));
                (group.clone(), branch as u8, row)
            }));
            last = Some(group);
        }
        TreeResult::Leaves { leaves, upto: None }
    }

    /// See [`TreeOp::Differing`](super::TreeOp::Differing).
    pub(super) fn differing(&self, theirs: Vec<(Group, u8, Row)>) -> Leaves {
        let mut sets: BTreeMap<Group, LeafSet> = BTreeMap::new();
        for (group, branch, theirs) in theirs {
            let branch = usize::from(branch);
            if branch >= FANOUT {
                continue;
            }
            let tree = self.tree_of(&group);
            let ours = tree.map_or([0; FANOUT], |tree| tree.leaves(branch));
            for place in (0..FANOUT).filter(|place| ours[*place] != theirs[*place]) {
                let set = sets.entry(group.clone()).or_default();
                set.insert((branch * FANOUT + place) as u16);
            }
        }
        sets.into_iter().collect()
    }
}

impl PartialEq for Forest {
    /// Equal hash for hash, whichever groups were met and whichever rows were once filled.
    fn eq(&self, other: &Self) -> bool {
        let words = |forest: &Self| -> BTreeMap<Group, Vec<u64>> {
            let trees = forest.groups.behind(None).filter_map(|(group, number)| {
                let tree = forest.tree(number)?;
                let mut words = vec![tree.root()];
                words.extend(tree.branches());
                (0..FANOUT).for_each(|branch| words.extend(tree.leaves(branch)));
                let some = words.iter().any(|word| *word != 0);
                some.then(|| (group.clone(), words))
            });
            trees.collect()
        };
        self.here == other.here && words(self) == words(other)
    }
}
