//! What the store's large tests share: counts and seeds, a model, a workload, and the ledger that says what must
//! be there after a crash.
#![allow(dead_code, reason = "each test file uses its share")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use core::ops::Bound;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use kvorum::Result;
use kvorum::base::rng::Rng;
use kvorum::base::time::Wall;
use kvorum::storage::compact::LeveledOptions;
use kvorum::storage::entry::NEVER_MS;
use kvorum::storage::wal::Ahead;
use kvorum::storage::{Clock, Compaction, Durability, ManualClock, Options, Store, WriteBatch};
use kvorum::vfs::{Crash, MemoryDisk, Names, Unsynced, Vfs};

/// Keys and values, as a reader gets them.
pub type Pairs = BTreeMap<Vec<u8>, Vec<u8>>;

/// Whether the counts are the full ones (`FULL=1`).
pub fn full() -> bool {
    std::env::var_os("FULL").is_some()
}

/// `reduced`, or `all` under `FULL=1`.
pub fn count(reduced: u64, all: u64) -> u64 {
    if full() { all } else { reduced }
}

/// The seed of a randomised test: `SEED=`, or `usual`.
pub fn seed(usual: u64) -> u64 {
    number("SEED").unwrap_or(usual)
}

/// A number from the environment.
pub fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is a whole number")),
    )
}

/// Measures a test for the line that it prints.
pub struct Watch(Instant);

impl Watch {
    pub fn start() -> Self {
        #[expect(clippy::disallowed_methods, reason = "a test prints how long it took")]
        Self(Instant::now())
    }

    pub fn seconds(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}

/// One operation of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    Put(Vec<u8>, Vec<u8>),
    PutUntil(Vec<u8>, Vec<u8>, u64),
    Delete(Vec<u8>),
    DeleteRange(Vec<u8>, Vec<u8>),
}

/// The batch of these changes.
pub fn batch(changes: &[Change]) -> WriteBatch {
    let mut batch = WriteBatch::new();
    for change in changes {
        match change {
            Change::Put(key, value) => batch.put(key, value),
            Change::PutUntil(key, value, deadline_ms) => batch.put_until(key, value, *deadline_ms),
            Change::Delete(key) => batch.delete(key),
            Change::DeleteRange(from, to) => batch.delete_range(from, to),
        };
    }
    batch
}

/// What a store should hold: a sorted map with deadlines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Model {
    values: BTreeMap<Vec<u8>, (Vec<u8>, u64)>,
    /// Operations applied: the sequence of the last one.
    pub sequence: u64,
}

impl Model {
    pub fn apply(&mut self, changes: &[Change]) {
        for change in changes {
            match change {
                Change::Put(key, value) => {
                    self.values.insert(key.clone(), (value.clone(), NEVER_MS));
                }
                Change::PutUntil(key, value, deadline_ms) => {
                    self.values
                        .insert(key.clone(), (value.clone(), *deadline_ms));
                }
                Change::Delete(key) => {
                    self.values.remove(key);
                }
                Change::DeleteRange(from, to) if from < to => {
                    self.values.retain(|key, _| key < from || key >= to);
                }
                // An empty range is no operation.
                Change::DeleteRange(..) => continue,
            }
            self.sequence += 1;
        }
    }

    pub fn get(&self, key: &[u8], now_ms: u64) -> Option<&[u8]> {
        let (value, deadline_ms) = self.values.get(key)?;
        (now_ms < *deadline_ms).then_some(value)
    }

    pub fn live(&self, now_ms: u64) -> Pairs {
        let live = self
            .values
            .iter()
            .filter(|(_, (_, deadline_ms))| now_ms < *deadline_ms);
        live.map(|(key, (value, _))| (key.clone(), value.clone()))
            .collect()
    }
}

/// All that a store holds, read forward.
pub fn content(store: &Store) -> Result<Pairs> {
    let mut range = store.range(Bound::Unbounded, Bound::Unbounded)?;
    let mut pairs = Pairs::new();
    while let Some((key, value)) = range.next()? {
        let before = pairs.insert(key.to_vec(), value.to_vec());
        assert_eq!(
            before,
            None,
            "a scan gives the key {} twice",
            key.escape_ascii()
        );
    }
    Ok(pairs)
}

