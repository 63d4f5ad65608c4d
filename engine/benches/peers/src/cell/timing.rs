//! Threads that begin together, and the time from the first's start to the last's end.

use std::ops::Range;
use std::sync::Barrier;
use std::time::Instant;

use crate::engine::Result;

/// How much was done in how long.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    pub ops: u64,
    pub seconds: f64,
}

/// Runs `work` on every thread; it returns how many operations it did.
pub fn timed(threads: u64, work: impl Fn(u64) -> Result<u64> + Sync) -> Result<Timing> {
    let barrier = Barrier::new(threads as usize);
    let run = |thread| {
        barrier.wait();
        let start = Instant::now();
        let ops = work(thread)?;
        Ok((ops, start, Instant::now()))
    };
    let run = &run;
    let done = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads)
            .map(|thread| scope.spawn(move || run(thread)))
            .collect();
        handles
            .into_iter()
            .map(|handle| {
                handle
                    .join()
                    .unwrap_or_else(|_| Err("a thread of the benchmark panicked".into()))
            })
            .collect::<Result<Vec<(u64, Instant, Instant)>>>()
    })?;
    let start = done.iter().map(|&(_, start, _)| start).min();
    let end = done.iter().map(|&(_, _, end)| end).max();
    Ok(Timing {
        ops: done.iter().map(|&(ops, _, _)| ops).sum(),
        seconds: start
            .zip(end)
            .map_or(0.0, |(start, end)| (end - start).as_secs_f64()),
    })
}

/// The part of `0..total` that falls to one of the threads.
pub const fn share(total: u64, threads: u64, thread: u64) -> Range<u64> {
    total * thread / threads..total * (thread + 1) / threads
}
