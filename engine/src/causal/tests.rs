//! Cells against a model that keeps whole causal histories; what else holds of them stands by subject.

use std::collections::BTreeSet;

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::NodeId;
use crate::base::time::Wall;
use crate::seeded::cases;

mod dots;
mod encodings;
mod expiry;
mod laws;
mod retries;

const REPLICAS: usize = 3;

fn actor(node: usize) -> Actor {
    Actor::new(NodeId(node as u32 + 1), 1)
}

fn version(number: usize) -> Version {
    Version::new(Bytes::from(number.to_string()), stamp(number))
}

fn stamp(number: usize) -> Stamp {
    Stamp {
        wall_ms: number as u64,
        logical: 0,
        node: NodeId(1),
    }
}

/// Writes a version of that number and returns its dot; a number of this module's tests is its value, too.
fn put(cell: &mut Cell, node: usize, seen: &VersionVector, number: usize) -> Dot {
    retry(cell, node, seen, number, None).dot
}

fn retry(
    cell: &mut Cell,
    node: usize,
    seen: &VersionVector,
    number: usize,
    token: Option<Token>,
) -> Wrote {
    let version = version(number);
    cell.write(actor(node), seen, version, token, &KeepSiblings)
        .unwrap()
}

fn merged(a: &Cell, b: &Cell, resolve: &dyn Resolve) -> Cell {
    let mut a = a.clone();
    a.merge(b, resolve);
    a
}

fn shown_at(cell: &Cell, now: Wall) -> Vec<String> {
    let values = cell.values(now);
    let text = values.iter().map(|value| String::from_utf8_lossy(value));
    text.map(|text| text.into_owned()).collect()
}

#[derive(Clone, Debug)]
enum Step {
    /// A client writes at a replica with the context it read at another one, now.
    Write { at: usize, read_at: Option<usize> },
    /// The client of the last write at one replica writes again at another, with the context that its put
    /// returned: what it had seen before, and its own write.
    Again { client: usize, at: usize },
    /// A replica takes in another's cell.
    Merge { into: usize, from: usize },
}

fn step() -> impl Strategy<Value = Step> {
    let replica = 0..REPLICAS;
    prop_oneof![
        (replica.clone(), proptest::option::of(replica.clone()))
            .prop_map(|(at, read_at)| Step::Write { at, read_at }),
        (replica.clone(), replica.clone()).prop_map(|(client, at)| Step::Again { client, at }),
        (replica.clone(), replica).prop_map(|(into, from)| Step::Merge { into, from }),
    ]
}

/// The model: a replica is the set of writes it has heard of; each write knows all that came before it.
#[derive(Default)]
struct Model {
    before: Vec<BTreeSet<usize>>,
    heard: [BTreeSet<usize>; REPLICAS],
}

impl Model {
    fn write(&mut self, at: usize, context: BTreeSet<usize>) -> usize {
        self.heard[at].extend(&context);
        let number = self.before.len();
        self.before.push(context);
        self.heard[at].insert(number);
        number
    }

    fn live(&self, replica: usize) -> BTreeSet<String> {
        let heard = &self.heard[replica];
        let superseded = |number: &usize| {
            heard
                .iter()
                .any(|other| self.before[*other].contains(number))
        };
        heard
            .iter()
            .filter(|number| !superseded(number))
            .map(ToString::to_string)
            .collect()
    }
}

fn shown(cell: &Cell) -> BTreeSet<String> {
    shown_at(cell, Wall(0)).into_iter().collect()
}

fn play(steps: &[Step], mut after_each: impl FnMut(&Model, &[Cell; REPLICAS])) -> [Cell; REPLICAS] {
    let mut model = Model::default();
    let mut cells: [Cell; REPLICAS] = Default::default();
    let mut clients: [(BTreeSet<usize>, VersionVector); REPLICAS] = Default::default();
    for step in steps {
        match *step {
            Step::Write { .. } | Step::Again { .. } => {
                let (client, at, (mut known, mut seen)) = match *step {
                    Step::Again { client, at } => (client, at, clients[client].clone()),
                    Step::Write {
                        at,
                        read_at: Some(read_at),
                    } => (
                        at,
                        at,
                        (model.heard[read_at].clone(), cells[read_at].context().seen),
                    ),
                    Step::Write { at, .. } | Step::Merge { into: at, .. } => {
                        (at, at, Default::default())
                    }
                };
                let number = model.write(at, known.clone());
                let dot = put(&mut cells[at], at, &seen, number);
                known.insert(number);
                seen.see(dot);
                clients[client] = (known, seen);
            }
            Step::Merge { into, from } => {
                let other = cells[from].clone();
                cells[into].merge(&other, &KeepSiblings);
                let heard = model.heard[from].clone();
                model.heard[into].extend(heard);
            }
        }
        after_each(&model, &cells);
    }
    cells
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn live_versions_are_the_maxima_of_the_causal_history(steps in prop::collection::vec(step(), 1..40)) {
        play(&steps, |model, cells| {
            for (replica, cell) in cells.iter().enumerate() {
                assert_eq!(shown(cell), model.live(replica), "replica {replica}");
            }
        });
    }

    #[test]
    fn hybrid_stamps_grow_past_everything_seen(walls in prop::collection::vec((0_u64..50, 0_u64..80), 1..50)) {
        let mut clock = Hlc::default();
        let mut last = Stamp::default();
        for (wall_ms, seen_ms) in walls {
            let seen = Stamp { wall_ms: seen_ms, logical: 3, node: NodeId(2) };
            clock.observe(seen, Wall(wall_ms)).unwrap();
            let stamp = clock.stamp(Wall(wall_ms), NodeId(1));
            prop_assert!(stamp > last && stamp > seen && stamp.wall_ms >= wall_ms);
            last = stamp;
        }
    }
}

