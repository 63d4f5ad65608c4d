//! The learner's record: one SQLite file, whose answers are only ever added to.
//!
//! In go answers, one at a time, each committed and synced before [`Record::append`] returns; out come the
//! answers again, and everything that follows from them: how well each item is remembered, the ability in
//! each lesson, what is due. Those tables are folded from the answers in the same transaction and can be
//! folded again at any time ([`Record::rebuild`]). A file that cannot be understood is never written to: the
//! error says what it is, and [`Record::set_aside`] moves it out of the way.

mod aside;
mod attempt;
mod derive;
mod error;
mod marks;
mod migrate;
mod place;
mod query;
mod read_only;
mod transfer;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior, params};

pub use attempt::{ANSWER_CHARS_MAX, AT_MS_MAX, Attempt, AttemptFilter, AttemptKind, Kept};
pub use error::RecordError;
pub use marks::{PLAN_MINUTES_MAX, Plan, Reset};
pub use place::default_path;
pub use query::{DayCount, ForecastCount, ItemStanding, LessonCount, MisconceptionCount};
pub use transfer::{IMPORT_LINES_MAX, Imported};

use migrate::Standing;

/// How long a write waits for another process's write. One answer is one short transaction, so a wait
/// this long means that something is stuck.
const LOCK_WAIT: Duration = Duration::from_secs(5);

/// The pause between two tries where SQLite itself does not wait.
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// A record up to this size is checked whole at every start, in some 20 ms; it holds 25,000 answers.
const CHECKED_WHOLE_BYTES_MAX: i64 = 4 * 1024 * 1024;

/// The learner's record, open.
#[derive(Debug)]
pub struct Record {
    connection: Connection,
    path: PathBuf,
}

impl Record {
    /// Opens the record at `path`, makes it when there is none, and brings an older one up to date.
    ///
    /// # Errors
    /// Any [`RecordError`]. A file that is damaged, foreign or from a later release is left as it is.
    pub fn open(path: &Path) -> Result<Self, RecordError> {
        make_folder(path)?;
        let fail = |source| RecordError::from_sqlite(path, source);
        let mut connection = Connection::open(path).map_err(fail)?;
        connection.busy_timeout(LOCK_WAIT).map_err(fail)?;
        inspect(&connection, path)?;
        settle(&mut connection).map_err(fail)?;
        Ok(Self {
            connection,
            path: path.to_path_buf(),
        })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads every page and every index of the file.
    ///
    /// # Errors
    /// [`RecordError::Damaged`] for the first thing that is not as it must be.
    pub fn check(&self) -> Result<(), RecordError> {
        check_pages(&self.connection, &self.path, "PRAGMA integrity_check(1)")
    }

    /// Keeps one answer. When this returns, the answer is on the disk: neither a kill nor a power cut
    /// takes it back. An answer that an earlier reset of its lesson would cover is dated just after it.
    ///
    /// # Errors
    /// Any [`RecordError`]: then this answer is not kept, and the earlier ones still are.
    pub fn append(&self, attempt: &Attempt) -> Result<i64, RecordError> {
        let fail = |source| RecordError::from_sqlite(&self.path, source);
        let transaction =
            Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)
                .map_err(fail)?;
        let id = keep(&transaction, attempt).map_err(fail)?;
        transaction.commit().map_err(fail)?;
        Ok(id)
    }
}

fn keep(transaction: &Connection, attempt: &Attempt) -> rusqlite::Result<i64> {
    let current = derive::is_current(transaction)?;
    let reset = derive::last_reset(transaction, attempt.lesson)?;
    let attempt = Attempt {
        at_ms: reset.map_or(attempt.at_ms, |reset| {
            attempt.at_ms.max(reset.saturating_add(1))
        }),
        forecast: derive::forecast(transaction, attempt)?,
        ..attempt.clone()
    };
    let id = insert(transaction, &attempt)?;
    if current {
        derive::fold(transaction, &attempt)?;
        derive::settled(transaction)?;
    } else {
        derive::rebuild(transaction)?;
    }
    Ok(id)
}

