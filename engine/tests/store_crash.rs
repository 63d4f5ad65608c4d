//! A store whose power is cut at every call to its disk. After each cut every write that was acknowledged at
//! `fsync` is there, and what is there is a prefix of the order of writes.
//!
//! `FULL=1` cuts at every call, in every way; without it a stride is taken. `SEED=` draws another workload and other
//! crashes, `POINT=` replays one cut of it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod store_support;

use std::sync::Arc;

use kvorum::base::rng::Rng;
use kvorum::base::time::Wall;
use kvorum::storage::wal::Ahead;
use kvorum::storage::{Durability, ManualClock, Options, Store};
use kvorum::vfs::{Calls, Crash, Fault, FaultDisk, MemoryDisk, Names, Unsynced, Vfs, When};
use store_support::*;

const ACTIONS: usize = 620;

/// One cut: where, and what it leaves.
#[derive(Clone, Copy, Debug)]
struct Cut {
    seed: u64,
    point: u64,
    crash: Crash,
    ahead: Ahead,
}

impl Cut {
    fn options(&self, clock: &Arc<ManualClock>) -> Options {
        Options {
            log_ahead: self.ahead,
            ..tiny(clock)
        }
    }

    fn rng(&self) -> Rng {
        Rng::from_seed(self.seed ^ self.point.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    /// Runs the workload into the cut. Whether the power was cut before it ended.
    fn run(&self, actions: &[Action]) -> (MemoryDisk, Ledger, bool) {
        let memory = MemoryDisk::new();
        let disk = FaultDisk::over_memory(&memory);
        disk.fail(Fault::PowerLoss, Calls::Changing, When::Nth(self.point));
        let clock = Arc::new(ManualClock::default());
        let mut ledger = Ledger::default();
        let opened = Store::open(Arc::new(disk.clone()), self.options(&clock));
        if let Ok(store) = &opened {
            let errors = ledger.run(actions, store, &clock, OnError::Stop);
            // The last calls may be ones whose failure does not matter, such as removing what is obsolete.
            assert!(errors.is_empty() || disk.is_down(), "{errors:?}");
        }
        memory.crash_with(self.crash, &mut self.rng());
        drop(opened);
        (memory, ledger, disk.is_down())
    }

    fn open(&self, vfs: Arc<dyn Vfs>, now_ms: u64) -> Result<Store, kvorum::Error> {
        let clock = Arc::new(ManualClock::default());
        clock.set(Wall(now_ms));
        Store::open(vfs, self.options(&clock))
    }

    /// Opens what is left, twice, and writes to it.
    fn check(&self, memory: &MemoryDisk, ledger: &Ledger) -> Result<(), String> {
        let open = || {
            let store = self.open(Arc::new(memory.clone()), ledger.now_ms);
            store.map_err(|why| format!("open: {why}"))
        };
        let store = open()?;
        let first = ledger.prefix(&store)?;
        if self.crash.unsynced == Unsynced::Percent(100) && self.crash.names == Names::Kept {
            // Nothing was lost but what was still in the process: the same as a kill.
            if first < ledger.handed_over {
                let handed_over = ledger.handed_over;
                return Err(format!(
                    "{first} writes are there, the system was given {handed_over}"
                ));
            }
        }
        // What opening did must itself be crash-proof.
        memory.crash_with(worst(), &mut self.rng());
        drop(store);
        let store = open()?;
        let second = ledger.prefix(&store)?;
        if first != second {
            return Err(format!(
                "{first} writes at the first open, {second} at the second"
            ));
        }
        let damage = store
            .verify(|_, _| true)
            .map_err(|why| format!("verify: {why}"))?
            .damage;
        if !damage.is_empty() {
            return Err(format!("verify: {damage:?}"));
        }
        let mut more = Ledger {
            writes: ledger.writes[..second].to_vec(),
            now_ms: ledger.now_ms,
            ..Ledger::default()
        };
        let changes = vec![
            Change::Put(key(1), b"after".to_vec()),
            Change::Delete(key(2)),
        ];
        store
            .write(&batch(&changes), Durability::Fsync)
            .map_err(|why| format!("a write after the crash: {why}"))?;
        more.writes.push(changes);
        more.promised = more.writes.len();
        if self.point.is_multiple_of(7) {
            store
                .compact(b"", None)
                .map_err(|why| format!("compaction after the crash: {why}"))?;
        }
        memory.crash_with(worst(), &mut self.rng());
        drop(store);
        more.prefix(&open()?).map(|_| ())
    }
}

/// How often the workload meets what is worth a crash.
fn survey(seed: u64, actions: &[Action]) -> u64 {
    let memory = MemoryDisk::new();
    let disk = FaultDisk::over_memory(&memory);
    let clock = Arc::new(ManualClock::default());
    let store = Store::open(Arc::new(disk.clone()), tiny(&clock)).unwrap();
    let mut ledger = Ledger::default();
    let errors = ledger.run(actions, &store, &clock, OnError::Stop);
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(ledger.prefix(&store), Ok(ledger.writes.len()));
    let stats = store.stats();
    let names = disk.list().unwrap();
    println!(
        "SEED={seed}: {} writes, {} flushes, {} merges, {} moves, {} log syncs, {} calls that change the disk; {names:?}",
        ledger.writes.len(),
        stats.flushes,
        stats.compactions,
        stats.tables_moved,
        stats.log_syncs,
        disk.calls(Calls::Changing),
    );
    assert!(stats.flushes > 20 && stats.compactions > 10, "{stats:?}");
    let manifest = names
        .iter()
        .filter(|name| name.ends_with(".kvm"))
        .max()
        .unwrap();
    assert!(
        manifest.as_str() > "000001.kvm",
        "the manifest was never written anew"
    );
    assert!(
        names.iter().any(|name| name.ends_with(".kvr")),
        "no log segment waits to be recycled"
    );
    disk.calls(Calls::Changing)
}

#[test]
fn what_a_power_cut_at_any_call_leaves_is_a_prefix_with_every_promised_write() {
    let watch = Watch::start();
    let seed = seed(1);
    let actions = workload(seed, ACTIONS);
    let calls = survey(seed, &actions);
    let only = number("POINT");
    // A stride that is no multiple of the number of ways takes every way in turn.
    let stride = count(23, 1) as usize;
    let cuts = (1..=calls + 1).flat_map(|point| ways().map(move |crash| (point, crash)));
    let cuts = cuts.enumerate().filter(|(number, (point, _))| {
        only.map_or(number.is_multiple_of(stride), |only| *point == only)
    });
    let mut points = 0;
    for (_, (point, crash)) in cuts {
        let cut = Cut {
            seed,
            point,
            crash,
            ahead: Ahead::Nothing,
        };
        let (memory, ledger, was_cut) = cut.run(&actions);
        assert_eq!(was_cut, point <= calls, "a run is the same every time");
        if let Err(why) = cut.check(&memory, &ledger) {
            panic!("SEED={seed} POINT={point}: {why}\n{cut:?}\n{memory:?}");
        }
        points += 1;
    }
    println!(
        "{points} crashes of {} in {:.1} s",
        (calls + 1) * 16,
        watch.seconds()
    );
    assert!(!full() || only.is_some() || points >= 10_000);
}

#[test]
fn a_log_that_is_written_ahead_loses_no_promised_write() {
    let watch = Watch::start();
    let seed = seed(2);
    // Half a megabyte of zeros for every segment: fewer actions will do.
    let actions = workload(seed, 120);
    let mut points = 0;
    'points: for point in (1..).step_by(count(7, 1) as usize) {
        for crash in ways().filter(|crash| full() || (point + way(*crash)).is_multiple_of(8)) {
            let cut = Cut {
                seed,
                point,
                crash,
                ahead: Ahead::Zeros,
            };
            let (memory, ledger, was_cut) = cut.run(&actions);
            if let Err(why) = cut.check(&memory, &ledger) {
                panic!("SEED={seed}, point {point}: {why}\n{cut:?}\n{memory:?}");
            }
            points += 1;
            if !was_cut {
                break 'points;
            }
        }
    }
    println!(
        "{points} crashes of a log written ahead in {:.1} s",
        watch.seconds()
    );
}

/// The number of a way.
fn way(crash: Crash) -> u64 {
    ways().position(|other| other == crash).unwrap() as u64
}

/// A second power cut while the store is opened after the first.
#[test]
fn a_power_cut_while_the_store_recovers_loses_nothing_more() {
    let watch = Watch::start();
    let seed = seed(3);
    let actions = workload(seed, ACTIONS);
    let calls = survey(seed, &actions);
    let mut points = 0;
    for point in (1..=calls).step_by(count(101, 5) as usize) {
        let cut = Cut {
            seed,
            point,
            crash: ways().nth(point as usize % 16).unwrap(),
            ahead: Ahead::Nothing,
        };
        let (memory, mut ledger, _) = cut.run(&actions);
        let files = image(&memory);
        let whole = cut.open(Arc::new(disk_of(&files)), ledger.now_ms).unwrap();
        let wanted = ledger.prefix(&whole).unwrap();
        ledger.promised = wanted;
        ledger.handed_over = wanted;
        for second in 1.. {
            let memory = disk_of(&files);
            let disk = FaultDisk::over_memory(&memory);
            disk.fail(Fault::PowerLoss, Calls::Changing, When::Nth(second));
            let opened = cut.open(Arc::new(disk.clone()), ledger.now_ms);
            let crash = ways().nth((point + second) as usize * 5 % 16).unwrap();
            memory.crash_with(crash, &mut Rng::from_seed(second));
            drop(opened);
            let again = Cut { crash, ..cut };
            if let Err(why) = again.check(&memory, &ledger) {
                panic!(
                    "SEED={seed}: cut at call {point}, then at call {second} of opening: {why}\n{again:?}"
                );
            }
            let store = cut.open(Arc::new(memory), ledger.now_ms).unwrap();
            // `check` wrote one batch more.
            let sequence = ledger.state(wanted).sequence + 2;
            assert_eq!(
                store.visible(),
                sequence,
                "the second cut takes what the first one left"
            );
            points += 1;
            if !disk.is_down() {
                break;
            }
        }
    }
    println!(
        "{points} crashes while opening, in {:.1} s",
        watch.seconds()
    );
}

/// A write to a file that was cut off somewhere inside: what was there before and after it.
struct Torn<'a> {
    name: &'a str,
    before: &'a [u8],
    after: &'a [u8],
}

