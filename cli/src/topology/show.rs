//! A plan as text, as an object and as pictures.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use kvorum::NodeId;
use kvorum::draw;
use kvorum::ring::{Member, Placement, RangeMove};
use serde_json::{Value, json};

use super::{KEYS, Outlook, firsts, fullest};
use crate::args::PlanTopologyArgs;
use crate::exit::Stop;
use crate::files::write_file;
use crate::terminal::{ASIDE, Terminal};

/// The pairs of nodes, and the members, that are listed one by one.
const ROWS_MAX: usize = 32;

/// Writes the placement before and after beside each other: `plan.svg` gives `plan-before.svg` and
/// `plan-after.svg`.
///
/// # Errors
/// [`Stop::Environment`] for one that cannot be written.
pub(super) fn pictures(outlook: &Outlook, path: &Path) -> Result<Vec<PathBuf>, Stop> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let mut written = Vec::new();
    for (when, placement) in [("before", &outlook.before), ("after", &outlook.after)] {
        let path = path.with_file_name(format!("{stem}-{when}.svg"));
        write_file(&path, &draw::ring_svg(&**placement, None))?;
        written.push(path);
    }
    Ok(written)
}

/// Prints it for a person.
///
/// # Errors
/// As any write.
pub(super) fn text(
    args: &PlanTopologyArgs,
    outlook: &Outlook,
    pictures: &[PathBuf],
    terminal: &mut Terminal,
) -> Result<(), Stop> {
    terminal.title(&outlook.what)?;
    writeln!(
        terminal,
        "{} nodes become {}; {} of each key, {} in all\n",
        outlook.before.members().len(),
        outlook.after.members().len(),
        match outlook.copies {
            1 => "1 copy".to_owned(),
            copies => format!("{copies} copies"),
        },
        args.bytes.share(1.0),
    )?;
    members(args, outlook, terminal)?;
    for (when, placement) in [("before", &outlook.before), ("after", &outlook.after)] {
        writeln!(terminal)?;
        terminal.title(when)?;
        let drawn = draw::ring_text(&**placement, None, terminal.columns());
        writeln!(terminal, "{}", drawn.trim_end())?;
    }
    writeln!(terminal)?;
    sends(args, outlook, terminal)?;
    if args.ranges {
        ranges(outlook, terminal)?;
    }
    for picture in pictures {
        writeln!(terminal, "picture: {}", picture.display())?;
    }
    Ok(())
}

fn percent(share: f64) -> String {
    format!("{:.1}%", 100.0 * share)
}

/// Every node that is or will be a member, as it is before and after.
fn everybody(outlook: &Outlook) -> Vec<(NodeId, Option<Member>, Option<Member>)> {
    let of = |placement: &dyn Placement, node: NodeId| {
        let mut members = placement.members().iter();
        members.find(|member| member.node == node).copied()
    };
    let (before, after) = (outlook.before.members(), outlook.after.members());
    let nodes = before.iter().chain(after).map(|member| member.node);
    let mut nodes: Vec<NodeId> = nodes.collect();
    nodes.sort_unstable();
    nodes.dedup();
    let row = |node| (node, of(&*outlook.before, node), of(&*outlook.after, node));
    nodes.into_iter().map(row).collect()
}

fn members(
    args: &PlanTopologyArgs,
    outlook: &Outlook,
    terminal: &mut Terminal,
) -> Result<(), Stop> {
    writeln!(
        terminal,
        "{ASIDE}{:<8}{:<14}{:<14}{:>20}{:>20}{ASIDE:#}",
        "member", "before", "after", "holds before", "after"
    )?;
    let everybody = everybody(outlook);
    for (node, before, after) in everybody.iter().take(ROWS_MAX) {
        let place = |member: &Option<Member>| {
            member.map_or("-".to_owned(), |member| {
                format!("{} weight {}", member.zone, member.weight)
            })
        };
        let amount = |held: Option<&f64>| {
            held.map_or("-".to_owned(), |held| {
                format!("{} {:>6}", args.bytes.share(*held), percent(*held))
            })
        };
        writeln!(
            terminal,
            "{:<8}{:<14}{:<14}{:>20}{:>20}",
            node.to_string(),
            place(before),
            place(after),
            amount(outlook.held_before.get(node)),
            amount(outlook.held_after.get(node)),
        )?;
    }
    and_more(everybody.len(), "members", terminal)?;
    writeln!(terminal)?;
    let lines = [
        ("copies", &outlook.held_before, &outlook.held_after),
        (
            "first owners",
            &firsts(&*outlook.before),
            &firsts(&*outlook.after),
        ),
    ];
    writeln!(
        terminal,
        "the fullest node over its part by weight (1.00 is even)"
    )?;
    for (name, before, after) in lines {
        writeln!(
            terminal,
            "  {name:<14}{:.2} before, {:.2} after",
            fullest(outlook.before.members(), before),
            fullest(outlook.after.members(), after),
        )?;
    }
    Ok(())
}

