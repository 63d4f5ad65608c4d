//! What two nodes say to each other while one of them repairs.

use bytes::Bytes;

use crate::causal::Cell;
use crate::node::replica::{Group, KeyDigest, Leaves, Page, Row, StreamWhy};

/// One exchange of one node with a peer: unique among those that it ever began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exchange(pub u64);

/// A message of anti-entropy, or of a rebuild. "Asker" is who began the exchange, "peer" whom it asked. All carry
/// what their receiver needs: the peer remembers nothing of an exchange.
#[derive(Clone, Debug)]
pub enum RepairMessage {
    /// Asker, step 1: the roots of the groups that we are both in, behind `after` up to `upto` (none: to the last).
    Roots {
        /// Which exchange.
        exchange: Exchange,
        /// Behind this group.
        after: Option<Group>,
        /// Up to this one.
        upto: Option<Group>,
        /// Group and root; what is not named is 0.
        roots: Vec<(Group, u64)>,
    },
    /// Peer, instead of step 2: mine are the same, up to `upto`.
    Agreed {
        /// Which exchange.
        exchange: Exchange,
        /// Up to this group.
        upto: Option<Group>,
    },
    /// Peer, step 2: up to `upto` these differ; my branches of them.
    Branches {
        /// Which exchange.
        exchange: Exchange,
        /// Up to this group.
        upto: Option<Group>,
        /// Group and branches.
        branches: Vec<(Group, Row)>,
    },
    /// Asker, step 3: these branches differ; my leaves of them. Then name your keys behind `after`.
    Leaves {
        /// Which exchange.
        exchange: Exchange,
        /// Behind this key.
        after: Option<Bytes>,
        /// Group, branch, leaves.
        leaves: Vec<(Group, u8, Row)>,
    },
    /// Peer, step 4: these leaves differ, and behind `after` up to `upto` (none: to the last key) I hold in them
    /// just these keys.
    Keys {
        /// Which exchange.
        exchange: Exchange,
        /// The leaves that differ.
        leaves: Leaves,
        /// Behind this key.
        after: Option<Bytes>,
        /// Up to this one.
        upto: Option<Bytes>,
        /// In key order.
        keys: Vec<KeyDigest>,
    },
    /// Asker, step 4 again: go on behind `after`.
    More {
        /// Which exchange.
        exchange: Exchange,
        /// The leaves that differ.
        leaves: Leaves,
        /// Behind this key.
        after: Bytes,
    },
    /// Asker, step 5: send me the cells of these keys.
    Want(Vec<Bytes>),
    /// Either, step 5: take in these cells.
    Cells(Vec<(Bytes, Cell)>),
    /// From a node that lost its disk, or gains ranges: send me what I lack, behind `after`.
    StreamAsk {
        /// Which life of the asker asks: an answer to an earlier one is none to this.
        life: u32,
        /// Of which keys.
        why: StreamWhy,
        /// Behind this key.
        after: Option<Bytes>,
        /// Stored bytes of keys and cells; one cell always fits.
        bytes_max: usize,
    },
    /// To that node: here it is. `next` is where to go on; the same as `after` says that nothing can be sent now.
    StreamPage {
        /// As it was asked.
        life: u32,
        /// As it was asked.
        after: Option<Bytes>,
        /// In key order.
        page: Page,
        /// What it adds up to.
        sum: u64,
        /// Where to go on, or that this was the end.
        next: Next,
        /// Whether the sender knows the repair epoch: one that lost its own disk may not yet.
        settled: bool,
    },
}

/// Where a stream goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Behind this key; none is the beginning.
    Behind(Option<Bytes>),
    /// Nowhere: that was all.
    End,
}

impl RepairMessage {
    /// One word for pictures and traces.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::Roots { .. } => "roots",
            Self::Agreed { .. } => "agreed",
            Self::Branches { .. } => "branches",
            Self::Leaves { .. } => "leaves",
            Self::Keys { .. } => "keys",
            Self::More { .. } => "more",
            Self::Want(..) => "want",
            Self::Cells(..) => "cells",
            Self::StreamAsk { .. } => "stream ask",
            Self::StreamPage { .. } => "stream page",
        }
    }

    /// Whether it carries cells that its receiver takes in.
    #[must_use]
    pub fn carries_cells(&self) -> bool {
        matches!(self, Self::Cells(_) | Self::StreamPage { .. })
    }

    /// What it names apart from cells takes about this many bytes.
    #[must_use]
    pub fn tree_bytes(&self) -> usize {
        let group = |group: &Group| size_of_val(group.nodes());
        let row = size_of::<Row>();
        let sets = |leaves: &Leaves| -> usize {
            let each = leaves.iter();
            each.map(|(of, set)| group(of) + size_of_val(set)).sum()
        };
        match self {
            Self::Roots { roots, .. } => roots.iter().map(|(of, _)| group(of) + 8).sum(),
            Self::Branches { branches, .. } => branches.iter().map(|(of, _)| group(of) + row).sum(),
            Self::Leaves { leaves, .. } => leaves.iter().map(|(of, ..)| group(of) + 1 + row).sum(),
            Self::Keys { leaves, keys, .. } => {
                let named: usize = keys.iter().map(|key| key.key.len() + 12).sum();
                sets(leaves) + named
            }
            Self::More { leaves, after, .. } => sets(leaves) + after.len(),
            Self::Want(keys) => keys.iter().map(Bytes::len).sum(),
            Self::Agreed { .. }
            | Self::Cells(..)
            | Self::StreamAsk { .. }
            | Self::StreamPage { .. } => 0,
        }
    }
}
