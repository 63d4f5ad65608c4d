//! Consistent hashing with bounded loads: Mirrokni, Thorup and Zadimoghaddam 2018, sections 1 and 2.

use std::collections::{BTreeMap, BTreeSet};

use super::{Member, Placement, Ring, Token};
use crate::base::limits::BOUNDED_KEYS_MAX;
use crate::{Error, NodeId, Result};

/// Keys on a ring of nodes that each take so many and no more: a full node passes a key on to the next with room.
///
/// A node's capacity is the mean load times 1 + ε, rounded up, and times its part of the weights. Where a key is
/// then depends on all keys placed, so this is no [`Placement`]: it is one table of keys, such as a load
/// balancer's. Inside hold:
///
/// - no node has more keys than its capacity;
/// - every node that a key's walk meets before its own is full. So a key is found by walking past full nodes.
///
/// A key more or less changes the mean, so it may move a few others: the paper bounds them by O(1/ε²) on average.
///
/// ```
/// use kvorum::ring::{BoundedLoads, Member, Ring};
/// use kvorum::{NodeId, Zone};
///
/// let members = (1..=5).map(|id| Member { node: NodeId(id), zone: Zone(1), weight: 1 }).collect();
/// let mut loads = BoundedLoads::new(Ring::new(members, 1, 7)?, 25)?;
/// for key in 0..1_000_u32 {
///     loads.insert(&key.to_le_bytes())?;
/// }
/// assert_eq!(loads.capacity(NodeId(1)), 250, "1.25 means of 200 keys");
/// assert!(loads.loads().values().all(|load| *load <= 250));
/// # Ok::<(), kvorum::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct BoundedLoads {
    ring: Ring,
    slack_percent: u32,
    placed: BTreeMap<Vec<u8>, NodeId>,
    nodes: BTreeMap<NodeId, Keys>,
}

/// The keys of one node.
#[derive(Clone, Debug, Default)]
struct Keys {
    held: BTreeSet<Vec<u8>>,
    /// Keys held further on, whose walk met this node when it was full.
    passed_on: BTreeSet<Vec<u8>>,
}

impl BoundedLoads {
    /// No keys yet, on the nodes of `ring`; ε is `slack_percent` hundredths, usually 25.
    ///
    /// # Errors
    /// `InvalidArgument` for a slack of 0 or above 1,000 percent.
    pub fn new(ring: Ring, slack_percent: u32) -> Result<Self> {
        if !(1..=1_000).contains(&slack_percent) {
            return Err(Error::invalid(format!(
                "a slack of {slack_percent}%: give 1% to 1000%, 25% is usual"
            )));
        }
        let nodes = ring
            .members()
            .iter()
            .map(|member| (member.node, Keys::default()));
        Ok(Self {
            nodes: nodes.collect(),
            ring,
            slack_percent,
            placed: BTreeMap::new(),
        })
    }

    /// The ring that walks go along.
    #[must_use]
    pub fn ring(&self) -> &Ring {
        &self.ring
    }

    /// How many keys are placed.
    #[must_use]
    pub fn keys(&self) -> u64 {
        self.placed.len() as u64
    }

    /// The keys that a node may have now; 0 for a stranger.
    #[must_use]
    pub fn capacity(&self, node: NodeId) -> u64 {
        let members = self.ring.members();
        let weight: u64 = members.iter().map(|member| u64::from(member.weight)).sum();
        let own = members.iter().find(|member| member.node == node);
        let own = own.map_or(0, |member| u64::from(member.weight));
        (self.keys() * own * u64::from(100 + self.slack_percent)).div_ceil(100 * weight)
    }

    /// The keys that each node has.
    #[must_use]
    pub fn loads(&self) -> BTreeMap<NodeId, u64> {
        let nodes = self.nodes.iter();
        nodes
            .map(|(node, keys)| (*node, keys.held.len() as u64))
            .collect()
    }

    /// Where a key is.
    #[must_use]
    pub fn node_of(&self, key: &[u8]) -> Option<NodeId> {
        self.placed.get(key).copied()
    }

    /// The first node with room on a key's walk: where one more key would go.
    #[must_use]
    pub fn candidate(&self, key: &[u8]) -> NodeId {
        let position = Token::of_key(key);
        let has_room = |node: &NodeId| self.has_room(*node);
        // Nearly always it is among the first few, which the ring has ready.
        let first = self.ring.preference(key, 5).into_iter().find(has_room);
        first.unwrap_or_else(|| {
            let mut walk = self.ring.walk(position).map(|(_, node)| node);
            walk.find(has_room)
                .expect("capacities sum to more than the keys")
        })
    }