/// All that a store holds, read backward.
pub fn content_backward(store: &Store) -> Result<Pairs> {
    let mut range = store.range(Bound::Unbounded, Bound::Unbounded)?;
    let mut pairs = Pairs::new();
    while let Some((key, value)) = range.prev()? {
        pairs.insert(key.to_vec(), value.to_vec());
    }
    Ok(pairs)
}

/// The first difference, for a message that can be read.
pub fn difference(found: &Pairs, wanted: &Pairs) -> String {
    let show = |value: Option<&Vec<u8>>| {
        value.map_or("nothing".to_owned(), |value| {
            let shown = &value[..value.len().min(24)];
            format!("'{}' ({} bytes)", shown.escape_ascii(), value.len())
        })
    };
    let keys = found.keys().chain(wanted.keys());
    let mut lines: Vec<String> = keys
        .filter(|key| found.get(*key) != wanted.get(*key))
        .map(|key| {
            let shown = &key[..key.len().min(24)];
            format!(
                "{}: {} instead of {}",
                shown.escape_ascii(),
                show(found.get(key)),
                show(wanted.get(key))
            )
        })
        .collect();
    lines.dedup();
    lines.truncate(5);
    lines.join("\n")
}

/// One thing that a workload does.
#[derive(Clone, Debug)]
pub enum Action {
    Write(Vec<Change>, Durability),
    Sync,
    Step(u64),
    Flush,
    Compact,
    ClockTo(u64),
    /// Takes a snapshot, after dropping the one before.
    Snapshot,
    DropSnapshot,
}

/// Keys that the workload writes, besides the two long ones.
const KEYS: u64 = 48;
/// The length of the two keys at the ends, bytes: they make the edits of the manifest long, so that it is written
/// anew after a few dozen of them.
const LONG_KEY_BYTES: usize = 900;

pub fn key(number: u64) -> Vec<u8> {
    format!("key{number:02}").into_bytes()
}

/// Every key that a workload may have written.
pub fn keys() -> impl Iterator<Item = Vec<u8>> {
    (0..KEYS)
        .map(key)
        .chain([vec![b'a'; LONG_KEY_BYTES], vec![b'z'; LONG_KEY_BYTES]])
}

/// A workload in which everything that touches the disk happens: see the counts that the crash test asserts.
pub fn workload(seed: u64, actions: usize) -> Vec<Action> {
    let mut rng = Rng::from_seed(seed);
    let mut now_ms = 1;
    (0..actions)
        .map(|number| match rng.below(100) {
            0..70 => write(&mut rng, number, now_ms),
            70..91 => Action::Step(1 << rng.between(4, 13)),
            91..93 => Action::Sync,
            93..94 => Action::Flush,
            94..95 => Action::Compact,
            95..97 => {
                now_ms += rng.between(1, 40);
                Action::ClockTo(now_ms)
            }
            97..99 => Action::Snapshot,
            _ => Action::DropSnapshot,
        })
        .collect()
}

fn write(rng: &mut Rng, number: usize, now_ms: u64) -> Action {
    let changes = if rng.chance(0.2) {
        rng.between(2, 6)
    } else {
        1
    };
    let changes = (0..changes)
        .map(|place| change(rng, number, place, now_ms))
        .collect();
    let durability = match rng.below(10) {
        0..5 => Durability::Fsync,
        5..8 => Durability::Os,
        _ => Durability::Memory,
    };
    Action::Write(changes, durability)
}

