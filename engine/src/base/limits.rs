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
/// Idempotency tokens that a key remembers, the newest ones.
pub const TOKENS_MAX: usize = 32;
/// Actors (node, incarnation and epoch) of a key that takes one more write; a merge may bring more together.
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
/// Tokens of a ring for which more are allocated: a search looks at each of them for each token of a joiner.
pub const ALLOCATION_TOKENS_MAX: u64 = 1 << 13;
/// Partitions of a ring that is cut into equal ones.
pub const PARTITIONS_MAX: u32 = 1 << 14;
/// Keys of one assignment with bounded loads.
pub const BOUNDED_KEYS_MAX: usize = 1 << 20;
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
/// Keys named in one repair message.
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
/// Changes that a register remembers, so that each takes effect once.
pub const REGISTER_OPS_REMEMBERED: usize = 64;
/// Moves that a topology remembers, where the placement goes by what was.
pub const TOPOLOGY_PAST_MAX: usize = 1 << 9;
/// The last epoch of a topology: a document that claims to be later is not believed.
pub const TOPOLOGY_EPOCH_MAX: u64 = 1 << 56;
/// The last round of a ballot: a proposal that claims to be later is not believed, or nobody could go beyond it.
pub const BALLOT_ROUND_MAX: u64 = 1 << 56;
/// Messages of epochs to come that a node keeps until it has adopted their document; later ones are lost.
pub const PARKED_MESSAGES_MAX: usize = 1 << 10;
/// Registers that a node begins to forget at one look, and how many a look goes through.
pub const COLLECTED_AT_ONCE: usize = 16;
/// Registers that one look for deleted ones goes through.
pub const REGISTERS_LOOKED_AT: usize = 1 << 10;
/// Conditions of one change of a register.
pub const REGISTER_CONDITIONS_MAX: usize = 16;
/// Changes of one register that one proposal carries.
pub const REGISTER_BATCH_MAX: usize = 8;
/// Registers whose next ballot a node has had promised, and keeps.
pub const REGISTERS_PREPARED_MAX: usize = 1 << 10;
/// Conditions of one conditional write.
pub const CONDITIONS_MAX: usize = 1 << 10;
/// Tables of one cluster.
pub const TABLES_MAX: usize = 200;
/// How long a value may be told to live, milliseconds (100 years).
pub const TTL_MS_MAX: u64 = 100 * 365 * 86_400_000;
/// Storage operations that one node has under way before it refuses a peer's.
pub const OPERATIONS_PENDING_MAX: usize = 1 << 12;
/// Keys whose requests a node counts, to find the hot ones.
pub const HOT_KEYS_TRACKED: usize = 16;
/// Bytes of hints in one message.
pub const HINT_BATCH_BYTES: usize = 1 << 18;
/// Hints that a receiver takes in one message.
pub const REPLAY_CELLS_MAX: usize = 1 << 14;
/// Keys of one page of a range scan.
pub const SCAN_KEYS_MAX: usize = 1 << 10;
/// Bytes of cells that one node sends for one page of a range scan; a cell that is larger goes alone.
pub const SCAN_BYTES_MAX: usize = 1 << 22;
/// Tombstones of one round of purging.
pub const PURGE_KEYS_MAX: usize = 1 << 8;
/// Keys that one look for tombstones goes through.
pub const PURGE_KEYS_LOOKED_AT: usize = 1 << 12;
/// The last repair epoch: what claims to be later is not believed.
pub const REPAIR_EPOCH_MAX: u64 = 1 << 56;
/// Sessions of one cluster.
pub const SESSIONS_MAX: usize = 1 << 12;
/// Keys that one session remembers.
pub const SESSION_KEYS_MAX: usize = 1 << 16;
/// Keys of one batch of gets or puts.
pub const BATCH_KEYS_MAX: usize = 1 << 12;
/// Requests a second of one `load`.
pub const LOAD_RATE_MAX: u64 = 1_000_000;
/// Keys, values and contexts of the requests that one run records, bytes: 1 GiB.
pub const HISTORY_BYTES_MAX: usize = 1 << 30;
/// Operations that the search for a linear order of one key places, those it takes back included; past it the
/// verdict is "not decided".
pub const LINEARIZABLE_STEPS_MAX: u64 = 1 << 24;
/// What that search remembers, bytes; past it the verdict is "not decided".
pub const LINEARIZABLE_MEMO_BYTES_MAX: usize = 1 << 28;
/// Messages that wait on the held links of a simulated world.
pub const HELD_MESSAGES_MAX: usize = 1 << 16;
/// Inputs that wait for one paused node of a simulated world; later messages to it are lost.
pub const PAUSED_INPUTS_MAX: usize = 1 << 14;
/// Storage operations that wait for one simulated disk; later ones are refused.
pub const DISK_QUEUE_MAX: usize = 1 << 16;
/// Keys that one step of a repair looks at.
pub const REPAIR_LOOKS_MAX: usize = 1 << 14;
/// Groups of owners whose roots one repair message names.
pub const REPAIR_ROOTS_MAX: usize = 1 << 10;
/// Groups of owners that one round of a repair descends into.
pub const REPAIR_GROUPS_MAX: usize = 1 << 6;
/// Rows of 32 leaves in one repair message: 64 KiB of them.
pub const REPAIR_ROWS_MAX: usize = 1 << 8;
/// Hints that one node keeps for another.
pub const HINTS_PER_TARGET_MAX: usize = 1 << 17;
/// What all hints of one node take on its disk, bytes (256 MiB).
pub const HINT_BYTES_MAX: u64 = 1 << 28;
/// Elements of a set, or fields of a map with the removed ones, that a change may leave; a merge may bring
/// more together.
pub const CRDT_ENTRIES_MAX: usize = 1 << 12;
/// The encoded state of a counter, set or map that a change may leave, bytes. Half a value: what two sides of a
/// partition have filled can still be merged, stored and emptied.
pub const CRDT_BYTES_MAX: usize = VALUE_BYTES_MAX / 2;
/// Increments with a token that a counter remembers singly.
pub const COUNTER_RECENT_MAX: usize = 1 << 8;
/// How long after its first try a write with a token may be tried again and still count once, milliseconds
/// (ten minutes).
pub const IDEMPOTENCY_WINDOW_MS: u64 = 600_000;
/// The age at which any node folds an increment with a token, milliseconds (an hour): the node that wrote it may
/// never come back. Until then it alone does.
pub const COUNTER_ADOPT_MS: u64 = 6 * IDEMPOTENCY_WINDOW_MS;
