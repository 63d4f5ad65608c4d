use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::base::rng::Rng;
use crate::seeded::cases;
use crate::storage::describe::{RunId, TableMeta};
use crate::storage::entry::NEVER_MS;
use crate::vfs::{Calls, Crash, Fault, FaultDisk, MemoryDisk, Names, Unsynced, When};

fn vfs(disk: &MemoryDisk) -> Arc<dyn Vfs> {
    Arc::new(disk.clone())
}

/// Table `id` with the keys from `from` to `to`.
fn table(id: FileId, from: &str, to: &str) -> TableMeta {
    TableMeta {
        id,
        bytes: 1_000 + id,
        raw_bytes: 2_000 + id,
        entries: 10,
        deletes: 3,
        range_deletes: 1,
        smallest: Bytes::copy_from_slice(from.as_bytes()),
        end: Bytes::copy_from_slice(to.as_bytes()),
        sequence_min: id * 10,
        sequence_max: id * 10 + 9,
        deadline_max_ms: NEVER_MS,
        created_ms: 1_700_000_000_000,
        checksum: 0xdead_beef,
    }
}

fn add(level: u8, run: RunId, meta: TableMeta) -> Edit {
    Edit {
        added: vec![Added { level, run, meta }],
        ..Edit::default()
    }
}

fn remove(level: u8, run: RunId, file: FileId) -> Edit {
    Edit {
        removed: vec![(level, run, file)],
        ..Edit::default()
    }
}

/// A manifest with `edits` flushes in it, and the state after each.
fn grown(edits: u64) -> (MemoryDisk, Manifest, Vec<State>) {
    let disk = MemoryDisk::new();
    let (mut manifest, state) = Manifest::create(vfs(&disk)).unwrap();
    let mut states = vec![state];
    for id in 1..=edits {
        manifest.commit(&flush(id)).unwrap();
        states.push(manifest.state().clone());
    }
    (disk, manifest, states)
}

fn flush(id: u64) -> Edit {
    Edit {
        log_min: Some(id),
        last_sequence: Some(id * 10 + 9),
        ..add(0, id, table(id, &format!("a{id}"), "z"))
    }
}

fn file(disk: &MemoryDisk, id: FileId) -> Vec<u8> {
    let file = disk.open(&manifest_file_name(id)).unwrap();
    file.read_all().unwrap()
}

fn disk_with(id: FileId, bytes: &[u8]) -> MemoryDisk {
    let disk = MemoryDisk::new();
    let mut file = disk.open(&manifest_file_name(id)).unwrap();
    file.append(bytes).unwrap();
    file.sync().unwrap();
    disk.sync_dir().unwrap();
    disk
}

#[test]
fn a_replacement_counts_whatever_was_there_and_loading_changes_nothing() {
    let (disk, manifest, _) = grown(3);
    drop(manifest);
    let replaced = Manifest::replace(vfs(&disk), &flush(7)).unwrap();
    let wanted = State::default().after(&flush(7)).unwrap();
    assert_eq!(replaced.state(), &wanted);
    drop(replaced);
    let (first, second) = (file(&disk, 1), file(&disk, 2));
    let loaded = Manifest::load(vfs(&disk)).unwrap();
    assert_eq!(loaded.state(), &wanted);
    assert_eq!((file(&disk, 1), file(&disk, 2)), (first, second));
    let manifest = loaded.open().unwrap();
    assert_eq!(manifest.state(), &wanted);
    assert_eq!(manifests(&disk).unwrap(), [2]);
}

#[test]
fn a_store_begins_empty_and_only_once() {
    let disk = MemoryDisk::new();
    assert!(matches!(
        Manifest::open(vfs(&disk)),
        Err(Error::InvalidArgument { .. })
    ));
    let (_, state) = Manifest::create(vfs(&disk)).unwrap();
    assert_eq!(state, State::default());
    assert!(matches!(
        Manifest::create(vfs(&disk)),
        Err(Error::InvalidArgument { .. })
    ));
    disk.crash(&mut Rng::from_seed(1));
    assert_eq!(Manifest::open(vfs(&disk)).unwrap().1, State::default());
}

