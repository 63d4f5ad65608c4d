//! A store under threads: writers, readers and upkeep at once, on a disk in memory whose syncs take their time.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod store_support;

use core::fmt;
use core::ops::Bound;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use core::time::Duration;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use kvorum::Result;
use kvorum::storage::{Condition, Durability, ManualClock, Options, Step, Store, WriteBatch};
use kvorum::vfs::{FaultDisk, File, Lock, MemoryDisk, Vfs};
use store_support::{Watch, count, tiny};

/// A disk that does something before each sync of a file, whose name it is told.
#[derive(Clone)]
struct Hooked {
    disk: Arc<dyn Vfs>,
    before_sync: Hook,
}

type Hook = Arc<dyn Fn(&str) + Send + Sync>;

struct HookedFile {
    name: String,
    file: Box<dyn File>,
    before_sync: Hook,
}

impl fmt::Debug for Hooked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.disk, f)
    }
}

impl fmt::Debug for HookedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.file, f)
    }
}

/// A disk whose syncs take a while, as on a real one: writers come together at them.
fn slow(disk: &MemoryDisk) -> Arc<dyn Vfs> {
    Arc::new(Hooked {
        disk: Arc::new(disk.clone()),
        before_sync: Arc::new(|_| thread::sleep(Duration::from_micros(200))),
    })
}

/// Where the syncs of the log wait until they are let through.
#[derive(Default)]
struct Gate {
    closed: Mutex<bool>,
    opened: Condvar,
    waiting: AtomicU64,
}

impl Gate {
    fn before(self: &Arc<Self>, disk: Arc<dyn Vfs>) -> Arc<dyn Vfs> {
        let gate = Arc::clone(self);
        Arc::new(Hooked {
            disk,
            before_sync: Arc::new(move |name| {
                if name.ends_with(".kvl") {
                    gate.pass();
                }
            }),
        })
    }

    fn pass(&self) {
        self.waiting.fetch_add(1, Ordering::AcqRel);
        let closed = self.closed.lock().unwrap();
        drop(self.opened.wait_while(closed, |closed| *closed).unwrap());
        self.waiting.fetch_sub(1, Ordering::AcqRel);
    }

    fn close(&self) {
        *self.closed.lock().unwrap() = true;
    }

    fn open(&self) {
        *self.closed.lock().unwrap() = false;
        self.opened.notify_all();
    }
}

/// Opens the gate when it goes, so that a test that fails ends.
struct Opens<'a>(&'a Gate);

impl Drop for Opens<'_> {
    fn drop(&mut self) {
        self.0.open();
    }
}

/// Waits until `holds` does.
fn until(holds: impl Fn() -> bool) {
    while !holds() {
        thread::yield_now();
    }
}

impl Vfs for Hooked {
    fn open(&self, name: &str) -> Result<Box<dyn File>> {
        Ok(Box::new(HookedFile {
            name: name.to_owned(),
            file: self.disk.open(name)?,
            before_sync: Arc::clone(&self.before_sync),
        }))
    }
    fn exists(&self, name: &str) -> Result<bool> {
        self.disk.exists(name)
    }
    fn list(&self) -> Result<Vec<String>> {
        self.disk.list()
    }
    fn remove(&self, name: &str) -> Result<()> {
        self.disk.remove(name)
    }
    fn rename(&self, from: &str, to: &str) -> Result<()> {
        self.disk.rename(from, to)
    }
    fn link(&self, from: &str, folder: &str, to: &str) -> Result<()> {
        self.disk.link(from, folder, to)
    }
    fn folder(&self, name: &str) -> Result<Arc<dyn Vfs>> {
        self.disk.folder(name)
    }
    fn lock(&self) -> Result<Box<dyn Lock>> {
        self.disk.lock()
    }
    fn sync_dir(&self) -> Result<()> {
        self.disk.sync_dir()
    }
}

impl File for HookedFile {
    fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.append(bytes)
    }
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> Result<()> {
        self.file.write_at(offset, bytes)
    }
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        self.file.read_at(offset, buffer)
    }
    fn len(&self) -> Result<u64> {
        self.file.len()
    }
    fn truncate(&mut self, len: u64) -> Result<()> {
        self.file.truncate(len)
    }
    fn sync(&self) -> Result<()> {
        (self.before_sync)(&self.name);
        self.file.sync()
    }
    fn try_clone(&self) -> Result<Box<dyn File>> {
        Ok(Box::new(Self {
            name: self.name.clone(),
            file: self.file.try_clone()?,
            before_sync: Arc::clone(&self.before_sync),
        }))
    }
}

