//! A write that is asked for twice under one token is one write.

use super::*;
use crate::base::limits::TOKENS_MAX;

const TOKEN: Option<Token> = Some(Token(7));

#[test]
fn a_retry_that_the_cell_knows_writes_nothing() {
    let mut cell = Cell::default();
    let none = VersionVector::default();
    let first = retry(&mut cell, 0, &none, 1, TOKEN);
    let before = cell.clone();
    let again = retry(&mut cell, 1, &none, 1, TOKEN);
    assert_eq!((first.repeated, again.repeated), (false, true));
    assert_eq!(first.dot, again.dot);
    assert_eq!(cell, before);
    // Also when it was superseded since.
    put(&mut cell, 0, &before.context().seen, 2);
    assert!(retry(&mut cell, 0, &none, 1, TOKEN).repeated);
    assert_eq!(shown_at(&cell, Wall(0)), ["2"]);
}

/// Two coordinators that both applied a write, with different stamps.
fn applied_twice() -> (Cell, Cell) {
    let (mut a, mut b) = (Cell::default(), Cell::default());
    let none = VersionVector::default();
    retry(&mut a, 0, &none, 1, TOKEN);
    let later = Version::new(Bytes::from("1"), stamp(5));
    b.write(actor(1), &none, later, TOKEN, &KeepSiblings)
        .unwrap();
    (a, b)
}

#[test]
fn a_retry_that_two_coordinators_applied_is_one_write_when_they_meet() {
    let (a, b) = applied_twice();
    let mut met = merged(&b, &a, &KeepSiblings);
    assert_eq!(shown_at(&met, Wall(0)), ["1"]);
    let known = retry(&mut met, 2, &VersionVector::default(), 1, TOKEN);
    let least = a.live().dots().next().unwrap();
    assert_eq!((known.dot, known.repeated), (least, true));
    // Who read it has seen both copies.
    let seen = met.context().seen;
    put(&mut met, 2, &seen, 2);
    assert_eq!(met.live().len(), 1);
}

#[test]
fn a_copy_goes_with_the_copy_that_was_superseded() {
    for a_is_read in [true, false] {
        let (mut a, mut b) = applied_twice();
        let (read, node) = if a_is_read { (&mut a, 0) } else { (&mut b, 1) };
        let seen = read.context().seen;
        put(read, node, &seen, 2);
        for met in [merged(&a, &b, &KeepSiblings), merged(&b, &a, &KeepSiblings)] {
            assert_eq!(shown_at(&met, Wall(0)), ["2"]);
        }
    }
}

#[test]
fn a_deleted_write_does_not_come_back_as_its_copy_and_does_not_keep_the_cell() {
    let (mut a, b) = applied_twice();
    let seen = a.context().seen;
    let tombstone = Version::tombstone(stamp(6));
    a.write(actor(0), &seen, tombstone, None, &KeepSiblings)
        .unwrap();
    let met = merged(&a, &b, &KeepSiblings);
    assert!(met.values(Wall(0)).is_empty() && met.is_dead(Wall(0)));
}

#[test]
fn with_last_write_wins_the_latest_copy_stands_whatever_came_between() {
    let none = VersionVector::default();
    let written = |node, number, token| {
        let mut cell = Cell::default();
        cell.write(actor(node), &none, version(number), token, &KeepLatest)
            .unwrap();
        cell
    };
    let cells = [
        written(0, 5, TOKEN),
        written(1, 10, TOKEN),
        written(2, 7, None),
    ];
    for (a, b, c) in [(0, 1, 2), (0, 2, 1), (1, 2, 0), (2, 1, 0)] {
        let met = merged(&cells[a], &cells[b], &KeepLatest);
        let met = merged(&met, &cells[c], &KeepLatest);
        assert_eq!(shown_at(&met, Wall(0)), ["10"]);
    }
}

#[test]
fn the_newest_tokens_are_remembered() {
    let mut cell = Cell::default();
    for number in 0..TOKENS_MAX + 2 {
        let seen = cell.context().seen;
        retry(&mut cell, 0, &seen, number, Some(Token(number as u64)));
    }
    let knows = |number| {
        let mut cell = cell.clone();
        let seen = cell.context().seen;
        retry(&mut cell, 0, &seen, 99, Some(Token(number))).repeated
    };
    assert_eq!([knows(0), knows(1), knows(2)], [false, false, true]);
    assert!(knows(TOKENS_MAX as u64 + 1));
    assert_eq!(cell.tokens.all().len(), TOKENS_MAX);
}

#[derive(Clone, Debug)]
enum Step {
    /// A new write at a replica, with the context read at another one.
    Write {
        at: usize,
        read_at: Option<usize>,
    },
    /// An earlier write once more, at any replica, with the context of the first time.
    Retry {
        at: usize,
        which: prop::sample::Index,
    },
    Merge {
        into: usize,
        from: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let replica = 0..REPLICAS;
    prop_oneof![
        (replica.clone(), proptest::option::of(replica.clone()))
            .prop_map(|(at, read_at)| Step::Write { at, read_at }),
        (replica.clone(), any::<prop::sample::Index>())
            .prop_map(|(at, which)| Step::Retry { at, which }),
        (replica.clone(), replica).prop_map(|(into, from)| Step::Merge { into, from }),
    ]
}

proptest! {
    #![proptest_config(cases(1_000))]

    /// The model knows of writes, not of copies: one is gone when a writer has seen any copy of it.
    #[test]
    fn once_all_have_met_a_write_shows_once_or_was_superseded(
        steps in prop::collection::vec(step(), 1..30)
    ) {
        let mut model = Model::default();
        let mut cells: [Cell; REPLICAS] = Default::default();
        let mut asked: Vec<(BTreeSet<usize>, VersionVector)> = Vec::new();
        for step in steps {
            match step {
                Step::Write { at, read_at } => {
                    let (known, seen) = read_at.map_or_else(Default::default, |from| {
                        (model.heard[from].clone(), cells[from].context().seen)
                    });
                    let number = model.write(at, known.clone());
                    retry(&mut cells[at], at, &seen, number, Some(Token(number as u64)));
                    asked.push((known, seen));
                }
                Step::Retry { at, which } if !asked.is_empty() => {
                    let number = which.index(asked.len());
                    let (known, seen) = &asked[number];
                    let token = Some(Token(number as u64));
                    if !retry(&mut cells[at], at, seen, number, token).repeated {
                        model.heard[at].extend(known);
                        model.heard[at].insert(number);
                    }
                }
                Step::Retry { .. } => {}
                Step::Merge { into, from } => {
                    cells[into] = merged(&cells[into], &cells[from], &KeepSiblings);
                    let heard = model.heard[from].clone();
                    model.heard[into].extend(heard);
                }
            }
        }
        let [a, b, c] = &cells;
        let all = merged(&merged(a, b, &KeepSiblings), c, &KeepSiblings);
        for replica in 1..REPLICAS {
            let heard = model.heard[replica].clone();
            model.heard[0].extend(heard);
        }
        prop_assert_eq!(shown(&all), model.live(0));
        prop_assert_eq!(all.values(Wall(0)).len(), model.live(0).len());
    }
}
