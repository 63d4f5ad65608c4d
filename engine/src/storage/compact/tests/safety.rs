//! What a plan may not do, and what a merge may let go.

use super::*;

fn merge(inputs: Vec<Input>, target_level: u8, target: RunTarget) -> Plan {
    Plan::Merge {
        inputs,
        target_level,
        target,
        table_bytes_max: MEMTABLE_BYTES,
        overlap_bytes_max: MEMTABLE_BYTES,
        created_ms: 0,
        reason: Reason::Manual,
    }
}

fn input(level: u8, run: u64, tables: &[FileId]) -> Input {
    Input {
        level,
        run,
        tables: tables.to_vec(),
    }
}

fn refusal(levels: &Picture, plan: &Plan) -> String {
    check_plan(levels, plan).unwrap_err().to_string()
}

/// Runs 30, 20, 10 in level 0, all over the same keys, above a run of three tables.
fn stacked() -> Picture {
    picture(&[
        (0, 30, meta(30, 0, 99)),
        (0, 20, meta(20, 0, 99)),
        (0, 10, meta(10, 0, 99)),
        (1, 5, meta(5, 0, 30)),
        (1, 5, meta(6, 40, 60)),
        (1, 5, meta(7, 70, 99)),
    ])
}

#[test]
fn newer_tables_do_not_pass_older_ones() {
    let levels = stacked();
    let passing = merge(
        vec![input(0, 30, &[30]), input(1, 5, &[5, 6, 7])],
        1,
        RunTarget::Into(5),
    );
    assert!(refusal(&levels, &passing).contains("file 30 would pass file 20"));
    let skipping = merge(
        vec![input(0, 30, &[30]), input(0, 10, &[10])],
        0,
        RunTarget::Into(10),
    );
    assert!(refusal(&levels, &skipping).contains("file 30 would pass file 20"));
    let lifting = merge(
        vec![input(0, 30, &[30]), input(0, 10, &[10])],
        0,
        RunTarget::Into(30),
    );
    assert!(refusal(&levels, &lifting).contains("file 10 would pass file 20"));
    let upwards = merge(
        vec![input(0, 20, &[20]), input(0, 10, &[10])],
        0,
        RunTarget::New,
    );
    assert!(refusal(&levels, &upwards).contains("file 20 would pass file 30"));
}

#[test]
fn outputs_do_not_overlap_what_stays_in_their_run() {
    let levels = stacked();
    let inputs = vec![
        input(0, 30, &[30]),
        input(0, 20, &[20]),
        input(0, 10, &[10]),
        input(1, 5, &[5, 7]),
    ];
    let gap = merge(inputs, 1, RunTarget::Into(5));
    assert!(refusal(&levels, &gap).contains("overlap file 6"));
    let moved = Plan::Move {
        inputs: vec![input(0, 10, &[10])],
        target_level: 1,
        target: RunTarget::Into(5),
        reason: Reason::Manual,
    };
    assert!(refusal(&levels, &moved).contains("overlap file"));
    let pair = Plan::Move {
        inputs: vec![input(0, 20, &[20]), input(0, 10, &[10])],
        target_level: 1,
        target: RunTarget::New,
        reason: Reason::Manual,
    };
    assert!(refusal(&levels, &pair).contains("overlap and would move into one run"));
}

#[test]
fn a_plan_names_what_is_there() {
    let levels = stacked();
    let nowhere = merge(vec![input(0, 20, &[21])], 0, RunTarget::Into(20));
    assert!(refusal(&levels, &nowhere).contains("0 of them"));
    let misplaced = merge(vec![input(1, 5, &[20])], 1, RunTarget::Into(5));
    assert!(refusal(&levels, &misplaced).contains("0 of them"));
    let twice = merge(vec![input(0, 20, &[20, 20])], 0, RunTarget::Into(20));
    assert!(refusal(&levels, &twice).contains("named twice"));
    let beyond = merge(vec![input(1, 5, &[5])], 7, RunTarget::New);
    assert!(refusal(&levels, &beyond).contains("no level 7"));
    assert!(refusal(&levels, &merge(Vec::new(), 1, RunTarget::New)).contains("no table"));
}

