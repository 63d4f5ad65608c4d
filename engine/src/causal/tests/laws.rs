//! Merging gives one result, whatever the order: with siblings and with last-write-wins, with deadlines,
//! dropped bytes and more tokens than a cell remembers.

use super::*;

#[derive(Clone, Debug)]
pub(super) enum Step {
    /// A write with the context of what stands at another replica, or none.
    Write {
        at: usize,
        read_at: Option<usize>,
        wall_ms: u64,
        deadline: Option<u64>,
        token: Option<u64>,
        value: bool,
    },
    /// Many writes under new tokens, each of which has seen the one before.
    Burst {
        at: usize,
        wall_ms: u64,
    },
    Merge {
        into: usize,
        from: usize,
    },
    Expire {
        at: usize,
        now: u64,
    },
    /// The replica loses its cell, and goes on under its next epoch.
    Remove {
        at: usize,
    },
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let (replica, ms) = (0..REPLICAS, 0..40_u64);
    let write = (
        replica.clone(),
        proptest::option::of(replica.clone()),
        ms.clone(),
        proptest::option::of(ms.clone()),
        proptest::option::of(0..4_u64),
        prop::bool::weighted(0.8),
    );
    prop_oneof![
        6 => write.prop_map(|(at, read_at, wall_ms, deadline, token, value)| {
            Step::Write { at, read_at, wall_ms, deadline, token, value }
        }),
        1 => (replica.clone(), ms.clone()).prop_map(|(at, wall_ms)| Step::Burst { at, wall_ms }),
        4 => (replica.clone(), replica.clone()).prop_map(|(into, from)| Step::Merge { into, from }),
        2 => (replica.clone(), ms).prop_map(|(at, now)| Step::Expire { at, now }),
        1 => replica.prop_map(|at| Step::Remove { at }),
    ]
}

/// Three replicas after `steps`. Stamps are as wrong as clocks may be, so they order nothing but ties.
pub(super) fn play(steps: &[Step], resolve: &dyn Resolve) -> [Cell; REPLICAS] {
    let mut cells: [Cell; REPLICAS] = Default::default();
    let mut epochs = [0; REPLICAS];
    let mut count = 0;
    let mut version = |wall_ms: u64, deadline: Option<u64>, value: bool| {
        count += 1;
        let stamp = Stamp {
            wall_ms,
            logical: count,
            node: NodeId(1),
        };
        Version {
            value: value.then(|| Bytes::from(count.to_string())),
            stamp,
            deadline: deadline.map(Wall),
        }
    };
    for step in steps {
        let actors: [Actor; REPLICAS] = core::array::from_fn(|at| Actor {
            epoch: epochs[at],
            ..actor(at)
        });
        match *step {
            Step::Write {
                at,
                read_at,
                wall_ms,
                deadline,
                token,
                value,
            } => {
                let seen = read_at.map_or_else(Default::default, |from| cells[from].seen().clone());
                let version = version(wall_ms, deadline, value);
                cells[at]
                    .write(actors[at], &seen, version, token.map(Token), resolve)
                    .unwrap();
            }
            Step::Burst { at, wall_ms } => {
                for _ in 0..20 {
                    let seen = cells[at].seen().clone();
                    let version = version(wall_ms, None, true);
                    let token = Some(Token(100 + u64::from(version.stamp.logical)));
                    cells[at]
                        .write(actors[at], &seen, version, token, resolve)
                        .unwrap();
                }
            }
            Step::Merge { into, from } => {
                let other = cells[from].clone();
                cells[into].merge(&other, resolve);
            }
            Step::Expire { at, now } => {
                let digest = cells[at].digest();
                cells[at].expire(Wall(now));
                assert_eq!(digest, cells[at].digest());
            }
            Step::Remove { at } => {
                cells[at] = Cell::default();
                epochs[at] += 1;
            }
        }
    }
    cells
}

/// Equal, and alike in all that derives from it.
fn check_same(a: &Cell, b: &Cell) {
    assert_eq!(a, b);
    assert!(a.agrees_with(b));
    assert_eq!(a.digest(), b.digest());
    for now in [0, 10, 20, 40] {
        assert_eq!(a.values(Wall(now)), b.values(Wall(now)));
        assert_eq!(a.is_dead(Wall(now)), b.is_dead(Wall(now)));
    }
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn merge_is_commutative_associative_and_idempotent(
        steps in prop::collection::vec(step(), 1..40), latest in any::<bool>()
    ) {
        let resolve: &dyn Resolve = if latest { &KeepLatest } else { &KeepSiblings };
        let [a, b, c] = play(&steps, resolve);
        let merged = |x: &Cell, y: &Cell| merged(x, y, resolve);
        check_same(&merged(&a, &b), &merged(&b, &a));
        check_same(&merged(&merged(&a, &b), &c), &merged(&a, &merged(&b, &c)));
        check_same(&merged(&a, &a), &a);
        let ab = merged(&a, &b);
        for part in [&a, &b, &ab] {
            let mut again = ab.clone();
            prop_assert_eq!(again.merge(part, resolve), Merged::Nothing);
            check_same(&again, &ab);
        }
    }

    #[test]
    fn a_merge_says_news_exactly_when_it_changed_something(
        steps in prop::collection::vec(step(), 1..40), latest in any::<bool>()
    ) {
        let resolve: &dyn Resolve = if latest { &KeepLatest } else { &KeepSiblings };
        let [a, b, _] = play(&steps, resolve);
        let mut ab = a.clone();
        let news = ab.merge(&b, resolve) == Merged::News;
        prop_assert_eq!(news, ab != a);
    }

    #[test]
    fn digests_are_equal_exactly_when_cells_agree(steps in prop::collection::vec(step(), 1..20)) {
        let cells = play(&steps, &KeepSiblings);
        for (a, b) in [(0, 1), (1, 2), (0, 2)] {
            let (a, b) = (&cells[a], &cells[b]);
            prop_assert_eq!(a.digest() == b.digest(), a.agrees_with(b));
        }
    }

    #[test]
    fn a_version_that_is_alone_is_shown_until_it_ends(
        steps in prop::collection::vec(step(), 1..40), latest in any::<bool>()
    ) {
        let resolve: &dyn Resolve = if latest { &KeepLatest } else { &KeepSiblings };
        for cell in play(&steps, resolve) {
            prop_assert_eq!(cell.is_empty(), cell.shown().next().is_none(), "{:?}", cell);
        }
    }
}

#[test]
fn last_write_wins_keeps_one_version_and_it_is_the_latest() {
    let mut cells: [Cell; 2] = Default::default();
    let none = VersionVector::default();
    for (node, number) in [(0, 7), (1, 9), (0, 8)] {
        cells[node]
            .write(actor(node), &none, version(number), None, &KeepLatest)
            .unwrap();
    }
    let met = merged(&cells[0], &cells[1], &KeepLatest);
    assert_eq!(shown_at(&met, Wall(0)), ["9"]);
    assert_eq!(met.live().len(), 1);
}
