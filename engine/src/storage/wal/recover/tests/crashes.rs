//! Random lives of a log: appends, syncs, rotations, recycling, crashes; and what every crash must leave.

use proptest::prelude::*;

use super::*;
use crate::base::rng::Rng;
use crate::seeded::cases;
use crate::storage::wal::{SyncHandle, spares};
use crate::vfs::{Call, Calls, Crash, Fault, FaultDisk, Names, Unsynced, When};

/// A log and what its users know of it.
struct Life {
    disk: MemoryDisk,
    rng: Rng,
    ahead: Ahead,
    writer: SegmentWriter,
    /// Segments that are not synced to their end, the writer's last.
    unsynced: Vec<SyncHandle>,
    /// Every batch so far, by its first sequence.
    batches: Batches,
    durable: Sequence,
    /// Everything up to here is in tables, and segments below `from` are obsolete.
    flushed: Sequence,
    from: FileId,
    next_id: FileId,
}

impl Life {
    fn new(seed: u64, ahead: Ahead) -> Self {
        let disk = MemoryDisk::new();
        let first = SegmentOptions {
            ahead,
            ..options(1, 1)
        };
        let writer = SegmentWriter::create(&disk, &first).unwrap();
        Self {
            disk,
            rng: Rng::from_seed(seed),
            ahead,
            unsynced: vec![writer.sync_handle()],
            writer,
            batches: Batches::new(),
            durable: 0,
            flushed: 0,
            from: 1,
            next_id: 2,
        }
    }

    fn append(&mut self) {
        let sequence = self.writer.last_sequence() + 1;
        let mut batch = batch(sequence);
        if self.rng.chance(0.1) {
            batch.put("long", vec![1; self.rng.index(3_000)]);
        }
        let mode = if self.rng.chance(0.5) {
            AppendMode::Buffer
        } else {
            AppendMode::WriteThrough
        };
        let durable = self.durable;
        self.writer
            .append(sequence, batch.len(), batch.payload(), durable, mode)
            .unwrap();
        self.batches.push((sequence, batch.payload().to_vec()));
    }

    fn sync(&mut self) {
        if self.rng.chance(0.8) {
            self.writer.flush_buffer().unwrap();
        }
        let written = self.writer.written_sequence();
        let last = self.unsynced.len() - 1;
        for handle in self.unsynced.drain(..last).collect::<Vec<_>>() {
            handle.sync().unwrap();
        }
        self.unsynced[0].sync().unwrap();
        self.durable = self.durable.max(written);
    }

    fn rotate(&mut self) {
        self.writer.flush_buffer().unwrap();
        let first_sequence = self.writer.last_sequence() + 1;
        let spares = spares(&self.disk).unwrap();
        let next = SegmentOptions {
            id: self.next_id,
            first_sequence,
            durable_sequence: self.durable,
            ahead: self.ahead,
            recycled: spares.first().filter(|_| self.rng.chance(0.7)).cloned(),
        };
        self.next_id += 1;
        self.writer = SegmentWriter::create(&self.disk, &next).unwrap();
        self.unsynced.push(self.writer.sync_handle());
    }

    /// All but the current segment goes to tables, which are synced.
    fn flush(&mut self) {
        self.rotate();
        self.sync();
        self.flushed = self.writer.last_sequence();
        self.durable = self.flushed;
        let obsolete = segments(&self.disk).unwrap();
        self.from = self.writer.id();
        for id in obsolete.into_iter().filter(|id| *id < self.from) {
            retire(&self.disk, id).unwrap();
        }
    }

    /// Cuts the power, recovers, checks, and goes on.
    fn crash(&mut self) {
        let unsynced = match self.rng.below(5) {
            0 => Unsynced::Random,
            part => Unsynced::Percent(((part - 1) * 33) as u8),
        };
        let names = Names::Reordered;
        self.disk
            .crash_with(Crash { unsynced, names }, &mut self.rng);
        let recovered = self.check();
        if self.rng.chance(0.3) {
            // A crash in the middle of the seal.
            let half = recovered.segments.len() / 2;
            let mut first_half = recovered.clone();
            first_half.segments.drain(..half);
            seal(&self.disk, &first_half).unwrap();
            let names = Names::Reordered;
            self.disk
                .crash_with(Crash { unsynced, names }, &mut self.rng);
            let again = self.check();
            assert_eq!(again.last_sequence, recovered.last_sequence);
        }
        seal(&self.disk, &recovered).unwrap();
        self.durable = recovered.last_sequence;
        self.batches
            .retain(|(sequence, _)| *sequence <= recovered.last_sequence);
        let next = SegmentOptions {
            durable_sequence: self.durable,
            ahead: self.ahead,
            ..options(self.next_id, recovered.last_sequence + 1)
        };
        self.next_id += 1;
        self.writer = SegmentWriter::create(&self.disk, &next).unwrap();
        self.unsynced = vec![self.writer.sync_handle()];
    }

