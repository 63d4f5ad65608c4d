//! All ways to place keys side by side: what one more node moves, how evenly keys lie, what is kept.

use std::collections::BTreeMap;

use super::{
    BoundedLoads, Jump, Member, Modulo, Partitions, Placement, Rendezvous, Ring, Slots, balance,
    movement,
};
use crate::{NodeId, Result};

/// A way to place keys, with what it is set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// [`Modulo`].
    Modulo,
    /// A [`Ring`] with so many random tokens a node.
    Random(u32),
    /// A [`Ring`] with so many allocated tokens a node.
    Allocated(u32),
    /// So many [`Partitions`].
    Partitions(u32),
    /// [`Slots`].
    Slots,
    /// [`Jump`].
    Jump,
    /// [`Rendezvous`].
    Rendezvous,
    /// [`BoundedLoads`] of so many percent above the mean, on a ring with 16 random tokens a node.
    Bounded(u32),
}

/// Partitions of a cluster that does not say how many.
pub const PARTITIONS_USUAL: u32 = 1 << 10;

/// The strategies that lesson 2 compares, in its order.
pub const STRATEGIES: [Strategy; 10] = [
    Strategy::Modulo,
    Strategy::Random(1),
    Strategy::Random(16),
    Strategy::Random(128),
    Strategy::Allocated(16),
    Strategy::Partitions(PARTITIONS_USUAL),
    Strategy::Slots,
    Strategy::Jump,
    Strategy::Rendezvous,
    Strategy::Bounded(25),
];

impl core::fmt::Display for Strategy {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Modulo => write!(f, "modulo"),
            Self::Random(1) => write!(f, "random, 1 token"),
            Self::Random(tokens) => write!(f, "random, {tokens} tokens"),
            Self::Allocated(tokens) => write!(f, "allocated, {tokens} tokens"),
            Self::Partitions(count) => write!(f, "partitions, {count}"),
            Self::Slots => write!(f, "slots, {}", super::SLOTS),
            Self::Jump => write!(f, "jump"),
            Self::Rendezvous => write!(f, "rendezvous"),
            Self::Bounded(slack) => write!(f, "bounded loads, {slack}%"),
        }
    }
}

/// A strategy at work on some members.
#[derive(Debug)]
pub enum Placed {
    /// One that is a function of the key.
    ByKey(Box<dyn Placement>),
    /// One that depends on all keys placed, which are then these.
    ByLoad(BoundedLoads),
}

impl Strategy {
    /// The strategy on `members`, at `copies` copies of each key. Where it depends on keys, `keys` are placed.
    ///
    /// # Errors
    /// As the placement behind it.
    pub fn place(
        self,
        members: Vec<Member>,
        copies: usize,
        seed: u64,
        keys: impl Iterator<Item = Vec<u8>>,
    ) -> Result<Placed> {
        Ok(Placed::ByKey(match self {
            Self::Modulo => Box::new(Modulo::new(members)?),
            Self::Random(tokens) => Box::new(Ring::new(members, tokens, seed)?),
            Self::Allocated(tokens) => Box::new(Ring::allocated(members, tokens, copies, seed)?),
            Self::Partitions(count) => Box::new(Partitions::new(members, count, copies)?),
            Self::Slots => Box::new(Slots::new(members, copies)?),
            Self::Jump => Box::new(Jump::new(members)?),
            Self::Rendezvous => Box::new(Rendezvous::new(members)?),
            Self::Bounded(slack) => {
                let mut loads = BoundedLoads::new(Ring::new(members, 16, seed)?, slack)?;
                for key in keys {
                    loads.insert(&key)?;
                }
                return Ok(Placed::ByLoad(loads));
            }
        }))
    }
}

/// What a strategy costs and gives, counted over some keys.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// The share of keys whose first owner changes with the join, 0 up to 1.
    pub keys_moved: f64,
    /// The share of copies that have to be sent; none where there is one copy only.
    pub copies_moved: Option<f64>,
    /// The fullest node's keys over the mean, by first owner, before the join.
    pub keys_max_over_mean: f64,
    /// The same of all copies.
    pub copies_max_over_mean: Option<f64>,
    /// What is kept beside the list of members, bytes; of bounded loads, its ring and a count for each node.
    pub table_bytes: usize,
}

impl Placed {
    /// The figures of this strategy when `joiner` comes, at `copies` copies of each key that `keys` gives anew
    /// with each call. What depends on the keys placed has placed the same ones.
    ///
    /// # Errors
    /// As a join.
    pub fn figures<K: Iterator<Item = Vec<u8>>>(
        &self,
        joiner: Member,
        copies: usize,
        keys: impl Fn() -> K,
    ) -> Result<Figures> {
        match self {
            Self::ByKey(placement) => {
                let after = placement.with(joiner)?;
                let moved = movement(&**placement, &*after, copies, keys());
                Ok(Figures {
                    keys_moved: moved.share(),
                    copies_moved: Some(moved.replica_share()),
                    keys_max_over_mean: balance(&**placement, keys()).max_over_mean,
                    copies_max_over_mean: Some(copies_spread(&**placement, copies, keys())),
                    table_bytes: placement.table_bytes(),
                })
            }
            Self::ByLoad(loads) => {
                let moved = loads.clone().join(joiner)?;
                let nodes = loads.loads();
                let fullest = nodes.values().copied().max().unwrap_or(0);
                Ok(Figures {
                    keys_moved: moved as f64 / loads.keys().max(1) as f64,
                    copies_moved: None,
                    keys_max_over_mean: fullest as f64 * nodes.len() as f64
                        / loads.keys().max(1) as f64,
                    copies_max_over_mean: None,
                    table_bytes: loads.ring().table_bytes() + nodes.len() * size_of::<u64>(),
                })
            }
        }
    }

    /// The first of `copies` owners of a key, or where one more key would go.
    #[must_use]
    pub fn look_up(&self, key: &[u8], copies: usize) -> NodeId {
        match self {
            Self::ByKey(placement) => placement.preference(key, copies.max(1))[0],
            Self::ByLoad(loads) => loads.candidate(key),
        }
    }
}

/// The copies of the node with most, over the mean.
fn copies_spread(
    placement: &dyn Placement,
    copies: usize,
    keys: impl Iterator<Item = Vec<u8>>,
) -> f64 {
    let members = placement.members().iter();
    let mut held: BTreeMap<NodeId, u64> = members.map(|member| (member.node, 0)).collect();
    for key in keys {
        for node in placement.preference(&key, copies) {
            *held.entry(node).or_insert(0) += 1;
        }
    }
    let (fullest, all) = (held.values().max(), held.values().sum::<u64>());
    fullest.map_or(0, |most| *most) as f64 * held.len() as f64 / all.max(1) as f64
}
