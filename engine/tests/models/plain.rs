//! Plain quorum data through a move of its owners.
//!
//! ```text
//! documents  Stable(A) -> Moving(A, B) -> Stable(B), or Stable(A) again: decided elsewhere, adopted one by one
//! put        W of the owners; in Moving W of A and W of B. A replica takes it in the epoch of its coordinator only.
//!            A coordinator that adopts the next document sends again, computes its need anew, and keeps the
//!            acknowledgements of those that are owners (A) in it; one that skips a document keeps none
//! get        R of the owners; in Moving R of A and R of B. One that adopts a newer epoch starts again
//! move       a node that gains drops what it holds, merges a stream from every node of A, each in this epoch, and
//!            what is written to it meanwhile; it is then Moved. All Moved: the commit may be decided
//! ```
//!
//! There is one writer, whose versions rise, and readers of one read each. Coordinators have epochs of their own. The
//! writer's adopts one document after the other here: what it would drop by skipping one, or because an acknowledgement
//! is more than one epoch late, could only make it wait longer. A read
//! that adopts a newer epoch forgets what it heard, so it is the read that begins in the epoch in which it ends; and the
//! last one need not repair.

use state::{Document, Get, NODES, Node, Reader, State, Writer, has, quorum};

mod explore;
mod state;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bug {
    /// A replica takes a put of an older epoch.
    EpochUnchecked,
    /// A coordinator that adopts a newer epoch keeps to the need of the epoch in which it began.
    NeedKept,
    /// In Moving a put needs its quorum in the new owners only.
    NewOwnersOnly,
    /// An old owner streams what it had before it entered the epoch.
    StreamedEarly,
    /// In Moving a get needs its quorum in the old owners only.
    OldOwnersRead,
    /// The acknowledgement of a node that has dropped its data since stays counted.
    LeaverCounted,
    /// A coordinator that skips documents keeps the acknowledgements of the owners in the one that it adopts.
    SkipperCounted,
    /// A get answers before its repair.
    RepairSkipped,
    /// In Moving a get repairs the old owners only.
    OldOwnersRepaired,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reads {
    /// A read sees what was acknowledged before it began.
    Regular,
    /// With read repair before the answer, while a write is under way that is never acknowledged: nor does it see less than a read that was answered before it began.
    Repaired,
}

/// Sets of nodes, one bit each.
pub type Nodes = u8;

/// The bounds of one exploration.
#[derive(Clone)]
pub struct Plain {
    pub bug: Option<Bug>,
    pub reads: Reads,
    /// The owners at first, and where each move goes.
    pub owners: Vec<Nodes>,
    /// Moves that are cancelled, at most.
    pub cancels: u8,
    pub writes: u8,
    pub readers: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    BeginMove,
    Commit,
    Cancel,
    Adopt {
        node: usize,
    },
    /// A stream of what `from` held when it stood at `version`, late or not, arrives.
    Merge {
        from: usize,
        to: usize,
        version: u8,
    },
    Write,
    Put {
        node: usize,
        version: u8,
    },
    /// With the need of `epoch`, which the coordinator has adopted.
    Acknowledge {
        epoch: u8,
    },
    BeginRead {
        reader: usize,
        epoch: u8,
    },
    Read {
        reader: usize,
        node: usize,
    },
    Repair {
        reader: usize,
        node: usize,
    },
    Answer {
        reader: usize,
    },
}

impl Plain {
    fn begin_move(&self, state: &mut State) -> Option<()> {
        let to = *self.owners.get(usize::from(state.moves) + 1)?;
        let last = state.last();
        if last.moving() {
            return None;
        }
        state.documents.push(Document {
            old: last.old,
            new: to,
        });
        Some(())
    }

