use super::*;
use crate::base::rng::Rng;
use crate::vfs::{Crash, Names, Unsynced};
use crate::{Code, Error};

fn disk() -> (MemoryDisk, FaultDisk) {
    let memory = MemoryDisk::new();
    let disk = FaultDisk::over_memory(&memory);
    (memory, disk)
}

fn code<T>(result: Result<T>) -> Option<Code> {
    result.err().map(|error| error.code())
}

/// Every kind of call, once, on a disk that is new.
fn every_call(disk: &dyn Vfs) -> Result<()> {
    let mut file = disk.open("a")?;
    drop(disk.open("a")?);
    disk.exists("a")?;
    disk.list()?;
    file.append(b"0123456789")?;
    file.write_at(2, b"ab")?;
    file.truncate(8)?;
    let mut buffer = [0; 8];
    file.read_at(0, &mut buffer)?;
    file.len()?;
    file.try_clone()?.sync()?;
    disk.link("a", "in", "b")?;
    disk.folder("in")?.sync_dir()?;
    disk.rename("a", "c")?;
    disk.remove("c")?;
    disk.lock().map(drop)
}

#[test]
fn every_call_is_counted_under_its_kind() {
    let (_, disk) = disk();
    every_call(&disk).unwrap();
    for call in Call::ALL {
        assert_eq!(disk.calls(Calls::Of(call)), 1, "{call:?}");
    }
    assert_eq!(disk.calls(Calls::All), Call::ALL.len() as u64);
    assert_eq!(disk.calls(Calls::Changing), 10);
    assert_eq!((disk.bytes_written(), disk.bytes_read()), (12, 8));
    assert_eq!(disk.strikes(), 0);
}

#[test]
fn the_numbered_call_fails_and_no_other() {
    for nth in 1..=Call::ALL.len() as u64 {
        let (_, disk) = disk();
        disk.fail(Fault::Io, Calls::All, When::Nth(nth));
        assert_eq!(code(every_call(&disk)), Some(Code::Io));
        assert_eq!(disk.calls(Calls::All), nth, "the workload stops there");
        assert_eq!(disk.strikes(), 1);
        assert_eq!(code(disk.list()), None);
    }
    for call in Call::ALL {
        let (_, disk) = disk();
        disk.fail(Fault::Io, Calls::Of(call), When::Nth(1));
        assert_eq!(code(every_call(&disk)), Some(Code::Io));
        assert_eq!(disk.calls(Calls::Of(call)), 1);
    }
}

#[test]
fn a_failed_write_leaves_half_of_it() {
    let (memory, disk) = disk();
    let mut file = disk.open("a").unwrap();
    disk.fail(Fault::Io, Calls::Of(Call::Append), When::Nth(2));
    file.append(b"whole ").unwrap();
    assert!(file.append(b"halfhalf").is_err());
    assert_eq!(memory.open("a").unwrap().read_all().unwrap(), b"whole half");
}

#[test]
fn a_failed_sync_drops_what_it_should_have_synced() {
    let (memory, disk) = disk();
    let mut file = disk.open("a").unwrap();
    disk.sync_dir().unwrap();
    file.append(b"lost").unwrap();
    disk.fail(Fault::Io, Calls::Of(Call::Sync), When::Nth(1));
    assert_eq!(code(file.sync()), Some(Code::Io));
    file.sync().unwrap();
    assert_eq!(file.read_all().unwrap(), b"lost");
    memory.crash(&mut Rng::from_seed(1));
    assert_eq!(memory.open("a").unwrap().read_all().unwrap(), [0; 4]);
}

#[test]
fn a_sync_that_lies_makes_nothing_durable() {
    let (memory, disk) = disk();
    let mut file = disk.open("a").unwrap();
    disk.sync_dir().unwrap();
    file.append(b"never").unwrap();
    disk.fail(Fault::Lie, Calls::All, When::From(1));
    file.sync().unwrap();
    disk.sync_dir().unwrap();
    assert_eq!(memory.synced_bytes(), 0);
    disk.heal();
    file.sync().unwrap();
    assert_eq!(memory.synced_bytes(), 5);
}

#[test]
fn a_full_disk_reads_and_syncs_until_space_is_freed() {
    let (_, disk) = disk();
    let mut file = disk.open("a").unwrap();
    disk.fail(Fault::Full, Calls::All, When::From(2));
    file.append(b"fits").unwrap();
    assert_eq!(code(file.append(b"....")), Some(Code::DiskFull));
    assert_eq!(code(file.write_at(0, b"F")), Some(Code::DiskFull));
    assert_eq!(code(disk.open("b")), Some(Code::DiskFull));
    assert_eq!(code(disk.link("a", "in", "b")), Some(Code::DiskFull));
    file.truncate(4).unwrap();
    file.sync().unwrap();
    assert_eq!(disk.open("a").unwrap().read_all().unwrap(), b"fits");
    disk.remove("a").unwrap();
    disk.free_space();
    disk.open("b").unwrap().append(b"again").unwrap();
}

