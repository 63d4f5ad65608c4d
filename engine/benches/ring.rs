//! What a lookup in a ring costs from its tables, beside the walk from token to token that they stand for, and
//! what a ring and a join cost: `cargo bench -p kvorum --bench ring`.
//!
//! Rounds of each are interleaved, and the median round counts. 100 nodes of 128 tokens, in one zone and in three.
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark reads the real clock"
)]
#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::hint::black_box;
use std::time::Instant;

use kvorum::ring::{Member, Placement, Ring, Token};
use kvorum::{NodeId, Zone};

const ROUNDS: usize = 15;
const NODES: u32 = 100;
const TOKENS: u32 = 128;
const KEYS: u32 = 20_000;

fn member(node: u32, zones: u32) -> Member {
    Member {
        node: NodeId(node),
        zone: Zone(1 + node % zones),
        weight: 1,
    }
}

fn members(zones: u32) -> Vec<Member> {
    (1..=NODES).map(|node| member(node, zones)).collect()
}

/// The list by a binary search in all tokens and a walk over them, as lookups were made before there were tables.
fn walked(ring: &Ring, key: &[u8], copies: usize) -> Vec<NodeId> {
    let (mut list, mut zones) = (Vec::new(), Vec::new());
    let of = |node: NodeId| {
        let members = ring.members();
        let place = members.binary_search_by_key(&node, |member| member.node);
        members[place.unwrap()].zone
    };
    let all = ring.members().iter().map(|member| member.zone.0).max();
    let one_zone = all == Some(1);
    for (_, node) in ring.walk(Token::of_key(key)) {
        if list.contains(&node) || (!one_zone && zones.contains(&of(node))) {
            continue;
        }
        zones.push(of(node));
        list.push(node);
        if list.len() == copies {
            break;
        }
    }
    list
}

/// Nanoseconds for each of `count` calls.
fn each(count: u32, mut call: impl FnMut(u32)) -> f64 {
    let begin = Instant::now();
    (0..count).for_each(&mut call);
    begin.elapsed().as_nanos() as f64 / f64::from(count)
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn main() {
    let keys: Vec<Vec<u8>> = (0..KEYS)
        .map(|number| format!("key-{number}").into_bytes())
        .collect();
    println!("{NODES} nodes of {TOKENS} tokens, {ROUNDS} rounds, medians, ns a lookup");
    println!("{:<28}{:>10}{:>10}", "", "tables", "walk");
    for (zones, copies) in [(1, 1), (1, 3), (3, 1), (3, 3)] {
        let ring = Ring::new(members(zones), TOKENS, 7).unwrap();
        let (mut tables, mut walk) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            tables.push(each(KEYS, |number| {
                black_box(ring.preference(black_box(&keys[number as usize]), copies));
            }));
            walk.push(each(KEYS, |number| {
                black_box(walked(&ring, black_box(&keys[number as usize]), copies));
            }));
        }
        let title = format!("{zones} zones, {copies} copies");
        println!("{title:<28}{:>10.0}{:>10.0}", median(tables), median(walk));
    }
    let ring = Ring::new(members(3), TOKENS, 7).unwrap();
    let built = each(10, |_| {
        black_box(Ring::new(members(3), TOKENS, 7).unwrap());
    });
    println!(
        "a ring takes {} bytes and {:.1} ms",
        ring.table_bytes(),
        built / 1e6
    );
    for (zones, tokens) in [(1, 16), (3, 16), (3, 32)] {
        let ring = Ring::allocated(members(zones), tokens, 3, 7).unwrap();
        let joined = each(3, |_| {
            black_box(ring.with(member(NODES + 1, zones)).unwrap());
        });
        println!(
            "a join with {tokens} allocated tokens, {zones} zones: {:.0} ms",
            joined / 1e6
        );
    }
}