    fn has_room(&self, node: NodeId) -> bool {
        (self.nodes[&node].held.len() as u64) < self.capacity(node)
    }

    /// Places a key, unless it is placed already, and answers how many others moved.
    ///
    /// # Errors
    /// `Overloaded` beyond [`BOUNDED_KEYS_MAX`] keys.
    pub fn insert(&mut self, key: &[u8]) -> Result<u64> {
        if self.placed.contains_key(key) {
            return Ok(0);
        }
        if self.placed.len() >= BOUNDED_KEYS_MAX {
            return Err(Error::Overloaded {
                detail: format!("{BOUNDED_KEYS_MAX} keys are placed, the limit"),
            });
        }
        // It counts in the mean from now on; the node named here is corrected at once.
        let first = self.ring.owners(key, 1)[0];
        self.placed.insert(key.to_vec(), first);
        self.put(key, self.candidate(key));
        let mut moved = BTreeMap::new();
        self.settle(&mut moved);
        moved.remove(key);
        Ok(self.count(&moved))
    }

    /// Takes a key away, and answers how many others moved.
    pub fn remove(&mut self, key: &[u8]) -> u64 {
        let Some(node) = self.placed.remove(key) else {
            return 0;
        };
        self.forget(key, node);
        let mut moved = BTreeMap::new();
        self.settle(&mut moved);
        self.count(&moved)
    }

    /// A node joins; answers how many keys moved. All capacities fall, so some move between other nodes too.
    ///
    /// # Errors
    /// As [`Ring::with`].
    pub fn join(&mut self, member: Member) -> Result<u64> {
        self.ring = self.ring.with(member)?;
        self.nodes.insert(member.node, Keys::default());
        for (key, node) in &self.placed {
            let walk = self.ring.walk(Token::of_key(key)).map(|(_, node)| node);
            let met = walk
                .take_while(|met| met != node)
                .any(|met| met == member.node);
            if met {
                let joiner = self
                    .nodes
                    .get_mut(&member.node)
                    .expect("it has just joined");
                joiner.passed_on.insert(key.clone());
            }
        }
        let mut moved = BTreeMap::new();
        self.settle(&mut moved);
        Ok(self.count(&moved))
    }

    /// A node leaves; answers how many keys moved. All capacities grow, so keys that were passed on come back.
    ///
    /// # Errors
    /// As [`Ring::without`].
    pub fn leave(&mut self, node: NodeId) -> Result<u64> {
        self.ring = self.ring.without(node)?;
        let keys = self
            .nodes
            .remove(&node)
            .expect("a member of the ring has its keys");
        let mut moved = BTreeMap::new();
        for key in keys.held {
            for other in self.nodes.values_mut() {
                other.passed_on.remove(&key);
            }
            self.put(&key, self.candidate(&key));
            moved.insert(key, node);
        }
        self.settle(&mut moved);
        Ok(self.count(&moved))
    }

    /// Restores what holds inside. `moved` gets where each key was that moves.
    fn settle(&mut self, moved: &mut BTreeMap<Vec<u8>, NodeId>) {
        let capacities: BTreeMap<NodeId, usize> = self
            .nodes
            .keys()
            .map(|node| (*node, self.capacity(*node) as usize))
            .collect();
        for (node, capacity) in &capacities {
            while self.nodes[node].held.len() > *capacity {
                let last = self.nodes[node]
                    .held
                    .last()
                    .cloned()
                    .expect("it holds too many");
                self.forget(&last, *node);
                self.put(&last, self.candidate(&last));
                moved.entry(last).or_insert(*node);
            }
        }
        let mut open: BTreeSet<NodeId> = capacities.keys().copied().collect();
        while let Some(node) = open.pop_first() {
            while self.nodes[&node].held.len() < capacities[&node] {
                let Some(key) = self.nodes[&node].passed_on.first().cloned() else {
                    break;
                };
                let from = self.placed[&key];
                self.forget(&key, from);
                self.put(&key, node);
                moved.entry(key).or_insert(from);
                open.insert(from);
            }
        }
    }