/// Keys that every batch of a writer writes together.
const GROUP: u64 = 5;

fn group_key(writer: u64, place: u64) -> Vec<u8> {
    // The groups of the writers lie between one another, so that tables hold parts of all.
    format!("group{place}/{writer}").into_bytes()
}

fn own_key(writer: u64, number: u64) -> Vec<u8> {
    format!("own{writer}/{number:06}").into_bytes()
}

fn number(value: &[u8]) -> u64 {
    core::str::from_utf8(value)
        .unwrap()
        .trim_start_matches('0')
        .parse()
        .unwrap_or(0)
}

fn text(number: u64) -> Vec<u8> {
    format!("{number:040}").into_bytes()
}

struct Shared {
    store: Store,
    writers: u64,
    done: AtomicBool,
    /// The last write of each writer that was acknowledged.
    acknowledged: Vec<AtomicU64>,
}

impl Shared {
    fn new(disk: Arc<dyn Vfs>, options: Options, writers: u64) -> Arc<Self> {
        Arc::new(Self {
            store: Store::open(disk, options).unwrap(),
            writers,
            done: AtomicBool::new(false),
            acknowledged: (0..writers).map(|_| AtomicU64::new(0)).collect(),
        })
    }

    fn goes_on(&self) -> bool {
        !self.done.load(Ordering::Acquire)
    }

    /// Writes its group, all keys to one number, and a key of its own.
    fn write(&self, writer: u64, writes: u64) {
        for n in 1..=writes {
            let mut batch = WriteBatch::new();
            for place in 0..GROUP {
                batch.put(group_key(writer, place), text(n));
            }
            batch.put(own_key(writer, n), text(n));
            if n > 50 {
                batch.delete(own_key(writer, n - 50));
            }
            let durability = match writer % 3 {
                0 => Durability::Fsync,
                1 => Durability::Os,
                _ => Durability::Memory,
            };
            self.store.write(&batch, durability).unwrap();
            self.acknowledged[writer as usize].store(n, Ordering::Release);
        }
    }

    /// Reads groups: whole, never older than what was acknowledged, never going back.
    fn read_groups(&self) {
        let mut seen = vec![0; self.writers as usize];
        while self.goes_on() {
            for writer in 0..self.writers {
                let before = self.acknowledged[writer as usize].load(Ordering::Acquire);
                let keys: Vec<_> = (0..GROUP).map(|place| group_key(writer, place)).collect();
                let values = self.store.multi_get(&keys).unwrap();
                let numbers: Vec<_> = values.iter().flatten().map(|value| number(value)).collect();
                let Some(&n) = numbers.first() else {
                    assert_eq!(before, 0, "an acknowledged write is not visible");
                    continue;
                };
                assert_eq!(numbers, [n; GROUP as usize], "a batch is seen in part");
                assert!(n >= before, "{n} is older than the acknowledged {before}");
                assert!(n >= seen[writer as usize], "a reader goes back to {n}");
                seen[writer as usize] = n;
            }
        }
    }

    /// Scans at a snapshot, forward and backward, twice the same; the groups in it are whole.
    fn scan(&self) {
        while self.goes_on() {
            let before: Vec<u64> = self
                .acknowledged
                .iter()
                .map(|n| n.load(Ordering::Acquire))
                .collect();
            let snapshot = self.store.snapshot().unwrap();
            let scan = |backward: bool| {
                let all = self
                    .store
                    .range_at(&snapshot, Bound::Unbounded, Bound::Unbounded);
                let mut range = all.unwrap();
                let mut pairs = Vec::new();
                loop {
                    let pair = if backward { range.prev() } else { range.next() };
                    let Some((key, value)) = pair.unwrap() else {
                        break;
                    };
                    pairs.push((key.to_vec(), value.to_vec()));
                }
                if backward {
                    pairs.reverse();
                }
                pairs
            };
            let first = scan(false);
            assert!(first.is_sorted(), "a scan is not in order");
            assert_eq!(first, scan(true), "backward is not forward");
            thread::yield_now();
            assert_eq!(first, scan(false), "a snapshot changed");
            let value = |key: &[u8]| {
                let at = first
                    .binary_search_by(|(k, _)| k.as_slice().cmp(key))
                    .ok()?;
                Some(number(&first[at].1))
            };
            for writer in 0..self.writers {
                let n = value(&group_key(writer, 0));
                for place in 1..GROUP {
                    assert_eq!(
                        value(&group_key(writer, place)),
                        n,
                        "a batch is seen in part"
                    );
                }
                let Some(n) = n else {
                    continue;
                };
                assert!(n >= before[writer as usize]);
                let got = self.store.get_at(&snapshot, &group_key(writer, 2)).unwrap();
                assert_eq!(got.as_deref().map(number), Some(n));
                // The last fifty of its own keys and no others.
                let own = first
                    .iter()
                    .filter(|(key, _)| key.starts_with(format!("own{writer}/").as_bytes()));
                assert_eq!(own.count() as u64, n.min(50));
            }
        }
    }

