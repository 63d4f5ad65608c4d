//! A store whose process is killed, and what opens it again: two processes, one after the other, told what to do
//! by the third that kills.

use std::io::Write;
use std::time::Instant;

use serde_json::json;

use crate::cell::{Cell, Order, mebibytes, report};
use crate::engine::{Engine, Result};
use crate::process;

/// Fills a store unsynced, in batches, ends with one synced write, says so and waits for the kill. Without that
/// write redb would keep nothing: its unsynced commits live in memory.
pub fn fill<E: Engine>(order: &Order) -> Result<()> {
    let mut cell = Cell::<E>::new(order.clone());
    cell.load()?;
    cell.sync_by_write()?;
    println!("{}", json!({"filled": order.entries}));
    std::io::stdout().flush()?;
    loop {
        std::thread::park();
    }
}

/// Opens what the kill left, up to the first read answered, then reads every entry: all must be there.
pub fn reopen<E: Engine>(order: &Order) -> Result<()> {
    let start = Instant::now();
    let mut cell = Cell::<E>::new(order.clone());
    cell.read_first()?;
    report(
        "open after a kill",
        "ms",
        start.elapsed().as_secs_f64() * 1e3,
    );
    report(
        "kill: memory when open",
        "MiB",
        mebibytes(process::memory_bytes()?),
    );
    cell.warm()?;
    let peak = mebibytes(process::peak_memory_bytes()?);
    report("kill: peak memory, all read", "MiB", peak);
    Ok(())
}
