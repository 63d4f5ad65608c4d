//! The timers that a node has armed, and where each lies in the agenda.

use std::collections::VecDeque;

use super::agenda::Slot;
use crate::base::id::TimerId;

/// Sorted by their ids. A node numbers its timers in turn and most live about as long, so arming adds at the
/// end and most ends are near the front: neither moves much.
#[derive(Debug, Default)]
pub(super) struct Timers(VecDeque<(TimerId, Option<Slot>)>);

impl Timers {
    /// Takes a timer in; the slot of the one of that id that it replaces.
    pub(super) fn arm(&mut self, timer: TimerId, slot: Slot) -> Option<Slot> {
        if self.0.back().is_none_or(|(last, _)| *last < timer) {
            self.0.push_back((timer, Some(slot)));
            return None;
        }
        match self.find(timer) {
            Ok(place) => self.0[place].1.replace(slot),
            Err(place) => {
                self.0.insert(place, (timer, Some(slot)));
                None
            }
        }
    }

    /// Takes a timer out, because it fired or was cancelled: none where it was not armed; otherwise the slot
    /// in which it lies, unless it has left the agenda.
    pub(super) fn disarm(&mut self, timer: TimerId) -> Option<Option<Slot>> {
        let place = self.find(timer).ok()?;
        self.0.remove(place).map(|(_, slot)| slot)
    }

    /// Takes note that a timer came due while its node was paused: it is armed still, and out of the agenda.
    pub(super) fn wait(&mut self, timer: TimerId) {
        if let Ok(place) = self.find(timer) {
            self.0[place].1 = None;
        }
    }

    /// The slots of all that lie in the agenda.
    pub(super) fn slots(&self) -> impl Iterator<Item = Slot> + '_ {
        self.0.iter().filter_map(|(_, slot)| *slot)
    }

    fn find(&self, timer: TimerId) -> Result<usize, usize> {
        self.0.binary_search_by_key(&timer, |(id, _)| *id)
    }
}
