//! Long random histories of every operation against a sorted map, under many sets of options.
//!
//! The tests are metamorphic: one history, and every set of options must give the same answers to it, down to
//! the sequence of each write. What options change is how fast and in how many bytes, never what is read. A history
//! that fails is shrunk; `SEED=` replays it, `CASES=` and `LENGTH=` scale the search.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod seeded;
mod store_support;

use core::ops::Bound;
use std::collections::BTreeSet;
use std::sync::Arc;

use kvorum::Error;
use kvorum::base::rng::Rng;
use kvorum::base::time::Wall;
use kvorum::storage::cache::CachePolicy;
use kvorum::storage::compact::{
    FifoOptions, LazyLeveledOptions, LeveledOptions, SizeTieredOptions, TimeWindowOptions,
};
use kvorum::storage::table::Compression;
use kvorum::storage::wal::Ahead;
use kvorum::storage::{
    Clock, Compaction, Condition, Durability, FilterBits, ManualClock, Options, Range, Snapshot,
    Step, Store, WriteBatch,
};
use kvorum::vfs::{MemoryDisk, Vfs};
use proptest::prelude::*;
use store_support::{Change, Model, Pairs, Watch, batch, content, count, difference, number};

/// Keys by their number: the empty one, neighbours that share a prefix, the longest, and plain ones.
const KEYS: u8 = 40;

fn key(number: u8) -> Vec<u8> {
    match number {
        0 => Vec::new(),
        1 => b"a".to_vec(),
        2 => b"a\0".to_vec(),
        3 => b"a\0\0".to_vec(),
        4 => b"\xff".to_vec(),
        5 => b"\xff\xff".to_vec(),
        6 => vec![b'm'; 1 << 10],
        7 => {
            let mut long = vec![b'm'; 1 << 10];
            long[1023] = b'n';
            long
        }
        8..20 => format!("cart:{number:02}").into_bytes(),
        _ => format!("user:{:02}:name", number - 20).into_bytes(),
    }
}

/// Values by a number that makes each its own, in five sizes.
fn value(number: u16, size: u8) -> Vec<u8> {
    let length = [0, 9, 90, 700, 6_000][usize::from(size % 5)];
    let text = format!("{number:x}/");
    text.bytes().cycle().take(length).collect()
}

#[derive(Clone, Debug)]
enum Edit {
    Put(u8, u16, u8),
    PutUntil(u8, u16, u8, u8),
    Delete(u8),
    DeleteRange(u8, u8),
}

#[derive(Clone, Debug)]
enum Wish {
    Absent(u8),
    Present(u8),
    /// Whether the value that is asked for is the one that is there.
    Equals(u8, bool),
}

#[derive(Clone, Copy, Debug)]
enum Limit {
    Unbounded,
    Included(u8),
    Excluded(u8),
}

#[derive(Clone, Copy, Debug)]
enum Move {
    Next,
    Prev,
    Seek(u8),
}

#[derive(Clone, Debug)]
enum Op {
    Write(Vec<Edit>, u8),
    WriteIf(Vec<Wish>, Vec<Edit>),
    Get(u8),
    GetAt(u8, u8),
    MultiGet(Vec<u8>),
    Scan(Limit, Limit),
    ScanBackward(Limit, Limit),
    ScanAt(u8, Limit, Limit),
    Prefix(Vec<u8>),
    OpenRange(Limit, Limit, Option<u8>),
    MoveRange(Vec<Move>),
    Snapshot,
    DropSnapshot(u8),
    Step(u16),
    Settle,
    Sync,
    Flush,
    Compact(u8, u8),
    /// A compaction that its caller ends after some steps.
    CompactInSteps(u16, u8),
    Checkpoint,
    Reopen(bool),
    Advance(u8),
    Verify,
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        8 => (0..KEYS, any::<u16>(), 0_u8..5).prop_map(|(k, v, s)| Edit::Put(k, v, s)),
        2 => (0..KEYS, any::<u16>(), 0_u8..4, any::<u8>()).prop_map(|(k, v, s, d)| Edit::PutUntil(k, v, s, d)),
        3 => (0..KEYS).prop_map(Edit::Delete),
        1 => (0..KEYS, 0..KEYS).prop_map(|(a, b)| Edit::DeleteRange(a, b)),
    ]
}

