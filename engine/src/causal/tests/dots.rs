//! No dot is given twice, whatever is removed, restarted, delayed or remembered.

use super::*;

#[derive(Clone, Debug)]
enum Step {
    /// A write at a replica, with a context that some client got at some time.
    Write {
        at: usize,
        context: prop::sample::Index,
    },
    /// A replica takes in a cell that was sent at some time.
    TakeIn {
        into: usize,
        sent: prop::sample::Index,
    },
    /// A replica removes its cell, having raised its epoch.
    Remove { at: usize },
    /// A replica restarts with its cell.
    Restart { at: usize },
}

fn step() -> impl Strategy<Value = Step> {
    let (replica, any_of) = (0..REPLICAS, any::<prop::sample::Index>());
    prop_oneof![
        4 => (replica.clone(), any_of.clone()).prop_map(|(at, context)| Step::Write { at, context }),
        3 => (replica.clone(), any_of).prop_map(|(into, sent)| Step::TakeIn { into, sent }),
        1 => replica.clone().prop_map(|at| Step::Remove { at }),
        1 => replica.prop_map(|at| Step::Restart { at }),
    ]
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn no_dot_is_given_twice(steps in prop::collection::vec(step(), 1..40)) {
        let mut cells: [Cell; REPLICAS] = Default::default();
        let mut actors: [Actor; REPLICAS] = core::array::from_fn(actor);
        let (mut contexts, mut sent) = (vec![VersionVector::default()], vec![Cell::default()]);
        let mut given = BTreeSet::new();
        for step in steps {
            match step {
                Step::Write { at, context } => {
                    let seen = contexts[context.index(contexts.len())].clone();
                    let dot = cells[at].next_dot(actors[at], &seen).unwrap();
                    let written = cells[at].write(actors[at], &seen, version(1), None, &KeepSiblings);
                    prop_assert_eq!(written.unwrap(), Wrote { dot, repeated: false });
                    prop_assert!(given.insert(dot), "{} was given before", dot);
                    // What a put returns, and what a get would.
                    let mut own = seen;
                    own.see(dot);
                    contexts.extend([own, cells[at].seen().clone()]);
                    sent.push(cells[at].clone());
                }
                Step::TakeIn { into, sent: index } => {
                    cells[into].merge(&sent[index.index(sent.len())], &KeepSiblings);
                    sent.push(cells[into].clone());
                }
                Step::Remove { at } => {
                    actors[at].epoch += 1;
                    cells[at] = Cell::default();
                }
                Step::Restart { at } => {
                    actors[at] = Actor::new(actors[at].node, actors[at].incarnation + 1);
                }
            }
        }
    }
}

#[test]
fn a_cell_that_was_never_removed_goes_on_under_its_epoch() {
    let mut cell = Cell::default();
    let first = put(&mut cell, 0, &VersionVector::default(), 1);
    let raised = Actor {
        epoch: 3,
        ..actor(0)
    };
    let next = cell.next_dot(raised, &VersionVector::default()).unwrap();
    assert_eq!(
        next,
        Dot {
            counter: 2,
            ..first
        }
    );
}

#[test]
fn an_old_context_does_not_bring_an_old_epoch_back() {
    let mut cell = Cell::default();
    put(&mut cell, 0, &VersionVector::default(), 1);
    let old = cell.context().seen;
    put(&mut cell, 0, &old, 2);
    // Removed; of its two dots the client's context, and so a peer's vector, names the first alone.
    let (mut mine, mut peer) = (Cell::default(), Cell::default());
    put(&mut peer, 1, &old, 3);
    mine.merge(&peer, &KeepSiblings);
    let raised = Actor {
        epoch: 1,
        ..actor(0)
    };
    let next = mine.next_dot(raised, &old).unwrap();
    assert_eq!(
        next,
        Dot {
            actor: raised,
            counter: 1
        }
    );
}

#[test]
fn an_actor_that_has_counted_to_the_end_is_refused() {
    let (cell, mut context) = (Cell::default(), VersionVector::default());
    context.see(Dot {
        actor: actor(0),
        counter: u64::MAX,
    });
    let refused = cell.next_dot(actor(0), &context);
    assert_eq!(refused.unwrap_err().code(), crate::Code::Overloaded);
}
