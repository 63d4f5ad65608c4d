//! The members behind every placement: checked once, then trusted; and the zone rule they all share.

use smallvec::SmallVec;

use super::Member;
use crate::base::id::Nodes;
use crate::base::limits::{NODES_MAX, WEIGHT_MAX};
use crate::{Error, NodeId, Result, Zone};

/// At least one member, at most [`NODES_MAX`], each node once, sorted by node id.
#[derive(Clone, Debug)]
pub(super) struct Members {
    list: Vec<Member>,
    zones: usize,
}

impl Members {
    pub(super) fn new(mut list: Vec<Member>) -> Result<Self> {
        if list.is_empty() {
            return Err(Error::invalid(
                "a placement needs at least one member: name the nodes that hold the keys",
            ));
        }
        if list.len() > NODES_MAX as usize {
            return Err(Error::invalid(format!(
                "{} members are too many: a cluster has at most {NODES_MAX} nodes",
                list.len()
            )));
        }
        for member in &list {
            if member.node.0 == 0 {
                return Err(Error::invalid("n0 is no node: nodes are numbered from n1"));
            }
            if !(1..=WEIGHT_MAX).contains(&member.weight) {
                return Err(Error::invalid(format!(
                    "{} has weight {}: give it 1 to {WEIGHT_MAX}",
                    member.node, member.weight
                )));
            }
        }
        list.sort_by_key(|member| member.node);
        if let Some(pair) = list.windows(2).find(|pair| pair[0].node == pair[1].node) {
            return Err(Error::invalid(format!(
                "{} is a member already: each node joins once",
                pair[0].node
            )));
        }
        let mut zones: Vec<Zone> = list.iter().map(|member| member.zone).collect();
        zones.sort_unstable();
        zones.dedup();
        Ok(Self {
            list,
            zones: zones.len(),
        })
    }

    pub(super) fn with(&self, member: Member) -> Result<Self> {
        let mut list = self.list.clone();
        list.push(member);
        Self::new(list)
    }

    pub(super) fn without(&self, node: NodeId) -> Result<Self> {
        if self.get(node).is_none() {
            return Err(Error::invalid(format!(
                "{node} is no member, so it cannot leave"
            )));
        }
        if self.list.len() == 1 {
            return Err(Error::invalid(format!(
                "{node} is the last member: let another join before it leaves"
            )));
        }
        let list = self.list.iter().filter(|member| member.node != node);
        Self::new(list.copied().collect())
    }

    pub(super) fn as_slice(&self) -> &[Member] {
        &self.list
    }

    pub(super) fn get(&self, node: NodeId) -> Option<&Member> {
        self.place_of(node).map(|index| &self.list[index])
    }

    /// The number of a member in [`as_slice`](Self::as_slice).
    pub(super) fn place_of(&self, node: NodeId) -> Option<usize> {
        let index = self.list.binary_search_by_key(&node, |member| member.node);
        index.ok()
    }

    /// Every node as often as its weight says, in order: the buckets of a placement that numbers them.
    pub(super) fn slots(&self) -> Vec<NodeId> {
        let slot = |member: &Member| core::iter::repeat_n(member.node, member.weight as usize);
        self.list.iter().flat_map(slot).collect()
    }

    /// The preference list that [`Placement::owners`](super::Placement::owners) promises, taken from
    /// `walk`: every member in the placement's order for one key, repeats allowed.
    pub(super) fn spread(&self, walk: impl Iterator<Item = NodeId>, copies: usize) -> Nodes {
        let wanted = copies.min(self.list.len());
        let (mut chosen, mut passed_over) = (Nodes::with_capacity(wanted), Nodes::new());
        let mut zones_used: SmallVec<[Zone; 5]> = SmallVec::new();
        if wanted == 0 {
            return chosen;
        }
        for node in walk {
            if chosen.contains(&node) || passed_over.contains(&node) {
                continue;
            }
            let zone = self.get(node).expect("a walk visits members only").zone;
            if zones_used.contains(&zone) {
                passed_over.push(node);
            } else {
                zones_used.push(zone);
                chosen.push(node);
            }
            let found = match zones_used.len() == self.zones {
                true => chosen.len() + passed_over.len(),
                false => chosen.len(),
            };
            if found >= wanted {
                break;
            }
        }
        let missing = wanted - chosen.len().min(wanted);
        chosen.extend(passed_over.into_iter().take(missing));
        assert_eq!(chosen.len(), wanted, "a walk visits every member");
        chosen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(node: u32, zone: u32, weight: u32) -> Member {
        Member {
            node: NodeId(node),
            zone: Zone(zone),
            weight,
        }
    }

    fn nodes(ids: &[u32]) -> Vec<NodeId> {
        ids.iter().map(|id| NodeId(*id)).collect()
    }

    #[test]
    fn bad_members_are_refused_with_the_way_out() {
        let refused = |list: Vec<Member>, part: &str| {
            let error = Members::new(list).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        };
        refused(vec![], "at least one");
        refused(vec![member(0, 1, 1)], "from n1");
        refused(vec![member(1, 1, 0)], "1 to 64");
        refused(vec![member(1, 1, 65)], "1 to 64");
        refused(
            vec![member(2, 1, 1), member(1, 1, 1), member(2, 2, 1)],
            "n2 is a member already",
        );
        refused(
            (1..=129).map(|id| member(id, 1, 1)).collect(),
            "at most 128",
        );
    }

    #[test]
    fn the_last_member_stays_and_a_stranger_cannot_leave() {
        let members = Members::new(vec![member(1, 1, 1)]).unwrap();
        assert!(members.without(NodeId(1)).is_err());
        assert!(members.without(NodeId(2)).is_err());
        assert!(members.with(member(1, 2, 1)).is_err());
    }

    #[test]
    fn each_zone_comes_once_before_any_comes_twice() {
        let list = vec![
            member(1, 1, 1),
            member(2, 1, 1),
            member(3, 2, 1),
            member(4, 3, 1),
        ];
        let members = Members::new(list).unwrap();
        let walk = nodes(&[2, 2, 1, 2, 3, 1, 4]);
        let spread = |copies| members.spread(walk.iter().copied(), copies).into_vec();
        assert_eq!(spread(0), nodes(&[]));
        assert_eq!(spread(1), nodes(&[2]));
        assert_eq!(spread(2), nodes(&[2, 3]));
        assert_eq!(spread(3), nodes(&[2, 3, 4]));
        assert_eq!(spread(4), nodes(&[2, 3, 4, 1]));
        assert_eq!(spread(9), nodes(&[2, 3, 4, 1]));
    }
}