#[test]
fn edits_add_up_and_are_there_when_it_is_opened_again() {
    let (disk, mut manifest, _) = grown(3);
    let edit = Edit {
        removed: vec![(0, 2, 2), (0, 1, 1)],
        added: vec![
            Added {
                level: 1,
                run: 9,
                meta: table(8, "m", "z"),
            },
            Added {
                level: 1,
                run: 9,
                meta: table(7, "a", "m"),
            },
        ],
        next_file: Some(20),
        ..Edit::default()
    };
    manifest.commit(&edit).unwrap();
    drop(manifest);
    let (_, state) = Manifest::open(vfs(&disk)).unwrap();
    let places: Vec<_> = state
        .levels
        .iter()
        .map(|(l, r, t)| (*l, *r, t.id))
        .collect();
    assert_eq!(places, [(0, 3, 3), (1, 9, 7), (1, 9, 8)]);
    assert_eq!(state.levels[0].2, table(3, "a3", "z"));
    assert_eq!(
        (state.log_min, state.next_file, state.last_sequence),
        (3, 20, 39)
    );
}

#[test]
fn runs_of_a_level_come_newest_first() {
    let (_, manifest, _) = grown(3);
    let runs: Vec<_> = manifest
        .state()
        .levels
        .iter()
        .map(|(_, run, _)| *run)
        .collect();
    assert_eq!(runs, [3, 2, 1]);
}

#[test]
fn a_table_moves_to_another_level_in_one_edit() {
    let (_, mut manifest, _) = grown(2);
    let edit = Edit {
        removed: vec![(0, 1, 1)],
        ..add(1, 1, table(1, "a1", "z"))
    };
    manifest.commit(&edit).unwrap();
    assert_eq!(manifest.state().levels.len(), 2);
}

#[test]
fn edits_that_do_not_fit_are_refused_and_change_nothing() {
    let (disk, mut manifest, states) = grown(2);
    let before = file(&disk, 1);
    let mut impossible = table(9, "a", "b");
    impossible.sequence_min = impossible.sequence_max + 1;
    let empty = table(9, "b", "b");
    let long = table(9, "a", &"z".repeat(5_000));
    let backwards = Edit {
        last_sequence: Some(1),
        ..Edit::default()
    };
    let log_backwards = Edit {
        log_min: Some(1),
        ..Edit::default()
    };
    for edit in [
        add(0, 2, table(2, "a2", "z")),
        add(3, 9, table(2, "a2", "z")),
        add(0, 2, table(9, "b", "c")),
        add(0, 2, table(9, "a", "a20")),
        add(0, 2, table(9, "a2", "b")),
        add(1, 9, impossible),
        add(1, 9, empty),
        add(1, 9, long),
        remove(0, 1, 2),
        remove(1, 2, 2),
        remove(0, 2, 9),
        Edit {
            removed: vec![(0, 2, 2), (0, 2, 2)],
            ..Edit::default()
        },
        backwards,
        log_backwards,
    ] {
        let refused = manifest.commit(&edit);
        assert!(
            matches!(refused, Err(Error::Corruption { .. })),
            "{edit:?} gave {refused:?}"
        );
        assert_eq!(manifest.state(), &states[2]);
    }
    assert_eq!(file(&disk, 1), before);
    assert!(!manifest.is_poisoned());
    // Neighbours may touch.
    manifest.commit(&add(0, 2, table(9, "a", "a2"))).unwrap();
}

#[test]
fn numbers_that_were_given_out_are_not_given_out_again() {
    let (_, manifest, _) = grown(5);
    assert_eq!(manifest.state().next_file, 6);
}

