//! What the merge costs on top of its sources. Prints figures:
//! `cargo test --release -p kvorum --lib storage::merge::tests::speed -- --ignored --nocapture`

use core::hint::black_box;
use std::sync::Arc;

use bytes::Bytes;
use rand_core::{Rng, SeedableRng};

use crate::Result;
use crate::storage::cursor::Cursor;
use crate::storage::entry::{Entry, Kind, NEVER_MS, RangeDelete, SEQUENCE_MAX, Sequence, order};
use crate::storage::merge::bounds::{Bounds, successor};
use crate::storage::merge::merge_cursor::MergeCursor;
use crate::storage::merge::range_deletes::RangeDeletes;
use crate::storage::merge::retain::{Retain, RetainOptions};
use crate::storage::merge::run_cursor::{RunCursor, Tables};
use crate::storage::merge::visible::Visible;

/// So few that they stay in the cache: what is measured is the merge, not memory.
const ENTRIES: u64 = 20_000;
const KEY_BYTES: usize = 16;
const VALUE_BYTES: usize = 100;
const ENTRY_BYTES: usize = KEY_BYTES + VALUE_BYTES;
const ROUNDS: usize = 200;

/// Entries one after the other in memory, as cheap to walk as can be.
#[derive(Clone)]
struct Flat {
    bytes: Arc<[u8]>,
    sequence: Sequence,
    at: usize,
    end: usize,
}

impl Flat {
    fn new(numbers: &[u64], sequence: Sequence, spread: bool) -> Self {
        let mut bytes = Vec::with_capacity(numbers.len() * ENTRY_BYTES);
        for &number in numbers {
            if spread {
                bytes.extend_from_slice(&number.wrapping_mul(1 << 44).to_be_bytes());
                bytes.extend_from_slice(&number.to_be_bytes());
            } else {
                bytes.extend_from_slice(format!("{number:016}").as_bytes());
            }
            bytes.resize(bytes.len() + VALUE_BYTES, number as u8);
        }
        Self {
            end: bytes.len(),
            at: bytes.len(),
            bytes: bytes.into(),
            sequence,
        }
    }

    fn key(&self, at: usize) -> &[u8] {
        &self.bytes[at * ENTRY_BYTES..at * ENTRY_BYTES + KEY_BYTES]
    }

