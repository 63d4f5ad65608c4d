//! The rules of tiered compaction and of lazy leveling.

use super::*;

fn usual() -> SizeTiered {
    SizeTiered::new(SizeTieredOptions::default()).unwrap()
}

fn runs(level: u8, newest_first: &[u64]) -> Vec<(u8, u64, TableMeta)> {
    let count = newest_first.len() as u64;
    (newest_first.iter().zip(0..))
        .map(|(&bytes, at)| {
            let id = 100 * (7 - u64::from(level)) + count - at;
            (
                level,
                id,
                TableMeta {
                    bytes,
                    ..meta(id, 0, 99)
                },
            )
        })
        .collect()
}

fn picked(tables: &[(u8, u64, TableMeta)]) -> Option<(Vec<FileId>, u8, RunTarget)> {
    match pick(&usual(), &picture(tables), 0)? {
        Plan::Merge {
            inputs,
            target_level,
            target,
            ..
        } => Some((
            inputs
                .iter()
                .flat_map(|input| input.tables.clone())
                .collect(),
            target_level,
            target,
        )),
        other => panic!("{other:?}"),
    }
}

#[test]
fn runs_of_a_like_size_are_merged_into_the_next_level() {
    assert_eq!(picked(&runs(0, &[100, 100, 100])), None);
    assert_eq!(
        picked(&runs(0, &[100, 90, 110, 100])),
        Some((vec![704, 703, 702, 701], 1, RunTarget::New))
    );
    assert_eq!(
        picked(&runs(0, &[100, 40, 110, 100])),
        None,
        "one of them is not alike"
    );
}

#[test]
fn what_is_not_the_oldest_stays_in_its_level() {
    assert_eq!(
        picked(&runs(0, &[10, 10, 10, 10, 1000])),
        Some((vec![705, 704, 703, 702], 0, RunTarget::Into(705)))
    );
}

#[test]
fn small_runs_between_large_ones_come_along() {
    let (files, level, _) = picked(&runs(0, &[100, 5, 100, 100, 5, 100])).unwrap();
    assert_eq!((files.len(), level), (6, 1));
}

#[test]
fn the_cheapest_merge_comes_first() {
    let mut tables = runs(1, &[900, 900, 900, 900]);
    tables.extend(runs(0, &[10, 10, 10, 10]));
    assert_eq!(picked(&tables).unwrap().1, 1);
    tables.truncate(4);
    assert_eq!(picked(&tables).unwrap().1, 2);
}

#[test]
fn the_last_level_merges_in_place() {
    let (_, level, target) = picked(&runs(6, &[10, 10, 10, 10])).unwrap();
    assert_eq!((level, target), (6, RunTarget::Into(104)));
}

#[test]
fn at_most_so_many_runs_are_merged_at_once_the_oldest_first() {
    let (files, ..) = picked(&runs(0, &[10; 40])).unwrap();
    assert_eq!(files.len(), 32);
    assert_eq!(files.last(), Some(&701));
}

#[test]
fn there_are_never_more_runs_than_allowed() {
    let unlike: Vec<u64> = (0..36).map(|at| 3_u64.pow(at)).collect();
    let (files, level, target) = picked(&runs(0, &unlike)).unwrap();
    assert_eq!(
        files,
        [736, 735, 734, 733, 732],
        "36 runs of 32: five become one"
    );
    assert_eq!((level, target), (0, RunTarget::Into(736)));
}

#[test]
fn lazy_leveling_keeps_the_last_level_one_run() {
    let mut model = Model::new(picker(2), MEMTABLE_BYTES);
    let mut rng = rng();
    let mut several = false;
    for _ in 0..40 {
        fill(&mut model, 500, |_| rng.below(1 << 40));
        let last = model.levels.deepest().unwrap();
        for level in 0..last {
            let runs = model.levels.level(level).len();
            assert!(runs < 4, "{}", model.levels.to_text());
            several |= level > 0 && runs > 1;
        }
        assert!(last == 0 || model.levels.level(last).len() == 1);
    }
    assert!(several, "no level between was tiered");
    model.check_reads();
}
