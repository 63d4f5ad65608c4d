//! `kvorum store stats`: what the files of a store say.

use std::io::Write as _;
use std::path::Path;

use kvorum::storage::{Inspection, LevelStats, inspect};

use super::{bytes, counted, disk, refused};
use crate::exit::{Exit, Stop};
use crate::terminal::{TITLE, Terminal};

pub(super) fn stats(path: &Path, terminal: &mut Terminal) -> Result<Exit, Stop> {
    let disk = disk(path)?;
    let inspection = inspect(&disk).map_err(|why| refused(path, &why))?;
    let levels = inspection.level_stats();
    level_table(&levels, terminal)?;
    writeln!(terminal)?;
    let sum = |part: fn(&LevelStats) -> u64| levels.iter().map(part).sum::<u64>();
    let mut line = |name: &str, value: String| writeln!(terminal, "{name:<20} {value}");
    line("tables", bytes(sum(|level| level.bytes)))?;
    line("before compression", bytes(sum(|level| level.raw_bytes)))?;
    line("log", log(&inspection))?;
    if inspection.log.torn_bytes > 0 {
        let torn = bytes(inspection.log.torn_bytes);
        line("torn tail", format!("{torn}, cut off when it is opened"))?;
    }
    let closed = if inspection.log.closed {
        "yes"
    } else {
        "no: it is open, or was killed"
    };
    line("closed", closed.to_owned())?;
    line("last write", inspection.log.last_sequence.to_string())?;
    let runs = sum(|level| level.runs);
    line("runs to search", format!("{runs} at most, for one key"))?;
    let space = inspection.space_amplification();
    let space = format!("{space:.2} at most (all runs over the oldest)");
    line("space amplification", space)?;
    if !inspection.levels.is_empty() {
        writeln!(terminal)?;
        write!(terminal, "{}", inspection.levels.to_text())?;
    }
    Ok(Exit::Done)
}

fn log(inspection: &Inspection) -> String {
    let size: u64 = inspection.segments.iter().map(|(_, bytes)| bytes).sum();
    let segments = counted(inspection.segments.len() as u64, "segment", "segments");
    let waiting = inspection
        .log
        .last_sequence
        .saturating_sub(inspection.flushed_sequence);
    let waiting = counted(waiting, "write", "writes");
    format!("{} in {segments}, {waiting} not in tables yet", bytes(size))
}

/// A line for each level that has runs.
pub(super) fn level_table(levels: &[LevelStats], terminal: &mut Terminal) -> Result<(), Stop> {
    writeln!(
        terminal,
        "{TITLE}level  runs  tables       size     entries  tombstones{TITLE:#}"
    )?;
    for (number, level) in levels.iter().enumerate() {
        if level.runs == 0 {
            continue;
        }
        writeln!(
            terminal,
            "{number:>5}  {:>4}  {:>6}  {:>9}  {:>10}  {:>10}",
            level.runs,
            level.tables,
            bytes(level.bytes),
            level.entries,
            level.deletes + level.range_deletes
        )?;
    }
    Ok(())
}
