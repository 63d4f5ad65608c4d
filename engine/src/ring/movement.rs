//! What a change of members costs, and how evenly keys lie: counted by keys for any placement, and as
//! exact ranges for a ring.

use std::collections::BTreeMap;

use super::token::RING;
use super::{Placement, Ring, Token};
use crate::NodeId;

/// What a change of members would move, counted over some keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Movement {
    /// Keys looked at.
    pub keys: u64,
    /// Keys whose first owner changes. With several copies that need not move data: the new first owner
    /// may have held a copy before.
    pub primaries_moved: u64,
    /// Copies of all these keys after the change.
    pub replicas: u64,
    /// Copies that lie on a node which did not hold the key before: each has to be sent once.
    pub replicas_moved: u64,
    /// The copies moved, by who gives and who takes. Who gives is a node that loses the key, or else its
    /// first owner before the change.
    pub between: BTreeMap<(NodeId, NodeId), u64>,
}

impl Movement {
    /// The share of keys whose first owner changes, 0 up to 1.
    #[must_use]
    pub fn share(&self) -> f64 {
        fraction(self.primaries_moved, self.keys)
    }

    /// The share of copies that have to be sent, 0 up to 1.
    #[must_use]
    pub fn replica_share(&self) -> f64 {
        fraction(self.replicas_moved, self.replicas)
    }
}

fn fraction(part: u64, whole: u64) -> f64 {
    match whole {
        0 => 0.0,
        whole => part as f64 / whole as f64,
    }
}

/// Pairs each node that gains a key with one that gives it.
fn handovers(before: &[NodeId], after: &[NodeId]) -> Vec<(NodeId, NodeId)> {
    let mut losing = before.iter().filter(|node| !after.contains(node));
    let gaining = after.iter().filter(|node| !before.contains(node));
    gaining
        .filter_map(|to| Some((*losing.next().or(before.first())?, *to)))
        .collect()
}

/// Counts what going from `before` to `after` would move of `keys`, at `copies` copies each (at least 1).
pub fn movement(
    before: &dyn Placement,
    after: &dyn Placement,
    copies: usize,
    keys: impl Iterator<Item = Vec<u8>>,
) -> Movement {
    let mut movement = Movement::default();
    for key in keys {
        let old = before.owners(&key, copies.max(1));
        let new = after.owners(&key, copies.max(1));
        movement.keys += 1;
        movement.primaries_moved += u64::from(old.first() != new.first());
        movement.replicas += new.len() as u64;
        for handover in handovers(&old, &new) {
            movement.replicas_moved += 1;
            *movement.between.entry(handover).or_insert(0) += 1;
        }
    }
    movement
}

/// One range of the ring that one node has to send to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RangeMove {
    /// The range begins after this position. Equal to `end`, it is the whole ring.
    pub start: Token,
    /// And reaches up to this position, inclusive.
    pub end: Token,
    /// Who gives: a node that loses the range, or else its first owner before the change.
    pub from: NodeId,
    /// Who takes: a node that did not hold the range before.
    pub to: NodeId,
}

/// Every range that a change of a ring moves.
#[derive(Clone, Debug, PartialEq)]
pub struct MovementPlan {
    /// In ring order; ranges that touch and go the same way are joined.
    pub moves: Vec<RangeMove>,
    /// The share of all copies that have to be sent, 0 up to 1.
    pub share: f64,
}

/// The exact plan from one ring to another at `copies` copies (at least 1): no keys are sampled.
///
/// Between two neighbouring tokens of either ring, every position has the same owners; so one look at
/// each such range finds them all.
#[must_use]
pub fn plan(before: &Ring, after: &Ring, copies: usize) -> MovementPlan {
    let copies = copies.max(1);
    let tokens = before.tokens().iter().chain(after.tokens());
    let mut ends: Vec<Token> = tokens.map(|(token, _)| *token).collect();
    ends.sort_unstable();
    ends.dedup();

    let mut moves: Vec<RangeMove> = Vec::new();
    let mut last_of = BTreeMap::new();
    let mut positions_moved: u128 = 0;
    let mut start = ends[ends.len() - 1];
    for end in ends {
        let old = before.owners_at(end, copies);
        let new = after.owners_at(end, copies);
        for (from, to) in handovers(&old, &new) {
            positions_moved += start.positions_to(end);
            let open = last_of.get(&(from, to)).copied();
            match open.filter(|index: &usize| moves[*index].end == start) {
                Some(index) => moves[index].end = end,
                None => {
                    last_of.insert((from, to), moves.len());
                    moves.push(RangeMove {
                        start,
                        end,
                        from,
                        to,
                    });
                }
            }
        }
        start = end;
    }
    let copies_after = copies.min(after.members().len());
    MovementPlan {
        moves,
        share: positions_moved as f64 / RING / copies_after as f64,
    }
}

/// How evenly keys lie.
#[derive(Clone, Debug, PartialEq)]
pub struct Balance {
    /// Keys by first owner; members without any stand there with 0.
    pub per_node: BTreeMap<NodeId, u64>,
    /// The fullest node's keys over the mean: 1 is even, 2.3 means that one node has 2.3 times its part.
    /// Weights are not taken into account; 1 when there are no keys.
    pub max_over_mean: f64,
}

/// Counts `keys` by first owner.
pub fn balance(placement: &dyn Placement, keys: impl Iterator<Item = Vec<u8>>) -> Balance {
    let members = placement.members().iter();
    let mut per_node: BTreeMap<_, u64> = members.map(|member| (member.node, 0)).collect();
    let mut total = 0_u64;
    for key in keys {
        if let Some(owner) = placement.owners(&key, 1).first() {
            *per_node.entry(*owner).or_insert(0) += 1;
            total += 1;
        }
    }
    let fullest = per_node.values().copied().max().unwrap_or(0);
    let max_over_mean = match total {
        0 => 1.0,
        total => fullest as f64 * per_node.len() as f64 / total as f64,
    };
    Balance {
        per_node,
        max_over_mean,
    }
}
