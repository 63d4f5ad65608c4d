//! What happens next.

use core::cmp::Reverse;
use std::collections::BinaryHeap;

use super::trace::{Lost, MessageId};
use crate::NodeId;
use crate::base::id::{OpId, TimerId};
use crate::base::time::Mono;
use crate::node::{Disk, Message, StoreResult};

/// Something that will happen.
#[derive(Debug)]
pub(super) enum Due {
    Arrive {
        message: MessageId,
        from: NodeId,
        to: NodeId,
        body: Message,
        lost: Option<Lost>,
    },
    Timer {
        node: NodeId,
        incarnation: u32,
        timer: TimerId,
    },
    Disk {
        node: NodeId,
        incarnation: u32,
        op: OpId,
        result: StoreResult,
        disk: Disk,
    },
}

/// Two things at one time happen in the order in which they were put in.
#[derive(Debug)]
struct Entry {
    at: Mono,
    number: u64,
    due: Due,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

/// All that will happen, the next thing first.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    entries: BinaryHeap<Reverse<Entry>>,
    number_next: u64,
}

impl Agenda {
    pub(super) fn push(&mut self, at: Mono, due: Due) {
        let number = self.number_next;
        self.number_next += 1;
        self.entries.push(Reverse(Entry { at, number, due }));
    }

    pub(super) fn pop(&mut self) -> Option<(Mono, Due)> {
        self.entries
            .pop()
            .map(|Reverse(entry)| (entry.at, entry.due))
    }

    /// When the next thing happens.
    pub(super) fn next_at(&self) -> Option<Mono> {
        self.entries.peek().map(|Reverse(entry)| entry.at)
    }

    /// Drops what will not matter when it comes.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&Due) -> bool) {
        self.entries.retain(|Reverse(entry)| keep(&entry.due));
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}