    /// What is there is a prefix of the batches and holds every durable one.
    fn check(&self) -> Recovered {
        let recovery = Recovery {
            from: self.from,
            flushed_sequence: self.flushed,
            ..Recovery::default()
        };
        let (found, recovered) = read_with(&self.disk, recovery);
        let recovered = recovered.unwrap();
        let expected = self
            .batches
            .iter()
            .filter(|(sequence, _)| *sequence > self.flushed);
        let found = found
            .iter()
            .filter(|(sequence, _)| *sequence > self.flushed);
        let found: Vec<_> = found.collect();
        let expected: Vec<_> = expected.take(found.len()).collect();
        assert!(found == expected, "what is there is a prefix");
        assert!(
            recovered.last_sequence >= self.durable,
            "write {} was durable, the log ends at {}",
            self.durable,
            recovered.last_sequence
        );
        recovered
    }

    fn close_and_open(&mut self) {
        self.writer.close().unwrap();
        self.sync();
        assert!(self.check().closed);
        self.rotate();
    }
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn every_crash_leaves_a_prefix_that_holds_what_was_synced(
        seed in any::<u64>(),
        zeros in any::<bool>(),
        steps in prop::collection::vec(0_u8..40, 1..60),
    ) {
        let ahead = if zeros { Ahead::Zeros } else { Ahead::Nothing };
        let mut life = Life::new(seed, ahead);
        for step in steps {
            match step {
                0..=3 => life.sync(),
                4..=6 => life.rotate(),
                7..=8 => life.flush(),
                9..=13 => life.crash(),
                14 => life.close_and_open(),
                _ => life.append(),
            }
        }
        life.crash();
    }
}

#[test]
fn frames_that_a_disk_wrote_out_of_order_are_dropped_with_what_is_missing_before_them() {
    let mut partial = 0;
    for seed in 0..60 {
        let mut life = Life::new(seed, Ahead::Zeros);
        (0..3).for_each(|_| life.append());
        life.writer.flush_buffer().unwrap();
        life.sync();
        for _ in 0..60 {
            life.append();
        }
        life.writer.flush_buffer().unwrap();
        let batches = life.batches.len();
        let before = life.writer.id();
        life.disk.crash_with(
            Crash {
                unsynced: Unsynced::Percent(50),
                names: Names::Kept,
            },
            &mut life.rng,
        );
        let recovered = life.check();
        if recovered.frames < batches as u64 && recovered.torn_bytes > 1_000 {
            partial += 1;
        }
        let torn = recovered.torn.expect("half of the sectors are lost");
        assert_eq!(torn.segment, before);
    }
    assert!(partial > 30, "{partial}: some later frames stood whole");
}

/// What the users of a workload know.
#[derive(Default)]
struct Known {
    durable: Sequence,
    /// What a manifest says: where the log begins, and up to where the writes are in tables.
    recovery: Recovery,
}

/// Rounds of appends, syncs and rotations.
fn workload(disk: &dyn Vfs, known: &mut Known) -> Result<()> {
    let mut next = 1;
    for id in 1..=3 {
        let segment = SegmentOptions {
            durable_sequence: known.durable,
            ahead: Ahead::Zeros,
            recycled: spares(disk)?.into_iter().next(),
            ..options(id, next)
        };
        let mut writer = SegmentWriter::create(disk, &segment)?;
        if id == 2 {
            // As if everything had gone to tables.
            known.recovery.from = 2;
            known.recovery.flushed_sequence = next - 1;
            retire(disk, 1)?;
        }
        for _ in 0..4 {
            let batch = batch(next);
            let mode = AppendMode::WriteThrough;
            writer.append(next, batch.len(), batch.payload(), known.durable, mode)?;
            next = writer.last_sequence() + 1;
            writer.sync_handle().sync()?;
            known.durable = next - 1;
        }
        if id == 2 {
            for _ in 0..30 {
                let batch = batch(next);
                let mode = AppendMode::Buffer;
                writer.append(next, batch.len(), batch.payload(), known.durable, mode)?;
                next = writer.last_sequence() + 1;
            }
            writer.close()?;
            known.durable = next - 1;
        }
    }
    Ok(())
}

