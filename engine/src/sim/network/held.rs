//! Links that are held: what arrives on one waits until it is released.

use std::collections::BTreeMap;

use crate::NodeId;
use crate::base::limits::HELD_MESSAGES_MAX;
use crate::node::Message;
use crate::sim::trace::MessageId;

/// A message that waits on a held link.
#[derive(Debug)]
pub(in crate::sim) struct Held {
    pub(in crate::sim) message: MessageId,
    pub(in crate::sim) from: NodeId,
    pub(in crate::sim) to: NodeId,
    pub(in crate::sim) epoch: u64,
    pub(in crate::sim) body: Message,
    pub(in crate::sim) is_copy: bool,
}

/// The held links and what waits there: [`HELD_MESSAGES_MAX`] messages in all.
#[derive(Debug, Default)]
pub(in crate::sim) struct Holds {
    links: BTreeMap<(NodeId, NodeId), Vec<Held>>,
    messages: usize,
}

impl Holds {
    pub(in crate::sim) fn hold(&mut self, from: NodeId, to: NodeId) {
        self.links.entry((from, to)).or_default();
    }

    pub(in crate::sim) fn holds(&self, from: NodeId, to: NodeId) -> bool {
        !self.links.is_empty() && self.links.contains_key(&(from, to))
    }

    pub(in crate::sim) fn has_room(&self) -> bool {
        self.messages < HELD_MESSAGES_MAX
    }

    /// Keeps a message of a held link.
    pub(in crate::sim) fn keep(&mut self, held: Held) {
        let link = self.links.entry((held.from, held.to)).or_default();
        link.push(held);
        self.messages += 1;
    }

    /// Ends a hold; what waited, in the order in which it was sent. None where the link was not held.
    pub(in crate::sim) fn release(&mut self, from: NodeId, to: NodeId) -> Option<Vec<Held>> {
        let mut waited = self.links.remove(&(from, to))?;
        self.messages -= waited.len();
        waited.sort_by_key(|held| held.message);
        Some(waited)
    }

    /// Ends every hold, in the order of the links' nodes.
    pub(in crate::sim) fn release_all(&mut self) -> Vec<Held> {
        let links: Vec<_> = self.links.keys().copied().collect();
        let waited = links
            .into_iter()
            .filter_map(|(from, to)| self.release(from, to));
        let mut waited: Vec<Held> = waited.flatten().collect();
        waited.sort_by_key(|held| held.message);
        waited
    }

    /// How many messages wait.
    pub(in crate::sim) fn len(&self) -> usize {
        self.messages
    }
}