fn and_more(all: usize, what: &str, terminal: &mut Terminal) -> Result<(), Stop> {
    if all > ROWS_MAX {
        let more = all - ROWS_MAX;
        writeln!(terminal, "{ASIDE}and {more} more {what}{ASIDE:#}")?;
    }
    Ok(())
}

fn sends(args: &PlanTopologyArgs, outlook: &Outlook, terminal: &mut Terminal) -> Result<(), Stop> {
    terminal.title("who sends what to whom")?;
    if outlook.sends.is_empty() {
        writeln!(terminal, "nothing is sent")?;
    }
    for sent in outlook.sends.iter().take(ROWS_MAX) {
        let from = sent
            .from
            .map_or("others".to_owned(), |from| from.to_string());
        let ranges = match (&outlook.ranges, sent.ranges) {
            (None, _) => String::new(),
            (Some(_), 1) => "1 range".to_owned(),
            (Some(_), ranges) => format!("{ranges} ranges"),
        };
        let line = format!(
            "{from:>8} -> {:<8}{:>12}{:>8}{ranges:>14}",
            sent.to.to_string(),
            args.bytes.share(sent.share),
            percent(sent.share),
        );
        writeln!(terminal, "{}", line.trim_end())?;
    }
    and_more(outlook.sends.len(), "pairs", terminal)?;
    for (name, share) in [("moved", outlook.moved()), ("least", outlook.least())] {
        writeln!(
            terminal,
            "{name:<20}{:>12}{:>8}",
            args.bytes.share(share),
            percent(share)
        )?;
    }
    let mut notes =
        vec!["least: any plan that leaves each node with as much moves this".to_owned()];
    if let Some(dead) = outlook.dead {
        notes.push(format!(
            "others: {dead} is dead, so who holds the other copies sends them"
        ));
    }
    if outlook.ranges.is_none() {
        notes.push(format!(
            "{} has no ranges of a ring: counted over {KEYS} keys",
            outlook.before.name()
        ));
    }
    for note in notes {
        writeln!(terminal, "{ASIDE}{note}{ASIDE:#}")?;
    }
    Ok(())
}

fn ranges(outlook: &Outlook, terminal: &mut Terminal) -> Result<(), Stop> {
    writeln!(terminal)?;
    terminal.title("ranges: after the first position, up to the second")?;
    for sent in outlook.ranges.iter().flatten() {
        let from = sender(outlook, sent).map_or("others".to_owned(), |from| from.to_string());
        writeln!(
            terminal,
            "{from:>8} -> {:<8}{}..{}",
            sent.to.to_string(),
            sent.start,
            sent.end
        )?;
    }
    Ok(())
}

fn sender(outlook: &Outlook, sent: &RangeMove) -> Option<NodeId> {
    Some(sent.from).filter(|from| outlook.dead != Some(*from))
}

/// Prints it as one JSON object.
///
/// # Errors
/// As any write.
pub(super) fn object(
    args: &PlanTopologyArgs,
    outlook: &Outlook,
    terminal: &mut Terminal,
) -> Result<(), Stop> {
    let members: Vec<Value> = everybody(outlook)
        .into_iter()
        .map(|(node, before, after)| {
            let place = |member: Option<Member>| {
                member
                    .map(|member| json!({"zone": member.zone.to_string(), "weight": member.weight}))
            };
            json!({
                "node": node.to_string(),
                "before": place(before),
                "after": place(after),
                "held_before": outlook.held_before.get(&node),
                "held_after": outlook.held_after.get(&node),
            })
        })
        .collect();
    let bytes = |share: f64| (args.bytes.bytes * share).round();
    let name = |node: Option<NodeId>| node.map(|node| node.to_string());
    let sends = outlook.sends.iter().map(|sent| {
        json!({
            "from": name(sent.from),
            "to": sent.to.to_string(),
            "share": sent.share,
            "bytes": bytes(sent.share),
        })
    });
    let range = |sent: &RangeMove| {
        json!({
            "after": sent.start.to_string(),
            "up_to": sent.end.to_string(),
            "from": name(sender(outlook, sent)),
            "to": sent.to.to_string(),
        })
    };
    let ranges = outlook.ranges.as_ref();
    let ranges = ranges.map(|ranges| ranges.iter().map(range).collect::<Vec<_>>());
    let balance = |placement: &dyn Placement, held| {
        let members = placement.members();
        json!({
            "copies": fullest(members, held),
            "first_owners": fullest(members, &firsts(placement)),
        })
    };
    let object = json!({
        "change": outlook.what,
        "placement": outlook.before.name(),
        "copies": outlook.copies,
        "seed": args.seed,
        "bytes": args.bytes.bytes,
        "members": members,
        "sends": sends.collect::<Vec<_>>(),
        "ranges": ranges,
        "moved": outlook.moved(),
        "moved_bytes": bytes(outlook.moved()),
        "least": outlook.least(),
        "least_bytes": bytes(outlook.least()),
        "balance_before": balance(&*outlook.before, &outlook.held_before),
        "balance_after": balance(&*outlook.after, &outlook.held_after),
    });
    writeln!(terminal, "{object}")?;
    Ok(())
}
