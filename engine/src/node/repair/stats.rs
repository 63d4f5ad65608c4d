//! What repair did, counted since the node's boot.

/// See the module. Bytes are stored bytes of keys and cells, before any envelope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RepairStats {
    /// Exchanges that this node began.
    pub begun: u64,
    /// Of those, how many came to their end.
    pub ended: u64,
    /// Of those, in how many nothing differed.
    pub agreed: u64,
    /// Cells that this node sent.
    pub cells_sent: u64,
    /// What they took.
    pub cell_bytes_sent: u64,
    /// What this node streamed to peers that had lost their disk.
    pub streamed_bytes: u64,
    /// What this node sent of hashes and keys to find out which cells those are.
    pub tree_bytes_sent: u64,
    /// Keys that this node compared with a peer's, one by one.
    pub keys_compared: u64,
    /// Of those, how many differed or were missing on one side.
    pub keys_differing: u64,
    /// What those take on both sides together: no exchange streams more.
    pub differing_bytes: u64,
}
