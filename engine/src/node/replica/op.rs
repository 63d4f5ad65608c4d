//! What a node asks of its disk, and what it gets.

use core::ops::Bound;

use bytes::Bytes;

use super::forest::{Group, Leaves, Row};
use crate::base::time::Wall;
use crate::causal::{Actor, Cell, Stamp, Token, VersionVector, Wrote};
use crate::node::paxos::{Acceptor, Ballot, Floor, State, Verdict};
use crate::node::topology::Shape;
use crate::{Error, NodeId, crdt};

/// Who writes, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Writer {
    /// Whose next dot the write gets.
    pub actor: Actor,
    /// When it was taken.
    pub stamp: Stamp,
    /// When its value expires.
    pub deadline: Option<Wall>,
    /// The client's idempotency key.
    pub token: Option<Token>,
}

/// An operation on a replica's disk. What one of them changes, it changes whole or not at all.
#[derive(Clone, Debug)]
pub enum StoreOp {
    /// Read one key.
    Read(Bytes),
    /// Read several keys, in their order, until the cells take more than `bytes_max` bytes; one is always read.
    ReadMany {
        /// The keys.
        keys: Vec<Bytes>,
        /// Stored bytes of keys and cells.
        bytes_max: usize,
    },
    /// Add a version under the next dot of an actor.
    Write {
        /// The key.
        key: Bytes,
        /// The value; none deletes.
        value: Option<Bytes>,
        /// The writes that it supersedes.
        supersedes: VersionVector,
        /// Who writes.
        writer: Writer,
    },
    /// Join what stands there of a replicated data type, change it, and write it as one version.
    Update {
        /// The key, in a table of such a type.
        key: Bytes,
        /// What to change.
        change: crdt::Change,
        /// Who writes.
        writer: Writer,
    },
    /// Take in what other replicas know.
    Merge(Vec<(Bytes, Cell)>),
    /// The same of one key, as most writes are: without a list.
    MergeOne(Bytes, Cell),
    /// Put cells in the place of what is there: what a planted bug does, and nothing else.
    Overwrite(Vec<(Bytes, Cell)>),
    /// A page of cells in key order.
    Scan {
        /// Where it begins.
        from: Bound<Bytes>,
        /// Where it ends.
        to: Bound<Bytes>,
        /// Cells in the page.
        keys_max: usize,
        /// Stored bytes of keys and cells; one cell always fits.
        bytes_max: usize,
    },
    /// Keep a cell for a node that cannot be reached.
    Hint {
        /// Whose it is.
        target: NodeId,
        /// The key.
        key: Bytes,
        /// What it shall take in.
        cell: Cell,
        /// When it was kept.
        at: Wall,
    },
    /// The hints for a node that were kept after number `after`; 0 is before the first.
    Hints {
        /// Whose.
        target: NodeId,
        /// The last number that is known already.
        after: u64,
        /// Stored bytes; one hint always fits.
        bytes_max: usize,
    },
    /// Forget hints; numbers that are not there are passed over.
    DropHints {
        /// Whose.
        target: NodeId,
        /// Which.
        numbers: Vec<u64>,
    },
    /// Look at keys for cells in which nothing lives.
    Dead {
        /// The last key that was looked at; none begins.
        after: Option<Bytes>,
        /// Keys to look at.
        keys_max: usize,
        /// The time, for versions that expire.
        now: Wall,
    },
    /// Whether each cell here has just this digest, and nothing in it lives.
    Same {
        /// Key and digest.
        cells: Vec<(Bytes, u64)>,
        /// The time, for versions that expire.
        now: Wall,
    },
    /// Remove each cell that still has just this digest.
    Purge(Vec<(Bytes, u64)>),
    /// Remember the repair epoch.
    SetRepairEpoch(u64),
    /// Remember whether all that should be here is.
    SetContent(Content),
    /// From now on keys are owned as this says.
    Adopt(Shape),
    /// Remove what is not owned here.
    DropStrangers,
    /// Take in a page of a stream, and remember how far it came.
    Import(Page, Option<Progress>),
    /// Remember that all that a move brings is here: the epoch in which it began.
    SetMoved(u64),
    /// Act as an acceptor of a register.
    Register(RegisterOp),
    /// Read the trees.
    Tree(TreeOp),
}

/// Part of what one node streams to another.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// Cells, in key order.
    pub cells: Vec<(Bytes, Cell)>,
    /// What the sender has promised and accepted of registers, in key order.
    pub registers: Vec<(Bytes, Acceptor)>,
    /// What it remembers of those that it has forgotten.
    pub floor: Floor,
}