fn change(rng: &mut Rng, number: usize, place: u64, now_ms: u64) -> Change {
    let name = match rng.below(20) {
        0 => vec![b'a'; LONG_KEY_BYTES],
        1 => vec![b'z'; LONG_KEY_BYTES],
        _ => key(rng.below(KEYS)),
    };
    // No two writes write the same value.
    let mut value = format!("value {number}.{place} ").into_bytes();
    let length = match rng.below(20) {
        0 => 900,
        1..4 => 200,
        _ => rng.between(12, 60),
    };
    value.resize(value.len().max(length as usize), b'.');
    match rng.below(20) {
        0..3 => Change::Delete(name),
        3 => {
            let from = rng.below(KEYS);
            Change::DeleteRange(key(from), key(from + rng.between(1, 8)))
        }
        4 => Change::PutUntil(name, value, now_ms + rng.between(1, 60)),
        _ => Change::Put(name, value),
    }
}

/// Options under which a few dozen writes fill a memtable.
pub fn tiny(clock: &Arc<ManualClock>) -> Options {
    Options {
        memtable_bytes: 3 << 10,
        memtables_sealed_max: 2,
        cache_bytes: 8 << 10,
        tables_open_max: 4,
        index_pin_bytes_max: 512,
        block_bytes: 256,
        compress_from_level: 1,
        compaction: Compaction::Leveled(LeveledOptions {
            level0_runs: 2,
            level_base_bytes: 8 << 10,
            table_bytes: 3 << 10,
            ..LeveledOptions::default()
        }),
        runs_slow: 4,
        runs_stop: 8,
        log_ahead: Ahead::Nothing,
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        ..Options::small()
    }
}

/// What was asked of a store, and what of it was promised.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Writes that took a place in the order, acknowledged or not.
    pub writes: Vec<Vec<Change>>,
    /// So many of them must survive a power cut.
    pub promised: usize,
    /// So many of them must survive the end of the process.
    pub handed_over: usize,
    pub now_ms: u64,
}

/// What goes on with a workload after an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnError {
    Stop,
    GoOn,
}

impl Ledger {
    /// Does what `actions` say, and returns what failed.
    pub fn run(
        &mut self,
        actions: &[Action],
        store: &Store,
        clock: &ManualClock,
        on_error: OnError,
    ) -> Vec<kvorum::Error> {
        let mut errors = Vec::new();
        let mut snapshot = None;
        for action in actions {
            let outcome = match action {
                Action::Write(changes, durability) => self.write(store, changes, *durability),
                Action::Sync => store.sync().map(|()| self.promise()),
                Action::Flush => store.flush().map(|()| self.promise()),
                Action::Step(budget) => store.step(*budget).map(|_| ()),
                Action::Compact => store.compact(b"", None),
                Action::ClockTo(now_ms) => {
                    clock.set(Wall(*now_ms));
                    self.now_ms = *now_ms;
                    Ok(())
                }
                Action::Snapshot => {
                    drop(snapshot.take());
                    store.snapshot().map(|taken| snapshot = Some(taken))
                }
                Action::DropSnapshot => {
                    drop(snapshot.take());
                    Ok(())
                }
            };
            if let Err(error) = outcome {
                errors.push(error);
                if on_error == OnError::Stop {
                    break;
                }
            }
        }
        errors
    }

    /// Notes that all so far is synced.
    fn promise(&mut self) {
        self.promised = self.writes.len();
        self.handed_over = self.promised;
    }

    pub fn write(
        &mut self,
        store: &Store,
        changes: &[Change],
        durability: Durability,
    ) -> Result<()> {
        let was_poisoned = store.stats().poisoned;
        let outcome = store.write(&batch(changes), durability);
        match &outcome {
            Ok(_) => {
                self.writes.push(changes.to_vec());
                if durability >= Durability::Os {
                    self.handed_over = self.writes.len();
                }
                if durability == Durability::Fsync {
                    self.promised = self.writes.len();
                }
            }
            // It may survive a crash only where it is this failure that poisoned the store.
            Err(_) if store.stats().poisoned && !was_poisoned => self.writes.push(changes.to_vec()),
            Err(_) => {}
        }
        outcome.map(|_| ())
    }

    /// The state after the first `count` writes.
    pub fn state(&self, count: usize) -> Model {
        let mut model = Model::default();
        for changes in &self.writes[..count] {
            model.apply(changes);
        }
        model
    }

