//! Three replicas that change, send and lose what they hold, beside a model that keeps every change.

mod bytes;
mod counters;
mod laws;
mod limits;
mod registers;
mod sets;

use std::collections::{BTreeMap, BTreeSet};

use ::bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::NodeId;
use crate::base::time::Wall;
use crate::causal::{Actor, Dot, Hlc, Stamp, StampClock, Token};

pub const REPLICAS: usize = 3;
const MINUTE_MS: u64 = 60_000;

pub fn actor(node: u32) -> Actor {
    Actor::new(NodeId(node), 1)
}

pub fn origin(node: u32, counter: u64, wall_ms: u64) -> Origin {
    Origin {
        dot: Dot {
            actor: actor(node),
            counter,
        },
        stamp: Stamp {
            wall_ms,
            logical: 0,
            node: NodeId(node),
        },
        token: None,
    }
}

pub fn tokened(node: u32, counter: u64, wall_ms: u64, token: u64) -> Origin {
    Origin {
        token: Some(Token(token)),
        ..origin(node, counter, wall_ms)
    }
}

pub fn text(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

pub fn insert(element: &str) -> Change {
    Change::Insert(text(element))
}

pub fn remove(element: &str) -> Change {
    Change::Remove(text(element))
}

pub fn set(field: &str, value: &str) -> Change {
    let (field, value) = (text(field), text(value));
    Change::Set { field, value }
}

pub fn unset(field: &str) -> Change {
    Change::Unset { field: text(field) }
}

pub fn merged(a: &State, b: &State) -> State {
    let mut joined = a.clone();
    joined.merge(b).unwrap();
    joined
}

#[derive(Clone, Debug)]
pub enum Step {
    /// A replica changes what it holds. A small number stands for a token: one number, one increment.
    Change {
        at: usize,
        change: Change,
        token: Option<u8>,
    },
    /// A state that some replica held once reaches another: late, again, or never.
    Deliver {
        state: prop::sample::Index,
        to: usize,
    },
    /// Every replica hears all, and time passes; tokens from before are not used again.
    Wait { minutes: u64 },
    /// A delete of the key: the replica holds nothing now.
    Forget { at: usize },
}

/// A change as it was made, and what was known to who made it.
pub struct Done {
    pub change: Change,
    pub origin: Origin,
    pub before: BTreeSet<usize>,
}

pub struct Replica {
    pub state: State,
    /// The numbers of the changes that it has heard of.
    pub heard: BTreeSet<usize>,
    clock: Hlc,
    counter: u64,
}

pub struct World {
    pub kind: Kind,
    pub replicas: Vec<Replica>,
    pub done: Vec<Done>,
    /// Every state that a replica has held, with what it had heard.
    pub states: Vec<(State, BTreeSet<usize>)>,
    wall_ms: u64,
    waits: u64,
}

impl World {
    pub fn new(kind: Kind) -> Self {
        let replica = |_| Replica {
            state: State::empty(kind),
            heard: BTreeSet::new(),
            clock: Hlc::default(),
            counter: 0,
        };
        Self {
            kind,
            replicas: (0..REPLICAS).map(replica).collect(),
            done: Vec::new(),
            states: vec![(State::empty(kind), BTreeSet::new())],
            wall_ms: 100 * MINUTE_MS,
            waits: 0,
        }
    }

    pub fn play(kind: Kind, steps: &[Step], mut after_each: impl FnMut(&Self)) -> Self {
        let mut world = Self::new(kind);
        for step in steps {
            world.step(step);
            after_each(&world);
        }
        world
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Change { at, change, token } => self.change(*at, change, *token),
            Step::Deliver { state, to } => {
                let (state, heard) = self.states[state.index(self.states.len())].clone();
                self.hear(*to, &state, &heard);
            }
            Step::Wait { minutes } => {
                self.sync();
                self.waits += 1;
                self.wall_ms += minutes * MINUTE_MS;
            }
            Step::Forget { at } => self.replicas[*at].state = State::empty(self.kind),
        }
    }

    fn change(&mut self, at: usize, change: &Change, token: Option<u8>) {
        self.wall_ms += 1;
        let node = at as u32 + 1;
        let replica = &mut self.replicas[at];
        replica.counter += 1;
        let mut origin = origin(node, replica.counter, 0);
        origin.stamp = replica.clock.stamp(Wall(self.wall_ms), NodeId(node));
        origin.token = token.map(|token| Token(1_000 * self.waits + u64::from(token)));
        let change = match (change, token) {
            // Every try of an increment has its amount.
            (Change::Add(_), Some(token)) => Change::Add(amount(self.kind, token)),
            _ => change.clone(),
        };
        let before = replica.heard.clone();
        replica.state.apply(&change, &origin).unwrap();
        replica.heard.insert(self.done.len());
        self.states
            .push((replica.state.clone(), replica.heard.clone()));
        self.done.push(Done {
            change,
            origin,
            before,
        });
    }

    fn hear(&mut self, to: usize, state: &State, heard: &BTreeSet<usize>) {
        let replica = &mut self.replicas[to];
        replica.state.merge(state).unwrap();
        replica.heard.extend(heard);
        self.states
            .push((replica.state.clone(), replica.heard.clone()));
    }

    /// Every replica hears what every other one holds.
    pub fn sync(&mut self) {
        for from in 0..REPLICAS {
            for to in 0..REPLICAS {
                let (state, heard) = (&self.replicas[from].state, &self.replicas[from].heard);
                let (state, heard) = (state.clone(), heard.clone());
                self.hear(to, &state, &heard);
            }
        }
    }

    /// What a replica that has heard of these changes must show.
    pub fn model(&self, heard: &BTreeSet<usize>) -> Vec<Bytes> {
        match self.kind {
            Kind::GCounter | Kind::PnCounter => vec![text(&self.sum(heard).to_string())],
            Kind::OrSet => self.elements(heard),
            Kind::Map => {
                let line = |(field, value): (Bytes, Option<Bytes>)| {
                    Some(Bytes::from([&field[..], b"=", &value?].concat()))
                };
                self.latest(heard).into_iter().filter_map(line).collect()
            }
            Kind::Register => self.latest(heard).into_values().flatten().collect(),
        }
    }

    fn sum(&self, heard: &BTreeSet<usize>) -> i64 {
        let mut tokens = BTreeMap::new();
        let mut sum = 0;
        for done in heard.iter().map(|number| &self.done[*number]) {
            let Change::Add(delta) = done.change else {
                panic!("{:?}", done.change)
            };
            match done.origin.token {
                Some(token) => _ = tokens.insert(token, delta),
                None => sum += delta,
            }
        }
        sum + tokens.values().sum::<i64>()
    }

    /// An element is in when some insert of it was in no remove's past.
    fn elements(&self, heard: &BTreeSet<usize>) -> Vec<Bytes> {
        let removed = |insert: usize, of: &Bytes| {
            heard.iter().any(|number| {
                let done = &self.done[*number];
                done.change == Change::Remove(of.clone()) && done.before.contains(&insert)
            })
        };
        let mut elements = BTreeSet::new();
        for &number in heard {
            if let Change::Insert(element) = &self.done[number].change
                && !removed(number, element)
            {
                elements.insert(element.clone());
            }
        }
        elements.into_iter().collect()
    }

    /// For each field the write with the highest stamp; a register is a map of one field.
    fn latest(&self, heard: &BTreeSet<usize>) -> BTreeMap<Bytes, Option<Bytes>> {
        let mut writes: Vec<&Done> = heard.iter().map(|number| &self.done[*number]).collect();
        writes.sort_by_key(|done| (done.origin.stamp, done.origin.dot));
        let write = |done: &Done| match &done.change {
            Change::Set { field, value } => (field.clone(), Some(value.clone())),
            Change::Unset { field } => (field.clone(), None),
            Change::Assign(value) => (Bytes::new(), Some(value.clone())),
            other => panic!("{other:?}"),
        };
        writes.into_iter().map(write).collect()
    }
}