#[test]
fn a_dropped_table_hides_nothing() {
    let levels = stacked();
    let drop = |tables: &[FileId]| Plan::Drop {
        tables: tables.to_vec(),
        reason: Reason::Expired,
    };
    assert!(refusal(&levels, &drop(&[20])).contains("would come back"));
    check_plan(&levels, &drop(&[5])).unwrap();
    check_plan(&levels, &drop(&[10, 5, 6, 7])).unwrap();
}

#[test]
fn the_whole_of_level_0_goes_down() {
    let levels = stacked();
    let inputs = vec![
        input(0, 30, &[30]),
        input(0, 20, &[20]),
        input(0, 10, &[10]),
        input(1, 5, &[5, 6, 7]),
    ];
    let plan = merge(inputs, 1, RunTarget::Into(5));
    check_plan(&levels, &plan).unwrap();
    let claim = plan.claim(&levels).unwrap();
    assert_eq!((claim.level, claim.from), (1, key_bytes(0)));
    assert!(older_tables_outside(&levels, &plan).is_empty());
    assert_eq!(plan.input_bytes(&levels), 6 * MEMTABLE_BYTES);
}

#[test]
fn tombstones_stay_above_what_they_hide() {
    let levels = picture(&[
        (0, 9, meta(9, 0, 99)),
        (1, 5, meta(5, 0, 99)),
        (2, 4, meta(4, 10, 19)),
        (2, 4, meta(3, 20, 29)),
        (3, 2, meta(2, 15, 40)),
        (3, 2, meta(1, 80, 90)),
    ]);
    let down = merge(
        vec![input(0, 9, &[9]), input(1, 5, &[5])],
        1,
        RunTarget::Into(5),
    );
    let mut older = older_tables_outside(&levels, &down);
    let held: Vec<u64> = (0..100)
        .filter(|&key| older.holds(&key_bytes(key)))
        .collect();
    let expected: Vec<u64> = (10..=40).chain(80..=90).collect();
    assert_eq!(held, expected);
    assert!(is_bottom_for(
        &levels,
        &down,
        &key_bytes(41),
        &key_bytes(80)
    ));
    assert!(!is_bottom_for(
        &levels,
        &down,
        &key_bytes(40),
        &key_bytes(41)
    ));
    assert!(!is_bottom_for(
        &levels,
        &down,
        &key_bytes(41),
        &key_bytes(81)
    ));

    // What lies above the target is newer, and does not count.
    let lower = merge(
        vec![input(2, 4, &[4, 3]), input(3, 2, &[2])],
        3,
        RunTarget::Into(2),
    );
    assert!(older_tables_outside(&levels, &lower).is_empty());
}

#[test]
fn in_a_level_of_several_runs_the_older_ones_count() {
    let levels = stacked();
    let newest = merge(
        vec![input(0, 30, &[30]), input(0, 20, &[20])],
        0,
        RunTarget::Into(30),
    );
    check_plan(&levels, &newest).unwrap();
    assert!(older_tables_outside(&levels, &newest).holds(&key_bytes(35)));
}

#[test]
fn tables_end_where_they_would_overlap_too_much_below() {
    let below: Vec<(u8, u64, TableMeta)> = (0..10)
        .map(|at| (2, 1, meta(at + 1, at * 10, at * 10 + 9)))
        .collect();
    let mut tables = below;
    tables.push((1, 20, meta(20, 0, 99)));
    let levels = picture(&tables);
    let mut plan = merge(vec![input(1, 20, &[20])], 1, RunTarget::Into(20));
    if let Plan::Merge {
        overlap_bytes_max, ..
    } = &mut plan
    {
        *overlap_bytes_max = 3 * MEMTABLE_BYTES;
    }
    let mut cutter = Cutter::new(&levels, &plan);
    let cuts: Vec<u64> = (0..100)
        .filter(|&key| cutter.ends_before(&key_bytes(key)))
        .collect();
    assert_eq!(cuts, [40, 80]);
    let mut cutter = Cutter::new(&levels, &plan);
    let cuts: Vec<u64> = (25..100)
        .filter(|&key| cutter.ends_before(&key_bytes(key)))
        .collect();
    assert_eq!(
        cuts,
        [60],
        "what ends before a table's first key is not its overlap"
    );
}

