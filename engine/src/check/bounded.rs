//! Repair sends what differs, and limits hold.

use std::collections::BTreeMap;

use super::{Verdict, Violation};

/// Times that a differing byte may be streamed: once to each side, when both sides differ.
pub const STREAM_FACTOR: u64 = 2;
/// What one exchange may stream beyond that, bytes: hashes of the tree, names of keys, framing.
pub const EXCHANGE_OVERHEAD_BYTES: u64 = 1 << 16;

/// What repair has sent in a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StreamFigures {
    /// All bytes of all exchanges.
    pub streamed_bytes: u64,
    /// The bytes of cells in which the two sides differed.
    pub differing_bytes: u64,
    /// Exchanges begun.
    pub exchanges: u64,
}

/// Whether repair streamed at most [`STREAM_FACTOR`] times what differed, and [`EXCHANGE_OVERHEAD_BYTES`]
/// for each exchange.
///
/// # Errors
/// With the figures, when it streamed more.
pub fn stream_bounded(figures: &StreamFigures) -> Verdict {
    let overhead = figures.exchanges.saturating_mul(EXCHANGE_OVERHEAD_BYTES);
    let differing = figures.differing_bytes.saturating_mul(STREAM_FACTOR);
    let bound = differing.saturating_add(overhead);
    if figures.streamed_bytes <= bound {
        return Ok(());
    }
    let words = format!(
        "repair streamed {} bytes where {} differed: {} exchanges may stream {bound}",
        figures.streamed_bytes, figures.differing_bytes, figures.exchanges
    );
    Err(Violation::new("streaming is bounded by difference", words))
}

/// A measured value and its limit, in one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figure {
    /// The highest value that was measured.
    pub value: u64,
    /// The most that it may be.
    pub limit: u64,
}

/// Whether no figure is past its limit; names carry their unit.
///
/// # Errors
/// The first, by name, that is.
pub fn within_limits(figures: &BTreeMap<String, Figure>) -> Verdict {
    match figures
        .iter()
        .find(|(_, figure)| figure.value > figure.limit)
    {
        None => Ok(()),
        Some((name, figure)) => {
            let words = format!(
                "{name} was {}, past its limit {}",
                figure.value, figure.limit
            );
            Err(Violation::new("limits hold", words))
        }
    }
}
