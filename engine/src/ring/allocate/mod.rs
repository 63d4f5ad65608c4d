//! Token allocation: a node that joins a ring takes the places that leave all nodes with even shares.
//!
//! ```text
//!   members, their tokens, a joiner --choose--> the joiner's tokens; nobody else's move
//! ```
//!
//! A random token cuts a segment anywhere, so shares stray: at 16 tokens a node by a quarter of the mean. Here
//! each token of the joiner is put where it does most good. For every segment the search works out whose copies
//! a cut there would take, by the preference lists as they are with their zones, and at which point of the
//! segment the squares of all nodes' relative deviations sum up to least. It counts each node's part of all
//! copies, its part of the first owners, and how even the segments stay, which later joins need. Then all tokens
//! of the joiner are taken up and put down again, one by one, [`PASSES`] times.
//!
//! The idea is that of Cassandra's `ReplicationAwareTokenAllocator` (CASSANDRA-7032), which tries the middle of
//! each segment; the search is Kvorum's own. It is the same on every machine: whole numbers, and of binary64 only
//! sums, products, quotients and comparisons, which IEEE 754 rounds the same everywhere.

mod fair;
mod layout;

use super::Token;
use super::members::Members;
use super::sweep::Index;
use crate::NodeId;
use layout::{Cut, Layout};

pub(super) use fair::fair_copies;

/// How often the joiner's tokens are placed anew after the first time.
const PASSES: usize = 2;

/// A token in the middle of the unit that the search looks at.
fn token(position: u32) -> Token {
    Token((u64::from(position) << 32) | (1 << 31))
}

/// `count` tokens for `joiner`, which is one of `members` and has none among `tokens` yet, so that shares of
/// `copies` copies are as even as a search finds them. In ring order, each on a position of its own.
pub(super) fn choose(
    members: &Members,
    tokens: &[(Token, NodeId)],
    joiner: NodeId,
    count: u32,
    copies: usize,
    seed: u64,
) -> Vec<Token> {
    if tokens.is_empty() {
        return first(joiner, count, seed);
    }
    let number = |node| members.place_of(node).expect("a token's node is a member") as Index;
    let joiner = number(joiner);
    let cuts = tokens
        .iter()
        .map(|(token, node)| ((token.0 >> 32) as u32, number(*node)));
    let mut layout = Layout::new(members, cuts.collect(), copies);
    for index in 1..=count {
        let part = f64::from(index) / f64::from(count);
        layout.insert(layout.best(joiner, part), joiner);
    }
    for _ in 0..PASSES {
        for cut in own(&layout, joiner) {
            layout.remove(cut);
            layout.insert(layout.best(joiner, 1.0), joiner);
        }
    }
    own(&layout, joiner)
        .into_iter()
        .map(|(position, _)| token(position))
        .collect()
}

fn own(layout: &Layout, joiner: Index) -> Vec<Cut> {
    let cuts = layout.cuts().iter();
    cuts.filter(|(_, member)| *member == joiner)
        .copied()
        .collect()
}

/// The tokens of a ring's first node: as even as a ruler's marks, each shifted by up to half of what is between
/// them, so that another seed gives another ring.
fn first(node: NodeId, count: u32, seed: u64) -> Vec<Token> {
    let between = (1 << 32) / u64::from(count);
    let mark = |index: u32| {
        let shift = Token::of_node(seed, node, index).0 % (between / 2);
        token((u64::from(index) * between + shift) as u32)
    };
    (0..count).map(mark).collect()
}
