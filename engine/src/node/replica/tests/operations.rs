//! Operations one by one.

use bytes::Bytes;

use super::fixture::{WALL_MS, cell, key, merge, open, write, writer};
use crate::base::limits::{HINTS_PER_TARGET_MAX, VALUE_BYTES_MAX};
use crate::base::time::Wall;
use crate::causal::{Cell, VersionVector};
use crate::node::{Content, Disk, Hint, HintCount, Hinted, Replica, StoreOp, StoreResult};
use crate::vfs::MemoryDisk;
use crate::{Error, NodeId};

const TARGET: NodeId = NodeId(4);

fn fresh() -> Replica {
    open(&MemoryDisk::new(), 1).0
}

fn hint(replica: &mut Replica, target: NodeId, number: u64) -> (StoreResult, Disk) {
    replica.execute(StoreOp::Hint {
        target,
        key: key(number),
        cell: cell(1, Some(b"milk")),
        at: Wall(number),
    })
}

fn hints(replica: &mut Replica, after: u64, bytes_max: usize) -> Vec<Hint> {
    let target = TARGET;
    let op = StoreOp::Hints {
        target,
        after,
        bytes_max,
    };
    match replica.execute(op) {
        (StoreResult::Hints(hints), Disk::Clean) => hints,
        other => panic!("{other:?}"),
    }
}

fn digest(replica: &Replica, key: &[u8]) -> u64 {
    replica.cell(key).unwrap().digest()
}

#[test]
fn what_is_merged_twice_is_news_once_and_one_key_may_come_twice_in_a_batch() {
    let mut replica = fresh();
    let cells = vec![
        (key(1), cell(1, Some(b"milk"))),
        (key(2), cell(1, Some(b"tea"))),
        (key(1), cell(2, Some(b"eggs"))),
    ];
    assert_eq!(merge(&mut replica, cells.clone()), 2);
    let values = replica.cell(&key(1)).unwrap().shown_values();
    assert_eq!(values, [&b"eggs"[..], b"milk"], "both writes are there");
    let again = replica.execute(StoreOp::Merge(cells));
    assert!(matches!(
        again,
        (StoreResult::Merged { news: 0 }, Disk::Clean)
    ));
}

#[test]
fn one_cell_is_merged_as_a_list_of_one() {
    let (mut one, mut list) = (fresh(), fresh());
    for node in [1, 2, 1] {
        let cell = cell(node, Some(b"milk"));
        let alone = one.execute(StoreOp::MergeOne(key(1), cell.clone()));
        let listed = list.execute(StoreOp::Merge(vec![(key(1), cell)]));
        assert_eq!(format!("{alone:?}"), format!("{listed:?}"));
    }
    assert_eq!(one.cells().unwrap(), list.cells().unwrap());
    assert_eq!(one.forest().roots(), list.forest().roots());
}

#[test]
fn several_keys_are_read_up_to_a_size_and_the_rest_is_named() {
    let mut replica = fresh();
    for number in 0..4 {
        write(&mut replica, &key(number), 1, Some(&[b'v'; 1000]));
    }
    let keys: Vec<Bytes> = [0, 9, 1, 2, 3].map(key).to_vec();
    let bytes_max = 2500;
    let (found, _) = replica.execute(StoreOp::ReadMany { keys, bytes_max });
    let StoreResult::Cells {
        cells,
        bytes,
        unread,
    } = found
    else {
        panic!("{found:?}")
    };
    let read: Vec<_> = cells.into_iter().map(|(key, _)| key).collect();
    assert_eq!((read, unread), (vec![key(0), key(1)], vec![key(2), key(3)]));
    assert!((2000..=bytes_max).contains(&bytes));
    let one = replica.execute(StoreOp::ReadMany {
        keys: vec![key(0), key(1)],
        bytes_max: 1,
    });
    assert!(matches!(one.0, StoreResult::Cells { cells, .. } if cells.len() == 1));
}

#[test]
fn a_peer_reaches_no_record_of_the_replica_s_own() {
    let mut replica = fresh();
    hint(&mut replica, TARGET, 1);
    let before = replica.hint_counts();
    for first in [0xf0_u8, 0xf1, 0xf2, 0xff] {
        let key = Bytes::from(vec![first, 0, 0, 0, 4]);
        let cell = cell(1, Some(b"forged"));
        let ops = [
            StoreOp::Merge(vec![
                (Bytes::from("fine"), cell.clone()),
                (key.clone(), cell.clone()),
            ]),
            StoreOp::MergeOne(key.clone(), cell.clone()),
            StoreOp::Purge(vec![(key.clone(), 1)]),
            StoreOp::Write {
                key: key.clone(),
                value: None,
                supersedes: VersionVector::default(),
                writer: writer(1),
            },
            StoreOp::Hint {
                target: TARGET,
                key,
                cell,
                at: Wall(0),
            },
        ];
        for op in ops {
            let (result, disk) = replica.execute(op);
            assert!(matches!(
                result,
                StoreResult::Failed(Error::InvalidArgument { .. })
            ));
            assert_eq!(disk, Disk::Clean);
        }
    }
    assert_eq!(replica.hint_counts(), before);
    assert!(
        replica.cells().unwrap().is_empty(),
        "nor is a part of such a merge taken"
    );
}

