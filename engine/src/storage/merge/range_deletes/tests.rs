//! Range deletes against a list that is searched from end to end.

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::seeded::cases;

fn delete(from: &str, to: &str, sequence: Sequence) -> RangeDelete {
    RangeDelete {
        from: Bytes::copy_from_slice(from.as_bytes()),
        to: Bytes::copy_from_slice(to.as_bytes()),
        sequence,
    }
}

fn naive(deletes: &[RangeDelete], key: &[u8], snapshot: Sequence) -> Option<Sequence> {
    deletes
        .iter()
        .filter(|delete| delete.from.as_ref() <= key && key < delete.to.as_ref())
        .map(|delete| delete.sequence)
        .filter(|&sequence| sequence <= snapshot)
        .max()
}

fn key() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(0_u8..3, 0..4)
}

fn deletes(count: usize) -> impl Strategy<Value = Vec<RangeDelete>> {
    let one = (key(), key(), 1_u64..30).prop_map(|(from, to, sequence)| RangeDelete {
        from: from.into(),
        to: to.into(),
        sequence,
    });
    prop::collection::vec(one, 0..count)
}

#[test]
fn the_newest_delete_that_the_snapshot_sees_covers() {
    let set = RangeDeletes::new([delete("a", "m", 9), delete("f", "t", 4)]);
    assert_eq!(set.covering(b"f", SEQUENCE_MAX), Some(9));
    assert_eq!(set.covering(b"f", 8), Some(4));
    assert_eq!(set.covering(b"f", 3), None);
    assert_eq!(set.covering(b"a", 8), None);
    assert_eq!(set.covering(b"m", 9), Some(4), "the end is exclusive");
    assert_eq!(set.covering(b"t", 9), None);
}

#[test]
fn an_empty_range_and_an_empty_set_cover_nothing() {
    assert!(RangeDeletes::new([delete("b", "b", 3), delete("c", "a", 4)]).is_empty());
    assert_eq!(RangeDeletes::default().covering(b"", SEQUENCE_MAX), None);
    assert!(RangeDeletes::union([]).is_empty());
}

#[test]
fn nested_ranges_take_no_quadratic_space() {
    let count = 4000_u64;
    let key = |number: u64| Bytes::copy_from_slice(&number.to_be_bytes());
    let nested = (0..count).map(|i| RangeDelete {
        from: key(i),
        to: key(3 * count - i),
        sequence: i + 1,
    });
    let set = RangeDeletes::new(nested);
    let fragments = set.fragments.as_deref().unwrap();
    assert!(fragments.tree.len() < 30 * count as usize);
    assert_eq!(set.covering(&key(count), 17), Some(17));
    assert_eq!(set.covering(&key(10), SEQUENCE_MAX), Some(11));
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn covering_is_what_a_search_of_the_whole_list_finds(
        list in deletes(20),
        questions in prop::collection::vec((key(), 0_u64..32), 1..40),
    ) {
        let set = RangeDeletes::new(list.clone());
        for (key, snapshot) in questions {
            prop_assert_eq!(set.covering(&key, snapshot), naive(&list, &key, snapshot));
        }
    }

    #[test]
    fn a_coverage_finds_the_same_in_any_order(
        lists in prop::collection::vec(deletes(8), 0..4),
        mut questions in prop::collection::vec((key(), 0_u64..32), 1..40),
        order in 0..3,
    ) {
        let sets: Vec<_> = lists.iter().cloned().map(RangeDeletes::new).collect();
        let all = lists.concat();
        let mut coverage = Coverage::new(&sets);
        if order < 2 {
            questions.sort();
        }
        if order == 1 {
            questions.reverse();
        }
        for (key, snapshot) in questions {
            let expected = naive(&all, &key, snapshot).unwrap_or(0);
            prop_assert_eq!(coverage.covering(&key, snapshot), expected);
            prop_assert_eq!(
                RangeDeletes::union(&sets).covering(&key, snapshot).unwrap_or(0),
                expected
            );
        }
    }

    #[test]
    fn clipping_keeps_the_inside_and_nothing_else(
        list in deletes(12), from in key(), to in prop::option::of(key()), at in key(), snapshot in 0_u64..32,
    ) {
        let clipped = RangeDeletes::new(list.clone()).clip(&from, to.as_deref());
        let inside = from <= at && to.as_ref().is_none_or(|to| at < *to);
        let expected = if inside { naive(&list, &at, snapshot) } else { None };
        prop_assert_eq!(clipped.covering(&at, snapshot), expected);
        let again = RangeDeletes::new(clipped.iter().cloned());
        prop_assert_eq!(again.covering(&at, snapshot), expected);
    }

    #[test]
    fn condensing_changes_nothing_for_the_snapshots_in_use(
        list in deletes(20),
        snapshots in prop::collection::btree_set(0_u64..32, 0..4),
        keys in prop::collection::vec(key(), 1..20),
    ) {
        let snapshots: Vec<_> = snapshots.into_iter().collect();
        let condensed = RangeDeletes::new(list.clone()).condense(&snapshots);
        for key in keys {
            for &snapshot in snapshots.iter().chain([&SEQUENCE_MAX]) {
                prop_assert_eq!(condensed.covering(&key, snapshot), naive(&list, &key, snapshot));
            }
        }
        prop_assert!(condensed.len() <= 2 * list.len());
    }
}
