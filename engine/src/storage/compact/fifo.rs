//! First in, first out: nothing is merged, and what is oldest is dropped.
//!
//! For data that loses its worth with time: a cache, recent measurements. Each byte is written once, by its
//! flush; a lookup asks every flush that spans its key. (RocksDB's FIFO compaction.)
//!
//! Tables are dropped from the oldest run upwards and never past one that stays: so a value that is gone
//! stays gone, and so does what a dropped tombstone had hidden, for that was older still.

use crate::storage::compact::{PickState, Picker, Picture, Plan, Pressure, Reason, expired};
use crate::storage::describe::FileId;

/// What [`Fifo`] keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FifoOptions {
    /// Bytes of tables beyond which the oldest are dropped. `u64::MAX` keeps all.
    pub bytes_max: u64,
    /// How long after it was written a table is dropped, ms. `u64::MAX` keeps it.
    pub retention_ms: u64,
}

impl Default for FifoOptions {
    /// 1 GiB, as RocksDB has it, however old.
    fn default() -> Self {
        Self {
            bytes_max: 1 << 30,
            retention_ms: u64::MAX,
        }
    }
}

/// First in, first out: see the [module](self).
#[derive(Clone, Debug)]
pub struct Fifo {
    options: FifoOptions,
}

impl Fifo {
    /// A picker.
    #[must_use]
    pub fn new(options: FifoOptions) -> Self {
        Self { options }
    }
}

impl Picker for Fifo {
    fn name(&self) -> &'static str {
        "fifo"
    }

    fn pick(&self, levels: &Picture, state: &PickState<'_>) -> Option<Plan> {
        expired::pick(levels, state)
            .or_else(|| drop_retained(levels, state, self.options.retention_ms))
            .or_else(|| drop_beyond(levels, state, self.options.bytes_max))
    }

    /// None: no run of level 0 is ever merged away.
    fn pressure(&self, _levels: &Picture) -> Pressure {
        Pressure::default()
    }
}

/// The drop of the tables that were written `retention_ms` ago or longer and that no younger, older-ordered
/// one keeps from going.
pub(super) fn drop_retained(
    levels: &Picture,
    state: &PickState<'_>,
    retention_ms: u64,
) -> Option<Plan> {
    expired::drop_bottom(levels, state, Reason::Retention, |table| {
        table.created_ms.saturating_add(retention_ms) <= state.now_ms
    })
}

/// The drop of the oldest tables, until those that stay have at most `bytes_max` together. In a run, whose
/// tables have no key in common, the one with the oldest last write goes first.
pub(super) fn drop_beyond(levels: &Picture, state: &PickState<'_>, bytes_max: u64) -> Option<Plan> {
    let mut bytes = levels.bytes_total();
    let mut tables: Vec<FileId> = Vec::new();
    'runs: for run in levels.runs().iter().rev() {
        let mut oldest_first: Vec<_> = run.tables().iter().collect();
        oldest_first.sort_by_key(|table| (table.sequence_max, table.id));
        for table in oldest_first {
            if bytes <= bytes_max || state.busy.contains(&table.id) {
                break 'runs;
            }
            bytes = bytes.saturating_sub(table.bytes);
            tables.push(table.id);
        }
    }
    (!tables.is_empty()).then_some(Plan::Drop {
        tables,
        reason: Reason::BytesMax,
    })
}