#[test]
fn the_power_may_go_at_any_call() {
    let parts = [0, 25, 50, 100].map(Unsynced::Percent);
    let mut points = 0;
    for unsynced in parts.into_iter().chain([Unsynced::Random]) {
        for point in 1.. {
            let memory = MemoryDisk::new();
            let disk = FaultDisk::over_memory(&memory);
            disk.fail(Fault::PowerLoss, Calls::Changing, When::Nth(point));
            let mut known = Known::default();
            let outcome = workload(&disk, &mut known);
            let names = Names::Reordered;
            let mut rng = Rng::from_seed(point);
            memory.crash_with(Crash { unsynced, names }, &mut rng);
            let (_, recovered) = read_with(&memory, known.recovery);
            let recovered = recovered.unwrap();
            assert!(recovered.last_sequence >= known.durable, "point {point}");
            seal(&memory, &recovered).unwrap();
            points += 1;
            if outcome.is_ok() {
                break;
            }
        }
    }
    assert!(points > 200, "{points}");
}

#[test]
fn a_refused_write_leaves_the_log_at_work_wherever_it_is_refused() {
    for fault in [Fault::Io, Fault::Full] {
        for point in 1.. {
            let memory = MemoryDisk::new();
            let disk = FaultDisk::over_memory(&memory);
            let with = SegmentOptions {
                ahead: Ahead::Zeros,
                ..options(1, 1)
            };
            let mut writer = SegmentWriter::create(&disk, &with).unwrap();
            disk.fail(fault, Calls::Of(Call::WriteAt), When::Nth(point));
            let mut refused = 0;
            while writer.last_sequence() < 40 {
                let next = writer.last_sequence() + 1;
                let batch = batch(next);
                let mode = if next.is_multiple_of(4) {
                    AppendMode::WriteThrough
                } else {
                    AppendMode::Buffer
                };
                let appended = writer.append(next, batch.len(), batch.payload(), 0, mode);
                refused += u64::from(appended.is_err());
            }
            while writer.close().is_err() {
                refused += 1;
            }
            let (found, recovered) = read(&memory);
            let recovered = recovered.unwrap();
            assert_eq!(recovered.last_sequence, writer.last_sequence());
            assert!(
                recovered.closed && found.iter().all(|(n, bytes)| bytes == batch(*n).payload())
            );
            if disk.strikes() == 0 {
                assert!(point > 5);
                break;
            }
            assert_eq!(refused, disk.strikes(), "point {point}");
        }
    }
}

#[test]
fn the_power_may_go_in_the_middle_of_a_close() {
    for seed in 0..100 {
        let memory = MemoryDisk::new();
        let disk = FaultDisk::over_memory(&memory);
        let with = SegmentOptions {
            ahead: Ahead::Zeros,
            ..options(1, 1)
        };
        let mut writer = SegmentWriter::create(&disk, &with).unwrap();
        while writer.bytes() < 1_500 {
            let next = writer.last_sequence() + 1;
            let batch = batch(next);
            let mode = AppendMode::Buffer;
            writer
                .append(next, batch.len(), batch.payload(), 0, mode)
                .unwrap();
        }
        disk.fail(
            Fault::PowerLoss,
            Calls::Of(Call::Sync),
            When::Nth(1 + seed % 2),
        );
        assert!(writer.close().is_err());
        let crash = Crash {
            unsynced: Unsynced::Percent(50),
            names: Names::Kept,
        };
        memory.crash_with(crash, &mut Rng::from_seed(seed));
        let (_, recovered) = read(&memory);
        assert!(recovered.is_ok(), "seed {seed}: {recovered:?}");
    }
}

#[test]
fn what_a_dead_process_left_survives_a_power_cut_once_it_is_sealed() {
    let lost = Crash {
        unsynced: Unsynced::Percent(0),
        names: Names::Lost,
    };
    let mut log = Log::new(&options(1, 1));
    (0..3).for_each(|_| log.append(1_000));
    log.rotate(0);
    (0..3).for_each(|_| log.append(1_000));
    let (found, recovered) = read(&log.disk);
    assert!(found == log.batches);
    seal(&log.disk, &recovered.unwrap()).unwrap();
    log.disk.crash_with(lost, &mut Rng::from_seed(1));
    assert!(read(&log.disk).0 == log.batches);

    let log = log_with_a_hole(1_000, 0);
    let (found, recovered) = read(&log.disk);
    seal(&log.disk, &recovered.unwrap()).unwrap();
    log.disk.crash_with(lost, &mut Rng::from_seed(1));
    assert_eq!(log.disk.list().unwrap().len(), 2);
    assert!(read(&log.disk).0 == found);
}

#[test]
fn a_sync_that_lies_is_found_when_a_later_one_did_not() {
    let mut log = Log::new(&options(1, 1));
    (0..3).for_each(|_| log.append(1));
    log.rotate(3);
    log.append(1);
    log.writer.sync_handle().sync().unwrap();
    // The first segment was never synced, though the second says it was.
    let crash = Crash {
        unsynced: Unsynced::Percent(0),
        names: Names::Kept,
    };
    log.disk.crash_with(crash, &mut Rng::from_seed(1));
    check_damage(&log.disk, 1);
}