    fn step(&self, budget: u64) {
        while self.goes_on() {
            if self.store.step(budget).unwrap() == Step::Idle {
                thread::yield_now();
            }
        }
    }

    /// Compacts, flushes and takes checkpoints all the time.
    fn disturb(&self) {
        let mut copies = 0;
        while self.goes_on() {
            self.store.compact(b"group2", Some(b"own1/")).unwrap();
            self.store.flush().unwrap();
            copies += 1;
            if copies % 4 == 1 {
                self.store.checkpoint(&format!("copy{copies}")).unwrap();
            }
            self.store.compact(b"", None).unwrap();
            thread::sleep(Duration::from_millis(3));
        }
    }

    /// Everything is there in the end.
    fn check(&self, writes: u64) {
        let store = &self.store;
        for writer in 0..self.writers {
            for place in 0..GROUP {
                let value = store.get(&group_key(writer, place)).unwrap();
                assert_eq!(value.as_deref().map(number), Some(writes));
            }
            for n in writes.saturating_sub(49).max(1)..=writes {
                assert!(
                    store.get(&own_key(writer, n)).unwrap().is_some(),
                    "own key {n} of {writer}"
                );
            }
        }
        assert_eq!(
            store.verify(|_, _| true).unwrap().damage,
            Vec::<String>::new()
        );
    }
}

/// Ends the other threads when it goes, panic or not.
struct Done<'a>(&'a AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

#[test]
fn writers_readers_and_upkeep_do_not_disturb_one_another() {
    let watch = Watch::start();
    let writes = count(400, 6_000);
    let disk = MemoryDisk::new();
    let clock = Arc::new(ManualClock::default());
    let options = Options {
        memtable_bytes: 16 << 10,
        ..tiny(&clock)
    };
    let shared = Shared::new(slow(&disk), options.clone(), 4);
    thread::scope(|scope| {
        let shared = &*shared;
        scope.spawn(|| shared.read_groups());
        scope.spawn(|| shared.scan());
        scope.spawn(|| shared.step(500));
        scope.spawn(|| shared.step(20_000));
        scope.spawn(|| shared.disturb());
        let _done = Done(&shared.done);
        thread::scope(|scope| {
            for writer in 0..shared.writers {
                scope.spawn(move || shared.write(writer, writes));
            }
        });
    });
    shared.check(writes);
    let stats = shared.store.stats();
    assert!(stats.flushes > 5 && stats.compactions > 5, "{stats:?}");
    shared.store.close().unwrap();
    drop(shared);
    let reopened = Shared::new(Arc::new(disk), options, 4);
    reopened.check(writes);
    println!(
        "4 writers, {writes} batches each: {} flushes, {} merges, {} log syncs, in {:.1} s",
        stats.flushes,
        stats.compactions,
        stats.log_syncs,
        watch.seconds()
    );
}

#[test]
fn writers_that_sync_at_once_share_their_syncs() {
    let writes = count(200, 2_000);
    let store = Store::open(slow(&MemoryDisk::new()), Options::small()).unwrap();
    thread::scope(|scope| {
        for writer in 0..8 {
            let store = &store;
            scope.spawn(move || {
                for n in 0..writes {
                    store.put(&own_key(writer, n), b"v").unwrap();
                    assert!(store.get(&own_key(writer, n)).unwrap().is_some());
                }
            });
        }
    });
    let stats = store.stats();
    println!(
        "8 writers: {} writes, {} log syncs",
        stats.writes, stats.log_syncs
    );
    assert_eq!(stats.writes, 8 * writes);
    assert!(
        stats.log_syncs * 2 < stats.writes,
        "{} syncs",
        stats.log_syncs
    );
}

