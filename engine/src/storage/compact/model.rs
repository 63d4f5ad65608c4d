//! A store without files: what pickers do to real entries, held in memory.
//!
//! Writes fill a memtable, flushes make runs of level 0, plans are carried out on the entries themselves. Each
//! step is checked: the plan is sound, its inputs are free, the next version of the tables is whole, and
//! reads still find the newest value.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;

use super::*;
use crate::storage::entry::NEVER_MS;
use crate::storage::levels::{Describe, Place};

/// Bytes of a key, and of a value.
pub const KEY_BYTES: u64 = 16;
pub const VALUE_BYTES: u64 = 100;

/// One version of a key. `value` is the sequence it was written with, which outlives `sequence`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    pub key: u64,
    pub sequence: Sequence,
    pub value: Option<u64>,
    pub deadline_ms: u64,
}

impl Row {
    fn bytes(&self) -> u64 {
        KEY_BYTES + self.value.map_or(0, |_| VALUE_BYTES)
    }

    fn seen(&self, now_ms: u64) -> Option<u64> {
        self.value.filter(|_| now_ms < self.deadline_ms)
    }
}

/// A table with its entries.
#[derive(Debug)]
pub struct Table {
    pub meta: Arc<TableMeta>,
    rows: Vec<Row>,
}

impl Describe for Arc<Table> {
    fn meta(&self) -> &TableMeta {
        &self.meta
    }
}

/// A plan that has been carried out and not yet installed.
struct Running {
    plan: Plan,
    claim: Option<Claim>,
    outputs: Vec<Arc<Table>>,
    fresh: u64,
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    pub user_bytes: u64,
    pub flushed_bytes: u64,
    pub merged_bytes: u64,
    pub plans: u64,
}

/// The store without files.
pub struct Model {
    picker: Box<dyn Picker>,
    pub levels: Levels<Arc<Table>>,
    memtable: Vec<Row>,
    memtable_bytes: u64,
    memtable_bytes_max: u64,
    running: Vec<Running>,
    next: u64,
    pub sequence: Sequence,
    pub now_ms: u64,
    /// One reader's snapshot, with what it saw.
    snapshot: Option<(Sequence, BTreeMap<u64, Row>)>,
    /// The newest row of every key.
    newest: BTreeMap<u64, Row>,
    pub counts: Counts,
    pub reasons: BTreeMap<Reason, u64>,
    samples: (f64, u64),
    /// Whether values may be dropped for being old: then a read finds the newest or nothing.
    pub forgets: bool,
}

pub fn key_bytes(key: u64) -> Bytes {
    Bytes::from(format!("{key:016}"))
}

fn key_number(bytes: &[u8]) -> u64 {
    core::str::from_utf8(bytes).unwrap().parse().unwrap()
}

impl Model {
    pub fn new(picker: Box<dyn Picker>, memtable_bytes_max: u64) -> Self {
        Self {
            picker,
            levels: Levels::new(),
            memtable: Vec::new(),
            memtable_bytes: 0,
            memtable_bytes_max,
            running: Vec::new(),
            next: 1,
            sequence: 0,
            now_ms: 1000,
            snapshot: None,
            newest: BTreeMap::new(),
            counts: Counts::default(),
            reasons: BTreeMap::new(),
            samples: (0.0, 0),
            forgets: false,
        }
    }

    /// Goes on with another picker, as a store that is opened with other options.
    pub fn use_picker(&mut self, picker: Box<dyn Picker>) {
        self.picker = picker;
    }

    pub fn picture(&self) -> Picture {
        self.levels.map(|table| Arc::clone(&table.meta))
    }