    fn end_move(&self, state: &mut State, commits: bool) -> Option<()> {
        let last = state.last();
        if !last.moving() {
            return None;
        }
        let epoch = state.newest();
        let moved = |(index, node): (usize, &Node)| {
            !last.gains(index) || node.epoch == epoch && node.merged == last.old
        };
        let owners = if commits {
            if !state.nodes.iter().enumerate().all(moved) {
                return None;
            }
            state.moves += 1;
            last.new
        } else {
            if state.cancels == self.cancels {
                return None;
            }
            state.cancels += 1;
            last.old
        };
        state.documents.push(Document {
            old: owners,
            new: owners,
        });
        Some(())
    }

    fn adopt(&self, state: &mut State, index: usize) -> Option<()> {
        let epoch = state.nodes[index].epoch + 1;
        if epoch > state.newest() {
            return None;
        }
        let document = state.document(epoch);
        let kept = document.owns(index) && !document.gains(index);
        let version = if kept { state.nodes[index].version } else { 0 };
        let entered = if document.moving() { version } else { 0 };
        state.nodes[index] = Node {
            epoch,
            version,
            entered,
            merged: 0,
        };
        Some(())
    }

    fn merge(&self, state: &mut State, from: usize, to: usize, version: u8) -> Option<()> {
        let (epoch, document, old) = (state.newest(), state.last(), state.nodes[from]);
        let early = self.bug == Some(Bug::StreamedEarly);
        let sent = old.epoch == epoch && old.entered <= version || early;
        if !sent || version > old.version || !has(document.old, from) {
            return None;
        }
        let gaining = &mut state.nodes[to];
        if gaining.epoch != epoch || !document.gains(to) || has(gaining.merged, from) {
            return None;
        }
        gaining.version = gaining.version.max(version);
        gaining.merged |= 1 << from;
        Some(())
    }

    fn write(&self, state: &mut State) -> Option<()> {
        let writer = &mut state.writer;
        if writer.under_way || writer.version == self.writes {
            return None;
        }
        writer.version += 1;
        writer.under_way = true;
        Some(())
    }

    fn put(&self, state: &mut State, index: usize, version: u8) -> Option<()> {
        let (writer, node) = (&mut state.writer, &mut state.nodes[index]);
        let document = state.documents[usize::from(node.epoch) - 1];
        let current = version == writer.version && writer.under_way;
        let sent = if current {
            node.epoch >= writer.epoch
        } else {
            node.epoch <= writer.epoch
        };
        let unchecked = self.bug == Some(Bug::EpochUnchecked);
        if version > writer.version || !sent && !unchecked || !document.owns(index) {
            return None;
        }
        node.version = node.version.max(version);
        if current && self.reads == Reads::Regular {
            writer.acks[index] = if unchecked { writer.epoch } else { node.epoch };
        }
        Some(())
    }

    /// Whether the node that acknowledged in `epoch` still holds the write, as its coordinator knows it.
    fn counts(&self, state: &State, node: usize, epoch: u8, until: u8) -> bool {
        let skips = self.bug == Some(Bug::SkipperCounted);
        let first = if skips { until } else { 0 };
        let mut adopted = first.max(epoch + 1)..=until;
        let left = adopted.any(|epoch| !has(state.document(epoch).old, node));
        epoch != 0 && (!left || self.bug == Some(Bug::LeaverCounted))
    }

    fn acknowledge(&self, state: &mut State, epoch: u8) -> Option<()> {
        let writer = state.writer;
        if !writer.under_way
            || writer.acks.iter().any(|acked| *acked > epoch)
            || epoch < writer.epoch
        {
            return None;
        }
        let begun = self.bug == Some(Bug::NeedKept);
        let document = state.document(if begun { writer.epoch } else { epoch });
        let acks = writer.acks.iter().enumerate();
        let acks = acks.filter(|(node, acked)| self.counts(state, *node, **acked, epoch));
        let acks = acks.fold(0, |nodes, (node, _)| nodes | 1 << node);
        let old = quorum(document.old, acks) || self.bug == Some(Bug::NewOwnersOnly);
        if !old || !quorum(document.new, acks) {
            return None;
        }
        state.answered = state.answered.max(writer.version);
        state.writer = Writer {
            epoch,
            version: writer.version,
            ..Writer::default()
        };
        Some(())
    }

