//! Rumours on their way: what rides on the next message (SWIM 2002, section 4.1).

use crate::membership::gossip::{UPDATES_PER_MESSAGE_MAX, Update};

#[derive(Clone, Copy, Debug)]
struct Waiting {
    place: usize,
    update: Update,
    /// Messages that it has ridden on.
    sent: u32,
    /// Of two that were sent as often, the older goes first.
    order: u64,
}

/// At most one rumour a member, the newest; the one sent least often first. Each leaves after `sent_max` messages,
/// so a calm cluster sends none.
#[derive(Clone, Debug)]
pub(super) struct Updates {
    /// By `(sent, order)`.
    waiting: Vec<Waiting>,
    sent_max: u32,
    order_next: u64,
}

impl Updates {
    pub(super) fn new(sent_max: u32) -> Self {
        Self {
            waiting: Vec::new(),
            sent_max,
            order_next: 0,
        }
    }

    /// Lets `update`, about the member at `place`, wait in the stead of an older one about it.
    pub(super) fn push(&mut self, place: usize, update: Update) {
        self.insert(place, update, 0);
    }

    /// The same for what is not urgent: it goes after all that is, and a quarter as often.
    pub(super) fn push_late(&mut self, place: usize, update: Update) {
        self.insert(place, update, self.sent_max * 3 / 4);
    }

    fn insert(&mut self, place: usize, update: Update, sent: u32) {
        self.waiting.retain(|waiting| waiting.place != place);
        let at = self.waiting.partition_point(|waiting| waiting.sent <= sent);
        let order = self.order_next;
        self.order_next += 1;
        self.waiting.insert(
            at,
            Waiting {
                place,
                update,
                sent,
                order,
            },
        );
    }

    /// Whether one about the member at `place` waits.
    pub(super) fn has(&self, place: usize) -> bool {
        self.waiting.iter().any(|waiting| waiting.place == place)
    }

    /// Puts the next [`UPDATES_PER_MESSAGE_MAX`] into a message; `told` are members whose record it has already.
    pub(super) fn ride(&mut self, told: [Option<usize>; 2], message: &mut Vec<Update>) {
        if self.waiting.is_empty() {
            return;
        }
        let mut room = UPDATES_PER_MESSAGE_MAX;
        for waiting in &mut self.waiting {
            if room == 0 {
                break;
            }
            if !told.contains(&Some(waiting.place)) {
                room -= 1;
                waiting.sent += 1;
                message.push(waiting.update);
            }
        }
        self.waiting.retain(|waiting| waiting.sent < self.sent_max);
        self.waiting
            .sort_unstable_by_key(|waiting| (waiting.sent, waiting.order));
    }
}
