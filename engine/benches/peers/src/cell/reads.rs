//! The steps that read. Each of them fails if an engine returns anything but what was written.

use super::Cell;
use super::timing::{Timing, share, timed};
use crate::engine::{Engine, Reader, Result};
use crate::keys::{Random, Shuffle, key, missing_key, number};
use crate::values::Checker;

/// Entries a short scan visits.
const SEEK_ENTRIES: u64 = 10;
/// Short scans there are for this many entries.
const SEEK_FRACTION: u64 = 10;
/// How often the full scan goes over everything.
const SCAN_PASSES: u64 = 3;

const SEED_WARM: u64 = 5;
const SEED_READ: u64 = 6;
const SEED_MISSING: u64 = 7;
const SEED_SEEK: u64 = 8;

impl<E: Engine> Cell<E> {
    /// Reads every entry once, untimed, unless that has been done since the store was opened.
    pub fn warm(&mut self) -> Result<()> {
        let (entries, value_bytes) = (self.order.entries, self.order.value_bytes);
        if self.is_warm {
            return Ok(());
        }
        let mut reader = self.engine()?.reader()?;
        let mut checker = Checker::new(value_bytes);
        let shuffle = Shuffle::new(entries, SEED_WARM);
        let mut missing = 0;
        for number in (0..entries).map(|index| shuffle.at(index)) {
            let found = reader.get(&key(number), |value| checker.check(number, value))?;
            missing += u64::from(!found);
        }
        drop(reader);
        self.is_warm = true;
        checker.accept(missing)
    }

    /// Opens the store and reads its first entry.
    pub fn read_first(&mut self) -> Result<()> {
        let mut checker = Checker::new(self.order.value_bytes);
        let found = self
            .engine()?
            .get(&key(0), |value| checker.check(0, value))?;
        checker.accept(u64::from(!found))
    }

    pub(super) fn read_random(&mut self, threads: u64, reads: u64) -> Result<Timing> {
        let (entries, value_bytes) = (self.order.entries, self.order.value_bytes);
        let engine = self.engine()?;
        timed(threads, |thread| {
            let mut reader = engine.reader()?;
            let mut random = Random::new(SEED_READ * 100 + thread);
            let mut checker = Checker::new(value_bytes);
            let mut missing = 0;
            let ops = share(reads, threads, thread).count() as u64;
            for _ in 0..ops {
                let number = random.below(entries);
                let found = reader.get(&key(number), |value| checker.check(number, value))?;
                missing += u64::from(!found);
            }
            checker.accept(missing)?;
            Ok(ops)
        })
    }

    pub(super) fn read_missing(&mut self, threads: u64) -> Result<Timing> {
        let entries = self.order.entries;
        let engine = self.engine()?;
        timed(threads, |thread| {
            let mut reader = engine.reader()?;
            let mut random = Random::new(SEED_MISSING * 100 + thread);
            let mut found = 0;
            let ops = share(entries, threads, thread).count() as u64;
            for _ in 0..ops {
                let key = missing_key(random.below(entries));
                found += u64::from(reader.get(&key, |_| ())?);
            }
            match found {
                0 => Ok(ops),
                found => Err(format!("{found} keys found that were never written").into()),
            }
        })
    }

    pub(super) fn scan(&mut self) -> Result<Timing> {
        let (entries, value_bytes) = (self.order.entries, self.order.value_bytes);
        let engine = self.engine()?;
        timed(1, |_| {
            let mut reader = engine.reader()?;
            for _ in 0..SCAN_PASSES {
                scan_from(&mut reader, 0, entries, value_bytes)?;
            }
            Ok(entries * SCAN_PASSES)
        })
    }

    pub(super) fn seek(&mut self, threads: u64) -> Result<Timing> {
        let (entries, value_bytes) = (self.order.entries, self.order.value_bytes);
        let seeks = entries.div_ceil(SEEK_FRACTION);
        let engine = self.engine()?;
        timed(threads, |thread| {
            let mut reader = engine.reader()?;
            let mut random = Random::new(SEED_SEEK * 100 + thread);
            let ops = share(seeks, threads, thread).count() as u64;
            for _ in 0..ops {
                let from = random.below(entries);
                let count = SEEK_ENTRIES.min(entries - from);
                scan_from(&mut reader, from, count, value_bytes)?;
            }
            Ok(ops)
        })
    }

    /// After everything was deleted.
    pub(super) fn expect_empty(&mut self) -> Result<()> {
        match self.engine()?.reader()?.scan(&[], 1, |_, _| ())? {
            0 => Ok(()),
            _ => Err("an entry outlived its delete".into()),
        }
    }
}

/// Scans `count` entries, which must be those numbered from `from` on, in order.
fn scan_from(reader: &mut impl Reader, from: u64, count: u64, value_bytes: usize) -> Result<()> {
    let mut checker = Checker::scanning(value_bytes);
    let mut expected = from;
    let mut misplaced = 0;
    let visited = reader.scan(&key(from), count as usize, |key, value| {
        misplaced += u64::from(number(key) != Some(expected));
        checker.check_scanned(expected, value);
        expected += 1;
    })? as u64;
    checker.accept(misplaced + count.abs_diff(visited))
}
