//! Every limit of the store, by name and unit. Past one comes [`Error::TooLarge`],
//! [`Error::Overloaded`] or [`Error::InvalidArgument`], never unbounded memory.
//!
//! [`Error::TooLarge`]: crate::Error::TooLarge
//! [`Error::Overloaded`]: crate::Error::Overloaded
//! [`Error::InvalidArgument`]: crate::Error::InvalidArgument

/// A key's length, bytes.
pub const KEY_BYTES_MAX: usize = 1 << 10;
/// A value's length, bytes.
pub const VALUE_BYTES_MAX: usize = 1 << 20;
/// Versions of a key beside which one more may be written; a merge may bring more together.
pub const SIBLINGS_MAX: usize = 64;
/// Actors (node and incarnation) of a key that takes one more write; a merge may bring more together.
pub const ACTORS_MAX: usize = 1 << 10;
/// A causal context's length on the wire, bytes.
pub const CONTEXT_BYTES_MAX: usize = 1 << 16;
/// One record of the log, bytes: a whole cell of siblings fits.
pub const RECORD_BYTES_MAX: usize = 1 << 27;
/// Nodes in one cluster.
pub const NODES_MAX: u32 = 128;
/// Tokens of one node at weight 1.
pub const TOKENS_PER_NODE_MAX: u32 = 1 << 10;
/// Tokens of a whole ring: 16 MiB of them.
pub const RING_TOKENS_MAX: u64 = 1 << 20;
/// A node's weight.
pub const WEIGHT_MAX: u32 = 64;
/// Requests that one node coordinates at a time.
pub const REQUESTS_PENDING_MAX: usize = 1 << 12;
/// Requests of one cluster that were started and not waited for.
pub const TICKETS_MAX: usize = 1 << 16;
/// Messages and timers that a simulated world holds at a time.
pub const WORLD_QUEUE_MAX: usize = 1 << 20;
/// Trace events kept for drawing; later ones still count into the trace hash.
pub const TRACE_EVENTS_MAX: usize = 1 << 18;
/// Keys offered in one repair exchange.
pub const REPAIR_KEYS_MAX: usize = 1 << 10;
/// Cells sent in one repair message, bytes; a cell that is larger goes alone.
pub const REPAIR_BYTES_MAX: usize = 1 << 22;
/// A scenario script's length, bytes.
pub const SCRIPT_BYTES_MAX: usize = 1 << 20;
/// One line of a scenario script, bytes.
pub const SCRIPT_LINE_BYTES_MAX: usize = 1 << 16;
/// The longest stretch of virtual time that one command may run, seconds (ten days).
pub const RUN_SECONDS_MAX: u64 = 864_000;
/// The virtual time at which a run ends, seconds (100 years): well before the clock, which has 64 bits of
/// nanoseconds, would stand still.
pub const TIME_SECONDS_MAX: u64 = 100 * 365 * 86_400;
/// Requests of one run that are recorded for the checkers.
pub const HISTORY_OPERATIONS_MAX: usize = 1 << 21;
/// Named requests, or variables, of one script at a time.
pub const SCRIPT_NAMES_MAX: usize = 1 << 12;
/// Lines of one torture scenario.
pub const TORTURE_STEPS_MAX: usize = 1 << 14;
/// Operations of one `load`.
pub const LOAD_OPERATIONS_MAX: u64 = 1_000_000;
/// Keys sampled for one movement or balance figure.
pub const SAMPLE_KEYS_MAX: u64 = 1_000_000;
/// A memtable's configured size, bytes.
pub const MEMTABLE_BYTES_MAX: usize = 1 << 32;
/// A block cache's configured size, bytes.
pub const CACHE_BYTES_MAX: usize = 1 << 40;
/// Snapshots that a store keeps at a time.
pub const SNAPSHOTS_MAX: usize = 1 << 16;
/// Conditions of one conditional write.
pub const CONDITIONS_MAX: usize = 1 << 10;