#[test]
fn hints_come_back_in_their_order_and_are_counted_across_a_restart() {
    let disk = MemoryDisk::new();
    let (mut replica, _) = open(&disk, 1);
    let mut kept = HintCount::default();
    for number in 1..=300 {
        let (result, disk) = hint(&mut replica, TARGET, number);
        let StoreResult::Hinted(Hinted {
            number: given,
            bytes,
        }) = result
        else {
            panic!("{result:?}")
        };
        assert_eq!((given, disk), (number, Disk::Dirty));
        kept.count += 1;
        kept.bytes += bytes;
    }
    hint(&mut replica, NodeId(5), 7);
    assert_eq!(replica.hint_counts()[&TARGET], kept);

    let (mut after, mut pages, mut met) = (0, 0, Vec::new());
    loop {
        let page = hints(&mut replica, after, 1000);
        let Some(last) = page.last() else { break };
        assert!(last.number > after, "what is known is not told again");
        after = last.number;
        pages += 1;
        met.extend(
            page.iter()
                .map(|hint| (hint.number, hint.key.clone(), hint.at)),
        );
    }
    let all: Vec<_> = (1..=300)
        .map(|number| (number, key(number), Wall(number)))
        .collect();
    assert_eq!(met, all);
    assert!(pages > 10 && pages < 300);
    assert_eq!(hints(&mut replica, 0, 0).len(), 1, "one always fits");

    let numbers: Vec<u64> = (1..=298).chain([298, 5000]).collect();
    let target = TARGET;
    let done = replica.execute(StoreOp::DropHints { target, numbers });
    assert!(matches!(done, (StoreResult::Done, Disk::Dirty)));
    let left: Vec<u64> = hints(&mut replica, 0, 1 << 20)
        .iter()
        .map(|hint| hint.number)
        .collect();
    assert_eq!(left, [299, 300]);
    assert!(matches!(
        hint(&mut replica, TARGET, 9).0,
        StoreResult::Hinted(Hinted { number: 301, .. })
    ));
    replica.sync().unwrap();
    let counts = replica.hint_counts();
    assert_eq!(counts[&TARGET].count, 3);
    drop(replica);
    let (mut replica, found) = open(&disk, 1);
    assert_eq!(found.hints, counts);
    assert!(matches!(
        hint(&mut replica, TARGET, 9).0,
        StoreResult::Hinted(Hinted { number: 302, .. })
    ));
}

#[test]
fn a_hint_past_a_limit_is_refused_and_room_comes_back_with_a_drop() {
    let mut replica = fresh();
    for number in 0..HINTS_PER_TARGET_MAX as u64 {
        replica.hints.add(TARGET, number + 1, 0);
    }
    let (refused, disk) = hint(&mut replica, TARGET, 1);
    assert!(matches!(
        refused,
        StoreResult::Failed(Error::Overloaded { .. })
    ));
    assert_eq!(disk, Disk::Clean);
    assert!(matches!(
        hint(&mut replica, NodeId(5), 1).0,
        StoreResult::Hinted(_)
    ));

    let mut replica = fresh();
    let large = cell(1, Some(&vec![b'v'; VALUE_BYTES_MAX]));
    let kept = replica.hints.counts();
    assert!(kept.is_empty());
    replica
        .hints
        .add(NodeId(5), 1, crate::base::limits::HINT_BYTES_MAX - 100);
    let large = StoreOp::Hint {
        target: TARGET,
        key: key(1),
        cell: large,
        at: Wall(0),
    };
    let (refused, _) = replica.execute(large.clone());
    assert!(matches!(
        refused,
        StoreResult::Failed(Error::Overloaded { .. })
    ));
    let dropped = HintCount {
        count: 1,
        bytes: crate::base::limits::HINT_BYTES_MAX - 100,
    };
    replica.hints.remove(NodeId(5), dropped);
    assert!(matches!(
        replica.execute(large).0,
        StoreResult::Hinted(Hinted { number: 1, .. })
    ));
}

#[test]
fn the_dead_are_found_a_few_keys_at_a_time_and_the_living_are_not() {
    let mut replica = fresh();
    for number in 0..50 {
        write(&mut replica, &key(number), 1, Some(b"milk"));
        if number % 5 == 0 {
            write(&mut replica, &key(number), 1, None);
        }
        // A tombstone beside a value is not the end of the key.
        if number % 10 == 0 {
            merge(&mut replica, vec![(key(number), cell(2, Some(b"eggs")))]);
        }
    }
    hint(&mut replica, TARGET, 1);
    let (mut after, mut met, mut pages) = (None, Vec::new(), 0);
    loop {
        let op = StoreOp::Dead {
            after,
            keys_max: 7,
            now: Wall(WALL_MS),
        };
        let (StoreResult::Dead { cells, next }, Disk::Clean) = replica.execute(op) else {
            panic!("no page")
        };
        pages += 1;
        met.extend(cells);
        if next.is_none() {
            break;
        }
        after = next;
    }
    let since = Wall(WALL_MS);
    let expected: Vec<_> = (0..50)
        .filter(|number| number % 10 == 5)
        .map(|number| (key(number), digest(&replica, &key(number)), since))
        .collect();
    assert_eq!((met, pages), (expected, 8));
}