/// How far the stream of one peer came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The epoch in which the move began.
    pub since: u64,
    /// Whose stream.
    pub peer: NodeId,
    /// The last key that is here; none is all of it.
    pub place: Option<Bytes>,
}

/// Why one node streams to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamWhy {
    /// The other lost its disk: it gets all that both own.
    Lost,
    /// Ranges move: it gets what is owned here and will be owned there.
    Gained,
}

/// What an acceptor does (see [`crate::node::paxos`]), and tells then.
#[derive(Clone, Debug)]
pub enum RegisterOp {
    /// Tell what was accepted.
    Query(Bytes),
    /// Promise to take nothing below this ballot.
    Prepare(Bytes, Ballot),
    /// Take a state under the first ballot, and promise the second.
    Accept(Bytes, Ballot, Ballot, Box<State>),
    /// Forget it, if this ballot was the last thing that was accepted or promised of it.
    Erase(Bytes, Ballot),
    /// Tell registers without a value, behind this key, of so many.
    Dead(Option<Bytes>, usize, Wall),
    /// Remember that this ballot is chosen, if it was accepted here, or a later one was.
    Chosen(Bytes, Ballot),
}

impl RegisterOp {
    /// Whose register it is.
    #[must_use]
    pub fn key(&self) -> Option<&Bytes> {
        Some(match self {
            Self::Dead(..) => return None,
            Self::Erase(key, _)
            | Self::Query(key)
            | Self::Prepare(key, _)
            | Self::Accept(key, ..)
            | Self::Chosen(key, _) => key,
        })
    }
}

/// What a [`RegisterOp`] gave.
#[derive(Clone, Debug)]
pub enum RegisterResult {
    /// Whether it was taken, and the acceptor as it is now.
    Voted(Verdict, Acceptor),
    /// Registers without a value, and where to go on.
    Dead {
        /// In key order.
        dead: Vec<(Bytes, State)>,
        /// The last that was looked at; none when it was the last of all.
        next: Option<Bytes>,
    },
}

/// Whether a replica holds what it should.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Content {
    /// All that it acknowledged.
    #[default]
    Whole,
    /// It lost its disk and is being filled by its peers.
    Rebuilding,
}

/// One cell kept for a node that could not be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// Its number among the target's, from 1 in the order they were kept.
    pub number: u64,
    /// The key.
    pub key: Bytes,
    /// What the target shall take in.
    pub cell: Cell,
    /// When it was kept.
    pub at: Wall,
    /// What it takes on the disk.
    pub bytes: u64,
}

/// A hint that was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hinted {
    /// Its number.
    pub number: u64,
    /// What it takes on the disk.
    pub bytes: u64,
}

/// A read of the [`Forest`](super::Forest), or of the keys under it.
#[derive(Clone, Debug)]
pub enum TreeOp {
    /// The roots of the groups that `peer` is in too, behind group `after`.
    Roots {
        /// With whom to compare.
        peer: NodeId,
        /// Where to go on.
        after: Option<Group>,
        /// Groups to name.
        groups_max: usize,
    },
    /// The branches of those groups behind `after` up to `upto` whose root is another than `theirs`. A root that is
    /// not named is 0.
    Branches {
        /// Who named them.
        peer: NodeId,
        /// Behind this group.
        after: Option<Group>,
        /// Up to this one; none is to the last.
        upto: Option<Group>,
        /// Its roots.
        theirs: Vec<(Group, u64)>,
        /// Groups to name.
        groups_max: usize,
    },
    /// The leaves under the branches that are others than `theirs`.
    Leaves {
        /// The peer's branches, in the order of groups.
        theirs: Vec<(Group, Row)>,
        /// Rows of leaves; those of one group always fit.
        rows_max: usize,
    },
    /// Which leaves are others than `theirs`.
    Differing {
        /// The peer's leaves: group, branch, leaves.
        theirs: Vec<(Group, u8, Row)>,
    },
    /// The keys in `leaves` behind `after` up to `upto`, in key order.
    Keys {
        /// The leaves.
        leaves: Leaves,
        /// Behind this key.
        after: Option<Bytes>,
        /// Up to this one; none is to the last.
        upto: Option<Bytes>,
        /// Keys to name.
        keys_max: usize,
        /// Keys to look at.
        looks_max: usize,
    },
    /// Cells, then registers, of keys for `peer`, behind `after`, in the order in which they are stored.
    Stream {
        /// For whom.
        peer: NodeId,
        /// Of which keys.
        why: StreamWhy,
        /// Behind this key.
        after: Option<Bytes>,
        /// Keys to look at.
        looks_max: usize,
        /// Stored bytes of keys and cells; one cell always fits.
        bytes_max: usize,
    },
}

