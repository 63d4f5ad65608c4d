//! `kvorum learn`: the course in the browser.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use kvorum_book::{BookError, BookSource, ServeOptions};

use crate::args::{BookAction, BookArgs, LearnArgs, PreprocessArgs};
use crate::browser::{self, Opened};
use crate::exit::{Exit, Stop};
use crate::terminal::{ASIDE, COMMAND, Terminal};

/// Builds the book, serves it on loopback and says where, until Ctrl-C; or writes its pages and ends.
///
/// # Errors
/// [`Stop::Environment`] for a port in use or a folder that cannot be written; [`Stop::Usage`] for a book
/// that does not build.
pub fn learn(
    args: &LearnArgs,
    record: Option<PathBuf>,
    terminal: &mut Terminal,
) -> Result<Exit, Stop> {
    writeln!(terminal, "Building the book ...")?;
    terminal.finish()?;
    let source = match &args.book {
        Some(folder) => BookSource::Folder(folder.clone()),
        None => BookSource::Embedded,
    };
    if let Some(folder) = &args.out {
        return write_pages(&source, folder, terminal);
    }
    let options = ServeOptions {
        port: Some(args.port),
        source,
        record,
    };
    let mut announced = Ok(());
    kvorum_book::serve(&options, |address| {
        announced = announce(address, args, terminal);
    })
    .map_err(refused)?;
    announced?;
    if terminal.is_watched() {
        // The terminal echoes Ctrl-C without ending its line.
        writeln!(terminal)?;
    }
    writeln!(
        terminal,
        "Stopped. See how ready you are: {COMMAND}kvorum progress{COMMAND:#}"
    )?;
    Ok(Exit::Done)
}

/// Builds the book as plain pages.
///
/// # Errors
/// As [`learn`].
pub fn book(args: &BookArgs, terminal: &mut Terminal) -> Result<Exit, Stop> {
    let BookAction::Build { out, book } = &args.action;
    let source = match book {
        Some(folder) => BookSource::Folder(folder.clone()),
        None => BookSource::Embedded,
    };
    write_pages(&source, out, terminal)
}

fn write_pages(source: &BookSource, folder: &Path, terminal: &mut Terminal) -> Result<Exit, Stop> {
    let report = kvorum_book::build(source, folder).map_err(refused)?;
    writeln!(
        terminal,
        "{} pages in {}: {} labs ran, {} expectations held.",
        report.pages,
        report.out_dir.display(),
        report.labs,
        report.expectations
    )?;
    Ok(Exit::Done)
}

fn announce(address: &str, args: &LearnArgs, terminal: &mut Terminal) -> Result<(), Stop> {
    writeln!(
        terminal,
        "Kvorum is at {COMMAND}{address}{COMMAND:#} (Ctrl-C stops)"
    )?;
    if !args.no_open && browser::open(address) == Opened::Nowhere {
        writeln!(
            terminal,
            "{ASIDE}No browser was found here: open the address in yours.{ASIDE:#}"
        )?;
    }
    terminal.finish()
}

/// `kvorum mdbook-preprocess`: what mdBook calls.
///
/// # Errors
/// As [`learn`]; the message goes to standard error, which mdBook shows.
pub fn mdbook_preprocess(args: &PreprocessArgs) -> Result<Exit, Stop> {
    let answer =
        kvorum_book::run_as_preprocessor(io::stdin().lock(), io::stdout().lock(), &args.args)
            .map_err(refused)?;
    // mdBook's protocol: 0 is done or supported, anything else is not.
    Ok(Exit::of_check(answer == 0))
}

fn refused(error: BookError) -> Stop {
    let text = error.to_string();
    match error {
        BookError::Page { .. } | BookError::Render(_) | BookError::Protocol(_) => Stop::Usage(text),
        _ => Stop::Environment(text),
    }
}