#[test]
fn each_byte_flipped_is_damage_or_changes_nothing() {
    let (disk, _, states) = grown(4);
    let bytes = file(&disk, 1);
    let last_mark = bytes.len() - record::RECORD_HEADER_BYTES;
    for at in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << (at % 8);
        let disk = disk_with(1, &flipped);
        match Manifest::open(vfs(&disk)) {
            Ok((_, state)) => assert!(at >= last_mark && state == states[4], "byte {at}"),
            Err(Error::Corruption { detail }) => {
                assert!(
                    at < last_mark && detail.contains("000001.kvm"),
                    "byte {at}: {detail}"
                );
                assert_eq!(file(&disk, 1), flipped, "a refusal changes nothing");
            }
            Err(other) => panic!("byte {at}: {other:?}"),
        }
    }
}

#[test]
fn cut_at_any_length_it_holds_the_edits_that_fit() {
    let (disk, _, states) = grown(4);
    let bytes = file(&disk, 1);
    let snapshot = read::read(1, &bytes).unwrap().header.snapshot_bytes as usize;
    let mut held = 0;
    for length in 0..bytes.len() {
        let disk = disk_with(1, &bytes[..length]);
        let opened = Manifest::open(vfs(&disk));
        if length < snapshot {
            assert!(
                matches!(opened, Err(Error::Corruption { .. })),
                "length {length}"
            );
            continue;
        }
        let (mut manifest, state) = opened.unwrap();
        let edits = states.iter().position(|known| *known == state).unwrap();
        assert!(edits >= held, "length {length}");
        held = edits;
        let next = add(2, 50, table(50, "a", "b"));
        manifest.commit(&next).unwrap();
        let expected = state.after(&next).unwrap();
        assert_eq!(Manifest::open(vfs(&disk)).unwrap().1, expected);
    }
    assert_eq!(held, 4);
}

#[test]
fn a_last_edit_torn_at_any_byte_is_cut_off_whatever_is_behind_it() {
    let (disk, mut manifest, states) = grown(2);
    let before = file(&disk, 1).len();
    manifest.commit(&flush(3)).unwrap();
    let bytes = file(&disk, 1);
    let end = bytes.len() - record::RECORD_HEADER_BYTES;
    for kept in before..end {
        for filler in [0, 1, 0xff] {
            let mut torn = bytes[..kept].to_vec();
            torn.resize(end + 40, filler);
            if torn[..end] == bytes[..end] {
                continue;
            }
            let disk = disk_with(1, &torn);
            let (_, state) = Manifest::open(vfs(&disk)).unwrap();
            assert_eq!(state, states[2], "kept {kept}, then {filler}");
            assert_eq!(Manifest::inspect(&disk).unwrap(), states[2]);
        }
    }
}

#[test]
fn a_mark_that_was_lost_before_an_edit_that_was_not_synced_is_no_damage() {
    let (disk, mut manifest, states) = grown(2);
    let mark = file(&disk, 1).len() - record::RECORD_HEADER_BYTES;
    manifest.commit(&flush(3)).unwrap();
    let mut bytes = file(&disk, 1);
    let end = bytes.len() - record::RECORD_HEADER_BYTES;
    bytes.truncate(end);
    bytes[mark..mark + record::RECORD_HEADER_BYTES].fill(0);
    let disk = disk_with(1, &bytes);
    for _ in 0..2 {
        // Opening it writes a new mark where the old one was: the edit must not come back behind it.
        let (_, state) = Manifest::open(vfs(&disk)).unwrap();
        assert_eq!(state, states[2]);
    }
}

#[test]
fn a_record_in_anothers_place_does_not_count() {
    let (disk, _, states) = grown(2);
    let mut bytes = file(&disk, 1);
    let copy = bytes[bytes.len() - 200..].to_vec();
    bytes.extend_from_slice(&copy);
    let (_, state) = Manifest::open(vfs(&disk_with(1, &bytes))).unwrap();
    assert_eq!(state, states[2]);
    assert!(Manifest::open(vfs(&disk_with(2, &file(&disk, 1)))).is_err());
}

