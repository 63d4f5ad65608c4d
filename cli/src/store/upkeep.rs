//! `kvorum store verify`, `compact` and `repair`.

use std::io::Write as _;
use std::path::Path;

use kvorum::Error;
use kvorum::storage::{StoreStats, inspect, repair as repair_files, scrub};

use super::stats::level_table;
use super::{bytes, command_line, counted, disk, open, refused, refused_by_holder, repair_hint};
use crate::exit::{Exit, Stop};
use crate::interrupt::Interrupt;
use crate::terminal::{BAD, COMMAND, GOOD, Terminal, printable};

/// What one step of a compaction merges, bytes: between two steps Ctrl-C is heard.
const STEP_BYTES: u64 = 8 << 20;

pub(super) fn verify(path: &Path, terminal: &mut Terminal) -> Result<Exit, Stop> {
    let disk = disk(path)?;
    let interrupt = Interrupt::listen();
    let bar = terminal.bar("{bytes}/{total_bytes}");
    let scrubbed = scrub(&disk, |done, all| {
        bar.set_length(all);
        bar.set_position(done);
        !interrupt.came()
    });
    bar.finish_and_clear();
    let report = match scrubbed {
        Ok(report) => report,
        Err(Error::Corruption { detail }) => return damaged(path, &[detail], terminal),
        Err(why) => return Err(refused(path, &why)),
    };
    if interrupt.came() {
        return Err(Stop::Interrupted);
    }
    writeln!(
        terminal,
        "{} and the log read: {}, {}",
        counted(report.tables, "table", "tables"),
        counted(report.entries, "entry", "entries"),
        bytes(report.bytes)
    )?;
    if !report.damage.is_empty() {
        return damaged(path, &report.damage, terminal);
    }
    writeln!(
        terminal,
        "{GOOD}whole{GOOD:#}: every checksum and every order holds"
    )?;
    Ok(Exit::Done)
}

fn damaged(path: &Path, damage: &[String], terminal: &mut Terminal) -> Result<Exit, Stop> {
    for line in damage {
        writeln!(terminal, "{BAD}damaged{BAD:#}: {}", printable(line))?;
    }
    let hint = repair_hint(path);
    writeln!(terminal, "{}", printable(&hint))?;
    Ok(Exit::Failed)
}

pub(super) fn compact(path: &Path, terminal: &mut Terminal) -> Result<Exit, Stop> {
    let store = open(path)?;
    let before = store.stats();
    let failed = |why: Error| refused(path, &why);
    let interrupt = Interrupt::listen();
    let bar = terminal.bar("{bytes}/{total_bytes}");
    let raw: u64 = before.levels.iter().map(|level| level.raw_bytes).sum();
    bar.set_length(raw + before.memtable_bytes);
    let done = store.compact_stepwise(b"", None, STEP_BYTES, |merged| {
        bar.set_position(merged);
        !interrupt.came()
    });
    bar.finish_and_clear();
    let done = done.map_err(failed)?;
    store.close().map_err(failed)?;
    if !done {
        return Err(Stop::Interrupted);
    }
    let after = store.stats();
    level_table(&after.levels, terminal)?;
    let size = |stats: &StoreStats| {
        format!(
            "{} in {}",
            bytes(stats.table_bytes()),
            counted(stats.runs(), "run", "runs")
        )
    };
    writeln!(terminal)?;
    writeln!(terminal, "tables before  {}", size(&before))?;
    writeln!(terminal, "tables now     {}", size(&after))?;
    Ok(Exit::Done)
}

pub(super) fn repair(path: &Path, terminal: &mut Terminal) -> Result<Exit, Stop> {
    let disk = disk(path)?;
    if let Err(why @ Error::InvalidArgument { .. }) = inspect(&disk) {
        return Err(refused(path, &why));
    }
    let report = repair_files(&disk).map_err(|why| refused_by_holder(path, why))?;
    writeln!(
        terminal,
        "kept: {} with {}",
        counted(report.tables, "table", "tables"),
        counted(report.entries, "entry", "entries")
    )?;
    for line in &report.set_aside {
        writeln!(terminal, "{BAD}given up{BAD:#}: {}", printable(line))?;
    }
    if report.log_bytes_lost > 0 {
        writeln!(
            terminal,
            "{BAD}given up{BAD:#}: {} of the log",
            bytes(report.log_bytes_lost)
        )?;
    }
    if !report.manifest {
        writeln!(
            terminal,
            "The manifest was not whole: keys that were deleted may be back."
        )?;
    }
    if !report.set_aside.is_empty() {
        writeln!(
            terminal,
            "Files given up are kept with the ending .damaged."
        )?;
    }
    writeln!(
        terminal,
        "Look at it again: {COMMAND}{}{COMMAND:#}",
        printable(&command_line("verify", path))
    )?;
    Ok(Exit::Done)
}