#[test]
fn only_a_cell_that_has_not_changed_since_is_purged() {
    let disk = MemoryDisk::new();
    let (mut replica, _) = open(&disk, 1);
    for number in 0..3 {
        write(&mut replica, &key(number), 1, None);
    }
    let mut named: Vec<_> = (0..3)
        .map(|number| (key(number), digest(&replica, &key(number))))
        .collect();
    named.push((key(9), 0));
    named.push((key(9), Cell::default().digest()));
    write(&mut replica, &key(1), 2, Some(b"back"));
    // Just so, and alive: a value is no tombstone.
    named.push((key(1), digest(&replica, &key(1))));
    let (same, _) = replica.execute(StoreOp::Same {
        cells: named.clone(),
        now: Wall(WALL_MS),
    });
    let StoreResult::Same(same) = same else {
        panic!("{same:?}")
    };
    assert_eq!(same, [true, false, true, false, false, false]);
    named.push(named[0].clone());
    let purged = replica.execute(StoreOp::Purge(named.clone()));
    assert!(matches!(purged, (StoreResult::Purged(2), Disk::Dirty)));
    assert!(matches!(
        replica.execute(StoreOp::Purge(named)),
        (StoreResult::Purged(0), Disk::Clean)
    ));
    replica.sync().unwrap();
    let roots = replica.forest().roots();
    drop(replica);
    let (replica, found) = open(&disk, 1);
    assert_eq!((found.cells, replica.forest().roots()), (1, roots));
    assert_eq!(replica.cell(&key(1)).unwrap().shown_values(), ["back"]);
}

#[test]
fn epoch_content_and_the_highest_stamp_outlive_a_restart() {
    let disk = MemoryDisk::new();
    let (mut replica, found) = open(&disk, 1);
    assert_eq!(found, crate::node::Recovered::default());
    for op in [
        StoreOp::SetRepairEpoch(7),
        StoreOp::SetRepairEpoch(9),
        StoreOp::SetContent(Content::Rebuilding),
    ] {
        assert!(matches!(
            replica.execute(op),
            (StoreResult::Done, Disk::Dirty)
        ));
    }
    write(&mut replica, &key(1), 1, Some(b"milk"));
    replica.sync().unwrap();
    drop(replica);
    let (_, found) = open(&disk, 1);
    assert_eq!(
        (found.repair_epoch, found.content),
        (9, Some(Content::Rebuilding))
    );
    assert_eq!((found.stamp.wall_ms, found.cells), (WALL_MS, 1));
}

#[test]
fn what_a_failed_sync_left_in_memory_is_not_acknowledged() {
    let disk = MemoryDisk::new();
    let (mut replica, _) = open(&disk, 1);
    let cells = || vec![(key(1), cell(1, Some(b"milk")))];
    assert_eq!(merge(&mut replica, cells()), 1);
    disk.fail_next_sync();
    assert!(replica.sync().is_err());
    let roots = replica.forest().roots();
    let ops = [
        StoreOp::Merge(cells()),
        StoreOp::MergeOne(key(1), cell(1, Some(b"milk"))),
        StoreOp::Purge(Vec::new()),
        StoreOp::SetRepairEpoch(1),
        StoreOp::DropHints {
            target: TARGET,
            numbers: Vec::new(),
        },
    ];
    for op in ops {
        let (result, disk) = replica.execute(op);
        assert!(matches!(result, StoreResult::Failed(Error::Io { .. })));
        assert_eq!(disk, Disk::Clean);
    }
    assert!(matches!(
        hint(&mut replica, TARGET, 1).0,
        StoreResult::Failed(_)
    ));
    assert_eq!(
        (replica.forest().roots(), replica.hint_counts().len()),
        (roots, 0)
    );
    assert!(matches!(
        replica.execute(StoreOp::Read(key(1))).0,
        StoreResult::Cell(cell) if !cell.is_empty()
    ));
}

#[test]
fn a_full_disk_refuses_writes_and_its_trees_stay() {
    let disk = MemoryDisk::new();
    let (mut replica, _) = open(&disk, 1);
    write(&mut replica, &key(0), 1, Some(b"milk"));
    replica.sync().unwrap();
    disk.set_capacity_bytes(disk.bytes());
    let (mut stored, mut refused) = (1, 0);
    for number in 1..200 {
        let op = StoreOp::Merge(vec![(key(number), cell(1, Some(&[b'v'; 10_000])))]);
        match replica.execute(op).0 {
            StoreResult::Merged { .. } => stored += 1,
            StoreResult::Failed(Error::DiskFull { .. }) => refused += 1,
            other => panic!("{other:?}"),
        }
    }
    assert!(refused > 0);
    assert_eq!(replica.cells().unwrap().len(), stored);
    let planted =
        crate::node::replica::boot::plant(replica.store(), &super::fixture::keyspace(5), NodeId(1));
    assert!(*replica.forest() == planted.unwrap());
}
