//! The rules of leveled compaction.

use super::*;

fn model() -> Model {
    Model::new(picker(0), MEMTABLE_BYTES)
}

/// The picker with its usual options, and a table of a usual memtable.
fn usual() -> Leveled {
    Leveled::new(LeveledOptions::default()).unwrap()
}

fn flushed(id: FileId, from: u64, to: u64) -> TableMeta {
    TableMeta {
        bytes: 64 << 20,
        ..meta(id, from, to)
    }
}

#[test]
fn two_or_three_flushes_stay_as_they_are() {
    for runs in 1..=3 {
        let tables: Vec<_> = (1..=runs).map(|id| (0, id, flushed(id, 0, 99))).collect();
        let levels = picture(&tables);
        assert_eq!(pick(&usual(), &levels, 0), None, "{runs} runs");
        assert_eq!(usual().pressure(&levels).debt_bytes, 0);
    }
}

#[test]
fn the_fourth_flush_makes_one_run_of_all() {
    let mut tables: Vec<_> = (1..=4).map(|id| (0, id, flushed(id, 0, 99))).collect();
    let plan = pick(&usual(), &picture(&tables), 0).unwrap();
    assert_eq!(plan.reason(), Reason::Level0Runs);
    assert_eq!(plan.files().collect::<Vec<_>>(), [4, 3, 2, 1]);
    assert!(matches!(
        plan,
        Plan::Merge {
            target_level: 1,
            target: RunTarget::New,
            ..
        }
    ));
    tables.push((1, 9, flushed(9, 50, 70)));
    tables.push((1, 9, flushed(10, 200, 300)));
    let levels = picture(&tables);
    let plan = pick(&usual(), &levels, 0).unwrap();
    assert_eq!(plan.files().collect::<Vec<_>>(), [4, 3, 2, 1, 9]);
    assert_eq!(usual().pressure(&levels).runs, 4);
    assert!(usual().pressure(&levels).debt_bytes > 4 * (64 << 20));
}

#[test]
fn ascending_keys_are_written_once() {
    let mut model = model();
    fill(&mut model, 20_000, |at| at);
    model.check_reads();
    assert_eq!(model.counts.merged_bytes, 0);
    assert!(
        model.levels.level(0).len() <= 1,
        "{}",
        model.levels.to_text()
    );
    let levels = (1..7).filter(|&level| !model.levels.level(level).is_empty());
    assert!(levels.count() <= 3);
    assert_eq!(
        model.keys(0).len() + (1..7).map(|level| model.keys(level).len()).sum::<usize>(),
        20_000
    );
}

#[test]
fn every_level_is_within_its_target_at_rest() {
    let mut model = model();
    let mut rng = rng();
    let mut seen = 0;
    for _ in 0..8 {
        fill(&mut model, 5_000, |_| rng.below(1 << 40));
        let last = model.levels.deepest().unwrap();
        let bytes = model.levels.bytes(last);
        for level in 1..last {
            let target = bytes / 10_u64.pow(u32::from(last - level));
            assert!(
                model.levels.bytes(level) <= target,
                "{}",
                model.levels.to_text()
            );
            assert!(model.levels.level(level).len() <= 1);
            seen += usize::from(!model.levels.level(level).is_empty());
        }
        let limit = leveled().level_base_bytes * 10_u64.pow(u32::from(last) - 1);
        assert!(bytes <= limit);
        assert_eq!(model.pressure().debt_bytes, 0);
        assert!(model.pressure().runs < 4);
    }
    assert!(seen > 0, "no level between the first and the last was used");
}

#[test]
fn a_small_store_has_one_run_below_level_0() {
    let mut model = model();
    let mut rng = rng();
    // Up to three times what level 1 may hold, there is nothing to gain from a level between.
    fill(&mut model, 5_000, |_| rng.below(1000));
    assert_eq!(
        model
            .levels
            .runs()
            .iter()
            .filter(|run| run.level() > 0)
            .count(),
        1
    );
}

#[test]
fn the_table_that_overlaps_least_goes_down_first() {
    let mut tables = vec![
        (1, 50, flushed(50, 0, 19)),
        (1, 50, flushed(51, 20, 29)),
        (1, 50, flushed(52, 30, 59)),
    ];
    for at in 0..6 {
        tables.push((2, 40, flushed(40 + at, at * 10, at * 10 + 9)));
    }
    // Level 1 holds 192 MiB, a tenth of level 2 is 38.
    let plan = pick(&usual(), &picture(&tables), 0).unwrap();
    assert_eq!(plan.files().collect::<Vec<_>>(), [51, 42]);
    // Most of another is tombstones: they count double.
    tables[0].2.deletes = 50;
    tables[0].2.entries = 51;
    tables.retain(|(_, _, meta)| meta.id != 41);
    let plan = pick(&usual(), &picture(&tables), 0).unwrap();
    assert_eq!(plan.files().collect::<Vec<_>>(), [50, 40]);
}

