//! The program of lesson 2; its page shows it beside the same in Python and Java.

use kvorum::blocking::sample_keys;
use kvorum::ring::{Member, Placement, Ring, movement};
use kvorum::{NodeId, Result, Zone};

fn main() -> Result<()> {
    let member = |id| Member {
        node: NodeId(id),
        zone: Zone(0),
        weight: 1,
    };
    let ring = Ring::new((1..=5).map(member).collect(), 128, 7)?;
    // Three distinct nodes, the first owner first.
    let owners: Vec<String> = ring
        .owners(b"cart", 3)
        .iter()
        .map(ToString::to_string)
        .collect();
    println!("{}", owners.join(" "));

    let larger = ring.with(member(6))?;
    // Near 1/6; modulo moves 5/6.
    let moved = movement(&ring, &larger, 1, sample_keys(100_000));
    println!("moved {:.1}%", 100.0 * moved.share());
    Ok(())
}
