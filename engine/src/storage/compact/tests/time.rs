//! What goes by time: expiry, windows, first in first out.

use super::*;

fn leased(id: FileId, from: u64, to: u64, deadline_max_ms: u64) -> TableMeta {
    TableMeta {
        deadline_max_ms,
        ..meta(id, from, to)
    }
}

fn dropped(plan: Option<Plan>) -> Vec<FileId> {
    match plan {
        Some(Plan::Drop { tables, .. }) => tables,
        _ => Vec::new(),
    }
}

#[test]
fn an_expired_table_goes_unless_something_older_would_show_through() {
    let above = [(0, 9, leased(9, 0, 50, 100)), (1, 4, meta(4, 40, 99))];
    let beside = [(0, 9, leased(9, 0, 39, 100)), (1, 4, meta(4, 40, 99))];
    let beneath = [(0, 9, meta(9, 0, 50)), (1, 4, leased(4, 40, 99, 100))];
    for kind in 0..5 {
        let at = |tables: &[(u8, u64, TableMeta)], now_ms| {
            dropped(pick(picker(kind).as_ref(), &picture(tables), now_ms))
        };
        assert_eq!(at(&beside, 99), [0; 0], "not yet");
        assert_eq!(
            at(&above, 100),
            [0; 0],
            "picker {kind}: file 4 may hold what file 9 hides"
        );
        assert_eq!(at(&beside, 100), [9]);
        assert_eq!(at(&beneath, 100), [4]);
    }
}

#[test]
fn expired_tables_make_way_for_each_other() {
    let levels = picture(&[
        (0, 9, leased(9, 0, 99, 50)),
        (0, 8, leased(8, 0, 99, 60)),
        (1, 4, leased(4, 0, 49, 70)),
        (1, 4, meta(5, 200, 250)),
    ]);
    let at = |now_ms| dropped(pick(picker(4).as_ref(), &levels, now_ms));
    assert_eq!(at(60), [0; 0]);
    assert_eq!(at(70), [4, 8, 9]);
    let busy = BTreeSet::from([8]);
    let state = PickState {
        busy: &busy,
        claims: &[],
        now_ms: 70,
        oldest_snapshot: 0,
    };
    assert_eq!(
        dropped(picker(4).pick(&levels, &state)),
        [4],
        "a running plan has file 8"
    );
}

#[test]
fn tombstones_above_nothing_go_unread() {
    let mut tombstones = meta(9, 0, 50);
    tombstones.deletes = tombstones.entries;
    let levels = picture(&[(0, 9, tombstones), (1, 4, meta(4, 60, 99))]);
    assert_eq!(dropped(pick(picker(1).as_ref(), &levels, 0)), [9]);
}

#[test]
fn an_expired_table_above_older_ones_is_merged_down() {
    let levels = picture(&[
        (1, 9, leased(9, 0, 50, 100)),
        (
            2,
            4,
            TableMeta {
                bytes: 30 * MEMTABLE_BYTES,
                ..meta(4, 40, 99)
            },
        ),
    ]);
    assert_eq!(pick(picker(0).as_ref(), &levels, 99), None);
    let plan = pick(picker(0).as_ref(), &levels, 100).unwrap();
    assert_eq!(plan.reason(), Reason::Tombstones);
}

#[test]
fn leases_give_their_space_back() {
    for kind in 0..4 {
        let mut model = Model::new(picker(kind), MEMTABLE_BYTES);
        for key in 0..2_000 {
            model.put_until(key * 7919 % 2_000, model.now_ms + 500);
            if model.is_full() {
                model.flush();
                model.settle();
            }
        }
        assert!(model.levels.bytes_total() > 10 * MEMTABLE_BYTES);
        model.now_ms += 500;
        model.settle();
        model.check_reads();
        assert!(
            model.levels.is_empty(),
            "picker {kind}\n{}",
            model.levels.to_text()
        );
    }
}

#[test]
fn fifo_drops_the_oldest_only() {
    let options = FifoOptions {
        bytes_max: 5 * MEMTABLE_BYTES,
        ..FifoOptions::default()
    };
    let mut model = Model::new(Box::new(Fifo::new(options)), MEMTABLE_BYTES);
    model.forgets = true;
    fill(&mut model, 2_000, |at| at);
    let kept: BTreeSet<u64> = model.keys(0).into_iter().collect();
    assert_eq!(kept, (1_500..2_000).collect());
    assert_eq!(model.counts.merged_bytes, 0);
    assert!((model.write_amplification() - 1.0).abs() < 1e-9);
    model.check_reads();
}

#[test]
fn fifo_drops_what_is_too_old() {
    let options = FifoOptions {
        retention_ms: 1000,
        ..FifoOptions::default()
    };
    let levels = picture(&[
        (
            0,
            9,
            TableMeta {
                created_ms: 500,
                ..meta(9, 0, 99)
            },
        ),
        (
            0,
            8,
            TableMeta {
                created_ms: 100,
                ..meta(8, 0, 99)
            },
        ),
    ]);
    let fifo = Fifo::new(options);
    assert_eq!(pick(&fifo, &levels, 1099), None);
    assert_eq!(dropped(pick(&fifo, &levels, 1100)), [8]);
    assert_eq!(dropped(pick(&fifo, &levels, 1500)), [8, 9]);
}

#[test]
fn windows_are_merged_within_themselves() {
    let mut model = Model::new(picker(3), MEMTABLE_BYTES);
    model.now_ms = 0;
    // Ten flushes in each window of 1000 ms.
    fill(&mut model, 5_000, |at| at * 7919 % 5_000);
    let mut rng = rng();
    for _ in 0..50 {
        fill(&mut model, 100, |_| rng.below(5_000));
        model.now_ms += 100;
    }
    model.now_ms += 1000;
    model.settle();
    model.check_reads();
    let windows: Vec<u64> = (model.levels.level(0).iter())
        .map(|run| {
            let times: BTreeSet<u64> = (run.tables().iter())
                .map(|table| table.meta.created_ms / 1000)
                .collect();
            assert_eq!(times.len(), 1);
            *times.first().unwrap()
        })
        .collect();
    assert_eq!(windows, [4, 3, 2, 1, 0]);
    assert!(model.write_amplification() < 4.0);
    let pressure = model.pressure();
    assert_eq!((pressure.runs, pressure.debt_bytes), (1, 0));
}

#[test]
fn windows_that_are_over_expire_whole() {
    let options = TimeWindowOptions {
        retention_ms: 3000,
        ..window()
    };
    let mut model = Model::new(Box::new(TimeWindow::new(options).unwrap()), MEMTABLE_BYTES);
    model.forgets = true;
    model.now_ms = 0;
    for at in 0..100 {
        fill(&mut model, 100, |key| at * 100 + key);
        model.now_ms += 100;
    }
    model.settle();
    let oldest = model.keys(0).into_iter().min().unwrap();
    assert!((6_000..=7_000).contains(&oldest), "{oldest}");
    model.check_reads();
}
