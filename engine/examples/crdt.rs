//! What two sides of a partition hold, and what they become: lesson 7's data types that merge by themselves.
//!
//! `cargo run --release -p kvorum --example crdt`

use bytes::Bytes;
use kvorum::causal::{Actor, Dot, Stamp, Token};
use kvorum::crdt::{Change, Kind, Origin, State, join};
use kvorum::{NodeId, Result};

/// One replica: its state of one key, and the dots that it has given.
struct Side {
    node: NodeId,
    state: State,
    counter: u64,
}

impl Side {
    fn new(node: u32, state: State) -> Self {
        let node = NodeId(node);
        Self {
            node,
            state,
            counter: 0,
        }
    }

    fn change(&mut self, wall_ms: u64, change: &Change, token: Option<Token>) -> Result<()> {
        let node = self.node;
        self.counter += 1;
        let actor = Actor::new(node, 1);
        let origin = Origin {
            dot: Dot {
                actor,
                counter: self.counter,
            },
            stamp: Stamp {
                wall_ms,
                logical: 0,
                node,
            },
            token,
        };
        self.state.apply(change, &origin)
    }
}

/// A change of one side: when, what, and under which token.
type Step = (u64, Change, Option<Token>);

fn shown(state: &State) -> String {
    let values = state.values();
    let texts: Vec<_> = values
        .iter()
        .map(|value| String::from_utf8_lossy(value))
        .collect();
    format!("{{{}}} in {} bytes", texts.join(", "), state.encode().len())
}

/// Both sides start from what n1 did before the cut, and meet after it.
fn partition(
    title: &str,
    kind: Kind,
    before: &[Step],
    left: &[Step],
    right: &[Step],
) -> Result<()> {
    let play = |side: &mut Side, steps: &[Step]| {
        let mut each = steps.iter();
        each.try_for_each(|(wall_ms, change, token)| side.change(*wall_ms, change, *token))
    };
    let mut n1 = Side::new(1, State::empty(kind));
    play(&mut n1, before)?;
    let mut n2 = Side::new(2, n1.state.clone());
    println!("{title}");
    println!("  before  {}", shown(&n1.state));
    play(&mut n1, left)?;
    play(&mut n2, right)?;
    println!("  n1      {}", shown(&n1.state));
    println!("  n2      {}", shown(&n2.state));
    let siblings = [n1.state.encode(), n2.state.encode()];
    println!("  merged  {}", shown(&join(kind, siblings.iter())?));
    Ok(())
}

fn main() -> Result<()> {
    let text = Bytes::from_static;
    let plain = |wall_ms, change| (wall_ms, change, None);
    let insert = |wall_ms, element| plain(wall_ms, Change::Insert(text(element)));
    let remove = |wall_ms, element| plain(wall_ms, Change::Remove(text(element)));
    let set = |wall_ms, field, value| {
        let (field, value) = (text(field), text(value));
        plain(wall_ms, Change::Set { field, value })
    };
    let unset = |wall_ms, field| plain(wall_ms, Change::Unset { field: text(field) });
    let assign = |wall_ms, value| plain(wall_ms, Change::Assign(text(value)));

    partition(
        "counter: n1 adds 5, n2 takes 2",
        Kind::PnCounter,
        &[plain(1, Change::Add(10))],
        &[plain(2, Change::Add(5))],
        &[plain(2, Change::Add(-2))],
    )?;
    let add_once = |wall_ms| (wall_ms, Change::Add(5), Some(Token(77)));
    partition(
        "counter: n1's answer is lost, the client tries again at n2 with the same token",
        Kind::PnCounter,
        &[plain(1, Change::Add(10))],
        &[add_once(2)],
        &[add_once(3)],
    )?;
    partition(
        "orset: n1 removes milk, n2 inserts it again and removes tea",
        Kind::OrSet,
        &[insert(1, b"milk"), insert(1, b"tea")],
        &[remove(2, b"milk"), insert(3, b"pen")],
        &[insert(2, b"milk"), remove(3, b"tea")],
    )?;
    partition(
        "map: both set the town, n2 later; n1 removes the phone, n2 had set it before that",
        Kind::Map,
        &[set(1, b"name", b"Ada")],
        &[set(2, b"town", b"Bath"), unset(4, b"phone")],
        &[set(3, b"phone", b"555"), set(5, b"town", b"York")],
    )?;
    partition(
        "register: both assign, n2 later",
        Kind::Register,
        &[assign(1, b"red")],
        &[assign(2, b"green")],
        &[assign(3, b"blue")],
    )
}
