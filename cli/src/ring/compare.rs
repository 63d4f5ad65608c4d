//! `kvorum ring --compare`: how evenly each placement spreads keys, and what one more node moves.

use std::io::Write as _;

use kvorum::base::limits::NODES_MAX;
use kvorum::ring::{Member, balance, movement};
use kvorum::{NodeId, Zone};

use super::{SAMPLE_KEYS, placement, sample};
use crate::args::{PlacementName, RingArgs};
use crate::exit::{Exit, Stop};
use crate::terminal::{ASIDE, Terminal};

const PLACEMENTS: [PlacementName; 4] = [
    PlacementName::Ring,
    PlacementName::Modulo,
    PlacementName::Rendezvous,
    PlacementName::Jump,
];

/// Prints one row per placement.
///
/// # Errors
/// [`Stop::Usage`] when no node can be added.
pub fn compare(args: &RingArgs, terminal: &mut Terminal) -> Result<Exit, Stop> {
    if args.nodes >= NODES_MAX {
        return Err(Stop::Usage(format!(
            "--compare adds a node, and --nodes is {NODES_MAX} already, the limit"
        )));
    }
    let (nodes, more) = (args.nodes, args.nodes + 1);
    terminal.title(format_args!(
        "{SAMPLE_KEYS} keys on {nodes} nodes, {} tokens each on the ring; then n{more} joins",
        args.tokens
    ))?;
    writeln!(
        terminal,
        "{ASIDE}{:<12}{:>12}{:>18}{:>18}{ASIDE:#}",
        "placement", "max / mean", "keys that move", "copies to send"
    )?;
    for name in PLACEMENTS {
        row(name, args, terminal)?;
    }
    let ideal = 100.0 / f64::from(more);
    writeln!(
        terminal,
        "{ASIDE}{:<12}{:>12}{:>17.1}%{:>17.1}%{ASIDE:#}",
        "ideal", "1.00", ideal, ideal
    )?;
    writeln!(terminal)?;
    writeln!(
        terminal,
        "max / mean      the fullest node's keys over the average node's"
    )?;
    writeln!(
        terminal,
        "keys that move  keys whose first owner changes when n{more} joins"
    )?;
    writeln!(
        terminal,
        "copies to send  copies (N={}) that land on a node which did not hold the key",
        args.copies()
    )?;
    Ok(Exit::Done)
}

fn row(name: PlacementName, args: &RingArgs, terminal: &mut Terminal) -> Result<(), Stop> {
    let before = placement(name, args)?;
    let joins = Member {
        node: NodeId(args.nodes + 1),
        zone: Zone(args.nodes % args.zones + 1),
        weight: 1,
    };
    let after = before.with(joins)?;
    let evenness = balance(&*before, sample());
    let moved = movement(&*before, &*after, args.copies(), sample());
    writeln!(
        terminal,
        "{:<12}{:>12.2}{:>17.1}%{:>17.1}%",
        before.name(),
        evenness.max_over_mean,
        moved.share() * 100.0,
        moved.replica_share() * 100.0
    )?;
    Ok(())
}
