use std::sync::Arc;

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::seeded::cases;

fn meta(id: FileId, from: &[u8], to: &[u8]) -> Arc<TableMeta> {
    Arc::new(TableMeta {
        id,
        bytes: 1 << 20,
        entries: 10,
        smallest: Bytes::copy_from_slice(from),
        end: Bytes::copy_from_slice(to),
        sequence_min: id * 10,
        sequence_max: id * 10 + 9,
        ..TableMeta::default()
    })
}

fn at(level: u8, run: RunId) -> Place {
    Place { level, run }
}

fn three_levels() -> Levels<Arc<TableMeta>> {
    let added = vec![
        (at(0, 30), meta(3, b"a", b"z")),
        (at(0, 20), meta(2, b"b", b"y")),
        (at(1, 10), meta(7, b"m", b"p")),
        (at(1, 10), meta(6, b"a", b"m")),
        (at(4, 5), meta(5, b"k", b"l")),
    ];
    Levels::new().apply(added, &[]).unwrap()
}

fn files(levels: &Levels<Arc<TableMeta>>) -> Vec<(u8, RunId, FileId)> {
    (levels.tables())
        .map(|(place, table)| (place.level, place.run, table.id))
        .collect()
}

#[test]
fn runs_are_asked_newest_first() {
    let levels = three_levels();
    let expected = [(0, 30, 3), (0, 20, 2), (1, 10, 6), (1, 10, 7), (4, 5, 5)];
    assert_eq!(files(&levels), expected);
    assert_eq!(levels.level(0).len(), 2);
    assert_eq!(levels.level(1)[0].tables().len(), 2);
    assert!(levels.level(2).is_empty() && levels.level(7).is_empty());
    assert_eq!((levels.deepest(), levels.table_count()), (Some(4), 5));
    assert_eq!((levels.bytes(1), levels.entries(0)), (2 << 20, 20));
    assert_eq!(
        (levels.bytes_total(), levels.entries_total()),
        (5 << 20, 50)
    );
    assert!(at(0, 20).is_newer_than(at(0, 10)) && at(0, 1).is_newer_than(at(1, 9)));
    assert!(!at(1, 9).is_newer_than(at(1, 9)));
}

#[test]
fn an_edit_changes_what_it_names_and_shares_the_rest() {
    let before = three_levels();
    let added = vec![
        (at(1, 10), meta(8, b"p", b"q")),
        (at(0, 25), meta(9, b"c", b"d")),
    ];
    let after = before.apply(added, &[6, 5]).unwrap();
    let expected = [(0, 30, 3), (0, 25, 9), (0, 20, 2), (1, 10, 7), (1, 10, 8)];
    assert_eq!(files(&after), expected);
    assert!(Arc::ptr_eq(&before.level(0)[0], &after.level(0)[0]));
    assert_eq!(files(&before).len(), 5, "the version before is as it was");
    let table = Arc::clone(before.find(5).unwrap().1);
    let moved = before.apply(vec![(at(5, 40), table)], &[5]).unwrap();
    assert_eq!(moved.find(5).unwrap().0, at(5, 40));
    assert!(
        before
            .apply(Vec::new(), &[3, 2, 7, 6, 5])
            .unwrap()
            .is_empty()
    );
}

#[test]
fn an_edit_that_makes_no_sense_is_corruption() {
    let levels = three_levels();
    let refusal = |added: Vec<(Place, Arc<TableMeta>)>, removed: &[FileId]| match levels
        .apply(added, removed)
    {
        Err(Error::Corruption { detail }) => detail,
        other => panic!("{other:?}"),
    };
    assert_eq!(refusal(vec![], &[99]), "file 99 removed, but not there");
    assert_eq!(refusal(vec![], &[5, 5]), "file 5 removed twice");
    let same = || meta(3, b"a", b"b");
    assert_eq!(
        refusal(vec![(at(2, 1), same())], &[]),
        "file 3 is there already"
    );
    assert_eq!(
        refusal(vec![(at(2, 1), same()), (at(3, 1), same())], &[3]),
        "file 3 added twice"
    );
    assert_eq!(
        refusal(vec![(at(7, 1), meta(9, b"a", b"b"))], &[]),
        "file 9 in level 7, the last is 6"
    );
    let crossing = refusal(vec![(at(1, 10), meta(9, b"l", b"n"))], &[]);
    assert_eq!(
        crossing,
        "files 6 and 9 of run 10 in level 1 overlap at b\"l\""
    );
    let empty = refusal(vec![(at(2, 1), meta(9, b"b", b"b"))], &[]);
    assert!(empty.starts_with("file 9 has an empty range"), "{empty}");
    assert!(
        levels
            .apply(vec![(at(1, 10), meta(9, b"l", b"n"))], &[6, 7])
            .is_ok()
    );
}

#[test]
fn sequences_prove_the_order_of_level_0() {
    let levels = three_levels();
    levels.check_invariants().unwrap();
    let newer_beneath = levels
        .apply(vec![(at(0, 1), meta(9, b"x", b"zz"))], &[])
        .unwrap();
    let error = newer_beneath.check_invariants().unwrap_err().to_string();
    assert!(
        error.contains("file 3 in run 30") && error.contains("file 9"),
        "{error}"
    );
    let apart = levels
        .apply(vec![(at(0, 1), meta(9, b"z", b"zz"))], &[])
        .unwrap();
    apart.check_invariants().unwrap();
    let cleared = TableMeta {
        sequence_min: 0,
        sequence_max: 0,
        ..TableMeta::clone(&meta(9, b"a", b"b"))
    };
    let cleared = levels
        .apply(vec![(at(0, 90), Arc::new(cleared))], &[])
        .unwrap();
    cleared.check_invariants().unwrap();
}

