//! The steps that write.

use std::time::{Duration, Instant};

use super::Cell;
use super::timing::{Timing, share, timed};
use crate::engine::{Batch, Durability, Engine, Result};
use crate::keys::{Random, Shuffle, Zipf, key};
use crate::values::{self, Checker};
use crate::workload::{Step, Workload};

/// Entries in a batch.
const BATCH_ENTRIES: u64 = 100;
/// A synced fill writes this fraction of the entries.
const SYNC_FRACTION: u64 = 20;
/// It ends after this time if the disk is slow: its speed is known by then.
const SYNC_TIME_MAX: Duration = Duration::from_secs(10);

/// Seeds of the orders: the same for every engine, another for every pass over the keys.
const SEED_FILL: u64 = 1;
const SEED_OVERWRITE: u64 = 2;
const SEED_DELETE: u64 = 3;
const SEED_MIXED: u64 = 4;

/// Versions of the values.
const VERSION_FILL: u64 = 0;
const VERSION_OVERWRITE: u64 = 1;
const VERSION_MIXED: u64 = 2;

impl<E: Engine> Cell<E> {
    /// A fill, of whichever kind.
    pub(super) fn fill(&mut self, step: Step) -> Result<Timing> {
        let entries = self.order.entries;
        let threads = step.threads;
        let shuffle = Shuffle::new(entries, SEED_FILL);
        let shuffled = |index| shuffle.at(index);
        match step.workload {
            Workload::FillSeq => {
                self.put_each(threads, entries, Durability::Os, VERSION_FILL, |index| {
                    index
                })
            }
            Workload::FillSync => {
                let some = entries.div_ceil(SYNC_FRACTION);
                self.put_each(threads, some, Durability::Fsync, VERSION_FILL, shuffled)
            }
            Workload::FillBatch => self.put_batches(threads),
            _ => self.put_each(threads, entries, Durability::Os, VERSION_FILL, shuffled),
        }
        .inspect(|_| self.is_loaded = true)
    }

    /// Fills the store for a step that reads, quickly: in batches.
    pub fn load(&mut self) -> Result<()> {
        self.put_batches(1)?;
        self.is_loaded = true;
        Ok(())
    }

    /// Makes durable whatever has been written, by one synced write of what is there already.
    pub fn sync_by_write(&mut self) -> Result<()> {
        let mut value = vec![0; self.order.value_bytes];
        values::fill(0, VERSION_FILL, &mut value);
        self.engine()?.put(&key(0), &value, Durability::Fsync)
    }

    pub(super) fn overwrite(&mut self, threads: u64) -> Result<Timing> {
        let entries = self.order.entries;
        let shuffle = Shuffle::new(entries, SEED_OVERWRITE);
        self.put_each(
            threads,
            entries,
            Durability::Os,
            VERSION_OVERWRITE,
            |index| shuffle.at(index),
        )
    }

    fn put_each(
        &mut self,
        threads: u64,
        count: u64,
        durability: Durability,
        version: u64,
        number_at: impl Fn(u64) -> u64 + Sync,
    ) -> Result<Timing> {
        let value_bytes = self.order.value_bytes;
        let engine = self.engine()?;
        timed(threads, |thread| {
            let mut value = vec![0; value_bytes];
            let start = Instant::now();
            let mut ops = 0;
            for index in share(count, threads, thread) {
                if durability == Durability::Fsync && start.elapsed() >= SYNC_TIME_MAX {
                    break;
                }
                let number = number_at(index);
                values::fill(number, version, &mut value);
                engine.put(&key(number), &value, durability)?;
                ops += 1;
            }
            Ok(ops)
        })
    }

    fn put_batches(&mut self, threads: u64) -> Result<Timing> {
        let (entries, value_bytes) = (self.order.entries, self.order.value_bytes);
        let shuffle = Shuffle::new(entries, SEED_FILL);
        let engine = self.engine()?;
        timed(threads, |thread| {
            let range = share(entries, threads, thread);
            let mut batch = Batch::new(value_bytes);
            let mut next = range.start;
            while next < range.end {
                let end = range.end.min(next + BATCH_ENTRIES);
                batch.clear();
                for number in (next..end).map(|index| shuffle.at(index)) {
                    values::fill(number, VERSION_FILL, batch.add(key(number)));
                }
                engine.write(&batch)?;
                next = end;
            }
            Ok(range.end - range.start)
        })
    }

    pub(super) fn delete(&mut self, threads: u64) -> Result<Timing> {
        let entries = self.order.entries;
        let shuffle = Shuffle::new(entries, SEED_DELETE);
        let engine = self.engine()?;
        let timing = timed(threads, |thread| {
            for index in share(entries, threads, thread) {
                engine.delete(&key(shuffle.at(index)))?;
            }
            Ok(share(entries, threads, thread).count() as u64)
        })?;
        self.is_loaded = false;
        Ok(timing)
    }

    /// Half reads, half overwrites, of the frequent few. The ranks are spread over the keys.
    pub(super) fn mixed(&mut self, threads: u64) -> Result<Timing> {
        let (entries, value_bytes) = (self.order.entries, self.order.value_bytes);
        let spread = Shuffle::new(entries, SEED_MIXED);
        let zipf = Zipf::new(entries);
        let engine = self.engine()?;
        timed(threads, |thread| {
            let mut random = Random::new(SEED_MIXED * 100 + thread);
            let mut checker = Checker::new(value_bytes);
            let mut value = vec![0; value_bytes];
            let mut missing = 0;
            let ops = share(entries, threads, thread).count() as u64;
            for _ in 0..ops {
                let number = spread.at(zipf.rank(&mut random));
                if random.next() & 1 == 0 {
                    let found = engine.get(&key(number), |value| checker.check(number, value))?;
                    missing += u64::from(!found);
                } else {
                    values::fill(number, VERSION_MIXED, &mut value);
                    engine.put(&key(number), &value, Durability::Os)?;
                }
            }
            checker.accept(missing)?;
            Ok(ops)
        })
    }
}
