//! A store on a disk that fails: calls that answer an error, reads that give little or the wrong bits, no room, syncs that
//! fail or lie. No acknowledged write is lost, no wrong value is read, nothing panics, and what was wrong is said.
//!
//! `FULL=1` strikes every call; without it a stride is taken. `SEED=` draws another workload.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod store_support;

use std::sync::Arc;

use kvorum::base::rng::Rng;
use kvorum::base::time::Wall;
use kvorum::storage::{Durability, ManualClock, Store};
use kvorum::vfs::{Call, Calls, Fault, FaultDisk, MemoryDisk, Vfs, When};
use kvorum::{Code, Error};
use store_support::*;

const ACTIONS: usize = 400;

/// A store on a disk that will fail, and its ledger.
struct Patient {
    memory: MemoryDisk,
    disk: FaultDisk,
    clock: Arc<ManualClock>,
    ledger: Ledger,
    store: Store,
}

impl Patient {
    /// A store on `disk`, whose plans may strike already while it is opened.
    fn open(memory: &MemoryDisk, disk: &FaultDisk) -> Result<Self, Error> {
        let clock = Arc::new(ManualClock::default());
        Ok(Self {
            store: Store::open(Arc::new(disk.clone()), tiny(&clock))?,
            memory: memory.clone(),
            disk: disk.clone(),
            clock,
            ledger: Ledger::default(),
        })
    }

    /// A store on a good disk.
    fn healthy() -> Self {
        let memory = MemoryDisk::new();
        let disk = FaultDisk::over_memory(&memory);
        Self::open(&memory, &disk).unwrap()
    }

    fn run(&mut self, actions: &[Action]) -> Vec<Error> {
        self.ledger
            .run(actions, &self.store, &self.clock, OnError::GoOn)
    }

    /// The disk is well again. What the store reads is right; it either works, or says that it does not.
    fn after_the_fault(&mut self) -> Result<(), String> {
        self.disk.heal();
        self.reads()?;
        let changes = [Change::Put(key(3), b"after the fault".to_vec())];
        let poisoned = self.store.stats().poisoned;
        match self.ledger.write(&self.store, &changes, Durability::Fsync) {
            Ok(()) if poisoned => Err("a poisoned store takes a write".into()),
            Ok(()) => {
                self.store
                    .flush()
                    .map_err(|why| format!("flush on a good disk: {why}"))?;
                self.store
                    .settle()
                    .map_err(|why| format!("settle on a good disk: {why}"))?;
                self.reads()
            }
            Err(Error::Io { detail }) if poisoned && detail.contains("open it again") => {
                self.refuses_everything_that_writes()
            }
            Err(why) => Err(format!("poisoned: {poisoned}, and a write gives: {why}")),
        }
    }

    fn refuses_everything_that_writes(&self) -> Result<(), String> {
        let refusals = [
            ("sync", self.store.sync()),
            ("flush", self.store.flush()),
            ("step", self.store.step(1).map(|_| ())),
            ("compact", self.store.compact(b"", None)),
            ("checkpoint", self.store.checkpoint("copy")),
            ("close", self.store.close()),
        ];
        for (what, outcome) in refusals {
            if !matches!(outcome, Err(Error::Io { .. })) {
                return Err(format!("a poisoned store answers {what} with {outcome:?}"));
            }
        }
        Ok(())
    }

    fn reads(&self) -> Result<(), String> {
        let (count, refused) = self.ledger.prefix_or_refused(&self.store)?;
        if let Some(why) = refused {
            return Err(format!("a read on a good disk: {why}"));
        }
        if count < self.ledger.promised {
            return Err(format!(
                "{count} of {} promised writes are visible",
                self.ledger.promised
            ));
        }
        Ok(())
    }

