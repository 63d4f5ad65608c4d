//! Upkeep, a bounded step at a time, and the brake on writers that get ahead of it.

use std::sync::PoisonError;

use super::jobs::Begun;
use super::merge_job::Progress;
use super::{Store, lock};
use crate::storage::levels::LEVELS_MAX;
use crate::{Error, Result};

/// What a step of upkeep did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing is due.
    Idle,
    /// Something is due, and others are at it.
    Busy,
    /// Work was done.
    Worked {
        /// Bytes merged.
        bytes: u64,
    },
}

/// A writer behind the brake merges this many bytes for each byte that it writes: more than leveled
/// compaction needs for one byte in the worst case, so the debt shrinks.
const BRAKE_FACTOR: u64 = 32;
/// What a writer merges at a time while it waits for room, bytes.
const STOP_STEP_BYTES: u64 = 1 << 20;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Pressure {
    None,
    Slow,
    Stop,
}

impl Store {
    /// Does a share of the upkeep that is due: flushes a sealed memtable, or merges runs; about
    /// `budget_bytes` of input, and at least one entry. A crash at any moment inside it loses nothing. Many
    /// threads may step at once.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use kvorum::storage::{Options, Step, Store};
    /// use kvorum::vfs::MemoryDisk;
    ///
    /// let store = Store::open(Arc::new(MemoryDisk::new()), Options::small())?;
    /// store.put(b"cart", b"milk")?;
    /// store.flush()?;
    /// // A simulator, an event loop or a pool of threads calls this now and then.
    /// while store.step(1 << 20)? != Step::Idle {}
    /// # Ok::<(), kvorum::Error>(())
    /// ```
    ///
    /// # Errors
    /// What the disk reports. The job is dropped and its files are removed; it is picked again later. When the
    /// manifest could not be written the store is poisoned, like after a failed [`sync`](Self::sync).
    pub fn step(&self, budget_bytes: u64) -> Result<Step> {
        self.bury();
        let Some(mut job) = self.take_job()? else {
            let working = lock(&self.jobs).running > 0;
            return Ok(if working { Step::Busy } else { Step::Idle });
        };
        let outcome = self.work(&mut job, budget_bytes);
        self.return_job(job, &outcome);
        self.job_done.notify_all();
        self.announce_work();
        match outcome {
            Ok(progress) => Ok(Step::Worked {
                bytes: progress.bytes,
            }),
            Err(why) => {
                self.counters.job_failures.add(1);
                Err(why)
            }
        }
    }

    /// Steps until nothing is due, and no other thread is at work.
    ///
    /// # Errors
    /// As [`step`](Self::step).
    pub fn settle(&self) -> Result<()> {
        loop {
            match self.step(u64::MAX)? {
                Step::Idle => return Ok(()),
                Step::Busy => self.wait_for_a_job(),
                Step::Worked { .. } => {}
            }
        }
    }

    /// Seals the memtable and writes it, and what was sealed before it, to tables.
    ///
    /// # Errors
    /// As [`sync`](Self::sync) and [`step`](Self::step).
    pub fn flush(&self) -> Result<()> {
        self.sync()?;
        {
            let mut writer = lock(&self.writer);
            self.refuse_if_poisoned()?;
            if !writer.active.is_empty() {
                self.rotate(&mut writer)?;
            }
        }
        while !self.view.load().sealed.is_empty() {
            if self.step(u64::MAX)? == Step::Busy {
                self.wait_for_a_job();
            }
        }
        Ok(())
    }

    /// Merges everything in `from..to` down to the last level that holds any of it (`None`: to the end),
    /// which removes tombstones, expired values and overwritten versions there.
    ///
    /// # Errors
    /// As [`flush`](Self::flush).
    pub fn compact(&self, from: &[u8], to: Option<&[u8]>) -> Result<()> {
        self.compact_stepwise(from, to, u64::MAX, |_| true)
            .map(|_| ())
    }

    /// As [`compact`](Self::compact), in steps of about `budget_bytes`: after each, `progress` is told the bytes
    /// merged so far, and ends it by returning `false`. Whether it came to its end; if not, the store is as it was.
    ///
    /// # Errors
    /// As [`flush`](Self::flush).
    pub fn compact_stepwise(
        &self,
        from: &[u8],
        to: Option<&[u8]>,
        budget_bytes: u64,
        mut progress: impl FnMut(u64) -> bool,
    ) -> Result<bool> {
        self.flush()?;
        self.settle()?;
        let deepest = self.view.load().levels.deepest().unwrap_or(0);
        // Below level 0 at least, so that the next flush finds it empty.
        let level = deepest.max(1).min(LEVELS_MAX as u8 - 1);
        let mut job = loop {
            match self.begin_range(from, to, level)? {
                Begun::Nothing => return Ok(true),
                Begun::Job(job) => break job,
                // Another job holds some of the tables: what it makes of them is merged then.
                Begun::InTheWay => {
                    if self.step(u64::MAX)? == Step::Busy {
                        self.wait_for_a_job();
                    }
                }
            }
        };
        let mut merged = 0;
        loop {
            let outcome = self.work(&mut job, budget_bytes);
            match &outcome {
                Ok(Progress { bytes, done: false }) => {
                    merged += bytes;
                    if progress(merged) {
                        continue;
                    }
                    self.abandon(job);
                    return Ok(false);
                }
                _ => self.return_job(job, &outcome),
            }
            self.job_done.notify_all();
            return outcome.map(|_| true);
        }
    }

    fn pressure(&self) -> Pressure {
        let view = self.view.load();
        let runs = view.levels.level(0).len();
        let sealed = view.sealed.len();
        if runs >= self.options.runs_stop || sealed > self.options.memtables_sealed_max {
            Pressure::Stop
        } else if runs >= self.options.runs_slow || sealed == self.options.memtables_sealed_max {
            Pressure::Slow
        } else {
            Pressure::None
        }
    }

    /// Lets a writer of `bytes` through, after its share of the upkeep where that lags behind.
    pub(super) fn make_room(&self, bytes: usize) -> Result<()> {
        match self.pressure() {
            Pressure::None => Ok(()),
            Pressure::Slow => {
                self.counters.stalls_slow.add(1);
                let share = (bytes as u64).saturating_mul(BRAKE_FACTOR);
                // What fails here fails again where it stops writers, or in the pool, and is reported there.
                let _ = self.step(share);
                Ok(())
            }
            Pressure::Stop => self.wait_for_room(),
        }
    }

    fn wait_for_room(&self) -> Result<()> {
        self.counters.stalls_stop.add(1);
        while self.pressure() == Pressure::Stop {
            self.refuse_if_poisoned()?;
            match self.step(STOP_STEP_BYTES)? {
                Step::Worked { .. } => {}
                Step::Busy => self.wait_for_a_job(),
                Step::Idle => {
                    if self.pressure() != Pressure::Stop {
                        return Ok(());
                    }
                    return Err(Error::Overloaded {
                        detail:
                            "too many runs, and compaction has no plan that lowers their number: \
                                 raise runs_stop, or choose another compaction"
                                .to_owned(),
                    });
                }
            }
        }
        Ok(())
    }

    fn wait_for_a_job(&self) {
        let jobs = lock(&self.jobs);
        if jobs.running > 0 {
            drop(
                self.job_done
                    .wait(jobs)
                    .unwrap_or_else(PoisonError::into_inner),
            );
        }
    }
}