/// Some up, some down where the kind allows it.
fn amount(kind: Kind, token: u8) -> i64 {
    let amount = 10 * i64::from(token);
    if kind == Kind::PnCounter && token.is_multiple_of(2) {
        -amount
    } else {
        amount
    }
}

fn change(kind: Kind) -> BoxedStrategy<Change> {
    let name = || prop::sample::select(vec!["a", "b", "c", ""]);
    match kind {
        Kind::GCounter => (0_i64..100).prop_map(Change::Add).boxed(),
        Kind::PnCounter => (-100_i64..100).prop_map(Change::Add).boxed(),
        Kind::OrSet => (name(), any::<bool>())
            .prop_map(|(name, inserts)| if inserts { insert(name) } else { remove(name) })
            .boxed(),
        Kind::Map => (name(), prop::option::of(name()))
            .prop_map(|(field, value)| {
                value.map_or_else(|| unset(field), |value| set(field, value))
            })
            .boxed(),
        Kind::Register => name().prop_map(|name| Change::Assign(text(name))).boxed(),
    }
}

fn step(kind: Kind) -> impl Strategy<Value = Step> {
    let replica = 0..REPLICAS;
    let change = (replica.clone(), change(kind), prop::option::of(1_u8..5));
    prop_oneof![
        8 => change.prop_map(|(at, change, token)| Step::Change { at, change, token }),
        6 => (any::<prop::sample::Index>(), replica)
            .prop_map(|(state, to)| Step::Deliver { state, to }),
        1 => (1_u64..90).prop_map(|minutes| Step::Wait { minutes }),
    ]
}

pub fn kinds() -> impl Strategy<Value = Kind> {
    prop::sample::select(Kind::ALL.to_vec())
}

/// A kind and a history of it.
pub fn history() -> impl Strategy<Value = (Kind, Vec<Step>)> {
    kinds().prop_flat_map(|kind| (Just(kind), prop::collection::vec(step(kind), 1..60)))
}

/// A history in which keys are deleted, too.
pub fn history_with_deletes() -> impl Strategy<Value = (Kind, Vec<Step>)> {
    kinds().prop_flat_map(|kind| {
        let forget = (0..REPLICAS).prop_map(|at| Step::Forget { at });
        let step = prop_oneof![8 => step(kind), 1 => forget];
        (Just(kind), prop::collection::vec(step, 1..60))
    })
}