    /// What the next store finds: after the end of the process, or after a power cut that leaves `crash`.
    fn reopened(self, crash: Option<kvorum::vfs::Crash>, rng: &mut Rng) -> Result<(), String> {
        let Self {
            memory,
            disk,
            mut ledger,
            store,
            ..
        } = self;
        disk.heal();
        match crash {
            None => ledger.promised = ledger.promised.max(ledger.handed_over),
            Some(crash) => memory.crash_with(crash, rng),
        }
        drop(store);
        let (store, _) =
            open_tiny(Arc::new(memory), ledger.now_ms).map_err(|why| format!("open: {why}"))?;
        ledger.prefix(&store)?;
        let damage = store
            .verify(|_, _| true)
            .map_err(|why| why.to_string())?
            .damage;
        if damage.is_empty() {
            Ok(())
        } else {
            Err(format!("{damage:?}"))
        }
    }
}

/// How many calls of these kinds the workload makes on a good disk.
fn calls(actions: &[Action], calls: Calls) -> u64 {
    let mut patient = Patient::healthy();
    assert_eq!(patient.run(actions), []);
    patient.disk.calls(calls)
}

/// Codes that a disk may cause.
fn is_clear(error: &Error) -> bool {
    matches!(error.code(), Code::Io | Code::DiskFull | Code::Corruption)
        && !error.to_string().is_empty()
}

/// Runs the workload into `fault` and looks at everything afterwards. `dropped` says whether a failed sync takes with
/// it what it should have written.
fn strike(
    actions: &[Action],
    fault: Fault,
    kinds: Calls,
    when: When,
    dropped: bool,
    crash: Option<kvorum::vfs::Crash>,
) -> Result<(), String> {
    let memory = MemoryDisk::new();
    let disk = if dropped {
        FaultDisk::over_memory(&memory)
    } else {
        FaultDisk::new(Arc::new(memory.clone()))
    };
    disk.fail(fault, kinds, when);
    let mut rng = Rng::from_seed(7);
    let mut patient = match Patient::open(&memory, &disk) {
        Ok(patient) => patient,
        Err(why) if is_clear(&why) => {
            disk.heal();
            let (store, _) =
                open_tiny(Arc::new(disk), 0).map_err(|why| format!("open again: {why}"))?;
            return Ledger::default().prefix(&store).map(|_| ());
        }
        Err(why) => return Err(format!("open: {why}")),
    };
    let errors = patient.run(actions);
    if let Some(unclear) = errors.iter().find(|error| !is_clear(error)) {
        return Err(format!("an error that says nothing of the disk: {unclear}"));
    }
    patient.after_the_fault()?;
    patient.reopened(crash, &mut rng)
}

#[test]
fn a_call_that_fails_loses_no_acknowledged_write() {
    let watch = Watch::start();
    let seed = seed(2);
    let actions = workload(seed, ACTIONS);
    let all = calls(&actions, Calls::All);
    let stride = count(11, 1) as usize;
    let mut points = 0;
    for nth in (1..=all + 20).step_by(stride) {
        for (number, crash) in [None, Some(worst()), ways().nth(nth as usize % 16)]
            .into_iter()
            .enumerate()
        {
            if !full() && number != nth as usize % 3 {
                continue;
            }
            for dropped in [true, false] {
                let struck = strike(
                    &actions,
                    Fault::Io,
                    Calls::All,
                    When::Nth(nth),
                    dropped,
                    crash,
                );
                if let Err(why) = struck {
                    panic!(
                        "SEED={seed}, call {nth} fails (a failed sync drops: {dropped}), then {crash:?}: {why}"
                    );
                }
                points += 1;
            }
        }
    }
    println!(
        "{points} failed calls, of {all}, in {:.1} s",
        watch.seconds()
    );
}

