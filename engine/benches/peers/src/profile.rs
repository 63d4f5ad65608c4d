//! One workload of one engine, again and again in this process: something for a profiler to look at.

use std::time::{Duration, Instant};

use crate::args::Args;
use crate::cell::{Cell, Order};
use crate::engine::{Engine, Result};
use crate::engines::with_engine;
use crate::run::Scratch;
use crate::workload::{Step, Workload};

/// Repeats the workload until the time is over.
pub fn run(args: &Args, workload: Workload) -> Result<()> {
    let engine = args.engine;
    with_engine!(engine, repeat(args, workload))
}

fn repeat<E: Engine>(args: &Args, workload: Workload) -> Result<()> {
    let scratch = Scratch::new(args)?;
    let step = Step {
        workload,
        threads: args.threads,
    };
    let new_cell = || -> Result<Cell<E>> {
        Ok(Cell::new(Order {
            dir: scratch.cell()?,
            entries: args.entries(),
            value_bytes: args.value_bytes[0],
            cache_bytes: args.cache_bytes(),
            memtable_bytes: args.memtable_bytes(),
            steps: vec![step],
        }))
    };
    let mut cell = new_cell()?;
    let mut pass = 0;
    let mut start = None;
    loop {
        if workload.is_fill() && pass > 0 {
            cell.close();
            cell = new_cell()?;
        }
        let timing = cell.step(step)?;
        pass += 1;
        println!(
            "pass {pass}: {step} {:.1} k/s",
            timing.ops as f64 / timing.seconds / 1e3
        );
        // The first pass may have had to fill the store: the time counts from its end.
        let start = *start.get_or_insert_with(Instant::now);
        if start.elapsed() >= Duration::from_secs(args.seconds) {
            return Ok(());
        }
    }
}