impl Torn<'_> {
    /// The file after the first `bytes` bytes of it that changed were written.
    fn at(&self, bytes: usize, zeros: bool) -> Vec<u8> {
        let mut torn = self.after[..bytes].to_vec();
        if zeros {
            // The length came to the disk before the bytes.
            torn.resize(self.after.len(), 0);
        }
        if torn.len() < self.before.len() {
            torn.extend_from_slice(&self.before[torn.len()..]);
        }
        torn
    }

    /// From the first byte that changed to the last.
    fn changed(&self) -> core::ops::Range<usize> {
        let same = self
            .before
            .iter()
            .zip(self.after)
            .take_while(|(a, b)| a == b);
        let start = same.count();
        let differs = |at: &usize| self.before.get(*at) != self.after.get(*at);
        let end = (start..self.after.len())
            .rev()
            .find(differs)
            .map_or(start, |last| last + 1);
        start..end
    }
}

/// Of a range up to `count` numbers, from both its ends.
fn ends(range: core::ops::Range<usize>, count: usize) -> impl Iterator<Item = usize> {
    let first = (range.start + count / 2).min(range.end);
    let last = range.end.saturating_sub(count / 2).max(first);
    (range.start..first).chain(last..range.end)
}

/// Writes of the workload to files of each kind are torn at every byte in turn, long ones near both ends.
#[test]
fn a_write_that_is_torn_at_any_byte_is_there_whole_or_not_at_all() {
    let watch = Watch::start();
    let seed = seed(4);
    let actions = workload(seed, ACTIONS);
    let calls = survey(seed, &actions);
    let kinds = [".kvl", ".kvm", ".kvt", ".kvr", ".kvm.new"];
    let mut writes = [0; 5];
    let mut points = [0_u64; 5];
    let writes_max = count(6, 60);
    let offline = |point| {
        let cut = Cut {
            seed,
            point,
            crash: worst(),
            ahead: Ahead::Nothing,
        };
        let memory = MemoryDisk::new();
        let disk = FaultDisk::over_memory(&memory);
        disk.fail(Fault::PowerLoss, Calls::Changing, When::Nth(point));
        let clock = Arc::new(ManualClock::default());
        let mut ledger = Ledger::default();
        if let Ok(store) = Store::open(Arc::new(disk), cut.options(&clock)) {
            ledger.run(&actions, &store, &clock, OnError::Stop);
        }
        (cut, image(&memory), ledger)
    };
    // Where the later writes are, recycled segments are written over.
    let from = count(calls / 3, 1);
    let stride = count(3, 1) as usize;
    for point in (from..calls).step_by(stride) {
        let (cut, before, ledger) = offline(point);
        let (_, after, _) = offline(point + 1);
        let changed = after.iter().find(|(name, bytes)| {
            let old = before.get(*name);
            old.is_some_and(|old| old != *bytes && bytes.len() >= old.len())
        });
        let Some((name, bytes)) = changed else {
            continue;
        };
        let Some(kind) = kinds.iter().position(|kind| name.ends_with(kind)) else {
            panic!("what is '{name}'?");
        };
        if writes[kind] == writes_max {
            continue;
        }
        writes[kind] += 1;
        let torn = Torn {
            name,
            before: &before[name],
            after: bytes,
        };
        for at in ends(torn.changed(), count(40, 300) as usize) {
            for zeros in [false, true] {
                if zeros && torn.after.len() <= torn.before.len() {
                    continue;
                }
                let mut files = before.clone();
                files.insert(name.clone(), torn.at(at, zeros));
                if let Err(why) = cut.check(&disk_of(&files), &ledger) {
                    let Torn { name, after, .. } = torn;
                    panic!(
                        "SEED={seed}, call {point}: '{name}' torn at byte {at} of {} (zeros behind: {zeros}): {why}",
                        after.len()
                    );
                }
                points[kind] += 1;
            }
        }
    }
    println!(
        "torn writes {writes:?} of {kinds:?} at {points:?} bytes, in {:.1} s",
        watch.seconds()
    );
    assert!(writes[..3].iter().all(|writes| *writes > 2));
}