#[test]
fn a_disk_that_fails_for_good_loses_no_acknowledged_write() {
    let seed = seed(3);
    let actions = workload(seed, ACTIONS);
    for kind in Call::ALL {
        let all = calls(&actions, Calls::Of(kind));
        for nth in (1..=all).step_by((all as usize / count(6, 60) as usize).max(1)) {
            let struck = strike(
                &actions,
                Fault::Io,
                Calls::Of(kind),
                When::From(nth),
                true,
                Some(worst()),
            );
            if let Err(why) = struck {
                panic!("SEED={seed}, every {kind:?} from {nth} on fails: {why}");
            }
        }
    }
}

#[test]
fn short_reads_change_nothing() {
    let seed = seed(4);
    let actions = workload(seed, ACTIONS);
    for when in [When::From(1), When::Nth(10), When::Nth(77), When::From(100)] {
        let memory = MemoryDisk::new();
        let disk = FaultDisk::over_memory(&memory);
        disk.fail(Fault::ShortRead, Calls::All, when);
        let mut patient = Patient::open(&memory, &disk).unwrap();
        assert_eq!(patient.run(&actions), [], "SEED={seed}");
        assert_eq!(patient.reads(), Ok(()), "SEED={seed}");
        drop(patient.store);
        let (store, _) = open_tiny(Arc::new(disk), patient.ledger.now_ms).unwrap();
        patient.ledger.prefix(&store).unwrap();
    }
}

#[test]
fn a_bit_that_flips_under_way_gives_an_error_and_no_wrong_value() {
    let watch = Watch::start();
    let seed = seed(5);
    let actions = workload(seed, ACTIONS);
    let reads = calls(&actions, Calls::Of(Call::ReadAt));
    let mut points = 0;
    for nth in (1..=reads + 300).step_by(count(17, 1) as usize) {
        let fault = Fault::FlipBit(nth.wrapping_mul(0x9E37_79B9) >> 3);
        let mut patient = Patient::healthy();
        patient.disk.fail(fault, Calls::All, When::Nth(nth));
        let errors = patient.run(&actions);
        let unclear = errors.iter().find(|error| !is_clear(error));
        assert_eq!(unclear, None, "SEED={seed}, read {nth}");
        // The flip may still be to come: then it strikes one of these reads.
        if let Err(why) = patient.ledger.prefix_or_refused(&patient.store) {
            panic!("SEED={seed}, bit flipped in read {nth}: {why}");
        }
        patient.disk.heal();
        if let Err(why) = patient.reopened(None, &mut Rng::from_seed(nth)) {
            panic!("SEED={seed}, bit flipped in read {nth}, reopened: {why}");
        }
        points += 1;
    }
    println!(
        "{points} flipped bits in {reads} reads, in {:.1} s",
        watch.seconds()
    );
}

/// A store that has run full: its reads go on, its writes are refused, and freed space revives it.
fn starve(actions: &[Action], plan: impl Fn(&FaultDisk)) -> Result<bool, String> {
    let mut patient = Patient::healthy();
    plan(&patient.disk);
    let mut was_full = false;
    let mut snapshot = None;
    for action in actions {
        let one = core::slice::from_ref(action);
        for error in patient
            .ledger
            .run(one, &patient.store, &patient.clock, OnError::GoOn)
        {
            if error.code() != Code::DiskFull {
                return Err(format!("{action:?} on a full disk gives: {error}"));
            }
            if !was_full {
                patient
                    .reads()
                    .map_err(|why| format!("once it is full: {why}"))?;
                snapshot = patient.store.snapshot().ok();
            }
            was_full = true;
        }
    }
    if patient.store.stats().poisoned {
        return Err("a full disk poisons the store".into());
    }
    patient
        .reads()
        .map_err(|why| format!("on the full disk: {why}"))?;
    patient.disk.free_space();
    drop(snapshot);
    let changes = [Change::Put(key(5), b"there is room again".to_vec())];
    let outcome = patient
        .ledger
        .write(&patient.store, &changes, Durability::Fsync);
    outcome.map_err(|why| format!("a write once there is room: {why}"))?;
    patient
        .store
        .flush()
        .map_err(|why| format!("a flush once there is room: {why}"))?;
    patient
        .store
        .compact(b"", None)
        .map_err(|why| format!("a merge once there is room: {why}"))?;
    patient
        .reads()
        .map_err(|why| format!("once there is room: {why}"))?;
    patient.reopened(Some(worst()), &mut Rng::from_seed(1))?;
    Ok(was_full)
}