    fn begin_read(&self, state: &mut State, index: usize, epoch: u8) -> Option<()> {
        // A read that may see anything proves nothing, unless a later one must see as much.
        let vain = index + 1 == state.readers.len() && state.answered == 0;
        if state.readers[index].get != Get::Idle || vain {
            return None;
        }
        state.readers[index].epoch = epoch;
        state.readers[index].floor = state.answered;
        state.readers[index].get = Get::Reading {
            heard: 0,
            version: 0,
            holders: 0,
        };
        Some(())
    }

    fn read(&self, state: &mut State, index: usize, node: usize) -> Option<()> {
        let answering = state.nodes[node];
        let epoch = state.readers[index].epoch;
        let Get::Reading {
            heard,
            version,
            holders,
        } = &mut state.readers[index].get
        else {
            return None;
        };
        let document = state.documents[usize::from(epoch) - 1];
        // One more answer than it needs could only raise what it sees.
        let enough = quorum(document.old, *heard) && quorum(document.new, *heard);
        if answering.epoch != epoch || !document.owns(node) || has(*heard, node) || enough {
            return None;
        }
        *heard |= 1 << node;
        if answering.version > *version {
            *version = answering.version;
            *holders = 0;
        }
        if answering.version == *version {
            *holders |= 1 << node;
        }
        Some(())
    }

    /// A node takes what a read repairs.
    fn repair(&self, state: &mut State, index: usize, node: usize) -> Option<()> {
        let epoch = state.readers[index].epoch;
        let Get::Repairing { version, holders } = &mut state.readers[index].get else {
            return None;
        };
        let owns = state.documents[usize::from(epoch) - 1].owns(node);
        if state.nodes[node].epoch != epoch || !owns || has(*holders, node) {
            return None;
        }
        *holders |= 1 << node;
        state.nodes[node].version = state.nodes[node].version.max(*version);
        Some(())
    }

    fn answer(&self, state: &mut State, index: usize) -> Option<()> {
        let document = state.document(state.readers[index].epoch);
        let reader = &mut state.readers[index];
        let version = match reader.get {
            Get::Reading {
                heard,
                version,
                holders,
            } => {
                let new = quorum(document.new, heard) || self.bug == Some(Bug::OldOwnersRead);
                if !new || !quorum(document.old, heard) {
                    return None;
                }
                let last = index + 1 == self.readers;
                let repairs = self.reads == Reads::Repaired && self.bug != Some(Bug::RepairSkipped);
                if repairs && !last {
                    reader.get = Get::Repairing { version, holders };
                    return Some(());
                }
                version
            }
            Get::Repairing { version, holders } => {
                let new = quorum(document.new, holders) || self.bug == Some(Bug::OldOwnersRepaired);
                if !new || !quorum(document.old, holders) {
                    return None;
                }
                version
            }
            Get::Idle | Get::Done => return None,
        };
        state.wrong |= version < reader.floor;
        *reader = Reader {
            epoch: 1,
            get: Get::Done,
            floor: 0,
        };
        if self.reads == Reads::Repaired {
            state.answered = state.answered.max(version);
        }
        Some(())
    }

    fn step(&self, state: &mut State, action: Action) -> Option<()> {
        match action {
            Action::BeginMove => self.begin_move(state),
            Action::Commit => self.end_move(state, true),
            Action::Cancel => self.end_move(state, false),
            Action::Adopt { node } => self.adopt(state, node),
            Action::Merge { from, to, version } => self.merge(state, from, to, version),
            Action::Write => self.write(state),
            Action::Put { node, version } => self.put(state, node, version),
            Action::Acknowledge { epoch } => self.acknowledge(state, epoch),
            Action::BeginRead { reader, epoch } => self.begin_read(state, reader, epoch),
            Action::Read { reader, node } => self.read(state, reader, node),
            Action::Repair { reader, node } => self.repair(state, reader, node),
            Action::Answer { reader } => self.answer(state, reader),
        }
    }
}
