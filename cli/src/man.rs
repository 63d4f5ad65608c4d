//! `kvorum man`.

use std::io::Write as _;
use std::path::Path;

use crate::args::{ManArgs, public_command};
use crate::exit::{Exit, Stop};
use crate::terminal::Terminal;

/// Prints the manual page, or writes one page per command into a folder.
///
/// # Errors
/// [`Stop::Environment`] when the folder cannot be written.
pub fn man(args: &ManArgs, terminal: &mut Terminal) -> Result<Exit, Stop> {
    match &args.out {
        Some(folder) => write_pages(folder, terminal),
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(public_command()).render(&mut page)?;
            terminal.write_all(&page)?;
            Ok(Exit::Done)
        }
    }
}

fn write_pages(folder: &Path, terminal: &mut Terminal) -> Result<Exit, Stop> {
    std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(public_command(), folder))
        .map_err(|error| {
            Stop::Environment(format!(
                "{}: cannot be written: {error}; choose another folder",
                folder.display()
            ))
        })?;
    writeln!(terminal, "Manual pages are in {}", folder.display())?;
    writeln!(terminal, "Read one:  man {}/kvorum.1", folder.display())?;
    Ok(Exit::Done)
}