#[test]
fn a_long_manifest_is_written_anew() {
    let disk = MemoryDisk::new();
    let (mut manifest, _) = Manifest::create(vfs(&disk)).unwrap();
    let mut longest = 0;
    for id in 1..=3_000 {
        let meta = table(id, "a", "b");
        manifest.commit(&add(0, id, meta)).unwrap();
        if id > 3 {
            manifest.commit(&remove(0, id - 3, id - 3)).unwrap();
        }
        longest = longest.max(manifest.bytes());
    }
    assert!(manifest.id > 3, "it was never written anew");
    assert!(longest < MANIFEST_BYTES_MIN + 1_000, "{longest}");
    assert_eq!(disk.list().unwrap(), [manifest_file_name(manifest.id)]);
    let state = manifest.state().clone();
    disk.crash(&mut Rng::from_seed(3));
    assert_eq!(Manifest::open(vfs(&disk)).unwrap().1, state);
}

#[test]
fn a_large_state_is_written_as_several_edits() {
    let disk = MemoryDisk::new();
    let (mut manifest, _) = Manifest::create(vfs(&disk)).unwrap();
    let key = |n: u64| format!("{n:01000}");
    for chunk in 0..20 {
        let mut edit = Edit::default();
        for id in chunk * 100..(chunk + 1) * 100 {
            edit.added.push(Added {
                level: 3,
                run: 1,
                meta: table(id, &key(id), &key(id + 1)),
            });
        }
        manifest.commit(&edit).unwrap();
    }
    let state = manifest.state().clone();
    assert!(state.snapshot(SNAPSHOT_EDIT_BYTES).len() > 3);
    manifest.rewrite();
    assert!(!manifest.is_poisoned());
    assert_eq!(Manifest::inspect(&disk).unwrap(), state);
}

#[test]
fn an_older_manifest_never_takes_the_place_of_a_damaged_one() {
    let (disk, mut manifest, _) = grown(2);
    let old = file(&disk, 1);
    manifest.rewrite();
    let mut damaged = file(&disk, 2);
    damaged[40] ^= 1;
    let disk = disk_with(2, &damaged);
    disk.open(&manifest_file_name(1))
        .unwrap()
        .append(&old)
        .unwrap();
    assert!(matches!(
        Manifest::open(vfs(&disk)),
        Err(Error::Corruption { .. })
    ));
    assert_eq!(manifests(&disk).unwrap(), [1, 2]);
}

#[test]
fn older_manifests_and_drafts_are_cleaned_up_when_it_is_opened() {
    let (disk, _, states) = grown(2);
    let bytes = file(&disk, 1);
    disk.open("000002.kvm.new")
        .unwrap()
        .append(b"half")
        .unwrap();
    assert_eq!(Manifest::open(vfs(&disk)).unwrap().1, states[2]);
    assert_eq!(disk.list().unwrap(), [manifest_file_name(1)]);
    assert_eq!(file(&disk, 1)[..bytes.len()], bytes);
}

#[test]
fn a_full_disk_refuses_an_edit_and_freed_space_revives_it() {
    let edit_bytes = {
        let (disk, mut manifest, _) = grown(2);
        let before = disk.bytes();
        manifest.commit(&flush(3)).unwrap();
        disk.bytes() - before
    };
    for room in 0..edit_bytes {
        let (disk, mut manifest, states) = grown(2);
        disk.set_capacity_bytes(disk.bytes() + room);
        let outcome = manifest.commit(&flush(3));
        assert!(!manifest.is_poisoned(), "room {room}");
        let known = usize::from(outcome.is_ok());
        assert_eq!(manifest.state().levels.len(), 2 + known);
        assert_eq!(Manifest::inspect(&disk).as_ref(), Ok(manifest.state()));
        if let Err(error) = outcome {
            assert!(matches!(error, Error::DiskFull { .. }), "{error}");
            assert_eq!(manifest.state(), &states[2]);
            disk.set_capacity_bytes(u64::MAX);
            manifest.commit(&flush(3)).unwrap();
        }
        disk.set_capacity_bytes(u64::MAX);
        manifest.commit(&flush(4)).unwrap();
        let state = manifest.state().clone();
        disk.crash(&mut Rng::from_seed(room));
        assert_eq!(Manifest::open(vfs(&disk)).unwrap().1, state);
    }
}

