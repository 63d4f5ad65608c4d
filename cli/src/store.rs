//! `kvorum store`: looking after a store's folder.

mod dump;
mod stats;
mod upkeep;

use std::path::Path;
use std::sync::Arc;

use kvorum::Error;
use kvorum::live::SystemClock;
use kvorum::storage::{Options, Store, inspect};
use kvorum::vfs::{OsDisk, Vfs};

use crate::args::{StoreAction, StoreArgs};
use crate::exit::{Exit, Stop};
use crate::terminal::Terminal;

/// Does what was asked with the store in a folder.
///
/// # Errors
/// [`Stop::Usage`] for a folder without a store; [`Stop::Environment`] for one that is damaged, open elsewhere,
/// or on a failing disk.
pub fn store(args: &StoreArgs, terminal: &mut Terminal) -> Result<Exit, Stop> {
    match &args.action {
        StoreAction::Stats { path } => stats::stats(path, terminal),
        StoreAction::Verify { path } => upkeep::verify(path, terminal),
        StoreAction::Dump {
            path,
            prefix,
            limit,
        } => dump::dump(path, prefix, *limit, terminal),
        StoreAction::Compact { path } => upkeep::compact(path, terminal),
        StoreAction::Repair { path } => upkeep::repair(path, terminal),
    }
}

fn disk(path: &Path) -> Result<Arc<dyn Vfs>, Stop> {
    if !path.is_dir() {
        let what = if path.exists() {
            "not a folder"
        } else {
            "no such folder"
        };
        let shown = path.display();
        return Err(Stop::Usage(format!(
            "{shown}: {what}; give the folder of a store"
        )));
    }
    let disk = OsDisk::open(path).map_err(|why| refused(path, &why))?;
    Ok(Arc::new(disk))
}

/// Opens the store, which must be there, to read and write it.
fn open(path: &Path) -> Result<Store, Stop> {
    let disk = disk(path)?;
    inspect(&disk).map_err(|why| refused(path, &why))?;
    let options = Options {
        clock: Arc::new(SystemClock),
        ..Options::default()
    };
    Store::open(disk, options).map_err(|why| refused_by_holder(path, why))
}

/// What a store's refusal means to whoever typed the command.
fn refused(path: &Path, why: &Error) -> Stop {
    let shown = path.display();
    match why {
        Error::InvalidArgument { detail } => Stop::Usage(format!("{shown}: {detail}")),
        Error::Corruption { .. } => {
            Stop::Environment(format!("{shown}: {why}\n{}", repair_hint(path)))
        }
        _ => Stop::Environment(format!("{shown}: {why}")),
    }
}

/// As [`refused`], where it is known that there is a store: what remains to be refused is a second opening.
fn refused_by_holder(path: &Path, why: Error) -> Stop {
    match why {
        Error::InvalidArgument { detail } => Stop::Environment(detail),
        why => refused(path, &why),
    }
}

fn repair_hint(path: &Path) -> String {
    format!("To save what is whole: {}", command_line("repair", path))
}

/// The command that does `action` with the store in `path`, as a shell takes it.
fn command_line(action: &str, path: &Path) -> String {
    let path = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+,:@%".contains(c);
    if !path.is_empty() && path.chars().all(plain) {
        return format!("kvorum store {action} {path}");
    }
    format!("kvorum store {action} '{}'", path.replace('\'', r"'\''"))
}

/// A number of bytes as people read it.
fn bytes(count: u64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = count as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 {
        return format!("{count} B");
    }
    format!("{value:.1} {}", units[unit])
}

/// A number with what it counts.
fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
