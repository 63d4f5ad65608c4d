//! How the ring finds a key's owners: the tokens met on the way, and what each one gave.

use std::collections::BTreeSet;

use crate::NodeId;
use crate::ring::{Ring, Token};

/// What a token met on the walk gave to the preference list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Met {
    /// An owner, with its place in the preference list, from 1.
    Owner(usize),
    /// Nothing: its node was met before.
    SameNode,
    /// Nothing: its node's zone was used before, and other zones were left.
    SameZone,
}

/// One token met on the walk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub token: Token,
    pub node: NodeId,
    pub met: Met,
}

/// A key's walk, up to the token where the last owner was found.
#[derive(Clone, Debug)]
pub(super) struct Walk {
    pub position: Token,
    pub owners: Vec<NodeId>,
    pub steps: Vec<Step>,
}

impl Walk {
    pub(super) fn of(ring: &Ring, key: &[u8], copies: usize) -> Self {
        let position = Token::of_key(key);
        let owners = ring.owners_at(position, copies);
        let mut met: BTreeSet<NodeId> = BTreeSet::new();
        let mut steps = Vec::new();
        let mut missing: BTreeSet<NodeId> = owners.iter().copied().collect();
        for (token, node) in ring.walk(position) {
            if missing.is_empty() {
                break;
            }
            let place = owners.iter().position(|owner| *owner == node);
            let what = match (met.insert(node), place) {
                (false, _) => Met::SameNode,
                (true, Some(index)) => Met::Owner(index + 1),
                (true, None) => Met::SameZone,
            };
            missing.remove(&node);
            steps.push(Step {
                token,
                node,
                met: what,
            });
        }
        Self {
            position,
            owners,
            steps,
        }
    }

    /// In words, what the walk passed over; empty when nothing.
    pub(super) fn passed_over(&self) -> String {
        let count = |met: Met| self.steps.iter().filter(|step| step.met == met).count();
        let reasons = [
            (count(Met::SameNode), "of a node met before"),
            (count(Met::SameZone), "in a zone used before"),
        ];
        let parts: Vec<String> = reasons
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, why)| format!("{count} {why}"))
            .collect();
        match parts.is_empty() {
            true => String::new(),
            false => format!("tokens passed over: {}", parts.join(", ")),
        }
    }

    /// `n4 (z1), n1 (z2)`: the preference list with its zones.
    pub(super) fn list(ring: &dyn crate::ring::Placement, owners: &[NodeId]) -> String {
        let named = |node: &NodeId| {
            let member = ring.members().iter().find(|member| member.node == *node);
            match member {
                Some(member) => format!("{node} ({})", member.zone),
                None => node.to_string(),
            }
        };
        owners.iter().map(named).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Zone;
    use crate::ring::Member;

    #[test]
    fn the_walk_meets_every_owner_and_says_why_it_passed_the_others() {
        let member = |id: u32| Member {
            node: NodeId(id),
            zone: Zone(1 + id % 2),
            weight: 1,
        };
        let ring = Ring::new((1..=6).map(member).collect(), 8, 7).unwrap();
        let mut reasons = BTreeSet::new();
        for key in 0..50_u8 {
            let walk = Walk::of(&ring, &[key], 3);
            let mut found: Vec<(usize, NodeId)> = Vec::new();
            for step in &walk.steps {
                match step.met {
                    Met::Owner(place) => found.push((place, step.node)),
                    other => drop(reasons.insert(format!("{other:?}"))),
                }
            }
            found.sort_unstable();
            let expected: Vec<_> = walk.owners.iter().copied().enumerate().collect();
            assert_eq!(found.len(), expected.len());
            for ((place, node), (index, owner)) in found.into_iter().zip(expected) {
                assert_eq!((place, node), (index + 1, owner));
            }
        }
        assert_eq!(
            reasons.len(),
            2,
            "both reasons come up in 50 keys: {reasons:?}"
        );
    }
}