#[test]
fn a_full_disk_refuses_writes_and_comes_back_without_reopening() {
    let watch = Watch::start();
    let seed = seed(6);
    let actions = workload(seed, ACTIONS);
    let mut patient = Patient::healthy();
    let before = patient.disk.bytes_written();
    assert_eq!(patient.run(&actions), []);
    let bytes = patient.disk.bytes_written() - before;
    let (mut points, mut starved) = (0, 0);
    let step = (bytes / count(100, 2_000)).max(1);
    for room in (0..bytes).step_by(step as usize) {
        match starve(&actions, |disk| disk.limit_room(room)) {
            Ok(was_full) => starved += u64::from(was_full),
            Err(why) => panic!("SEED={seed}, room for {room} bytes: {why}"),
        }
        points += 1;
    }
    assert!(starved > points / 2);
    println!(
        "{points} disks of up to {bytes} bytes, in {:.1} s",
        watch.seconds()
    );
}

#[test]
fn a_write_that_finds_no_room_once_is_refused_and_the_next_is_not() {
    let watch = Watch::start();
    let seed = seed(7);
    let actions = workload(seed, ACTIONS);
    let sites = [Call::Create, Call::Append, Call::WriteAt, Call::Link];
    let all: u64 = sites
        .iter()
        .map(|site| calls(&actions, Calls::Of(*site)))
        .sum();
    let mut points = 0;
    for nth in (1..=all).step_by(count(13, 1) as usize) {
        for once in [true, false] {
            let when = if once {
                When::Nth(nth)
            } else {
                When::From(nth)
            };
            if let Err(why) = starve(&actions, |disk| disk.fail(Fault::Full, Calls::All, when)) {
                panic!("SEED={seed}, no room at {when:?}: {why}");
            }
            points += 1;
        }
    }
    println!(
        "{points} sites without room, of {all}, in {:.1} s",
        watch.seconds()
    );
}

#[test]
fn a_log_sync_that_fails_poisons_the_store_and_says_so() {
    let mut patient = Patient::healthy();
    let put = |n: u64| [Change::Put(key(n), b"v".to_vec())];
    patient
        .ledger
        .write(&patient.store, &put(1), Durability::Fsync)
        .unwrap();
    patient
        .disk
        .fail(Fault::Io, Calls::Of(Call::Sync), When::Nth(1));
    let refused = patient
        .ledger
        .write(&patient.store, &put(2), Durability::Fsync)
        .unwrap_err();
    assert!(refused.to_string().contains("open it again"), "{refused}");
    assert_eq!(
        patient.store.get(&key(2)),
        Ok(None),
        "nobody was promised it, so nobody sees it"
    );
    for durability in [Durability::Memory, Durability::Os, Durability::Fsync] {
        let refused = patient
            .ledger
            .write(&patient.store, &put(3), durability)
            .unwrap_err();
        assert!(refused.to_string().contains("open it again"), "{refused}");
    }
    assert!(patient.store.stats().poisoned);
    patient.after_the_fault().unwrap();
    patient
        .reopened(Some(worst()), &mut Rng::from_seed(1))
        .unwrap();
}

/// The edit may be on the disk although its sync failed, so the tables that it names must stay.
#[test]
fn a_failed_sync_that_reached_the_disk_loses_nothing() {
    let seed = seed(10);
    let actions = workload(seed, ACTIONS);
    for nth in 1..=calls(&actions, Calls::Of(Call::Sync)) {
        let kind = Calls::Of(Call::Sync);
        if let Err(why) = strike(&actions, Fault::Io, kind, When::Nth(nth), false, None) {
            panic!("SEED={seed}, sync {nth} fails and was done: {why}");
        }
    }
}