#[test]
fn tables_can_be_held_another_way() {
    let levels = three_levels();
    let ids = levels.map(|table| table.id);
    assert_eq!(ids.level(1)[0].tables(), [6, 7]);
    assert_eq!(ids.level(1)[0].table_for(b"n"), Some(&7));
    assert_eq!((ids.deepest(), ids.bytes_total()), (Some(4), 5 << 20));
    let failed = levels.try_map(|place, table| match place.level {
        4 => Err(Error::corruption(format!("file {}", table.id))),
        _ => Ok(()),
    });
    assert_eq!(failed.unwrap_err(), Error::corruption("file 5"));
}

#[test]
fn the_picture_as_text() {
    let levels = three_levels()
        .apply(
            vec![(at(6, 4), meta(8, b"a\x00\xff", &[b'k'; 30]))],
            &[2, 5],
        )
        .unwrap();
    let expected = "\
level 0: 1 run, 1.0 MiB, 10 entries
  run 30: 1 table, 1.0 MiB, 10 entries, writes 30 to 39
    keys \"a\" to \"z\"
level 1: 1 run, 2.0 MiB, 20 entries
  run 10: 2 tables, 2.0 MiB, 20 entries, writes 60 to 79
    keys \"a\" to \"p\"
level 6: 1 run, 1.0 MiB, 10 entries
  run 4: 1 table, 1.0 MiB, 10 entries, writes 80 to 89
    keys \"a\\x00\\xff\" to \"kkkkkkkkkkkkkkkkkkkkkkkkkkkk\"...
";
    assert_eq!(levels.to_text(), expected);
    let number = |number: u64| [number.to_be_bytes(), [b'0'; 8]].concat();
    let binary = meta(9, &number(1), &number(260));
    let binary = Levels::new().apply(vec![(at(0, 9), binary)], &[]).unwrap();
    let keys = "    keys 0x0000000000000001303030303030... to 0x0000000000000104303030303030...\n";
    assert!(binary.to_text().ends_with(keys), "{}", binary.to_text());
    assert_eq!(Levels::<Arc<TableMeta>>::new().to_text(), "no tables\n");
}

/// Keys that share prefixes of any length, and end anywhere.
fn key() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![Just(0_u8), Just(b'a'), Just(b'b'), Just(255_u8)];
    (0_usize..3, prop::collection::vec(byte, 0..14)).prop_map(|(prefix, rest)| {
        let mut key = [&b""[..], b"user/", b"user/profile/"][prefix].to_vec();
        key.extend(rest);
        key
    })
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn searches_find_what_a_walk_finds(
        bounds in prop::collection::btree_set(key(), 2..40),
        gaps in any::<u64>(),
        asked in prop::collection::vec(key(), 1..60),
    ) {
        let bounds: Vec<Vec<u8>> = bounds.into_iter().collect();
        let tables: Vec<_> = (bounds.windows(2).zip(0_u64..))
            .filter(|(_, at)| *at == 0 || gaps >> at & 1 == 0)
            .map(|(pair, at)| meta(at, &pair[0], &pair[1]))
            .collect();
        let run = Run::new(at(1, 1), tables.iter().rev().cloned().collect()).unwrap();
        for key in asked.iter().chain(&bounds) {
            let walked = tables.iter().find(|table| table.spans(key));
            prop_assert_eq!(run.table_for(key), walked);
            prop_assert_eq!(run.index_for(key).map(|at| &run.tables()[at]), walked);
            let ended = tables.iter().filter(|table| table.end.as_ref() <= key.as_slice());
            prop_assert_eq!(run.seek(key), ended.count());
            let started = tables.iter().filter(|table| table.smallest.as_ref() < key.as_slice());
            prop_assert_eq!(run.seek_before(key), started.count());
            for to in &asked {
                let touched: Vec<_> = if key < to {
                    tables.iter().filter(|table| table.touches(key, to)).cloned().collect()
                } else {
                    Vec::new()
                };
                prop_assert_eq!(run.touching(key, Some(to)), touched.as_slice());
            }
            let rest = tables.iter().filter(|table| table.end.as_ref() > key.as_slice());
            prop_assert_eq!(run.touching(key, None).len(), rest.count());
        }
    }
}

#[test]
#[ignore = "prints the figures in the module docs"]
#[allow(clippy::disallowed_methods)]
fn speed() {
    let key = |at: u64| format!("{:016}", at * 1000);
    for (what, count) in [("64 tables", 64_u64), ("1000 tables", 1000)] {
        let tables = (0..count)
            .map(|table| meta(table, key(table).as_bytes(), key(table + 1).as_bytes()))
            .collect();
        let run = Run::new(at(1, 1), tables).unwrap();
        let mut rng = crate::base::rng::Rng::from_seed(1);
        let keys: Vec<String> = (0..4096)
            .map(|_| format!("{:016}", rng.below(count * 1000)))
            .collect();
        // The fastest of many short rounds: what other programs took is in the others.
        let timed = |find: &dyn Fn(&[u8]) -> u64| {
            let round = || {
                let start = std::time::Instant::now();
                let sum: u64 = keys.iter().map(|key| find(key.as_bytes())).sum();
                assert!(sum > 0);
                start.elapsed().as_nanos() as f64 / keys.len() as f64
            };
            (0..2000).map(|_| round()).fold(f64::INFINITY, f64::min)
        };
        let laid_out = timed(&|key| run.index_for(key).unwrap_or(0) as u64);
        let through_metas = timed(&|key| {
            let at = run
                .tables()
                .partition_point(|table| table.end.as_ref() <= key);
            u64::from(run.tables()[at].spans(key)) + at as u64
        });
        println!("{what}: {laid_out:.1} ns, through the descriptions {through_metas:.1} ns");
    }
}
