//! `kvorum ring --compare`: what one more node moves, how evenly keys lie and what a lookup takes, by strategy.
#![expect(
    clippy::disallowed_methods,
    reason = "what a lookup takes is read from the real clock"
)]

use std::hint::black_box;
use std::io::Write as _;
use std::time::Instant;

use kvorum::base::limits::NODES_MAX;
use kvorum::blocking::sample_keys;
use kvorum::ring::{Figures, Member, Placed, STRATEGIES, Strategy};
use kvorum::{NodeId, Zone};
use serde_json::{Value, json};

use super::members;
use crate::args::RingArgs;
use crate::exit::{Exit, Stop};
use crate::terminal::{ASIDE, Terminal};

/// Keys that are counted, and looked up.
const KEYS: u64 = 100_000;
/// How often all keys are looked up; the fastest time counts.
const ROUNDS: usize = 3;

/// One strategy's figures, and what one lookup took here.
struct Row {
    strategy: Strategy,
    figures: Figures,
    lookup_ns: f64,
}

/// Prints one row for each strategy.
///
/// # Errors
/// [`Stop::Usage`] when no node can be added.
pub fn compare(args: &RingArgs, terminal: &mut Terminal) -> Result<Exit, Stop> {
    if args.nodes() >= NODES_MAX {
        return Err(Stop::Usage(format!(
            "--compare adds a node, and --nodes is {NODES_MAX} already, the limit"
        )));
    }
    let rows = STRATEGIES.iter().map(|strategy| row(*strategy, args));
    match args.json {
        true => {
            let rows: Vec<Row> = rows.collect::<Result<_, _>>()?;
            writeln!(terminal, "{}", as_json(args, &rows))?;
        }
        false => {
            heading(args, terminal)?;
            for row in rows {
                show(&row?, terminal)?;
            }
            legend(args, terminal)?;
        }
    }
    Ok(Exit::Done)
}

fn row(strategy: Strategy, args: &RingArgs) -> Result<Row, Stop> {
    let keys = sample_keys(KEYS);
    let members = members(args.nodes(), args.zones);
    let placed = strategy.place(members, args.copies(), args.seed, keys)?;
    let joiner = Member {
        node: NodeId(args.nodes() + 1),
        zone: Zone(args.nodes() % args.zones + 1),
        weight: 1,
    };
    Ok(Row {
        strategy,
        figures: placed.figures(joiner, args.copies(), || sample_keys(KEYS))?,
        lookup_ns: lookup_ns(&placed, args.copies()),
    })
}

/// Nanoseconds of one lookup of all owners of a key.
fn lookup_ns(placed: &Placed, copies: usize) -> f64 {
    let keys: Vec<Vec<u8>> = sample_keys(KEYS).collect();
    let round = || {
        let begin = Instant::now();
        for key in &keys {
            black_box(placed.look_up(black_box(key), copies));
        }
        begin.elapsed().as_nanos() as f64 / keys.len() as f64
    };
    (0..ROUNDS).map(|_| round()).fold(f64::INFINITY, f64::min)
}

fn heading(args: &RingArgs, terminal: &mut Terminal) -> Result<(), Stop> {
    terminal.title(format_args!(
        "{KEYS} keys of {} copies on {} nodes; then n{} joins",
        args.copies(),
        args.nodes(),
        args.nodes() + 1
    ))?;
    writeln!(
        terminal,
        "{ASIDE}{:<22}{:>16}{:>18}{ASIDE:#}",
        "", "moved", "max / mean"
    )?;
    writeln!(
        terminal,
        "{ASIDE}{:<22}{:>8}{:>8}{:>9}{:>9}{:>11}{:>9}{ASIDE:#}",
        "strategy", "keys", "copies", "keys", "copies", "memory", "lookup"
    )?;
    Ok(())
}

fn show(row: &Row, terminal: &mut Terminal) -> Result<(), Stop> {
    let figures = &row.figures;
    let percent =
        |share: Option<f64>| share.map_or("-".to_owned(), |share| format!("{:.1}%", 100.0 * share));
    let ratio = |ratio: Option<f64>| ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.2}"));
    writeln!(
        terminal,
        "{:<22}{:>8}{:>8}{:>9}{:>9}{:>11}{:>9}",
        row.strategy.to_string(),
        percent(Some(figures.keys_moved)),
        percent(figures.copies_moved),
        ratio(Some(figures.keys_max_over_mean)),
        ratio(figures.copies_max_over_mean),
        bytes(figures.table_bytes),
        format!("{:.0} ns", row.lookup_ns),
    )?;
    Ok(())
}

fn bytes(count: usize) -> String {
    match count {
        0..10_000 => format!("{count} B"),
        _ => format!("{:.0} kB", count as f64 / 1_000.0),
    }
}

fn legend(args: &RingArgs, terminal: &mut Terminal) -> Result<(), Stop> {
    let ideal = format!("{:.1}%", 100.0 / f64::from(args.nodes() + 1));
    writeln!(
        terminal,
        "{ASIDE}{:<22}{ideal:>8}{ideal:>8}{:>9}{:>9}{ASIDE:#}",
        "ideal", "1.00", "1.00"
    )?;
    let notes = [
        "",
        "moved       keys whose first owner changes; copies that land on a node which",
        "            did not hold the key",
        "max / mean  the fullest node over the average node: keys by first owner, and",
        "            all copies. Even ones show a little over 1.00: keys fall by chance",
        "memory      tables beside the list of nodes",
        "lookup      a key's owners, measured here and now; all else is the same anywhere",
        "bounded loads know one copy of each key, and where it goes depends on the others",
    ];
    for note in notes {
        writeln!(terminal, "{note}")?;
    }
    Ok(())
}

fn as_json(args: &RingArgs, rows: &[Row]) -> Value {
    let rows: Vec<Value> = rows.iter().map(row_as_json).collect();
    json!({
        "nodes": args.nodes(),
        "zones": args.zones,
        "copies": args.copies(),
        "seed": args.seed,
        "keys": KEYS,
        "ideal_moved": 1.0 / f64::from(args.nodes() + 1),
        "strategies": rows,
    })
}

fn row_as_json(row: &Row) -> Value {
    json!({
        "strategy": row.strategy.to_string(),
        "keys_moved": row.figures.keys_moved,
        "copies_moved": row.figures.copies_moved,
        "keys_max_over_mean": row.figures.keys_max_over_mean,
        "copies_max_over_mean": row.figures.copies_max_over_mean,
        "table_bytes": row.figures.table_bytes,
        "lookup_ns": row.lookup_ns,
    })
}
