//! A merge against the sorted list of everything.

use core::cell::Cell;
use std::rc::Rc;

use proptest::prelude::*;

use super::*;
use crate::seeded::cases;
use crate::storage::merge::history::key;
use crate::storage::merge::vec_cursor::{Owned, VecCursor};

#[derive(Clone, Debug)]
pub enum Move {
    First,
    Last,
    Seek(Bytes, Sequence),
    Before(Bytes),
    Next,
    Prev,
}

pub fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        1 => Just(Move::First),
        1 => Just(Move::Last),
        2 => (key(), 0_u64..12).prop_map(|(key, sequence)| Move::Seek(key, sequence)),
        2 => key().prop_map(Move::Before),
        10 => Just(Move::Next),
        10 => Just(Move::Prev),
    ];
    prop::collection::vec(one, 1..60)
}

pub fn entries(count: usize) -> impl Strategy<Value = Vec<Owned>> {
    let one = (key(), 0_u64..10).prop_map(|(key, sequence)| Owned::put(&key, sequence, b"unnamed"));
    prop::collection::vec(one, 0..count).prop_map(|mut entries| {
        entries.sort_by(|a, b| order(&a.key, a.sequence, &b.key, b.sequence));
        entries.dedup();
        entries
    })
}

/// Makes the moves on `cursor` and on `list`, which it must equal. Stops at the first error, and tells of it.
pub fn walk(cursor: &mut impl Cursor, list: &[Owned], moves: &[Move]) -> bool {
    let mut at = None;
    for step in moves {
        let result = match step {
            Move::First => {
                at = Some(0);
                cursor.seek_first()
            }
            Move::Last => {
                at = list.len().checked_sub(1);
                cursor.seek_last()
            }
            Move::Seek(key, sequence) => {
                at = Some(list.partition_point(|entry| {
                    order(&entry.key, entry.sequence, key, *sequence).is_lt()
                }));
                cursor.seek(key, *sequence)
            }
            Move::Before(key) => {
                at = list.partition_point(|entry| entry.key < key).checked_sub(1);
                cursor.seek_before(key)
            }
            Move::Next if at.is_some() => {
                at = at.map(|at| at + 1);
                cursor.next()
            }
            Move::Prev if at.is_some() => {
                at = at.and_then(|at| at.checked_sub(1));
                cursor.prev()
            }
            Move::Next | Move::Prev => Ok(()),
        };
        if result.is_err() {
            assert_eq!(cursor.entry(), None, "after an error it stands on none");
            return true;
        }
        at = at.filter(|&at| at < list.len());
        assert_eq!(cursor.entry(), at.map(|at| list[at].entry()), "{step:?}");
        if let Some(at) = at {
            assert_eq!(cursor.value(), list[at].value);
        }
    }
    false
}

/// Names each child's entries, and sorts all of them as the merge does.
fn named(children: &mut [Vec<Owned>]) -> Vec<Owned> {
    for (entries, name) in children.iter_mut().zip(0_u8..) {
        for entry in entries {
            entry.value = Bytes::from(vec![name]);
        }
    }
    let mut all = children.concat();
    all.sort_by(|a, b| order(&a.key, a.sequence, &b.key, b.sequence).then(a.value.cmp(&b.value)));
    all
}

#[test]
fn nothing_merged_is_nothing() {
    let mut merge = MergeCursor::new(Vec::<VecCursor>::new());
    for step in [Move::First, Move::Last, Move::Before("k".into())] {
        walk(&mut merge, &[], &[step]);
    }
}

#[test]
fn a_child_that_keeps_winning_is_the_only_one_moved() {
    let low = VecCursor::new((0..50).map(|i| Owned::put(&[0, i], 1, b"")).collect());
    let high = VecCursor::new((0..50).map(|i| Owned::put(&[1, i], 1, b"")).collect());
    let moves = Rc::clone(&high.moves);
    let mut merge = MergeCursor::new(vec![high, low]);
    merge.seek_first().unwrap();
    for _ in 0..49 {
        merge.next().unwrap();
    }
    assert_eq!(moves.get(), 1);
}

proptest! {
    #![proptest_config(cases(1024))]

    #[test]
    fn it_walks_like_the_sorted_list_of_all(
        mut children in prop::collection::vec(entries(12), 1..7),
        moves in moves(),
    ) {
        let all = named(&mut children);
        let mut merge = MergeCursor::new(children.into_iter().map(VecCursor::new).collect());
        walk(&mut merge, &all, &moves);
    }

    #[test]
    fn after_an_error_it_stands_on_none_and_can_be_placed_again(
        mut children in prop::collection::vec(entries(8), 1..5),
        first in moves(),
        second in moves(),
        moves_left in 0_u32..30,
    ) {
        let all = named(&mut children);
        let left = Rc::new(Cell::new(moves_left));
        let children = children.into_iter().map(VecCursor::new);
        let mut merge =
            MergeCursor::new(children.map(|child| child.failing(Rc::clone(&left))).collect());
        walk(&mut merge, &all, &first);
        left.set(u32::MAX);
        walk(&mut merge, &all, &[vec![Move::First], second].concat());
    }
}
