//! Lesson 5: what to merge next. A picker looks at a picture of the tables and names a plan; it does nothing.
//!
//! ```text
//!  Levels ──┐
//!           ├──> Picker::pick ──> Plan ──> the store merges, moves or drops ──> Levels::apply ──> Levels
//!  PickState┘                     (a pure function up to here)
//! ```
//!
//! Every merge trades three costs against each other (O'Neil and others, "The log-structured merge-tree", 1996;
//! Dayan and Idreos, "Dostoevsky", SIGMOD 2018):
//! - *write amplification*: bytes written to disk for each byte that the user wrote;
//! - *read amplification*: runs that a lookup may have to ask;
//! - *space amplification*: bytes on disk for each byte of live data.
//!
//! | picker | a level is | writes | reads | space |
//! |---|---|---|---|---|
//! | [`Leveled`] | one run, each a ratio larger than the one above | most | fewest runs | least |
//! | [`LazyLeveled`] | several runs, the last level one | between | between | little |
//! | [`SizeTiered`] | several runs, merged when enough are alike | fewest | most runs | most |
//! | [`TimeWindow`] | the runs of one stretch of time | few | one run a window | what retention says |
//! | [`Fifo`] | what was flushed, dropped when old | 1 | every flush | what its limit says |
//!
//! What a store without files (`model.rs`) counts with `cargo test --release -p kvorum --lib
//! storage::compact::tests::figures::figures -- --ignored --nocapture`: every key is written once and then four
//! random overwrites a key, memtables of 100 entries, options of the usual proportions. *Writes* leaves the log
//! out, *space* is the mean over the overwrites, *runs* are those whose range spans a key, the mean over all
//! flushes (before filters, which spare most of them).
//!
//! | data, in memtables | picker | writes | space | runs |
//! |---|---|---|---|---|
//! | 80 | leveled, ratio 10 | 8.5 | 1.09 | 4.0 |
//! | | lazy leveled, ratio 4 | 5.4 | 1.16 | 5.0 |
//! | | size-tiered, 4 runs | 3.8 | 1.77 | 6.6 |
//! | 320 | leveled | 12.6 | 1.11 | 4.6 |
//! | | lazy leveled | 6.4 | 1.17 | 6.3 |
//! | | size-tiered | 4.8 | 1.77 | 7.9 |
//! | 1280 | leveled | 16.3 | 1.11 | 4.9 |
//! | | lazy leveled | 7.4 | 1.18 | 7.6 |
//! | | size-tiered | 5.8 | 1.77 | 9.2 |
//!
//! A store of two or three memtables is written once by each of them, at the flush.
//!
//! Invariants of every plan, whatever the picker ([`check_plan`] tests them):
//! - its inputs are where it says, and no running plan has them;
//! - no table passes another that overlaps it and lies between where it is and where it goes, so newer
//!   versions stay above older ones;
//! - what it writes overlaps no table that stays in the target run, nor what a running plan writes there;
//! - a table is dropped whole only when nothing older that stays could show through.
//!
//! And of every picker: as long as nothing else changes, it comes to rest.

mod check;
mod claim;
mod cut;
mod dense;
mod expired;
pub mod fifo;
pub mod lazy;
pub mod leveled;
mod older;
mod plan;
mod range;
pub mod tiered;
pub mod window;

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;

use core::fmt::Debug;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::storage::describe::{FileId, TableMeta};
use crate::storage::entry::Sequence;
use crate::storage::levels::Levels;

pub use check::check_plan;
pub use claim::Claim;
pub use cut::Cutter;
pub use fifo::{Fifo, FifoOptions};
pub use lazy::{LazyLeveled, LazyLeveledOptions};
pub use leveled::{Leveled, LeveledOptions};
pub use older::{Older, is_bottom_for, older_tables_outside};
pub use plan::{Edit, Input, Plan, Reason, RunTarget};
pub use range::plan_range;
pub use tiered::{SizeTiered, SizeTieredOptions};
pub use window::{TimeWindow, TimeWindowOptions};

/// A table's length where the options say nothing else, bytes. Small tables make small merges; large ones
/// make fewer files. RocksDB's default is the same.
pub const TABLE_BYTES: u64 = 64 << 20;

/// How much of the level below the target one written table may overlap where the options say nothing
/// else, in lengths of a table: it bounds what it costs to merge that table further down.
pub const OVERLAP_TABLES: u64 = 10;

/// What a picker sees: descriptions only.
pub type Picture = Levels<Arc<TableMeta>>;

/// Decides what to merge next.
pub trait Picker: Debug + Send + Sync {
    /// The name in options and in `stats`.
    fn name(&self) -> &'static str;

    /// The next thing worth doing, or none while the tables may stay as they are (or while what is worth
    /// doing must wait for a running plan). The answer depends on the arguments alone.
    fn pick(&self, levels: &Picture, state: &PickState<'_>) -> Option<Plan>;

    /// How far merging has fallen behind: what write stalls go by.
    fn pressure(&self, levels: &Picture) -> Pressure;
}

/// What a picker must know beside the tables.
#[derive(Clone, Copy, Debug)]
pub struct PickState<'a> {
    /// The files that running plans read: no other plan may name them.
    pub busy: &'a BTreeSet<FileId>,
    /// Where running plans write ([`Plan::claim`]): no other plan may write there.
    pub claims: &'a [Claim],
    /// The store's clock, milliseconds since the Unix epoch.
    pub now_ms: u64,
    /// No snapshot sees less than everything up to this sequence: of what is at or before it, the newest
    /// version of a key is enough.
    pub oldest_snapshot: Sequence,
}

impl PickState<'_> {
    /// Whether no running plan stands in the way of `plan`.
    #[must_use]
    pub fn is_free(&self, levels: &Picture, plan: &Plan) -> bool {
        let fresh = plan.files().all(|id| !self.busy.contains(&id));
        fresh
            && plan
                .claim(levels)
                .is_none_or(|claim| !self.claims.iter().any(|other| other.meets(&claim)))
    }
}

/// How far merging has fallen behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pressure {
    /// Runs in level 0 that the picker means to merge away: each is asked by every lookup until then.
    pub runs: usize,
    /// Bytes to write until the picker would rest, estimated.
    pub debt_bytes: u64,
}