#[test]
fn conditional_writes_of_many_threads_lose_no_increment() {
    let rounds = count(150, 2_000);
    let clock = Arc::new(ManualClock::default());
    let store = Store::open(slow(&MemoryDisk::new()), tiny(&clock)).unwrap();
    store.put(b"counter", &text(0)).unwrap();
    let conflicts = Mutex::new(0);
    thread::scope(|scope| {
        for thread in 0..3 {
            let (store, conflicts) = (&store, &conflicts);
            scope.spawn(move || {
                let durability = if thread == 0 {
                    Durability::Fsync
                } else {
                    Durability::Os
                };
                for _ in 0..rounds {
                    loop {
                        let before = store.get(b"counter").unwrap().unwrap();
                        let mut batch = WriteBatch::new();
                        batch.put("counter", text(number(&before) + 1));
                        let same = [Condition::Equals("counter".into(), before)];
                        match store.write_if(&same, &batch, durability) {
                            Ok(_) => break,
                            Err(kvorum::Error::Conflict { .. }) => {
                                *conflicts.lock().unwrap() += 1;
                                thread::yield_now();
                            }
                            Err(why) => panic!("{why}"),
                        }
                    }
                }
            });
        }
    });
    let sum = store.get(b"counter").unwrap().unwrap();
    assert_eq!(number(&sum), 3 * rounds);
    println!(
        "{} increments, {} conflicts",
        3 * rounds,
        conflicts.lock().unwrap()
    );
}

#[test]
fn nobody_sees_a_write_that_a_power_cut_could_take_back() {
    let gate = Arc::new(Gate::default());
    let disk = gate.before(Arc::new(MemoryDisk::new()));
    let store = Store::open(disk, Options::small()).unwrap();
    store.put(b"old", b"v").unwrap();
    let before = store.visible();
    gate.close();
    thread::scope(|scope| {
        let _open = Opens(&gate);
        let first = scope.spawn(|| {
            store
                .put_with(b"promised", b"v", Durability::Fsync)
                .unwrap()
        });
        until(|| gate.waiting.load(Ordering::Acquire) == 1);
        // A write that asks for less comes behind it in the order, so it is not seen before it either.
        let second = scope.spawn(|| store.put_with(b"promised", b"w", Durability::Os).unwrap());
        until(|| store.stats().writes == 3);
        thread::sleep(Duration::from_millis(20));
        assert!(!first.is_finished() && !second.is_finished());
        assert_eq!(store.visible(), before);
        assert_eq!(store.get(b"promised"), Ok(None));
        gate.open();
        assert_eq!(
            (first.join().unwrap(), second.join().unwrap()),
            (before + 1, before + 2)
        );
    });
    assert_eq!(
        store.get(b"promised").unwrap().as_deref(),
        Some(b"w".as_slice())
    );
}

#[test]
fn a_write_that_is_in_the_log_does_not_fail_for_a_later_one_that_has_no_room() {
    let gate = Arc::new(Gate::default());
    let memory = MemoryDisk::new();
    let full = FaultDisk::over_memory(&memory);
    let store = Store::open(gate.before(Arc::new(full.clone())), Options::small()).unwrap();
    gate.close();
    thread::scope(|scope| {
        let _open = Opens(&gate);
        let first = scope.spawn(|| store.put_with(b"first", b"v", Durability::Fsync));
        until(|| gate.waiting.load(Ordering::Acquire) == 1);
        let second = scope.spawn(|| store.put_with(b"second", b"v", Durability::Fsync));
        until(|| store.stats().writes == 2);
        let third = scope.spawn(|| store.put_with(b"third", b"v", Durability::Memory));
        until(|| store.stats().writes == 3);
        full.limit_room(0);
        gate.open();
        let outcomes = [first, second, third].map(|write| write.join().unwrap());
        assert_eq!(outcomes, [Ok(1), Ok(2), Ok(3)]);
    });
    assert!(matches!(store.sync(), Err(kvorum::Error::DiskFull { .. })));
    full.free_space();
    store.sync().unwrap();
    drop(store);
    let store = Store::open(Arc::new(memory), Options::small()).unwrap();
    for key in [b"first".as_slice(), b"second", b"third"] {
        assert!(store.get(key).unwrap().is_some());
    }
}