#[test]
fn a_rewrite_that_finds_no_room_leaves_the_manifest_at_work() {
    let (disk, mut manifest, states) = grown(3);
    disk.set_capacity_bytes(disk.bytes() + 100);
    manifest.rewrite();
    assert!(!manifest.is_poisoned());
    assert_eq!(disk.list().unwrap(), [manifest_file_name(1)]);
    assert_eq!(manifest.state(), &states[3]);
    disk.set_capacity_bytes(u64::MAX);
    manifest.commit(&flush(4)).unwrap();
    assert_eq!(Manifest::inspect(&disk).as_ref(), Ok(manifest.state()));
}

#[test]
fn a_failed_sync_poisons_it_and_the_edit_is_there_or_not() {
    for seed in 0..20 {
        let (disk, mut manifest, states) = grown(2);
        disk.fail_next_sync();
        assert!(matches!(manifest.commit(&flush(3)), Err(Error::Io { .. })));
        assert!(manifest.is_poisoned());
        assert_eq!(manifest.state(), &states[2]);
        assert!(matches!(manifest.commit(&flush(3)), Err(Error::Io { .. })));
        disk.crash(&mut Rng::from_seed(seed));
        let (_, state) = Manifest::open(vfs(&disk)).unwrap();
        assert!(state == states[2] || state == states[2].after(&flush(3)).unwrap());
    }
}

#[test]
fn a_failed_sync_of_the_folder_in_a_rewrite_poisons_it_and_no_edit_is_lost() {
    for seed in 0..20 {
        let (disk, mut manifest, states) = grown(2);
        let draft = Draft::write(&disk, 2, manifest.state()).unwrap();
        disk.fail_next_sync();
        assert!(draft.publish(&disk).is_err());
        drop(draft);
        // What `rewrite` does when that happens to it.
        manifest.poison = Some("a test".to_owned());
        assert!(manifest.commit(&flush(3)).is_err());
        disk.crash(&mut Rng::from_seed(seed));
        assert_eq!(Manifest::open(vfs(&disk)).unwrap().1, states[2]);
    }
}

#[test]
fn a_newer_format_is_named() {
    let (disk, _, _) = grown(0);
    let mut bytes = file(&disk, 1);
    bytes[8] = 9;
    let checksum = crc32fast::hash(&bytes[..28]);
    bytes[28..32].copy_from_slice(&checksum.to_le_bytes());
    let error = Manifest::open(vfs(&disk_with(1, &bytes))).unwrap_err();
    assert!(matches!(error, Error::InvalidArgument { .. }), "{error}");
    assert!(error.to_string().contains("format 9"), "{error}");
}

/// Edits with a rewrite among them; `known` follows what was acknowledged.
fn workload(disk: Arc<dyn Vfs>, known: &mut State) -> Result<()> {
    let (mut manifest, state) = Manifest::create(disk)?;
    *known = state;
    for id in 1..=6 {
        manifest.commit(&flush(id))?;
        *known = manifest.state().clone();
        if id % 2 == 0 {
            manifest.rewrite();
        }
    }
    Ok(())
}