    pub fn pressure(&self) -> Pressure {
        self.picker.pressure(&self.picture())
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn write(&mut self, key: u64, is_put: bool, deadline_ms: u64) {
        self.sequence += 1;
        let row = Row {
            key,
            sequence: self.sequence,
            value: is_put.then_some(self.sequence),
            deadline_ms,
        };
        self.counts.user_bytes += row.bytes();
        self.memtable_bytes += row.bytes();
        self.memtable.push(row);
        self.newest.insert(key, row);
    }

    pub fn put(&mut self, key: u64) {
        self.write(key, true, NEVER_MS);
    }

    pub fn put_until(&mut self, key: u64, deadline_ms: u64) {
        self.write(key, true, deadline_ms);
    }

    pub fn delete(&mut self, key: u64) {
        self.write(key, false, NEVER_MS);
    }

    pub fn take_snapshot(&mut self) {
        self.snapshot = Some((self.sequence, self.newest.clone()));
    }

    pub fn drop_snapshot(&mut self) {
        self.snapshot = None;
    }

    fn oldest_snapshot(&self) -> Sequence {
        self.snapshot.as_ref().map_or(self.sequence, |(at, _)| *at)
    }

    pub fn is_full(&self) -> bool {
        self.memtable_bytes >= self.memtable_bytes_max
    }

    /// Writes the memtable as a run of level 0.
    pub fn flush(&mut self) {
        if self.memtable.is_empty() {
            return;
        }
        let rows = newest_of(core::mem::take(&mut self.memtable), self.oldest_snapshot());
        self.memtable_bytes = 0;
        let run = self.number();
        let table = self.table(rows, self.now_ms);
        self.counts.flushed_bytes += table.meta.bytes;
        let place = Place { level: 0, run };
        self.install(vec![(place, table)], &[]);
        self.sample();
    }

    fn table(&mut self, rows: Vec<Row>, created_ms: u64) -> Arc<Table> {
        let bytes = rows.iter().map(Row::bytes).sum();
        let mut end = key_bytes(rows.last().unwrap().key).to_vec();
        end.push(0);
        let puts = || rows.iter().filter(|row| row.value.is_some());
        let meta = TableMeta {
            id: self.number(),
            bytes,
            raw_bytes: bytes,
            entries: rows.len() as u64,
            deletes: rows.len() as u64 - puts().count() as u64,
            smallest: key_bytes(rows[0].key),
            end: end.into(),
            sequence_min: rows.iter().map(|row| row.sequence).min().unwrap(),
            sequence_max: rows.iter().map(|row| row.sequence).max().unwrap(),
            deadline_max_ms: puts().map(|row| row.deadline_ms).max().unwrap_or(0),
            created_ms,
            ..TableMeta::default()
        };
        let meta = Arc::new(meta);
        Arc::new(Table { meta, rows })
    }

    fn install(&mut self, added: Vec<(Place, Arc<Table>)>, removed: &[FileId]) {
        self.levels = self.levels.apply(added, removed).unwrap();
        self.levels.check_invariants().unwrap();
    }

    /// Starts the next plan, if there is one.
    pub fn start(&mut self) -> bool {
        let picture = self.picture();
        let busy: BTreeSet<FileId> = (self.running.iter())
            .flat_map(|running| running.plan.files())
            .collect();
        let claims: Vec<Claim> = (self.running.iter())
            .filter_map(|running| running.claim.clone())
            .collect();
        let state = PickState {
            busy: &busy,
            claims: &claims,
            now_ms: self.now_ms,
            oldest_snapshot: self.oldest_snapshot(),
        };
        let Some(plan) = self.picker.pick(&picture, &state) else {
            return false;
        };
        assert!(state.is_free(&picture, &plan), "{plan:?} is not free");
        self.begin(plan);
        true
    }

    fn begin(&mut self, plan: Plan) {
        let picture = self.picture();
        check_plan(&picture, &plan)
            .unwrap_or_else(|error| panic!("{error}: {plan:?}\n{}", self.levels.to_text()));
        *self.reasons.entry(plan.reason()).or_default() += 1;
        self.counts.plans += 1;
        let fresh = self.number();
        let outputs = self.merge(&plan);
        self.running.push(Running {
            claim: plan.claim(&picture),
            plan,
            outputs,
            fresh,
        });
    }

    fn merge(&mut self, plan: &Plan) -> Vec<Arc<Table>> {
        let Plan::Merge {
            table_bytes_max,
            created_ms,
            ..
        } = *plan
        else {
            return Vec::new();
        };
        let snapshot = self.oldest_snapshot();
        let mut older = older_tables_outside(&self.levels, plan);
        let mut cutter = Cutter::new(&self.levels, plan);
        let rows = (plan.tables(&self.levels))
            .flat_map(|(_, table)| table.rows.iter().copied())
            .collect();
        let mut outputs = Vec::new();
        let mut open: Vec<Row> = Vec::new();
        let mut open_bytes = 0;
        for mut row in newest_of(rows, snapshot) {
            let key = key_bytes(row.key);
            if row.value.is_some() && row.seen(self.now_ms).is_none() {
                row.value = None;
            }
            if row.sequence <= snapshot && !older.holds(&key) {
                if row.value.is_none() {
                    continue;
                }
                row.sequence = 0;
            }
            let next_key = open.last().is_some_and(|last| last.key != row.key);
            if next_key && (cutter.ends_before(&key) || open_bytes >= table_bytes_max) {
                cutter.restart();
                open_bytes = 0;
                outputs.push(self.table(core::mem::take(&mut open), created_ms));
            }
            open_bytes += row.bytes();
            open.push(row);
        }
        if !open.is_empty() {
            outputs.push(self.table(open, created_ms));
        }
        self.counts.merged_bytes += outputs.iter().map(|table| table.meta.bytes).sum::<u64>();
        outputs
    }

    pub fn running(&self) -> usize {
        self.running.len()
    }

    /// Installs what the running plan at `at` has done.
    pub fn finish(&mut self, at: usize) {
        let done = self.running.swap_remove(at);
        check_plan(&self.levels, &done.plan).expect("it held when the plan started");
        let edit = done.plan.edit(&self.levels, done.outputs, done.fresh);
        self.install(edit.added, &edit.removed);
    }

    /// Carries out one plan, if there is one.
    pub fn step(&mut self) -> bool {
        let started = self.start();
        if started {
            self.finish(self.running.len() - 1);
        }
        started
    }

    /// Carries out plans until the picker rests.
    pub fn settle(&mut self) {
        while let Some(last) = self.running.len().checked_sub(1) {
            self.finish(last);
        }
        let most = 1000 + 20 * self.levels.table_count();
        for _ in 0..most {
            if !self.step() {
                return;
            }
        }
        panic!("no rest after {most} plans:\n{}", self.levels.to_text());
    }

    /// Carries out `plan`, which someone asked for.
    pub fn carry_out(&mut self, plan: Plan) {
        self.begin(plan);
        self.finish(self.running.len() - 1);
    }

    fn read(&self, key: u64, snapshot: Sequence) -> Option<u64> {
        let in_memory =
            (self.memtable.iter().rev()).find(|row| row.key == key && row.sequence <= snapshot);
        if let Some(row) = in_memory {
            return row.seen(self.now_ms);
        }
        let bytes = key_bytes(key);
        for run in self.levels.runs() {
            let Some(table) = run.table_for(&bytes) else {
                continue;
            };
            let at = table.rows.partition_point(|row| {
                row.key < key || (row.key == key && row.sequence > snapshot)
            });
            if let Some(row) = table.rows.get(at).filter(|row| row.key == key) {
                return row.seen(self.now_ms);
            }
        }
        None
    }

    /// Checks what reads find, now and at the snapshot.
    pub fn check_reads(&self) {
        for (key, row) in &self.newest {
            let found = self.read(*key, self.sequence);
            let right = found == row.seen(self.now_ms) || (self.forgets && found.is_none());
            assert!(
                right,
                "key {key} is {found:?}, written was {row:?}\n{}",
                self.levels.to_text()
            );
        }
        if let Some((at, seen)) = &self.snapshot {
            for (key, row) in seen {
                let found = self.read(*key, *at);
                let right = found == row.seen(self.now_ms) || (self.forgets && found.is_none());
                assert!(right, "key {key} at {at} is {found:?}, was {row:?}");
            }
        }
    }

    /// Bytes written for each byte of the user, the log left out.
    pub fn write_amplification(&self) -> f64 {
        (self.counts.flushed_bytes + self.counts.merged_bytes) as f64
            / self.counts.user_bytes as f64
    }

    /// Bytes in tables for each byte of values that a read finds.
    pub fn space_amplification(&self) -> f64 {
        let live: u64 = (self.newest.values())
            .filter(|row| row.seen(self.now_ms).is_some())
            .map(Row::bytes)
            .sum();
        self.levels.bytes_total() as f64 / live as f64
    }

    /// Runs whose range spans a key, on the average over the keys and over the flushes so far.
    pub fn runs_per_read(&self) -> f64 {
        self.samples.0 / self.samples.1 as f64
    }

    fn sample(&mut self) {
        let keys: Vec<u64> = (self.newest.keys().copied())
            .step_by(self.newest.len().div_ceil(16))
            .collect();
        for &key in &keys {
            let key = key_bytes(key);
            let spans = self
                .levels
                .runs()
                .iter()
                .filter(|run| run.table_for(&key).is_some());
            self.samples.0 += spans.count() as f64 / keys.len() as f64;
        }
        self.samples.1 += 1;
    }

    /// The keys of the tables at `level`, for tests that look inside.
    pub fn keys(&self, level: u8) -> Vec<u64> {
        let tables = self.levels.level(level).iter().flat_map(|run| run.tables());
        tables
            .flat_map(|table| {
                assert_eq!(key_number(&table.meta.smallest), table.rows[0].key);
                table.rows.iter().map(|row| row.key)
            })
            .collect()
    }
}

/// Sorted, and without the versions that neither a reader of now nor one at `snapshot` or later sees.
fn newest_of(mut rows: Vec<Row>, snapshot: Sequence) -> Vec<Row> {
    rows.sort_by_key(|row| (row.key, core::cmp::Reverse(row.sequence)));
    let mut hidden: Option<u64> = None;
    rows.retain(|row| {
        let keep = hidden != Some(row.key);
        if row.sequence <= snapshot {
            hidden = Some(row.key);
        }
        keep
    });
    rows
}