#[test]
fn neighbours_that_cost_nothing_come_along() {
    let levels = picture(&[
        (1, 50, flushed(50, 0, 9)),
        (1, 50, flushed(51, 20, 29)),
        (1, 50, flushed(52, 30, 69)),
        (2, 40, flushed(40, 0, 29)),
        (2, 40, flushed(41, 60, 99)),
    ]);
    let plan = pick(&usual(), &levels, 0).unwrap();
    assert_eq!(plan.files().collect::<Vec<_>>(), [50, 51, 40]);
}

#[test]
fn disjoint_plans_run_beside_each_other() {
    let mut tables = Vec::new();
    for at in 0..8 {
        tables.push((1, 50, flushed(50 + at, at * 10, at * 10 + 9)));
        tables.push((2, 40, flushed(100 + at, at * 10, at * 10 + 9)));
    }
    let levels = picture(&tables);
    let (mut busy, mut claims) = (BTreeSet::new(), Vec::new());
    let mut plans = 0;
    loop {
        let state = PickState {
            busy: &busy,
            claims: &claims,
            now_ms: 0,
            oldest_snapshot: 0,
        };
        let Some(plan) = usual().pick(&levels, &state) else {
            break;
        };
        assert!(state.is_free(&levels, &plan));
        claims.extend(plan.claim(&levels));
        busy.extend(plan.files());
        plans += 1;
    }
    // 512 MiB, the target is 51: each plan takes one table of 64.
    assert_eq!(plans, 8);
}

#[test]
fn level_0_is_merged_within_itself_while_the_way_down_is_taken() {
    let mut tables: Vec<_> = (11..=14).map(|id| (0, id, flushed(id, 0, 99))).collect();
    tables.extend((1..=4).map(|id| (0, id, flushed(id, 0, 99))));
    let levels = picture(&tables);
    let busy = BTreeSet::from([1, 2, 3, 4]);
    let claims = [Claim {
        level: 1,
        from: key_bytes(0),
        to: key_bytes(100),
    }];
    let state = PickState {
        busy: &busy,
        claims: &claims,
        now_ms: 0,
        oldest_snapshot: 0,
    };
    let plan = usual().pick(&levels, &state).unwrap();
    check_plan(&levels, &plan).unwrap();
    assert_eq!(plan.reason(), Reason::Level0Inner);
    assert_eq!(plan.files().collect::<Vec<_>>(), [14, 13, 12, 11]);
    assert!(matches!(
        plan,
        Plan::Merge {
            target_level: 0,
            target: RunTarget::Into(14),
            ..
        }
    ));
}

#[test]
fn small_runs_wait_in_level_0_until_they_are_worth_the_way_down() {
    let mut tables: Vec<_> = (11..=14)
        .map(|id| {
            (
                0,
                id,
                TableMeta {
                    bytes: 1 << 20,
                    ..meta(id, 0, 99)
                },
            )
        })
        .collect();
    tables.push((
        1,
        1,
        TableMeta {
            bytes: 200 << 20,
            ..meta(1, 0, 99)
        },
    ));
    let plan = pick(&usual(), &picture(&tables), 0).unwrap();
    assert_eq!(plan.reason(), Reason::Level0Inner);
    assert_eq!(plan.files().collect::<Vec<_>>(), [14, 13, 12, 11]);
    // One that is larger than the rest together is not written again for them.
    tables[0].2.bytes = 20 << 20;
    let plan = pick(&usual(), &picture(&tables), 0).unwrap();
    assert_eq!(plan.files().collect::<Vec<_>>(), [14, 13, 12]);
}

#[test]
fn a_full_last_level_becomes_the_next_one_unread() {
    let levels = picture(&[
        (
            1,
            5,
            TableMeta {
                bytes: 200 << 20,
                ..meta(5, 0, 49)
            },
        ),
        (
            1,
            5,
            TableMeta {
                bytes: 100 << 20,
                ..meta(6, 50, 99)
            },
        ),
    ]);
    let plan = pick(&usual(), &levels, 0).unwrap();
    assert_eq!(plan.reason(), Reason::LevelFull);
    assert!(matches!(
        plan,
        Plan::Move {
            target_level: 2,
            target: RunTarget::New,
            ..
        }
    ));
    let moved = plan.edit(&levels, Vec::new(), 99);
    let levels = levels.apply(moved.added, &moved.removed).unwrap();
    assert_eq!(levels.level(2)[0].id(), 99);
    assert_eq!(pick(&usual(), &levels, 0), None);
}

#[test]
fn runs_that_another_picker_left_become_one() {
    let apart = picture(&[
        (2, 9, flushed(9, 20, 29)),
        (2, 8, flushed(8, 0, 9)),
        (2, 8, flushed(7, 40, 49)),
    ]);
    let plan = pick(&usual(), &apart, 0).unwrap();
    assert!(matches!(
        plan,
        Plan::Move {
            target_level: 2,
            target: RunTarget::Into(8),
            ..
        }
    ));
    let crossing = picture(&[(2, 9, flushed(9, 0, 29)), (2, 8, flushed(8, 20, 49))]);
    let plan = pick(&usual(), &crossing, 0).unwrap();
    assert!(matches!(
        plan,
        Plan::Merge {
            target_level: 2,
            target: RunTarget::Into(9),
            ..
        }
    ));
}