#[test]
fn the_power_may_go_at_any_call() {
    let parts = [0, 25, 50, 100].map(Unsynced::Percent);
    for unsynced in parts.into_iter().chain([Unsynced::Random]) {
        for point in 1.. {
            let memory = MemoryDisk::new();
            let disk = FaultDisk::over_memory(&memory);
            disk.fail(Fault::PowerLoss, Calls::Changing, When::Nth(point));
            let mut known = State::default();
            let outcome = workload(Arc::new(disk.clone()), &mut known);
            let names = Names::Reordered;
            memory.crash_with(Crash { unsynced, names }, &mut Rng::from_seed(point));
            if manifests(&memory).unwrap().is_empty() {
                assert_eq!(known, State::default(), "point {point}");
                Manifest::create(vfs(&memory)).unwrap();
                continue;
            }
            let (_, state) = Manifest::open(vfs(&memory)).unwrap();
            let next = known.after(&flush(known.levels.len() as u64 + 1)).unwrap();
            assert!(state == known || state == next, "point {point}");
            if disk.strikes() == 0 {
                assert!(outcome.is_ok() && point > 40 && state == known);
                break;
            }
        }
    }
}

#[test]
fn an_edit_is_there_or_not_as_it_was_told_wherever_the_disk_fails() {
    for fault in [Fault::Io, Fault::Full] {
        for point in 1.. {
            let (memory, manifest, states) = grown(2);
            drop(manifest);
            let disk = FaultDisk::over_memory(&memory);
            let (mut manifest, _) = Manifest::open(Arc::new(disk.clone())).unwrap();
            disk.fail(fault, Calls::Changing, When::Nth(point));
            let outcome = manifest.commit(&flush(3));
            let committed = outcome.is_ok();
            if committed {
                manifest.rewrite();
            }
            let poisoned = manifest.is_poisoned();
            assert_eq!(manifest.state().levels.len(), 2 + usize::from(committed));
            memory.crash(&mut Rng::from_seed(point));
            let (_, state) = Manifest::open(vfs(&memory)).unwrap();
            let with = states[2].after(&flush(3)).unwrap();
            if committed {
                assert_eq!(state, with, "point {point}");
            } else {
                assert!(
                    state == states[2] || (poisoned && state == with),
                    "point {point}"
                );
            }
            if disk.strikes() == 0 {
                assert!(point > 4);
                break;
            }
        }
    }
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn every_crash_leaves_the_committed_edits_and_at_most_one_more(
        seed in any::<u64>(),
        steps in prop::collection::vec(0_u8..10, 1..60),
    ) {
        let disk = MemoryDisk::new();
        let mut rng = Rng::from_seed(seed);
        let (mut manifest, mut known) = Manifest::create(vfs(&disk)).unwrap();
        let mut next = 1;
        for step in steps {
            match step {
                0 => manifest.rewrite(),
                1 | 2 => {
                    // A crash before the sync of an edit is one whose sync fails.
                    let edit = flush(next);
                    let maybe = known.after(&edit).unwrap();
                    if step == 2 {
                        disk.fail_next_sync();
                        prop_assert!(manifest.commit(&edit).is_err());
                    }
                    let unsynced = if rng.chance(0.5) { Unsynced::Random } else { Unsynced::Percent(50) };
                    disk.crash_with(Crash { unsynced, names: Names::Reordered }, &mut rng);
                    let (opened, state) = Manifest::open(vfs(&disk)).unwrap();
                    prop_assert!(state == known || state == maybe);
                    next += 1;
                    known = state;
                    manifest = opened;
                }
                3 if !known.levels.is_empty() => {
                    let (level, run, meta) = known.levels[rng.index(known.levels.len())].clone();
                    let mut edit = remove(level, run, meta.id);
                    edit.added = add(level + 1, next, meta).added;
                    next += 1;
                    if level < 6 {
                        manifest.commit(&edit).unwrap();
                    }
                    known = manifest.state().clone();
                }
                _ => {
                    manifest.commit(&flush(next)).unwrap();
                    next += 1;
                    known = manifest.state().clone();
                }
            }
            prop_assert_eq!(manifest.state(), &known);
        }
    }
}
