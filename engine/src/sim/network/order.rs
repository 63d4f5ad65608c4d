//! Which messages were overtaken because they were held up: a fault that is set and changes no order has not
//! struck.

use std::collections::BTreeMap;

use crate::NodeId;
use crate::base::time::Mono;
use crate::sim::trace::MessageId;

/// The youngest message that has arrived on each link, and when; watched from the first time on that messages
/// are held up.
#[derive(Debug, Default)]
pub(in crate::sim) struct Order {
    watched: bool,
    youngest: BTreeMap<(NodeId, NodeId), (MessageId, Mono)>,
}

impl Order {
    pub(super) fn watch(&mut self, held_up: bool) {
        self.watched |= held_up;
    }

    /// Takes note of an arrival. True when a younger message of the link came in the time by which this one
    /// was held up.
    pub(in crate::sim) fn arrived(
        &mut self,
        link: (NodeId, NodeId),
        message: MessageId,
        now: Mono,
        held_up_ns: u64,
    ) -> bool {
        if !self.watched {
            return false;
        }
        let (youngest, at) = self.youngest.entry(link).or_insert((message, now));
        if *youngest <= message {
            (*youngest, *at) = (message, now);
            return false;
        }
        held_up_ns > 0 && at.0 >= now.0.saturating_sub(held_up_ns)
    }
}