#[test]
fn a_range_drags_along_what_it_overlaps() {
    let levels = picture(&[
        (0, 9, meta(9, 20, 40)),
        (0, 8, meta(8, 80, 99)),
        (1, 5, meta(5, 0, 25)),
        (1, 5, meta(6, 30, 50)),
        (1, 5, meta(7, 60, 99)),
        (2, 4, meta(4, 0, 99)),
    ]);
    let plan = |from: u64, to: Option<u64>, level| {
        let to = to.map(key_bytes);
        let plan = plan_range(&levels, &key_bytes(from), to.as_deref(), level, 1)?;
        check_plan(&levels, &plan).unwrap();
        Some(plan.files().collect::<Vec<_>>())
    };
    assert_eq!(plan(0, Some(10), 1), Some(vec![9, 5, 6]));
    assert_eq!(plan(0, Some(10), 2), Some(vec![9, 8, 5, 6, 7, 4]));
    assert_eq!(plan(52, Some(55), 1), None, "no table is there");
    assert_eq!(plan(0, None, 0), Some(vec![9, 8]));
    let settled = picture(&[(2, 4, meta(4, 0, 99))]);
    assert_eq!(plan_range(&settled, b"", None, 2, 1), None);
    assert!(plan_range(&settled, b"", None, 6, 1).is_some());
    let mut deleted = meta(4, 0, 99);
    deleted.deletes = 1;
    let deleted = picture(&[(2, 4, deleted)]);
    assert!(plan_range(&deleted, b"", None, 2, 1).is_some());
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let refused = [
        Leveled::new(LeveledOptions {
            level0_runs: 1,
            ..leveled()
        })
        .err(),
        Leveled::new(LeveledOptions {
            ratio: 1,
            ..leveled()
        })
        .err(),
        Leveled::new(LeveledOptions {
            level_base_bytes: 0,
            ..leveled()
        })
        .err(),
        Leveled::new(LeveledOptions {
            table_bytes: 0,
            ..leveled()
        })
        .err(),
        SizeTiered::new(SizeTieredOptions {
            merge_runs_min: 1,
            ..tiered()
        })
        .err(),
        SizeTiered::new(SizeTieredOptions {
            merge_runs_max: 3,
            ..tiered()
        })
        .err(),
        SizeTiered::new(SizeTieredOptions {
            like_percent: 101,
            ..tiered()
        })
        .err(),
        SizeTiered::new(SizeTieredOptions {
            runs_max: 6,
            ..tiered()
        })
        .err(),
        SizeTiered::new(SizeTieredOptions {
            table_bytes: 0,
            ..tiered()
        })
        .err(),
        LazyLeveled::new(LazyLeveledOptions { ratio: 1, ..lazy() }).err(),
        LazyLeveled::new(LazyLeveledOptions {
            table_bytes: 0,
            ..lazy()
        })
        .err(),
        TimeWindow::new(TimeWindowOptions {
            window_ms: 0,
            ..window()
        })
        .err(),
        TimeWindow::new(TimeWindowOptions {
            merge_runs_min: 1,
            ..window()
        })
        .err(),
        TimeWindow::new(TimeWindowOptions {
            table_bytes: 0,
            ..window()
        })
        .err(),
    ];
    assert!(refused.iter().all(Option::is_some), "{refused:?}");
}
