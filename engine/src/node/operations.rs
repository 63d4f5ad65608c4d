//! Storage operations under way. They are done in the order in which they were issued.

use std::collections::VecDeque;

use crate::base::id::OpId;

/// What is to happen when each is done.
#[derive(Debug)]
pub(super) struct Operations<T> {
    /// The number of the first of `reasons`.
    first: u64,
    reasons: VecDeque<Option<T>>,
}

impl<T> Default for Operations<T> {
    fn default() -> Self {
        Self {
            first: 0,
            reasons: VecDeque::new(),
        }
    }
}

impl<T> Operations<T> {
    pub(super) fn issue(&mut self, reason: T) -> OpId {
        self.reasons.push_back(Some(reason));
        OpId(self.first + self.reasons.len() as u64 - 1)
    }

    pub(super) fn done(&mut self, id: OpId) -> Option<T> {
        let place = usize::try_from(id.0.checked_sub(self.first)?).ok()?;
        let reason = self.reasons.get_mut(place)?.take();
        while let Some(None) = self.reasons.front() {
            self.reasons.pop_front();
            self.first += 1;
        }
        reason
    }

    pub(super) fn len(&self) -> usize {
        self.reasons.len()
    }
}