#[test]
fn the_room_that_is_left_is_used_to_the_last_byte() {
    let (_, disk) = disk();
    let mut file = disk.open("a").unwrap();
    disk.limit_room(10);
    file.append(b"123456").unwrap();
    file.write_at(0, b"abcdef").unwrap();
    assert_eq!(code(file.write_at(4, b"......gone")), Some(Code::DiskFull));
    assert_eq!(file.read_all().unwrap(), b"abcd......");
    assert_eq!(code(file.append(b"x")), Some(Code::DiskFull));
    assert_eq!(code(disk.open("b")), Some(Code::DiskFull));
    file.write_at(0, b"A").unwrap();
    disk.open("a").unwrap();
    disk.free_space();
    file.append(b"x").unwrap();
    assert_eq!(disk.strikes(), 3);
}

#[test]
fn a_short_read_is_no_end_of_the_file() {
    let (_, disk) = disk();
    let mut file = disk.open("a").unwrap();
    file.append(&[7; 100]).unwrap();
    disk.fail(Fault::ShortRead, Calls::Of(Call::ReadAt), When::Nth(1));
    assert_eq!(file.read_at(0, &mut [0; 100]).unwrap(), 50);
    disk.fail(Fault::ShortRead, Calls::All, When::Nth(1));
    assert_eq!(file.read_all().unwrap(), [7; 100]);
    disk.fail(Fault::ShortRead, Calls::All, When::From(1));
    assert_eq!(
        file.read_all().unwrap(),
        [7; 100],
        "byte by byte in the end"
    );
}

#[test]
fn a_flipped_bit_is_in_the_read_and_not_on_the_disk() {
    let (_, disk) = disk();
    let mut file = disk.open("a").unwrap();
    file.append(&[0; 4]).unwrap();
    for (number, flipped) in [(0, [1, 0, 0, 0]), (15, [0, 128, 0, 0]), (33, [2, 0, 0, 0])] {
        disk.fail(Fault::FlipBit(number), Calls::All, When::Nth(1));
        assert_eq!(file.read_all().unwrap(), flipped);
        assert_eq!(file.read_all().unwrap(), [0; 4]);
    }
}

#[test]
fn without_power_nothing_works_and_nothing_happens() {
    let (memory, disk) = disk();
    let mut file = disk.open("a").unwrap();
    let inside = disk.folder("in").unwrap();
    disk.fail(Fault::PowerLoss, Calls::Changing, When::Nth(2));
    file.append(b"before").unwrap();
    assert!(!disk.is_down());
    let mut off = vec![code(file.append(b"after"))];
    assert!(disk.is_down());
    off.push(code(file.sync()));
    off.push(code(file.truncate(0)));
    off.push(code(file.len()));
    off.push(code(disk.list()));
    off.push(code(disk.sync_dir()));
    off.push(code(disk.remove("a")));
    off.push(code(inside.open("b")));
    assert_eq!(off, [Some(Code::Io); 8]);
    assert_eq!((memory.bytes(), memory.syncs()), (6, 0));
    assert_eq!(disk.strikes(), 8);
    disk.heal();
    assert_eq!(disk.list().unwrap(), ["a"]);
}

#[test]
fn a_power_cut_at_any_call_leaves_what_was_synced_before() {
    let crash = Crash {
        unsynced: Unsynced::Percent(0),
        names: Names::Lost,
    };
    let workload = |disk: &FaultDisk, synced: &mut u64| -> Result<()> {
        let mut file = disk.open("a")?;
        disk.sync_dir()?;
        for _ in 0..5 {
            file.append(b"0123456789")?;
            file.sync()?;
            *synced += 10;
        }
        Ok(())
    };
    for point in 1.. {
        let (memory, disk) = disk();
        disk.fail(Fault::PowerLoss, Calls::All, When::Nth(point));
        let mut synced = 0;
        let outcome = workload(&disk, &mut synced);
        assert_eq!(outcome.is_err(), disk.is_down());
        memory.crash_with(crash, &mut Rng::from_seed(point));
        assert_eq!(memory.bytes(), synced);
        assert_eq!(memory.exists("a").unwrap(), point > 2);
        if outcome.is_ok() {
            assert_eq!(point, 13);
            break;
        }
    }
}

#[test]
fn the_oldest_plan_strikes_first_and_handles_outlive_no_crash() {
    let (memory, disk) = disk();
    let mut file = disk.open("a").unwrap();
    disk.fail(Fault::Full, Calls::All, When::Nth(1));
    disk.fail(Fault::Io, Calls::All, When::From(1));
    assert_eq!(code(file.append(b"x")), Some(Code::DiskFull));
    assert_eq!(code(file.append(b"x")), Some(Code::Io));
    memory.crash(&mut Rng::from_seed(1));
    disk.heal();
    assert_eq!(file.append(b"x"), Err(Error::Closed));
}
