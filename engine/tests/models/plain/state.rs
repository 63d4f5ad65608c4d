//! The nodes, coordinators and documents of a move of plain data.

use super::Nodes;

pub const NODES: usize = 5;

/// The owners of an epoch; Stable where both are the same.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Document {
    pub old: Nodes,
    pub new: Nodes,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Debug)]
pub struct Node {
    pub epoch: u8,
    pub version: u8,
    /// What it held when it entered the epoch; kept in Moving, where it may stream.
    pub entered: u8,
    /// Whose streams it has merged, in this epoch.
    pub merged: Nodes,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Debug)]
pub struct Writer {
    /// The epoch in which its last write was acknowledged, and so no later than the one in which this one began. Which
    /// epochs it has adopted since need not be told apart: it sends in any of them or in none.
    pub epoch: u8,
    pub version: u8,
    pub under_way: bool,
    /// In which epoch each node acknowledged the write under way last; 0 if not.
    pub acks: [u8; NODES],
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Get {
    Idle,
    /// Who has answered, the highest version, and who holds it.
    Reading {
        heard: Nodes,
        version: u8,
        holders: Nodes,
    },
    Repairing {
        version: u8,
        holders: Nodes,
    },
    Done,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Reader {
    pub epoch: u8,
    pub get: Get,
    /// The version that it must see.
    pub floor: u8,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct State {
    pub documents: Vec<Document>,
    pub moves: u8,
    pub cancels: u8,
    pub nodes: [Node; NODES],
    pub writer: Writer,
    pub readers: Vec<Reader>,
    /// The highest version that was acknowledged, and, with repair, that was read.
    pub answered: u8,
    pub wrong: bool,
}

pub const fn has(nodes: Nodes, node: usize) -> bool {
    nodes >> node & 1 == 1
}

pub const fn quorum(of: Nodes, nodes: Nodes) -> bool {
    (of & nodes).count_ones() >= 2
}

impl State {
    /// The document of an epoch; epochs count from 1.
    pub fn document(&self, epoch: u8) -> Document {
        self.documents[usize::from(epoch) - 1]
    }

    pub fn newest(&self) -> u8 {
        self.documents.len() as u8
    }

    pub fn last(&self) -> Document {
        self.document(self.newest())
    }
}

impl Document {
    pub const fn owns(self, node: usize) -> bool {
        has(self.old | self.new, node)
    }

    pub const fn gains(self, node: usize) -> bool {
        has(self.new & !self.old, node)
    }

    pub const fn moving(self) -> bool {
        self.old != self.new
    }
}