/// Adds a row; the tables that follow from it are the caller's to fold.
fn insert(connection: &Connection, attempt: &Attempt) -> rusqlite::Result<i64> {
    let answer: String = attempt.answer.chars().take(ANSWER_CHARS_MAX).collect();
    let misconceptions = serde_json::Value::from(attempt.misconceptions.clone()).to_string();
    connection
        .prepare_cached(
            "INSERT INTO attempt (at_ms, kind, item, revision, lesson, seed, answer, is_right,
                                  elapsed_ms, hints, confidence, misconceptions,
                                  difficulty, guess, forecast, exam)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
        )?
        .insert(params![
            attempt.at_ms,
            attempt.kind.name(),
            attempt.item,
            attempt.revision,
            attempt.lesson,
            attempt.seed,
            answer,
            attempt.right,
            attempt.elapsed_ms,
            attempt.hints,
            attempt.confidence,
            misconceptions,
            attempt.challenge.map(|challenge| challenge.difficulty),
            attempt.challenge.map(|challenge| challenge.guess),
            attempt.forecast,
            attempt.exam,
        ])
}

fn make_folder(path: &Path) -> Result<(), RecordError> {
    if path.is_dir() || path.file_name().is_none() {
        return Err(RecordError::NotAFile {
            path: path.to_path_buf(),
        });
    }
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => {
            fs::create_dir_all(folder).map_err(|source| RecordError::Folder {
                folder: folder.to_path_buf(),
                source,
            })
        }
        _ => Ok(()),
    }
}

/// Reads the file before anything is written to it, and refuses what is not a sound record.
fn inspect(connection: &Connection, path: &Path) -> Result<(), RecordError> {
    let fail = |source| RecordError::from_sqlite(path, source);
    let path_owned = || path.to_path_buf();
    match migrate::standing(connection).map_err(fail)? {
        Standing::Empty => return Ok(()),
        Standing::Foreign => return Err(RecordError::Foreign { path: path_owned() }),
        Standing::Newer(found) => {
            return Err(RecordError::Newer {
                path: path_owned(),
                found,
                known: migrate::VERSION,
            });
        }
        Standing::Known => {}
    }
    for check in checks(connection).map_err(fail)? {
        check_pages(connection, path, check)?;
    }
    Ok(())
}

/// What is checked at every start: all of it, or of a long record what a session reads; the rest is checked by
/// [`Record::check`], and page by page when it is read.
fn checks(connection: &Connection) -> rusqlite::Result<&'static [&'static str]> {
    const ALL: &[&str] = &["PRAGMA quick_check(1)"];
    const READ_AT_ONCE: &[&str] = &[
        "PRAGMA quick_check('derived_item')",
        "PRAGMA quick_check('derived_rating')",
        "PRAGMA quick_check('derived_state')",
        "PRAGMA quick_check('plan')",
    ];
    let number =
        |pragma: &str| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let bytes = number("page_count")?.saturating_mul(number("page_size")?);
    let is_long = bytes > CHECKED_WHOLE_BYTES_MAX && migrate::is_current(connection)?;
    Ok(if is_long { READ_AT_ONCE } else { ALL })
}

fn check_pages(connection: &Connection, path: &Path, check: &str) -> Result<(), RecordError> {
    let verdict: String = connection
        .query_row(check, [], |row| row.get(0))
        .map_err(|source| RecordError::from_sqlite(path, source))?;
    if verdict != "ok" {
        return Err(RecordError::Damaged {
            path: path.to_path_buf(),
            what: format!("it is damaged ({})", verdict.replace('\n', " ")),
        });
    }
    Ok(())
}

/// Of a record that several processes make at once, one changes the journal. SQLite does not let the others
/// wait for that as for any other lock, but tells them at once that the file is busy: so the wait is here.
fn use_write_ahead_log(connection: &Connection) -> rusqlite::Result<()> {
    let mut tries = LOCK_WAIT.as_millis() / LOCK_PAUSE.as_millis();
    loop {
        let changed = connection
            .pragma_update_and_check(None, "journal_mode", "wal", |row| row.get::<_, String>(0));
        match changed {
            Err(busy) if busy.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && tries > 0 => {
                tries -= 1;
                std::thread::sleep(LOCK_PAUSE);
            }
            other => return other.map(drop),
        }
    }
}

/// Sets how the file is written, then climbs to this build's schema.
fn settle(connection: &mut Connection) -> rusqlite::Result<()> {
    use_write_ahead_log(connection)?;
    // FULL syncs the log at every commit: in WAL mode NORMAL would let a power cut take the last answers.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // With it, the delete that INSERT OR REPLACE does also meets the trigger that forbids deletes.
    connection.pragma_update(None, "recursive_triggers", true)?;
    migrate::climb(connection)?;
    derive::catch_up(connection)
}