fn wish() -> impl Strategy<Value = Wish> {
    prop_oneof![
        (0..KEYS).prop_map(Wish::Absent),
        (0..KEYS).prop_map(Wish::Present),
        (0..KEYS, prop::bool::weighted(0.8)).prop_map(|(k, same)| Wish::Equals(k, same)),
    ]
}

fn limit() -> impl Strategy<Value = Limit> {
    prop_oneof![
        Just(Limit::Unbounded),
        (0..KEYS).prop_map(Limit::Included),
        (0..KEYS).prop_map(Limit::Excluded),
    ]
}

fn motion() -> impl Strategy<Value = Move> {
    prop_oneof![
        5 => Just(Move::Next),
        4 => Just(Move::Prev),
        1 => (0..KEYS).prop_map(Move::Seek),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    let edits = || prop::collection::vec(edit(), 1..6);
    prop_oneof![
        40 => (edit(), 0_u8..4).prop_map(|(edit, durability)| Op::Write(vec![edit], durability)),
        10 => (edits(), 0_u8..4).prop_map(|(edits, durability)| Op::Write(edits, durability)),
        3 => (prop::collection::vec(wish(), 1..3), edits()).prop_map(|(wishes, edits)| Op::WriteIf(wishes, edits)),
        8 => (0..KEYS).prop_map(Op::Get),
        4 => (any::<u8>(), 0..KEYS).prop_map(|(snapshot, key)| Op::GetAt(snapshot, key)),
        2 => prop::collection::vec(0..KEYS, 0..6).prop_map(Op::MultiGet),
        2 => (limit(), limit()).prop_map(|(from, to)| Op::Scan(from, to)),
        2 => (limit(), limit()).prop_map(|(from, to)| Op::ScanBackward(from, to)),
        1 => (any::<u8>(), limit(), limit()).prop_map(|(snapshot, from, to)| Op::ScanAt(snapshot, from, to)),
        1 => prop_oneof![
            Just(b"cart:".to_vec()), Just(b"cart:1".to_vec()), Just(b"\xff".to_vec()), Just(Vec::new()), Just(b"a".to_vec()),
        ].prop_map(Op::Prefix),
        3 => (limit(), limit(), prop::option::of(any::<u8>())).prop_map(|(from, to, at)| Op::OpenRange(from, to, at)),
        6 => prop::collection::vec(motion(), 1..12).prop_map(Op::MoveRange),
        3 => Just(Op::Snapshot),
        2 => any::<u8>().prop_map(Op::DropSnapshot),
        14 => any::<u16>().prop_map(Op::Step),
        1 => Just(Op::Settle),
        1 => Just(Op::Sync),
        2 => Just(Op::Flush),
        1 => (0..KEYS, 0..KEYS).prop_map(|(from, to)| Op::Compact(from, to)),
        1 => (1_u16..2_000, 0_u8..6).prop_map(|(budget, steps)| Op::CompactInSteps(budget, steps)),
        1 => Just(Op::Checkpoint),
        2 => any::<bool>().prop_map(Op::Reopen),
        2 => any::<u8>().prop_map(Op::Advance),
        1 => Just(Op::Verify),
    ]
}

/// Every set of options. What they have in common: no data is dropped for its age or size.
fn option_sets() -> Vec<(&'static str, Options)> {
    let leveled = |level0_runs, level_base_bytes, ratio, table_bytes| {
        Compaction::Leveled(LeveledOptions {
            level0_runs,
            level_base_bytes,
            ratio,
            table_bytes,
            ..LeveledOptions::default()
        })
    };
    let plain = Options {
        memtable_bytes: 4 << 10,
        memtables_sealed_max: 2,
        cache_bytes: 64 << 10,
        block_bytes: 256,
        compaction: leveled(2, 16 << 10, 4, 8 << 10),
        runs_slow: 6,
        runs_stop: 12,
        log_ahead: Ahead::Nothing,
        ..Options::small()
    };
    let tiered = |merge_runs_min, runs_max, table_bytes| {
        Compaction::SizeTiered(SizeTieredOptions {
            merge_runs_min,
            runs_max,
            table_bytes,
            ..SizeTieredOptions::default()
        })
    };
    let lazy = |ratio, level_base_bytes, table_bytes| {
        Compaction::LazyLeveled(LazyLeveledOptions {
            ratio,
            level_base_bytes,
            table_bytes,
            ..LazyLeveledOptions::default()
        })
    };
    let window = |window_ms, merge_runs_min| {
        Compaction::TimeWindow(TimeWindowOptions {
            window_ms,
            merge_runs_min,
            ..TimeWindowOptions::default()
        })
    };
    let many_runs = Options {
        runs_slow: 1 << 10,
        runs_stop: 1 << 12,
        ..plain.clone()
    };
    let fifo = Compaction::Fifo(FifoOptions {
        bytes_max: u64::MAX,
        ..FifoOptions::default()
    });
    vec![
        ("the small ones", Options::small()),
        ("tiny", plain.clone()),
        (
            "a memtable for each write",
            Options {
                memtable_bytes: 1,
                ..plain.clone()
            },
        ),
        (
            "a memtable of 1 KiB",
            Options {
                memtable_bytes: 1 << 10,
                memtables_sealed_max: 1,
                ..plain.clone()
            },
        ),
        (
            "the log written ahead",
            Options {
                log_ahead: Ahead::Zeros,
                memtable_bytes: 32 << 10,
                ..plain.clone()
            },
        ),
        (
            "no cache, one table open, no pins",
            Options {
                cache_bytes: 0,
                tables_open_max: 1,
                index_pin_bytes_max: 0,
                ..plain.clone()
            },
        ),
        (
            "a tiny cache, lru",
            Options {
                cache_bytes: 2 << 10,
                cache_policy: CachePolicy::Lru,
                index_pin_bytes_max: 0,
                ..plain.clone()
            },
        ),
        (
            "a small cache, clock",
            Options {
                cache_bytes: 16 << 10,
                cache_policy: CachePolicy::Clock,
                tables_open_max: 2,
                ..plain.clone()
            },
        ),
        (
            "a large cache",
            Options {
                cache_bytes: 32 << 20,
                ..plain.clone()
            },
        ),
        (
            "blocks of 4 KiB",
            Options {
                block_bytes: 4 << 10,
                memtable_bytes: 16 << 10,
                ..plain.clone()
            },
        ),
        (
            "blocks of 64 KiB",
            Options {
                block_bytes: 64 << 10,
                memtable_bytes: 16 << 10,
                ..plain.clone()
            },
        ),
        (
            "compressed from the top",
            Options {
                compress_from_level: 0,
                ..plain.clone()
            },
        ),
        (
            "never compressed",
            Options {
                compression: Compression::None,
                ..plain.clone()
            },
        ),
        (
            "no filters",
            Options {
                filter_bits: FilterBits::None,
                ..plain.clone()
            },
        ),
        (
            "one bit of filter",
            Options {
                filter_bits: FilterBits::Uniform(1.0),
                ..plain.clone()
            },
        ),
        (
            "monkey",
            Options {
                filter_bits: FilterBits::Monkey(8.0),
                ..plain.clone()
            },
        ),
        (
            "leveled, tables of 1 KiB",
            Options {
                compaction: leveled(2, 4 << 10, 2, 1 << 10),
                ..plain.clone()
            },
        ),
        (
            "leveled, eager brake",
            Options {
                runs_slow: 2,
                runs_stop: 2,
                ..plain.clone()
            },
        ),
        (
            "leveled, large",
            Options {
                compaction: Compaction::Leveled(LeveledOptions::default()),
                runs_slow: 20,
                runs_stop: 40,
                ..plain.clone()
            },
        ),
        (
            "tiered",
            Options {
                compaction: tiered(2, 8, 2 << 10),
                runs_stop: 32,
                ..plain.clone()
            },
        ),
        (
            "tiered, four at a time",
            Options {
                compaction: tiered(4, 12, 64 << 10),
                runs_slow: 12,
                runs_stop: 40,
                ..plain.clone()
            },
        ),
        (
            "lazy",
            Options {
                compaction: lazy(2, 8 << 10, 2 << 10),
                runs_stop: 32,
                ..plain.clone()
            },
        ),
        (
            "lazy, four a level",
            Options {
                compaction: lazy(4, 64 << 10, 16 << 10),
                runs_stop: 32,
                ..plain
            },
        ),
        (
            "windows of 50 ms",
            Options {
                compaction: window(50, 2),
                ..many_runs.clone()
            },
        ),
        (
            "one window",
            Options {
                compaction: window(1 << 40, 3),
                memtable_bytes: 1 << 10,
                ..many_runs.clone()
            },
        ),
        (
            "first in, first out, nothing out",
            Options {
                compaction: fifo,
                ..many_runs
            },
        ),
    ]
}

/// A position in the pairs of a range, as the table in the documentation of the range has it.
#[derive(Clone, Debug)]
enum Place {
    Unplaced,
    Gap(Vec<u8>),
    At(usize),
    BeforeFirst,
    AfterLast,
}

struct ModelRange {
    pairs: Vec<(Vec<u8>, Vec<u8>)>,
    place: Place,
}

impl ModelRange {
    fn at(&mut self, index: Option<usize>, otherwise: Place) -> Option<&(Vec<u8>, Vec<u8>)> {
        let index = index.filter(|index| *index < self.pairs.len());
        self.place = index.map_or(otherwise, Place::At);
        self.pairs.get(index?)
    }

    fn next(&mut self) -> Option<&(Vec<u8>, Vec<u8>)> {
        let index = match &self.place {
            Place::Unplaced | Place::BeforeFirst => Some(0),
            Place::Gap(key) => Some(self.pairs.partition_point(|(before, _)| before < key)),
            Place::At(index) => Some(index + 1),
            Place::AfterLast => None,
        };
        self.at(index, Place::AfterLast)
    }

    fn prev(&mut self) -> Option<&(Vec<u8>, Vec<u8>)> {
        let end = match &self.place {
            Place::Unplaced | Place::AfterLast => self.pairs.len(),
            Place::Gap(key) => self.pairs.partition_point(|(before, _)| before < key),
            Place::At(index) => *index,
            Place::BeforeFirst => 0,
        };
        self.at(end.checked_sub(1), Place::BeforeFirst)
    }
}

/// A store, and what it should be.
struct Life {
    options: Options,
    disk: MemoryDisk,
    clock: Arc<ManualClock>,
    now_ms: u64,
    store: Option<Store>,
    model: Model,
    snapshots: Vec<(Snapshot, Model)>,
    range: Option<(Range, ModelRange)>,
    checkpoints: u32,
}

fn inside(pairs: Pairs, from: &Bound<Vec<u8>>, to: &Bound<Vec<u8>>) -> Pairs {
    let after = |key: &Vec<u8>| match from {
        Bound::Unbounded => true,
        Bound::Included(from) => key >= from,
        Bound::Excluded(from) => key > from,
    };
    let before = |key: &Vec<u8>| match to {
        Bound::Unbounded => true,
        Bound::Included(to) => key <= to,
        Bound::Excluded(to) => key < to,
    };
    pairs
        .into_iter()
        .filter(|(key, _)| after(key) && before(key))
        .collect()
}

fn bound(limit: Limit) -> Bound<Vec<u8>> {
    match limit {
        Limit::Unbounded => Bound::Unbounded,
        Limit::Included(number) => Bound::Included(key(number)),
        Limit::Excluded(number) => Bound::Excluded(key(number)),
    }
}

fn borrowed(bound: &Bound<Vec<u8>>) -> Bound<&[u8]> {
    bound.as_ref().map(Vec::as_slice)
}

impl Life {
    fn new(mut options: Options) -> Self {
        let clock = Arc::new(ManualClock::default());
        options.clock = Arc::clone(&clock) as Arc<dyn Clock>;
        let disk = MemoryDisk::new();
        let store = Store::open(Arc::new(disk.clone()), options.clone()).unwrap();
        Self {
            options,
            disk,
            clock,
            now_ms: 0,
            store: Some(store),
            model: Model::default(),
            snapshots: Vec::new(),
            range: None,
            checkpoints: 0,
        }
    }

    fn store(&self) -> &Store {
        self.store.as_ref().unwrap()
    }

    fn changes(&self, edits: &[Edit]) -> Vec<Change> {
        let change = |edit: &Edit| match *edit {
            Edit::Put(k, v, size) => Change::Put(key(k), value(v, size)),
            Edit::PutUntil(k, v, size, after_ms) => {
                Change::PutUntil(key(k), value(v, size), self.now_ms + u64::from(after_ms))
            }
            Edit::Delete(k) => Change::Delete(key(k)),
            Edit::DeleteRange(from, to) => {
                let (from, to) = (key(from), key(to));
                Change::DeleteRange(from.clone().min(to.clone()), from.max(to))
            }
        };
        edits.iter().map(change).collect()
    }

    fn written(&mut self, changes: &[Change], outcome: Result<u64, Error>) -> Result<(), String> {
        self.model.apply(changes);
        same(outcome, &Ok(self.model.sequence))
    }

    /// The model of the snapshot with that number, or of now.
    fn snapshot(&self, number: u8) -> Option<&(Snapshot, Model)> {
        self.snapshots
            .get(usize::from(number) % self.snapshots.len().max(1))
    }

    fn scan(
        &self,
        range: Result<Range, Error>,
        wanted: Pairs,
        backward: bool,
    ) -> Result<(), String> {
        let mut range = range.map_err(text)?;
        let mut found = Vec::new();
        loop {
            let pair = if backward { range.prev() } else { range.next() };
            let Some((key, value)) = pair.map_err(text)? else {
                break;
            };
            found.push((key.to_vec(), value.to_vec()));
        }
        if backward {
            found.reverse();
        }
        let wanted: Vec<_> = wanted.into_iter().collect();
        if found == wanted {
            return Ok(());
        }
        let (found, wanted) = (found.into_iter().collect(), wanted.into_iter().collect());
        Err(format!("a scan: {}", difference(&found, &wanted)))
    }

    fn apply(&mut self, op: &Op) -> Result<(), String> {
        let now_ms = self.now_ms;
        match op {
            Op::Write(edits, durability) => {
                let changes = self.changes(edits);
                let durability = match durability {
                    0 => Durability::Memory,
                    1 => Durability::Os,
                    _ => Durability::Fsync,
                };
                let outcome = self.store().write(&batch(&changes), durability);
                self.written(&changes, outcome)
            }
            Op::WriteIf(wishes, edits) => self.write_if(wishes, edits),
            Op::Get(k) => {
                let wanted = self.model.get(&key(*k), now_ms);
                same(
                    self.store().get(&key(*k)).map(|v| v.map(Vec::from)),
                    &Ok(wanted.map(<[u8]>::to_vec)),
                )
            }
            Op::GetAt(number, k) => {
                let Some((snapshot, model)) = self.snapshot(*number) else {
                    return Ok(());
                };
                let wanted = model.get(&key(*k), now_ms).map(<[u8]>::to_vec);
                same(
                    self.store()
                        .get_at(snapshot, &key(*k))
                        .map(|v| v.map(Vec::from)),
                    &Ok(wanted),
                )
            }
            Op::MultiGet(numbers) => {
                let keys: Vec<_> = numbers.iter().copied().map(key).collect();
                let found = self.store().multi_get(&keys).map_err(text)?;
                let wanted: Vec<_> = keys.iter().map(|key| self.model.get(key, now_ms)).collect();
                let found: Vec<_> = found.iter().map(Option::as_deref).collect();
                same(Ok(found), &Ok(wanted))
            }
            Op::Scan(from, to) | Op::ScanBackward(from, to) => {
                let (from, to) = (bound(*from), bound(*to));
                let wanted = inside(self.model.live(now_ms), &from, &to);
                let range = self.store().range(borrowed(&from), borrowed(&to));
                self.scan(range, wanted, matches!(op, Op::ScanBackward(..)))
            }
            Op::ScanAt(number, from, to) => {
                let Some((snapshot, model)) = self.snapshot(*number) else {
                    return Ok(());
                };
                let (from, to) = (bound(*from), bound(*to));
                let wanted = inside(model.live(now_ms), &from, &to);
                let range = self
                    .store()
                    .range_at(snapshot, borrowed(&from), borrowed(&to));
                self.scan(range, wanted, false)
            }
            Op::Prefix(prefix) => {
                let mut wanted = self.model.live(now_ms);
                wanted.retain(|key, _| key.starts_with(prefix));
                self.scan(self.store().prefix(prefix), wanted, false)
            }
            Op::OpenRange(from, to, at) => {
                let (from, to) = (bound(*from), bound(*to));
                let (range, live) = match at.and_then(|at| self.snapshot(at)) {
                    Some((snapshot, model)) => (
                        self.store()
                            .range_at(snapshot, borrowed(&from), borrowed(&to)),
                        model.live(now_ms),
                    ),
                    None => (
                        self.store().range(borrowed(&from), borrowed(&to)),
                        self.model.live(now_ms),
                    ),
                };
                let model = ModelRange {
                    pairs: inside(live, &from, &to).into_iter().collect(),
                    place: Place::Unplaced,
                };
                self.range = Some((range.map_err(text)?, model));
                Ok(())
            }
            Op::MoveRange(moves) => self.move_range(moves),
            Op::Snapshot => {
                let snapshot = self.store().snapshot().map_err(text)?;
                same(Ok(snapshot.sequence()), &Ok(self.model.sequence))?;
                self.snapshots.push((snapshot, self.model.clone()));
                Ok(())
            }
            Op::DropSnapshot(number) => {
                if !self.snapshots.is_empty() {
                    let index = usize::from(*number) % self.snapshots.len();
                    self.snapshots.remove(index);
                }
                Ok(())
            }
            Op::Step(budget) => self
                .store()
                .step(u64::from(*budget))
                .map(|_| ())
                .map_err(text),
            Op::Settle => {
                self.store().settle().map_err(text)?;
                same(self.store().step(1), &Ok(Step::Idle))
            }
            Op::Sync => self.store().sync().map_err(text),
            Op::Flush => {
                self.store().flush().map_err(text)?;
                same(Ok(self.store().stats().memtable_entries), &Ok(0))
            }
            Op::Compact(from, to) => {
                let (from, to) = (key(*from), key(*to));
                self.store().compact(&from, Some(&to)).map_err(text)
            }
            Op::CompactInSteps(budget, steps) => {
                let mut left = *steps;
                let outcome = self
                    .store()
                    .compact_stepwise(b"", None, u64::from(*budget), |_| {
                        left = left.saturating_sub(1);
                        left > 0
                    });
                outcome.map(|_| ()).map_err(text)
            }
            Op::Checkpoint => self.checkpoint(),
            Op::Reopen(closed) => self.reopen(*closed),
            Op::Advance(ms) => {
                self.now_ms += u64::from(*ms);
                self.clock.set(Wall(self.now_ms));
                Ok(())
            }
            Op::Verify => {
                let report = self.store().verify(|_, _| true).map_err(text)?;
                same(Ok(report.damage), &Ok(Vec::new()))
            }
        }
    }

    fn write_if(&mut self, wishes: &[Wish], edits: &[Edit]) -> Result<(), String> {
        let mut holds = true;
        let mut conditions = Vec::new();
        for wish in wishes {
            let value = |k: u8| self.model.get(&key(k), self.now_ms);
            let (condition, held) = match *wish {
                Wish::Absent(k) => (Condition::Absent(key(k).into()), value(k).is_none()),
                Wish::Present(k) => (Condition::Present(key(k).into()), value(k).is_some()),
                Wish::Equals(k, true) => {
                    let wanted = value(k).unwrap_or_default().to_vec();
                    (
                        Condition::Equals(key(k).into(), wanted.into()),
                        value(k).is_some(),
                    )
                }
                Wish::Equals(k, false) => (
                    Condition::Equals(key(k).into(), "no such value".into()),
                    false,
                ),
            };
            conditions.push(condition);
            holds &= held;
        }
        let changes = self.changes(edits);
        let outcome = self
            .store()
            .write_if(&conditions, &batch(&changes), Durability::Fsync);
        if holds {
            return self.written(&changes, outcome);
        }
        match outcome {
            Err(Error::Conflict { .. }) => Ok(()),
            other => Err(format!("{other:?} where a condition does not hold")),
        }
    }

    fn move_range(&mut self, moves: &[Move]) -> Result<(), String> {
        let Some((range, model)) = &mut self.range else {
            return Ok(());
        };
        for motion in moves {
            let (found, wanted) = match motion {
                Move::Next => (range.next().map_err(text)?, model.next()),
                Move::Prev => (range.prev().map_err(text)?, model.prev()),
                Move::Seek(k) => {
                    range.seek(&key(*k));
                    model.place = Place::Gap(key(*k));
                    continue;
                }
            };
            let wanted = wanted.map(|(key, value)| (key.as_slice(), value.as_slice()));
            if found != wanted {
                return Err(format!("{motion:?} gives {found:?} instead of {wanted:?}"));
            }
        }
        Ok(())
    }

    fn checkpoint(&mut self) -> Result<(), String> {
        self.checkpoints += 1;
        let folder = format!("copy{}", self.checkpoints);
        self.store().checkpoint(&folder).map_err(text)?;
        let inner: Arc<dyn Vfs> = self.disk.folder(&folder).map_err(text)?;
        let copy = Store::open(inner, self.options.clone()).map_err(text)?;
        let wanted = self.model.live(self.now_ms);
        let found = content(&copy).map_err(text)?;
        if found != wanted {
            return Err(format!("the checkpoint: {}", difference(&found, &wanted)));
        }
        same(Ok(copy.visible()), &Ok(self.model.sequence))
    }

    fn reopen(&mut self, closed: bool) -> Result<(), String> {
        self.snapshots.clear();
        self.range = None;
        if closed {
            self.store().close().map_err(text)?;
        } else {
            self.store().sync().map_err(text)?;
        }
        self.store = None;
        let opened = Store::open(Arc::new(self.disk.clone()), self.options.clone());
        self.store = Some(opened.map_err(text)?);
        same(Ok(self.store().visible()), &Ok(self.model.sequence))
    }

    /// Everything once more, before and after a reopening.
    fn end(&mut self) -> Result<(), String> {
        self.everything()?;
        self.reopen(true)?;
        self.everything()?;
        self.store().compact(b"", None).map_err(text)?;
        self.everything()?;
        let empty = WriteBatch::new();
        same(
            self.store().write(&empty, Durability::Fsync),
            &Ok(self.model.sequence),
        )
    }

    fn everything(&self) -> Result<(), String> {
        let wanted = self.model.live(self.now_ms);
        let all = || self.store().range(Bound::Unbounded, Bound::Unbounded);
        self.scan(all(), wanted.clone(), false)?;
        self.scan(all(), wanted, true)?;
        for number in 0..KEYS {
            let found = self.store().get(&key(number)).map_err(text)?;
            let wanted = self.model.get(&key(number), self.now_ms);
            same(Ok(found.as_deref()), &Ok(wanted))
                .map_err(|why| format!("key {number}: {why}"))?;
        }
        let report = self.store().verify(|_, _| true).map_err(text)?;
        same(Ok(report.damage), &Ok(Vec::new()))
    }
}

fn text(error: Error) -> String {
    error.to_string()
}

fn same<T: PartialEq + core::fmt::Debug>(
    found: Result<T, Error>,
    wanted: &Result<T, Error>,
) -> Result<(), String> {
    if found == *wanted {
        return Ok(());
    }
    let mut found = format!("{found:?}");
    let mut wanted = format!("{wanted:?}");
    found.truncate(300);
    wanted.truncate(300);
    Err(format!("{found} instead of {wanted}"))
}

fn check(history: &[Op], name: &str, options: &Options) -> Result<(), TestCaseError> {
    let mut life = Life::new(options.clone());
    let fail =
        |why: String, at: &str| TestCaseError::fail(format!("options '{name}', {at}: {why}"));
    for (number, op) in history.iter().enumerate() {
        life.apply(op)
            .map_err(|why| fail(why, &format!("operation {number}, {op:?}")))?;
    }
    life.end().map_err(|why| fail(why, "at the end"))
}

#[test]
fn every_set_of_options_gives_the_answers_of_a_sorted_map() {
    let sets = option_sets();
    assert!(sets.len() >= 20);
    let cases = number("CASES").unwrap_or(count(60, 400)) as u32;
    let longest = number("LENGTH").unwrap_or(count(400, 1_500)) as usize;
    let watch = Watch::start();
    let config = ProptestConfig {
        max_shrink_iters: 4_000,
        ..seeded::cases(cases)
    };
    let history = prop::collection::vec(op(), longest / 3..longest);
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let operations = core::cell::Cell::new(0);
    let outcome = runner.run(&history, |history| {
        operations.set(operations.get() + history.len() * sets.len());
        for (name, options) in &sets {
            check(&history, name, options)?;
        }
        Ok(())
    });
    if let Err(why) = outcome {
        panic!("{why}");
    }
    println!(
        "{cases} histories under {} sets of options, {} operations, in {:.1} s",
        sets.len(),
        operations.get(),
        watch.seconds()
    );
}

/// Sets of options under which old data goes.
fn lossy_sets() -> Vec<(&'static str, Options)> {
    let tiny = |compaction| Options {
        memtable_bytes: 1 << 10,
        cache_bytes: 8 << 10,
        block_bytes: 256,
        runs_slow: 1 << 10,
        runs_stop: 1 << 12,
        log_ahead: Ahead::Nothing,
        compaction,
        ..Options::small()
    };
    let fifo = |bytes_max, retention_ms| {
        Compaction::Fifo(FifoOptions {
            bytes_max,
            retention_ms,
        })
    };
    let window = |bytes_max, retention_ms| {
        Compaction::TimeWindow(TimeWindowOptions {
            window_ms: 40,
            merge_runs_min: 2,
            retention_ms,
            bytes_max,
            ..TimeWindowOptions::default()
        })
    };
    vec![
        ("fifo of 6 KiB", tiny(fifo(6 << 10, u64::MAX))),
        ("fifo of 150 ms", tiny(fifo(u64::MAX, 150))),
        ("windows of 6 KiB", tiny(window(6 << 10, u64::MAX))),
        ("windows of 150 ms", tiny(window(u64::MAX, 150))),
    ]
}

#[test]
fn what_is_dropped_for_its_age_or_size_is_gone_and_nothing_older_comes_back() {
    let watch = Watch::start();
    let first = store_support::seed(1);
    let mut dropped = 0;
    for seed in first..first + count(15, 500) {
        for (name, options) in lossy_sets() {
            let mut rng = Rng::from_seed(seed);
            let mut life = Life::new(options);
            // Keys that were dropped and have not been written since.
            let mut gone = BTreeSet::new();
            for number in 0..500_u16 {
                let op = match rng.below(100) {
                    0..62 => Op::Write(vec![Edit::Put(rng.below(40) as u8, number, 2)], 1),
                    62..66 => {
                        Op::Write(vec![Edit::PutUntil(rng.below(40) as u8, number, 2, 90)], 1)
                    }
                    66..72 => Op::Write(vec![Edit::Delete(rng.below(40) as u8)], 1),
                    72..74 => Op::Write(
                        vec![Edit::DeleteRange(rng.below(40) as u8, rng.below(40) as u8)],
                        1,
                    ),
                    74..90 => Op::Step(1 << rng.below(13)),
                    90..96 => Op::Advance(rng.below(30) as u8),
                    96..98 => Op::Flush,
                    98 => Op::Compact(0, 39),
                    _ => Op::Reopen(rng.chance(0.5)),
                };
                let fail = |why: String| -> ! {
                    panic!("SEED={seed}, '{name}', operation {number}, {op:?}: {why}")
                };
                life.apply(&op).unwrap_or_else(|why| fail(why));
                if let Op::Write(edits, _) = &op
                    && let Edit::Put(k, ..) | Edit::PutUntil(k, ..) = &edits[0]
                {
                    gone.remove(&key(*k));
                }
                if number % 5 > 0 {
                    continue;
                }
                let found = content(life.store()).unwrap_or_else(|why| fail(why.to_string()));
                for (key, value) in &found {
                    let wanted = life.model.get(key, life.now_ms);
                    if wanted != Some(value) {
                        fail(format!(
                            "{} is {}, and should be {wanted:?}",
                            key.escape_ascii(),
                            value.escape_ascii()
                        ));
                    }
                    if gone.contains(key) {
                        fail(format!("{} was gone, and is back", key.escape_ascii()));
                    }
                }
                let live = life.model.live(life.now_ms).into_keys();
                gone.extend(live.filter(|key| !found.contains_key(key)));
            }
            dropped += life.store().stats().tables_dropped;
        }
    }
    assert!(dropped > 0, "nothing was dropped");
    println!("{dropped} tables dropped, in {:.1} s", watch.seconds());
}