    /// How many of the writes `store` holds: all up to one, none after it, and every one that was promised.
    ///
    /// # Errors
    /// What is wrong, or what a read was refused with.
    pub fn prefix(&self, store: &Store) -> core::result::Result<usize, String> {
        let (count, refused) = self.prefix_or_refused(store)?;
        if let Some(error) = refused {
            return Err(format!("a read: {error}"));
        }
        if count < self.promised {
            return Err(format!(
                "{count} writes are there, and {} were promised to survive",
                self.promised
            ));
        }
        Ok(count)
    }

    /// As [`prefix`](Self::prefix), for a store that may refuse reads and may have lost what was promised: the
    /// reads that it answers are those of the state after some prefix.
    pub fn prefix_or_refused(
        &self,
        store: &Store,
    ) -> core::result::Result<(usize, Option<kvorum::Error>), String> {
        let sequence = store.visible();
        let mut model = Model::default();
        let mut count = 0;
        while model.sequence < sequence && count < self.writes.len() {
            model.apply(&self.writes[count]);
            count += 1;
        }
        if model.sequence != sequence {
            return Err(format!(
                "write {sequence} is the last one, which is not the end of a batch"
            ));
        }
        let wanted = model.live(self.now_ms);
        let mut refused = None;
        for (found, way) in [
            (content(store), "forward"),
            (content_backward(store), "backward"),
        ] {
            match found {
                Ok(found) if found != wanted => {
                    return Err(format!(
                        "{way}, not the state after {count} of {} writes:\n{}",
                        self.writes.len(),
                        difference(&found, &wanted)
                    ));
                }
                Ok(_) => {}
                Err(error) => refused = Some(error),
            }
        }
        for key in keys() {
            match store.get(&key) {
                Ok(value) if value.as_deref() != wanted.get(&key).map(Vec::as_slice) => {
                    return Err(format!("a get of {} gives {value:?}", key.escape_ascii()));
                }
                Ok(_) => {}
                Err(error) => refused = Some(error),
            }
        }
        Ok((count, refused))
    }
}

/// Every file of a folder.
pub type Image = BTreeMap<String, Vec<u8>>;

/// The files of a folder as they are now.
pub fn image(vfs: &dyn Vfs) -> Image {
    let names = vfs.list().unwrap().into_iter();
    names
        .map(|name| {
            let bytes = vfs.open(&name).unwrap().read_all().unwrap();
            (name, bytes)
        })
        .collect()
}

/// A disk that holds these files, synced.
pub fn disk_of(image: &Image) -> MemoryDisk {
    let disk = MemoryDisk::new();
    for (name, bytes) in image {
        let mut file = disk.open(name).unwrap();
        file.append(bytes).unwrap();
        file.sync().unwrap();
    }
    disk.sync_dir().unwrap();
    disk
}

/// A store over `vfs` with [`tiny`] options and the clock at `now_ms`.
pub fn open_tiny(vfs: Arc<dyn Vfs>, now_ms: u64) -> Result<(Store, Arc<ManualClock>)> {
    let clock = Arc::new(ManualClock::default());
    clock.set(Wall(now_ms));
    let store = Store::open(vfs, tiny(&clock))?;
    Ok((store, clock))
}

/// Shares of unsynced bytes that a power cut leaves, percent.
const PERCENTS: [u8; 4] = [0, 25, 50, 100];
const NAMES: [Names; 4] = [Names::Lost, Names::Kept, Names::Ordered, Names::Reordered];

/// The ways in which a power cut can leave a disk: every share of unsynced bytes with every fate of names.
pub fn ways() -> impl Iterator<Item = Crash> {
    PERCENTS.into_iter().flat_map(|percent| {
        NAMES.into_iter().map(move |names| Crash {
            unsynced: Unsynced::Percent(percent),
            names,
        })
    })
}

/// Everything that was not synced is lost.
pub fn worst() -> Crash {
    Crash {
        unsynced: Unsynced::Percent(0),
        names: Names::Lost,
    }
}