#[test]
fn tombstones_go_down_and_then_go() {
    let mut dense = flushed(50, 0, 19);
    dense.deletes = 60;
    let mut levels = vec![
        (1, 50, dense),
        (
            2,
            40,
            TableMeta {
                bytes: 2000 << 20,
                ..meta(40, 0, 99)
            },
        ),
    ];
    let plan = pick(&usual(), &picture(&levels), 0).unwrap();
    assert_eq!(plan.reason(), Reason::Tombstones);
    assert_eq!(plan.files().collect::<Vec<_>>(), [50, 40]);

    // At the bottom, as soon as no snapshot needs them.
    levels.remove(0);
    levels[0].2.deletes = 51;
    let bottom = picture(&levels);
    let plan = pick(&usual(), &bottom, 0).unwrap();
    assert_eq!(plan.reason(), Reason::Tombstones);
    let state = PickState {
        busy: &BTreeSet::new(),
        claims: &[],
        now_ms: 0,
        oldest_snapshot: 40_000,
    };
    assert_eq!(
        usual().pick(&bottom, &state),
        None,
        "a snapshot may see what they hide"
    );
    levels[0].2.deletes = 0;
    levels[0].2.range_deletes = 1;
    assert!(pick(&usual(), &picture(&levels), 0).is_some());
}

#[test]
fn deletes_of_everything_leave_nothing() {
    for kind in [0, 2] {
        let mut model = Model::new(picker(kind), MEMTABLE_BYTES);
        fill(&mut model, 4_000, |at| at * 7919 % 4_000);
        for key in 0..4_000 {
            model.delete(key);
            if model.is_full() {
                model.flush();
                model.settle();
            }
        }
        model.flush();
        model.settle();
        model.check_reads();
        let whole = plan_range(
            &model.picture(),
            b"",
            None,
            model.levels.deepest().unwrap_or(0),
            1,
        );
        if let Some(plan) = whole {
            model.carry_out(plan);
        }
        assert!(model.levels.is_empty(), "{}", model.levels.to_text());
    }
}

#[test]
fn what_a_running_plan_writes_across_is_left_free() {
    // A running plan reads files 90 and 91 of levels that have moved on, and writes keys 0 to 60 of level 2.
    let running = |levels: &Picture, level: u8| {
        let claims = [Claim {
            level,
            from: key_bytes(0),
            to: key_bytes(60),
        }];
        let state = PickState {
            busy: &BTreeSet::from([90, 91]),
            claims: &claims,
            now_ms: 0,
            oldest_snapshot: 0,
        };
        usual()
            .pick(levels, &state)
            .map(|plan| plan.files().collect::<Vec<_>>())
    };
    // Level 1 is past its target; two of its tables touch nothing in level 2, one lies in the claimed keys.
    let below = picture(&[
        (1, 50, flushed(50, 20, 29)),
        (1, 50, flushed(51, 100, 110)),
        (1, 50, flushed(52, 200, 210)),
        (2, 40, flushed(40, 150, 210)),
    ]);
    assert_eq!(pick(&usual(), &below, 0).unwrap().files().next(), Some(50));
    assert_eq!(running(&below, 2), Some(vec![51]));
    // A level that has no run yet takes what one plan at a time writes.
    let empty = picture(&[
        (1, 50, flushed(50, 100, 110)),
        (3, 40, flushed(40, 150, 210)),
    ]);
    assert_eq!(pick(&usual(), &empty, 0).unwrap().files().next(), Some(50));
    assert_eq!(running(&empty, 2), None);
    // Two flushes beside each other would move to level 1.
    let zero = picture(&[
        (0, 9, flushed(9, 20, 29)),
        (0, 8, flushed(8, 100, 110)),
        (1, 5, flushed(5, 200, 210)),
    ]);
    assert_eq!(pick(&usual(), &zero, 0).unwrap().files().count(), 2);
    assert_eq!(running(&zero, 1), Some(vec![8]));
}

/// A million entries of 116 bytes over memtables of 64 MiB and the usual options, all a thousandth in size.
#[test]
fn a_million_entries_in_miniature() {
    let options = LeveledOptions {
        level_base_bytes: 256 << 10,
        table_bytes: 64 << 10,
        ..LeveledOptions::default()
    };
    let mut model = Model::new(Box::new(Leveled::new(options).unwrap()), 64 << 10);
    let run = |model: &mut Model| {
        fill(model, 1_000, |at| at * 7919 % 1_000);
        model.flush();
        model.settle();
        (model.levels.runs().len(), model.counts.merged_bytes)
    };
    assert_eq!(
        run(&mut model),
        (2, 0),
        "a fill is written once, at the flush"
    );
    assert_eq!(run(&mut model), (1, 116_000), "an overwrite leaves one run");
    assert_eq!(run(&mut model), (3, 116_000));
    assert!(model.write_amplification() < 1.34);
}