/// A key as two replicas compare it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyDigest {
    /// The key.
    pub key: Bytes,
    /// The digest of its cell.
    pub digest: u64,
    /// Stored bytes of key and cell: what it costs to send.
    pub bytes: usize,
}

/// What a [`TreeOp`] gave. `upto` and `next` say how far it came; none is to the end.
#[derive(Clone, Debug)]
pub enum TreeResult {
    /// Of [`TreeOp::Roots`].
    Roots {
        /// Group and root.
        roots: Vec<(Group, u64)>,
        /// The last group that was looked at.
        upto: Option<Group>,
    },
    /// Of [`TreeOp::Branches`].
    Branches {
        /// Group and branches.
        branches: Vec<(Group, Row)>,
        /// The last group that was looked at.
        upto: Option<Group>,
    },
    /// Of [`TreeOp::Leaves`].
    Leaves {
        /// Group, branch, leaves.
        leaves: Vec<(Group, u8, Row)>,
        /// The last group that was looked at, when it was not the last.
        upto: Option<Group>,
    },
    /// Of [`TreeOp::Differing`].
    Differing(Leaves),
    /// Of [`TreeOp::Keys`].
    Keys {
        /// In key order.
        keys: Vec<KeyDigest>,
        /// The last key that was looked at; none when it was the last of all.
        upto: Option<Bytes>,
    },
    /// Of [`TreeOp::Stream`].
    Stream {
        /// What was found.
        page: Page,
        /// Stored bytes of keys and cells.
        bytes: usize,
        /// Where to go on.
        next: Option<Bytes>,
    },
}

/// What an operation gave.
#[derive(Clone, Debug)]
pub enum StoreResult {
    /// Of [`StoreOp::Read`]; empty when the key is not there.
    Cell(Cell),
    /// Of [`StoreOp::ReadMany`].
    Cells {
        /// What is there, in the order that was asked.
        cells: Vec<(Bytes, Cell)>,
        /// Stored bytes of keys and cells.
        bytes: usize,
        /// Keys that did not fit.
        unread: Vec<Bytes>,
    },
    /// Of [`StoreOp::Write`] and [`StoreOp::Update`].
    Written(Wrote, Cell),
    /// Of [`StoreOp::Merge`] and [`StoreOp::MergeOne`].
    Merged {
        /// Keys of which something was new.
        news: usize,
    },
    /// Of [`StoreOp::Scan`].
    Page {
        /// In key order.
        cells: Vec<(Bytes, Cell)>,
        /// Whether there are more up to the end of the range.
        more: bool,
    },
    /// Of [`StoreOp::Hint`].
    Hinted(Hinted),
    /// Of [`StoreOp::Hints`], in the order they were kept.
    Hints(Vec<Hint>),
    /// Of [`StoreOp::Dead`].
    Dead {
        /// Key and digest of the dead, and since when they are.
        cells: Vec<(Bytes, u64, Wall)>,
        /// Where to go on; none when the last key was looked at.
        next: Option<Bytes>,
    },
    /// Of [`StoreOp::Same`], in its order.
    Same(Vec<bool>),
    /// Of [`StoreOp::Purge`]: how many were removed.
    Purged(usize),
    /// Of the operations that tell nothing.
    Done,
    /// Of [`StoreOp::Register`].
    Register(Box<RegisterResult>),
    /// Of [`StoreOp::Tree`].
    Tree(TreeResult),
    /// It failed, and changed nothing.
    Failed(Error),
}

impl StoreResult {
    /// Whether it tells what stands there, and vouches for no change.
    #[must_use]
    pub fn is_read(&self) -> bool {
        matches!(
            self,
            Self::Cell(_)
                | Self::Cells { .. }
                | Self::Page { .. }
                | Self::Hints(_)
                | Self::Dead { .. }
                | Self::Same(_)
                | Self::Tree(_)
                | Self::Failed(_)
        )
    }
}

/// Whether an operation left something to sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disk {
    /// Nothing was written.
    Clean,
    /// Something was written: sync before the completion is told.
    Dirty,
}
