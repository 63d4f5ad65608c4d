//! `kvorum ring`: where keys lie, drawn as text.

mod compare;

use std::io::Write as _;

use kvorum::base::limits::KEY_BYTES_MAX;
use kvorum::blocking::ClusterConfig;
use kvorum::draw;
use kvorum::ring::Member;
use kvorum::{NodeId, Zone};

use crate::args::RingArgs;
use crate::exit::{Exit, Stop};
use crate::files::write_file;
use crate::terminal::{ASIDE, COMMAND, Terminal};

/// Draws the ring, the nodes' shares and one key's preference list.
///
/// # Errors
/// [`Stop::Usage`] for settings that make no sense; [`Stop::Environment`] for a picture that cannot be
/// written.
pub fn ring(args: &RingArgs, terminal: &mut Terminal) -> Result<Exit, Stop> {
    check(args)?;
    if args.compare {
        return compare::compare(args, terminal);
    }
    let config = ClusterConfig {
        tokens: args.tokens,
        replication: args.copies(),
        seed: args.seed,
        ..ClusterConfig::default()
    };
    let placement = config.place(args.placement.into(), members(args.nodes(), args.zones))?;
    let key = Some((args.key.as_bytes(), args.copies()));
    if let Some(path) = &args.svg {
        write_file(path, &draw::ring_svg(&*placement, key))?;
    }
    let drawn = draw::ring_text(&*placement, key, terminal.columns());
    writeln!(terminal, "{}", drawn.trim_end())?;
    writeln!(terminal)?;
    if let Some(path) = &args.svg {
        writeln!(terminal, "picture: {}", path.display())?;
    }
    writeln!(
        terminal,
        "{ASIDE}Compare ways to place keys: {ASIDE:#}{COMMAND}kvorum ring --compare{COMMAND:#}"
    )?;
    Ok(Exit::Done)
}

fn check(args: &RingArgs) -> Result<(), Stop> {
    if !(1..=args.nodes() as usize).contains(&args.copies()) {
        return Err(Stop::Usage(format!(
            "--replication is {}: must be from 1 to {}, the number of nodes",
            args.copies(),
            args.nodes()
        )));
    }
    if args.key.len() > KEY_BYTES_MAX {
        return Err(Stop::Usage(format!(
            "--key has {} bytes, the limit is {KEY_BYTES_MAX}",
            args.key.len()
        )));
    }
    Ok(())
}

/// The members `n1` to `nN`, the zones dealt in turn.
pub(crate) fn members(nodes: u32, zones: u32) -> Vec<Member> {
    (0..nodes)
        .map(|index| Member {
            node: NodeId(index + 1),
            zone: Zone(index % zones + 1),
            weight: 1,
        })
        .collect()
}
