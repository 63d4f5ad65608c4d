//! `kvorum progress`.

use std::fs::OpenOptions;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

use kvorum_quiz::record::Reset;
use kvorum_quiz::{Bank, Clock as _, Progress, RecordError, SystemClock, render_progress};

use crate::args::{ProgressAction, ProgressArgs};
use crate::exit::{Exit, Stop};
use crate::record;
use crate::session::counted;
use crate::terminal::{Terminal, printable};

/// Shows where the learner stands, as text or as one JSON object; or carries the record out and in.
///
/// # Errors
/// [`Stop::Environment`] for a record that cannot be used; [`Stop::Usage`] for an import that is none.
pub fn progress(
    args: &ProgressArgs,
    db: Option<&Path>,
    terminal: &mut Terminal,
) -> Result<Exit, Stop> {
    match &args.action {
        None => show(args.json, db, terminal),
        Some(ProgressAction::Export { file }) => export(file.as_deref(), db, terminal),
        Some(ProgressAction::Import { file }) => import(file, db, terminal),
        Some(ProgressAction::Reset { lesson }) => reset(*lesson, db, terminal),
    }
}

fn show(json: bool, db: Option<&Path>, terminal: &mut Terminal) -> Result<Exit, Stop> {
    let record = record::open_to_read(db)?;
    let bank = Bank::embedded().map_err(|error| record::refused(error.into()))?;
    let now_ms = SystemClock.now_ms();
    if json {
        let progress = Progress::gather(&record, &bank, now_ms).map_err(record::refused)?;
        writeln!(terminal, "{}", serde_json::json!(progress))?;
    } else {
        let (columns, colour) = (terminal.columns(), terminal.is_coloured());
        let text = render_progress(&record, &bank, now_ms, columns, colour);
        write!(terminal, "{}", text.map_err(record::refused)?)?;
    }
    Ok(Exit::Done)
}

fn export(file: Option<&Path>, db: Option<&Path>, terminal: &mut Terminal) -> Result<Exit, Stop> {
    let record = record::open_to_read(db)?;
    let Some(file) = file else {
        let mut out = BufWriter::new(&mut *terminal);
        let written = record.export(&mut out);
        return match (written, out.into_inner()) {
            (Ok(_), Ok(_)) => Ok(Exit::Done),
            (Err(RecordError::Transfer { .. }), _) | (_, Err(_)) => Err(Stop::ReaderGone),
            (Err(error), _) => Err(record::unusable(error)),
        };
    };
    // An earlier export may be all that is left of a record: it is not overwritten.
    let mut options = OpenOptions::new();
    let created = options.write(true).create_new(true).open(file);
    let created = created.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Stop::Usage(format!(
            "{} is there already: name a new file",
            file.display()
        )),
        _ => Stop::Environment(format!("cannot write {}: {error}", file.display())),
    })?;
    let mut out = BufWriter::new(created);
    let lines = record.export(&mut out).map_err(record::unusable)?;
    let synced = out.into_inner().map_err(io::Error::from);
    synced
        .and_then(|file| file.sync_all())
        .map_err(|error| Stop::Environment(format!("cannot write {}: {error}", file.display())))?;
    let lines = counted(usize::try_from(lines).unwrap_or(usize::MAX), "line");
    let name = file.display().to_string();
    writeln!(terminal, "{lines} written to {}", printable(&name))?;
    Ok(Exit::Done)
}

fn import(file: &Path, db: Option<&Path>, terminal: &mut Terminal) -> Result<Exit, Stop> {
    let input: Box<dyn Read> = if file == Path::new("-") {
        Box::new(io::stdin())
    } else {
        let opened = OpenOptions::new().read(true).open(file);
        Box::new(
            opened
                .map_err(|error| Stop::Usage(format!("cannot read {}: {error}", file.display())))?,
        )
    };
    let record = record::open(db, terminal)?;
    let imported = record
        .import(&mut BufReader::new(input))
        .map_err(|error| match error {
            RecordError::Transfer { .. } => Stop::Usage(format!("{}: {error}", file.display())),
            other => record::unusable(other),
        })?;
    let taken = counted(
        usize::try_from(imported.answers).unwrap_or(usize::MAX),
        "answer",
    );
    let mut text = format!("{taken} taken in");
    if imported.known > 0 {
        text.push_str(&format!(", {} were there already", imported.known));
    }
    if imported.marks > 0 {
        text.push_str(&format!(", with {} of plans and resets", imported.marks));
    }
    writeln!(terminal, "{text}.")?;
    Ok(Exit::Done)
}

fn reset(lesson: u8, db: Option<&Path>, terminal: &mut Terminal) -> Result<Exit, Stop> {
    let mut record = record::open(db, terminal)?;
    let at_ms = SystemClock.now_ms();
    let counted_answers = record
        .reset_lesson(Reset { at_ms, lesson })
        .map_err(record::unusable)?;
    let answers = counted(
        usize::try_from(counted_answers).unwrap_or(usize::MAX),
        "answer",
    );
    writeln!(
        terminal,
        "Lesson {lesson} begins anew. Its {answers} stay in the record, and count no more."
    )?;
    Ok(Exit::Done)
}
