//! What happens next.
//!
//! A heap of small entries orders what is to come; the things themselves lie still in slots beside it. What
//! is called off leaves its entry behind; when these are most of the heap, it is rebuilt without them.

use core::cmp::Reverse;
use std::collections::BinaryHeap;

use super::counts::FaultKind;
use super::trace::MessageId;
use crate::NodeId;
use crate::base::id::{OpId, RequestId, TimerId};
use crate::base::time::Mono;
use crate::node::{Message, Request, StoreResult};

/// Something that will happen.
#[derive(Debug)]
pub(super) enum Due {
    /// A message arrives, unless something takes it.
    Arrive(Arrival),
    /// A timer comes due.
    Timer { node: NodeId, timer: TimerId },
    /// A disk is done with what it was at.
    Disk { node: NodeId, incarnation: u32 },
    /// A storage operation was refused.
    Refused {
        node: NodeId,
        incarnation: u32,
        op: OpId,
        result: StoreResult,
    },
    /// A client's request reaches a node that was paused.
    Request {
        node: NodeId,
        request: RequestId,
        body: Request,
    },
    /// A paused node goes on.
    Resume { node: NodeId },
}

/// A message at the end of its way.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) message: MessageId,
    pub(super) from: NodeId,
    pub(super) to: NodeId,
    /// The sender's, when it was sent.
    pub(super) epoch: u64,
    pub(super) body: Message,
    /// What took it on its way.
    pub(super) lost: Option<FaultKind>,
    /// How long it was held up, nanoseconds, so that others overtake it.
    pub(super) held_up_ns: u64,
    pub(super) is_copy: bool,
}

/// Where something that will happen lies until it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Slot(u32);

/// When it happens, and what. Two things at one time happen in the order in which they were put in.
type Entry = Reverse<(Mono, u64, Slot)>;

/// The heap is not rebuilt for fewer entries that were called off.
const REBUILD_AT_MIN: usize = 1 << 8;

/// All that will happen, the next thing first.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    entries: BinaryHeap<Entry>,
    /// By slot; none: free, or called off and not yet out of the heap.
    dues: Vec<Option<Due>>,
    free: Vec<Slot>,
    called_off: usize,
    number_next: u64,
}

impl Agenda {
    pub(super) fn push(&mut self, at: Mono, due: Due) -> Slot {
        let slot = match self.free.pop() {
            Some(slot) => {
                self.dues[slot.0 as usize] = Some(due);
                slot
            }
            None => {
                self.dues.push(Some(due));
                Slot(u32::try_from(self.dues.len() - 1).expect("an agenda is not so long"))
            }
        };
        let number = self.number_next;
        self.number_next += 1;
        self.entries.push(Reverse((at, number, slot)));
        slot
    }

    pub(super) fn pop(&mut self) -> Option<(Mono, Due)> {
        while let Some(Reverse((at, _, slot))) = self.entries.pop() {
            self.free.push(slot);
            if let Some(due) = self.dues[slot.0 as usize].take() {
                return Some((at, due));
            }
            self.called_off -= 1;
        }
        None
    }

    /// When the next thing happens.
    pub(super) fn next_at(&mut self) -> Option<Mono> {
        while let Some(Reverse((at, _, slot))) = self.entries.peek() {
            if self.dues[slot.0 as usize].is_some() {
                return Some(*at);
            }
            self.free.push(*slot);
            self.called_off -= 1;
            self.entries.pop();
        }
        None
    }

    /// Calls off what lies in a slot, and has not happened yet.
    pub(super) fn call_off(&mut self, slot: Slot) {
        assert!(
            self.dues[slot.0 as usize].take().is_some(),
            "what is called off is still to come"
        );
        self.called_off += 1;
        if self.called_off >= REBUILD_AT_MIN && self.called_off > self.len() {
            self.rebuild();
        }
    }

    fn rebuild(&mut self) {
        let Self {
            entries,
            dues,
            free,
            ..
        } = self;
        entries.retain(|Reverse((_, _, slot))| {
            let stays = dues[slot.0 as usize].is_some();
            if !stays {
                free.push(*slot);
            }
            stays
        });
        self.called_off = 0;
    }

    /// How many things are to come.
    pub(super) fn len(&self) -> usize {
        self.entries.len() - self.called_off
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timer(number: u64) -> Due {
        Due::Timer {
            node: NodeId(1),
            timer: TimerId(number),
        }
    }

    fn number(due: &Due) -> u64 {
        match due {
            Due::Timer { timer, .. } => timer.0,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn things_happen_in_the_order_of_their_times_and_then_of_their_coming() {
        let mut agenda = Agenda::default();
        for (at, name) in [(5, 0), (3, 1), (5, 2), (3, 3), (4, 4)] {
            agenda.push(Mono(at), timer(name));
        }
        let mut order = Vec::new();
        while let Some((at, due)) = agenda.pop() {
            order.push((at.0, number(&due)));
        }
        assert_eq!(order, [(3, 1), (3, 3), (4, 4), (5, 0), (5, 2)]);
    }

    #[test]
    fn what_is_called_off_does_not_happen_and_takes_no_room() {
        let mut agenda = Agenda::default();
        let mut kept = Vec::new();
        for name in 0..100_000_u64 {
            let slot = agenda.push(Mono(1_000_000 - name), timer(name));
            if name % 1_000 == 0 {
                kept.push(name);
            } else {
                agenda.call_off(slot);
            }
        }
        assert_eq!(agenda.len(), kept.len());
        assert!(agenda.dues.len() < 1_000, "{}", agenda.dues.len());
        kept.reverse();
        for name in kept {
            assert_eq!(agenda.next_at(), Some(Mono(1_000_000 - name)));
            let (_, due) = agenda.pop().unwrap();
            assert_eq!(number(&due), name);
        }
        assert!(agenda.pop().is_none() && agenda.next_at().is_none());
    }
}
