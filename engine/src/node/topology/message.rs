//! What nodes say to each other about topology.

use std::sync::Arc;

use crate::ring::Topology;

/// See the module.
#[derive(Clone, Debug)]
pub enum TopologyMessage {
    /// Send me your document, if it is newer than mine, of this epoch.
    Ask(u64),
    /// This is decided.
    Document(Arc<Topology>),
    /// All that the move since this epoch brings me is here.
    Moved(u64),
    /// I have left, and keep nothing for anybody any more.
    Drained,
}

impl TopologyMessage {
    /// One word for pictures and traces.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::Ask(_) => "which epoch",
            Self::Document(_) => "epoch",
            Self::Moved(_) => "moved",
            Self::Drained => "drained",
        }
    }
}