#[test]
fn a_context_of_another_key_is_refused() {
    let mut cell = Cell::default();
    put(&mut cell, 0, &VersionVector::default(), 1);
    let bytes = cell.context().encode(b"cart");
    let error = Context::decode(b"basket", &bytes).unwrap_err();
    assert!(
        error.to_string().contains("no context of this key"),
        "{error}"
    );
}

#[test]
fn dynamo_s_example_ends_in_one_version_that_saw_all_three_nodes() {
    // Dynamo 2007, section 4.4, figure 3: D1, D2 at x; D3 at y and D4 at z from D2; D5 at x joins them.
    let [mut x, mut y, mut z]: [Cell; 3] = Default::default();
    put(&mut x, 0, &VersionVector::default(), 1);
    let seen = x.context().seen;
    put(&mut x, 0, &seen, 2);
    y.merge(&x, &KeepSiblings);
    z.merge(&x, &KeepSiblings);
    let seen = x.context().seen;
    put(&mut y, 1, &seen, 3);
    put(&mut z, 2, &seen, 4);
    x.merge(&y, &KeepSiblings);
    x.merge(&z, &KeepSiblings);
    assert_eq!(x.values(Wall(0)), [Bytes::from("3"), Bytes::from("4")]);
    let seen = x.context().seen;
    put(&mut x, 0, &seen, 5);
    assert_eq!(x.values(Wall(0)), [Bytes::from("5")]);
    assert_eq!(x.seen().to_string(), "{n1.1:3, n2.1:1, n3.1:1}");
    assert_eq!(y.seen().compare(z.seen()), Relation::Concurrent);
    assert_eq!(y.seen().compare(x.seen()), Relation::Before);
}

#[test]
fn blind_writes_through_one_node_stay_beside_each_other() {
    let mut cell = Cell::default();
    for number in 0..5 {
        put(&mut cell, 0, &VersionVector::default(), number);
    }
    assert_eq!(cell.values(Wall(0)).len(), 5);
}

#[test]
fn too_many_siblings_are_refused_and_change_nothing() {
    let mut cell = Cell::default();
    for number in 0..crate::base::limits::SIBLINGS_MAX {
        put(&mut cell, 0, &VersionVector::default(), number);
    }
    let before = cell.clone();
    let refused = cell.write(
        actor(0),
        &VersionVector::default(),
        version(99),
        None,
        &KeepSiblings,
    );
    assert_eq!(refused.unwrap_err().code(), crate::Code::Conflict);
    assert_eq!(cell, before);
    let seen = cell.context().seen;
    put(&mut cell, 0, &seen, 100);
    assert_eq!(cell.values(Wall(0)).len(), 1);
}

#[test]
fn a_stamp_from_a_broken_clock_is_refused() {
    let mut clock = Hlc::default();
    let far = Stamp {
        wall_ms: 1_000 + HLC_AHEAD_MS_MAX + 1,
        logical: 0,
        node: NodeId(2),
    };
    assert!(clock.observe(far, Wall(1_000)).is_err());
    assert_eq!(clock.stamp(Wall(1_000), NodeId(1)).wall_ms, 1_000);
}

#[test]
fn what_a_merge_brings_together_can_be_read_back() {
    let grown = |node| {
        let mut cell = Cell::default();
        for incarnation in 1..=600 {
            let actor = Actor::new(NodeId(node), incarnation);
            let seen = cell.seen().clone();
            let version = Version::tombstone(Stamp::default());
            cell.write(actor, &seen, version, None, &KeepSiblings)
                .unwrap();
        }
        cell
    };
    let mut cell = grown(1);
    cell.merge(&grown(2), &KeepSiblings);
    assert!(cell.seen().len() > crate::base::limits::ACTORS_MAX);
    assert_eq!(Cell::decode(&cell.encode()), Ok(cell.clone()));
    let context = cell.context();
    assert_eq!(Context::decode(b"k", &context.encode(b"k")), Ok(context));
}