    fn search(&self, before: impl Fn(&[u8]) -> bool) -> usize {
        let (mut low, mut high) = (0, self.end / ENTRY_BYTES);
        while low < high {
            let middle = (low + high) / 2;
            if before(self.key(middle)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

impl Cursor for Flat {
    fn seek_first(&mut self) -> Result<()> {
        self.at = 0;
        Ok(())
    }

    fn seek_last(&mut self) -> Result<()> {
        self.at = self.end.wrapping_sub(ENTRY_BYTES);
        Ok(())
    }

    fn seek(&mut self, key: &[u8], sequence: Sequence) -> Result<()> {
        self.at = self.search(|at| order(at, self.sequence, key, sequence).is_lt()) * ENTRY_BYTES;
        Ok(())
    }

    fn seek_before(&mut self, key: &[u8]) -> Result<()> {
        self.at = (self.search(|at| at < key) * ENTRY_BYTES).wrapping_sub(ENTRY_BYTES);
        Ok(())
    }

    #[inline]
    fn next(&mut self) -> Result<()> {
        self.at += ENTRY_BYTES;
        Ok(())
    }

    #[inline]
    fn prev(&mut self) -> Result<()> {
        self.at = self.at.wrapping_sub(ENTRY_BYTES);
        Ok(())
    }

    #[inline]
    fn entry(&self) -> Option<Entry<'_>> {
        let (key, value) = self
            .bytes
            .get(self.at..self.at.wrapping_add(ENTRY_BYTES))?
            .split_at(KEY_BYTES);
        Some(Entry {
            key,
            sequence: self.sequence,
            kind: Kind::Put,
            deadline_ms: NEVER_MS,
            value,
        })
    }

    fn value(&self) -> Bytes {
        Bytes::copy_from_slice(self.entry().map_or(&[], |entry| entry.value))
    }
}

/// A source cut into tables.
struct Cut {
    tables: Vec<Flat>,
    ends: Vec<Vec<u8>>,
}

impl Cut {
    fn new(source: &Flat, entries: usize) -> Self {
        let tables: Vec<Flat> = source
            .bytes
            .chunks(entries * ENTRY_BYTES)
            .map(|bytes| Flat {
                bytes: bytes.into(),
                sequence: source.sequence,
                at: bytes.len(),
                end: bytes.len(),
            })
            .collect();
        let end = |table: &Flat| successor(table.key(table.end / ENTRY_BYTES - 1));
        Self {
            ends: tables.iter().map(end).collect(),
            tables,
        }
    }
}

impl Tables for &Cut {
    type Cursor = Flat;

    fn len(&self) -> usize {
        self.tables.len()
    }

    fn smallest(&self, at: usize) -> &[u8] {
        self.tables[at].key(0)
    }

    fn end(&self, at: usize) -> &[u8] {
        &self.ends[at]
    }

    fn open(&self, at: usize) -> Result<Flat> {
        Ok(self.tables[at].clone())
    }
}

/// `ENTRIES` keys dealt out to `count` sources at random, or in stretches of `stretch`.
fn sources(count: usize, stretch: u64, spread: bool) -> Vec<Flat> {
    let mut random = rand_xoshiro::Xoshiro256PlusPlus::seed_from_u64(7);
    let mut dealt = vec![Vec::new(); count];
    let mut to = 0;
    for number in 0..ENTRIES {
        if number % stretch == 0 {
            to = random.next_u64() as usize % count;
        }
        dealt[to].push(number);
    }
    dealt
        .iter()
        .zip(1..)
        .map(|(numbers, sequence)| Flat::new(numbers, sequence, spread))
        .collect()
}

/// The least time of an entry, ns: others share the machine.
#[expect(clippy::disallowed_methods, reason = "a measurement needs a clock")]
fn measure(name: &str, mut round: impl FnMut() -> u64) {
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = std::time::Instant::now();
            let entries = round();
            start.elapsed().as_nanos() as f64 / entries as f64
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("{name:<44} {:7.1} ns an entry", times[0]);
}

fn forward(cursor: &mut impl Cursor) -> u64 {
    let (mut count, mut sum) = (0, 0_u64);
    cursor.seek_first().unwrap();
    while let Some(entry) = cursor.entry() {
        sum = sum.wrapping_add(u64::from(entry.key[15]) + u64::from(entry.value[0]));
        count += 1;
        cursor.next().unwrap();
    }
    black_box(sum);
    assert_eq!(count, ENTRIES);
    count
}

fn backward(cursor: &mut impl Cursor) -> u64 {
    let (mut count, mut sum) = (0, 0_u64);
    cursor.seek_last().unwrap();
    while let Some(entry) = cursor.entry() {
        sum = sum.wrapping_add(u64::from(entry.key[15]) + u64::from(entry.value[0]));
        count += 1;
        cursor.prev().unwrap();
    }
    black_box(sum);
    assert_eq!(count, ENTRIES);
    count
}

fn pairs<C: Cursor>(visible: &mut Visible<C>) -> u64 {
    let (mut count, mut sum) = (0, 0_u64);
    visible.seek_first();
    while let Some((key, value)) = visible.next().unwrap() {
        sum = sum.wrapping_add(u64::from(key[15]) + u64::from(value[0]));
        count += 1;
    }
    black_box(sum);
    count
}

#[test]
#[ignore = "prints figures"]
fn figures() {
    for spread in [true, false] {
        println!("keys: {}", if spread { "spread" } else { "decimal digits" });
        for count in [1, 2, 3, 4, 8] {
            let sources = sources(count, 1, spread);
            if count == 1 {
                measure("the source alone, forward", || {
                    forward(&mut sources[0].clone())
                });
                measure("the source alone, backward", || {
                    backward(&mut sources[0].clone())
                });
                let cut = Cut::new(&sources[0], 2000);
                measure("a run of 10 tables, forward", || {
                    forward(&mut RunCursor::new(&cut))
                });
            }
            let merge = || MergeCursor::new(sources.clone());
            measure(&format!("merge of {count}, forward"), || {
                forward(&mut merge())
            });
            measure(&format!("merge of {count}, backward"), || {
                backward(&mut merge())
            });
            let visible =
                |sets: &[RangeDeletes]| Visible::new(merge(), SEQUENCE_MAX, 1, Bounds::all(), sets);
            measure(&format!("visible over merge of {count}"), || {
                pairs(&mut visible(&[]))
            });
            measure(&format!("visible over merge of {count}, backward"), || {
                let (mut count, mut sum, mut visible) = (0, 0_u64, visible(&[]));
                while let Some((key, value)) = visible.prev().unwrap() {
                    sum = sum.wrapping_add(u64::from(key[15]) + u64::from(value[0]));
                    count += 1;
                }
                black_box(sum);
                count
            });
            measure(&format!("retain over merge of {count}"), || {
                let (mut sum, options) = (0_u64, RetainOptions::default());
                let mut retain = Retain::new(merge(), &RangeDeletes::default(), |_| true, options);
                while let Some(entry) = retain.next().unwrap() {
                    sum = sum.wrapping_add(u64::from(entry.key[15]) + u64::from(entry.value[0]));
                }
                black_box(sum);
                retain.retained().written
            });
            if count == 3 {
                let mut random = rand_xoshiro::Xoshiro256PlusPlus::seed_from_u64(1);
                let targets: Vec<_> = (0..1000)
                    .map(|_| Flat::new(&[random.next_u64() % (ENTRIES - 10)], 1, spread))
                    .collect();
                measure("3 sources opened, seek and 10 next: a tenth", || {
                    let mut sum = 0_u64;
                    for target in &targets {
                        let mut visible = visible(&[]);
                        visible.seek(target.key(0));
                        for _ in 0..10 {
                            let (key, _) = visible.next().unwrap().unwrap();
                            sum = sum.wrapping_add(u64::from(key[15]));
                        }
                    }
                    black_box(sum);
                    10 * targets.len() as u64
                });
                let stretches = self::sources(3, 100, spread);
                measure("merge of 3, stretches of 100", || {
                    forward(&mut MergeCursor::new(stretches.clone()))
                });
                let deletes = (0..ENTRIES).step_by(1000).map(|number| RangeDelete {
                    from: Bytes::copy_from_slice(Flat::new(&[number], 1, spread).key(0)),
                    to: Bytes::copy_from_slice(Flat::new(&[number + 10], 1, spread).key(0)),
                    sequence: 100,
                });
                let set = RangeDeletes::new(deletes);
                measure("visible over 3, 1000 range deletes", || {
                    pairs(&mut visible(core::slice::from_ref(&set)))
                });
                let bounds = Bounds::new(
                    core::ops::Bound::Included(b"\0"),
                    core::ops::Bound::Excluded(b"\xff"),
                );
                measure("visible over 3, bounded", || {
                    pairs(&mut Visible::new(
                        merge(),
                        SEQUENCE_MAX,
                        1,
                        bounds.clone(),
                        [],
                    ))
                });
            }
        }
    }
}