    /// How many of these keys are elsewhere now.
    fn count(&self, moved: &BTreeMap<Vec<u8>, NodeId>) -> u64 {
        let elsewhere = moved
            .iter()
            .filter(|(key, node)| self.placed.get(*key) != Some(*node));
        elsewhere.count() as u64
    }

    /// Gives a key to a node, past all that its walk meets before.
    fn put(&mut self, key: &[u8], node: NodeId) {
        let walk = self.ring.walk(Token::of_key(key)).map(|(_, met)| met);
        for met in walk.take_while(|met| *met != node) {
            let keys = self.nodes.get_mut(&met).expect("a walk meets members only");
            keys.passed_on.insert(key.to_vec());
        }
        let keys = self.nodes.get_mut(&node).expect("keys go to members only");
        keys.held.insert(key.to_vec());
        self.placed.insert(key.to_vec(), node);
    }

    /// Takes a key from its node, and from all that passed it on.
    fn forget(&mut self, key: &[u8], node: NodeId) {
        let keys = self
            .nodes
            .get_mut(&node)
            .expect("keys are held by members only");
        keys.held.remove(key);
        let walk = self.ring.walk(Token::of_key(key)).map(|(_, met)| met);
        for met in walk.take_while(|met| *met != node) {
            let keys = self.nodes.get_mut(&met).expect("a walk meets members only");
            keys.passed_on.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Zone;

    fn member(node: u32, weight: u32) -> Member {
        Member {
            node: NodeId(node),
            zone: Zone(1),
            weight,
        }
    }

    fn loads(nodes: u32, tokens: u32, seed: u64) -> BoundedLoads {
        let members = (1..=nodes).map(|id| member(id, 1 + id % 2)).collect();
        BoundedLoads::new(Ring::new(members, tokens, seed).unwrap(), 25).unwrap()
    }

    /// What is promised of any state, looked at key by key.
    fn check(loads: &BoundedLoads) {
        for (node, load) in loads.loads() {
            assert!(load <= loads.capacity(node), "{node} has {load} keys");
        }
        assert_eq!(loads.loads().values().sum::<u64>(), loads.keys());
        for (key, node) in &loads.placed {
            assert!(loads.nodes[node].held.contains(key));
            let walk = loads.ring.walk(Token::of_key(key)).map(|(_, met)| met);
            let before: BTreeSet<NodeId> = walk.take_while(|met| met != node).collect();
            for met in &before {
                assert!(!loads.has_room(*met), "{met} has room for a key on {node}");
            }
            for (other, keys) in &loads.nodes {
                assert_eq!(keys.passed_on.contains(key), before.contains(other));
            }
        }
    }

    #[test]
    fn no_node_is_above_its_capacity_and_none_that_a_key_passed_has_room() {
        for seed in 1..=5 {
            let mut loads = loads(6, 2, seed);
            for key in 0..400_u32 {
                loads.insert(&key.to_le_bytes()).unwrap();
                if key % 40 == 0 {
                    check(&loads);
                }
            }
            loads.join(member(9, 1)).unwrap();
            check(&loads);
            loads.leave(NodeId(2)).unwrap();
            check(&loads);
            for key in (0..400_u32).step_by(3) {
                loads.remove(&key.to_le_bytes());
            }
            check(&loads);
        }
    }

    #[test]
    fn what_moved_is_what_is_elsewhere() {
        let mut loads = loads(6, 2, 7);
        for key in 0..300_u32 {
            let before = loads.placed.clone();
            let moved = loads.insert(&key.to_le_bytes()).unwrap();
            let elsewhere = before
                .iter()
                .filter(|(key, node)| loads.placed[*key] != **node);
            assert_eq!(elsewhere.count() as u64, moved, "key {key}");
        }
        let before = loads.placed.clone();
        let moved = loads.join(member(9, 1)).unwrap();
        let elsewhere = before
            .iter()
            .filter(|(key, node)| loads.placed[*key] != **node);
        assert_eq!(elsewhere.count() as u64, moved);
        assert_eq!(
            loads.insert(&7_u32.to_le_bytes()),
            Ok(0),
            "it is there already"
        );
        assert_eq!(loads.remove(b"a stranger"), 0);
    }

    #[test]
    fn a_slack_out_of_its_limits_is_refused() {
        let ring = Ring::new(vec![member(1, 1)], 1, 7).unwrap();
        assert!(BoundedLoads::new(ring.clone(), 0).is_err());
        assert!(BoundedLoads::new(ring, 1_001).is_err());
    }
}