#[test]
fn a_failed_sync_of_the_folder_poisons_the_store() {
    let seed = seed(8);
    let actions = workload(seed, ACTIONS);
    let syncs = calls(&actions, Calls::Of(Call::SyncDir));
    for nth in 1..=syncs {
        for crash in [Some(worst()), None] {
            let kind = Calls::Of(Call::SyncDir);
            if let Err(why) = strike(&actions, Fault::Io, kind, When::Nth(nth), true, crash) {
                panic!("SEED={seed}, sync {nth} of the folder fails, then {crash:?}: {why}");
            }
        }
    }
}

#[test]
fn a_disk_that_lies_about_syncs_leaves_a_prefix_or_damage_that_is_seen() {
    let watch = Watch::start();
    let seed = seed(9);
    let actions = workload(seed, ACTIONS);
    let syncs = calls(&actions, Calls::Of(Call::Sync));
    let (mut whole, mut refused, mut partly) = (0_u32, 0_u32, 0_u32);
    for (number, from) in (1..=syncs).step_by(count(23, 1) as usize).enumerate() {
        // The lie begins somewhere, and the power goes somewhere after.
        for (share, crash) in ways()
            .enumerate()
            .filter(|(way, _)| full() || way % 4 == number % 4)
        {
            let end = actions.len() * (share % 4 + 1) / 4;
            let mut patient = Patient::healthy();
            patient.disk.fail(Fault::Lie, Calls::All, When::From(from));
            let errors = patient.run(&actions[..end]);
            assert_eq!(errors, [], "a lie is not noticed");
            let Patient {
                memory,
                ledger,
                store,
                ..
            } = patient;
            memory.crash_with(crash, &mut Rng::from_seed(from));
            drop(store);
            let clock = Arc::new(ManualClock::default());
            clock.set(Wall(ledger.now_ms));
            match Store::open(Arc::new(memory.clone()), tiny(&clock)) {
                Err(Error::Corruption { .. }) => refused += 1,
                Err(why) => panic!("SEED={seed}, lies from {from}: {why}"),
                Ok(store) => match ledger.prefix_or_refused(&store) {
                    Ok((_, None)) => whole += 1,
                    Ok((_, Some(Error::Corruption { .. }))) => partly += 1,
                    other => {
                        panic!("SEED={seed}, lies from sync {from}, then {crash:?}: {other:?}")
                    }
                },
            }
        }
    }
    println!(
        "lies: {whole} prefixes, {refused} stores and {partly} tables refused as damaged, in {:.1} s",
        watch.seconds()
    );
}

/// A table whose name waits for a sync of the folder loses it to one that fails for a log segment.
#[test]
fn a_failed_sync_of_the_folder_takes_the_names_of_others_with_it() {
    let mut patient = Patient::healthy();
    let mut number = 0;
    let mut write = |patient: &mut Patient| {
        number += 1;
        let put = [Change::Put(key(number % 40), vec![b'v'; 100])];
        patient
            .ledger
            .write(&patient.store, &put, Durability::Fsync)
    };
    while patient.store.stats().memtables_sealed == 0 {
        write(&mut patient).unwrap();
    }
    // A flush begins its table and is parked.
    patient.store.step(1).unwrap();
    let names = patient.disk.list().unwrap();
    assert!(names.iter().any(|name| name.ends_with(".kvt")), "{names:?}");
    patient
        .disk
        .fail(Fault::Io, Calls::Of(Call::SyncDir), When::Nth(1));
    let refused = loop {
        if let Err(why) = write(&mut patient) {
            break why;
        }
    };
    assert_eq!(refused.code(), Code::Io);
    // Where the flush went on, the manifest would name a table without a name, and the log would go.
    assert!(patient.store.settle().is_err());
    patient
        .reopened(Some(worst()), &mut Rng::from_seed(1))
        .unwrap();
}
