//! The record's schema, as a ladder of migrations: rung `i` leads from version `i` to version `i + 1`.
//!
//! A rung that has been released is never edited. What must change later becomes a new rung, so that a
//! record from any earlier release climbs to today's version, and `tests/record_migrates.rs` proves it
//! on files that those releases wrote.

use rusqlite::{Connection, Transaction, TransactionBehavior};

/// "KVOR": tells our files from other programs' databases.
pub(super) const APPLICATION_ID: i64 = 0x4B56_4F52;

const LADDER: [&str; 3] = [V1, V2, V3];

/// The schema version that this build writes.
pub(super) const VERSION: i64 = LADDER.len() as i64;

/// One row per answer, kept forever. The triggers hold even against another program's `UPDATE`,
/// `DELETE` or `INSERT OR REPLACE`.
const V1: &str = "
CREATE TABLE attempt (
    id         INTEGER PRIMARY KEY,
    at_ms      INTEGER NOT NULL CHECK (at_ms >= 0),
    kind       TEXT    NOT NULL CHECK (kind IN ('quiz', 'exercise', 'poll', 'mock')),
    item       TEXT    NOT NULL CHECK (length(item) BETWEEN 1 AND 128),
    revision   TEXT    NOT NULL,
    lesson     INTEGER NOT NULL CHECK (lesson BETWEEN 1 AND 99),
    seed       INTEGER NOT NULL CHECK (seed >= 0),
    answer     TEXT    NOT NULL,
    is_right   INTEGER NOT NULL CHECK (is_right IN (0, 1)),
    elapsed_ms INTEGER NOT NULL CHECK (elapsed_ms >= 0),
    hints      INTEGER NOT NULL CHECK (hints >= 0),
    confidence INTEGER CHECK (confidence BETWEEN 0 AND 100)
) STRICT;

CREATE TRIGGER attempt_never_changes BEFORE UPDATE ON attempt
BEGIN SELECT RAISE(ABORT, 'attempt is append-only: a row never changes'); END;

CREATE TRIGGER attempt_never_shrinks BEFORE DELETE ON attempt
BEGIN SELECT RAISE(ABORT, 'attempt is append-only: a row is never deleted'); END;

CREATE TRIGGER attempt_never_replaced BEFORE INSERT ON attempt
WHEN EXISTS (SELECT 1 FROM attempt WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'attempt is append-only: a row is never replaced'); END;
";

/// Which misconceptions an answer showed, judged when it was given: later edits of the question must not
/// change what it meant. The index serves the question "how does this item stand".
const V2: &str = "
ALTER TABLE attempt ADD COLUMN misconceptions TEXT NOT NULL DEFAULT '[]'
    CHECK (json_valid(misconceptions) AND json_type(misconceptions) = 'array');

CREATE INDEX attempt_by_item ON attempt (item, id);
";

/// What was foretold of an answer; marks, which like answers are only added; and the tables that are folded
/// from the answers: dropping their rows loses nothing, [`super::derive`] fills them again.
const V3: &str = "
ALTER TABLE attempt ADD COLUMN difficulty INTEGER CHECK (difficulty BETWEEN 1 AND 5);
ALTER TABLE attempt ADD COLUMN guess REAL CHECK (guess BETWEEN 0 AND 1);
ALTER TABLE attempt ADD COLUMN forecast REAL CHECK (forecast BETWEEN 0 AND 1);
ALTER TABLE attempt ADD COLUMN exam INTEGER NOT NULL DEFAULT 0 CHECK (exam IN (0, 1));

-- Answers of this lesson up to this time count no more.
CREATE TABLE reset_mark (
    id     INTEGER PRIMARY KEY,
    at_ms  INTEGER NOT NULL CHECK (at_ms >= 0),
    lesson INTEGER NOT NULL CHECK (lesson BETWEEN 1 AND 99)
) STRICT;

-- Answers up to this number came from several records, and count in the order of their times.
CREATE TABLE merge_mark (up_to INTEGER PRIMARY KEY) STRICT;

-- When the interview is, and how many minutes a day there are; the latest row holds.
CREATE TABLE plan (
    id           INTEGER PRIMARY KEY,
    at_ms        INTEGER NOT NULL CHECK (at_ms >= 0),
    interview_ms INTEGER NOT NULL CHECK (interview_ms >= 0),
    minutes      INTEGER NOT NULL CHECK (minutes BETWEEN 1 AND 1440)
) STRICT;

CREATE TRIGGER reset_mark_never_changes BEFORE UPDATE ON reset_mark
BEGIN SELECT RAISE(ABORT, 'reset_mark is append-only: a row never changes'); END;
CREATE TRIGGER reset_mark_never_shrinks BEFORE DELETE ON reset_mark
BEGIN SELECT RAISE(ABORT, 'reset_mark is append-only: a row is never deleted'); END;
CREATE TRIGGER merge_mark_never_changes BEFORE UPDATE ON merge_mark
BEGIN SELECT RAISE(ABORT, 'merge_mark is append-only: a row never changes'); END;
CREATE TRIGGER merge_mark_never_shrinks BEFORE DELETE ON merge_mark
BEGIN SELECT RAISE(ABORT, 'merge_mark is append-only: a row is never deleted'); END;
CREATE TRIGGER plan_never_changes BEFORE UPDATE ON plan
BEGIN SELECT RAISE(ABORT, 'plan is append-only: a row never changes'); END;
CREATE TRIGGER plan_never_shrinks BEFORE DELETE ON plan
BEGIN SELECT RAISE(ABORT, 'plan is append-only: a row is never deleted'); END;

CREATE TABLE derived_item (
    kind       TEXT    NOT NULL,
    item       TEXT    NOT NULL,
    lesson     INTEGER NOT NULL,
    stability  REAL    NOT NULL,
    difficulty REAL    NOT NULL,
    last_ms    INTEGER NOT NULL,
    answers    INTEGER NOT NULL,
    lapses     INTEGER NOT NULL,
    last_right INTEGER NOT NULL,
    PRIMARY KEY (kind, item)
) STRICT, WITHOUT ROWID;

CREATE TABLE derived_open (
    kind          TEXT NOT NULL,
    item          TEXT NOT NULL,
    misconception TEXT NOT NULL,
    PRIMARY KEY (kind, item, misconception)
) STRICT, WITHOUT ROWID;

CREATE TABLE derived_shown (
    misconception TEXT PRIMARY KEY,
    answers       INTEGER NOT NULL,
    last_ms       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Lesson 0 is the whole course.
CREATE TABLE derived_rating (
    lesson  INTEGER PRIMARY KEY,
    logits  REAL    NOT NULL,
    answers INTEGER NOT NULL
) STRICT;

-- Answers by the tenth that their forecast fell into: how well forecasts held.
CREATE TABLE derived_forecast (
    tenth    INTEGER PRIMARY KEY,
    answers  INTEGER NOT NULL,
    right    INTEGER NOT NULL,
    foretold REAL    NOT NULL
) STRICT;

CREATE TABLE derived_day (
    day     INTEGER NOT NULL,
    kind    TEXT    NOT NULL,
    lesson  INTEGER NOT NULL,
    answers INTEGER NOT NULL,
    right   INTEGER NOT NULL,
    PRIMARY KEY (day, kind, lesson)
) STRICT, WITHOUT ROWID;

-- Up to which answer the tables above are folded, and by which rules.
CREATE TABLE derived_state (
    one          INTEGER PRIMARY KEY CHECK (one = 1),
    rules        INTEGER NOT NULL,
    last_attempt INTEGER NOT NULL
) STRICT;
";

/// What a file is, judged before anything is written to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// No table in it: a new record.
    Empty,
    /// Ours, at a version that this build knows.
    Known,
    /// Ours, from a later release.
    Newer(i64),
    /// A database of some other program.
    Foreign,
}

/// Looks at a database without changing it.
pub(super) fn standing(connection: &Connection) -> rusqlite::Result<Standing> {
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let application_id = pragma(connection, "application_id")?;
    let version = pragma(connection, "user_version")?;
    Ok(match (tables, application_id) {
        (0, 0) => Standing::Empty,
        (_, APPLICATION_ID) if version > VERSION => Standing::Newer(version),
        (_, APPLICATION_ID) => Standing::Known,
        _ => Standing::Foreign,
    })
}

/// Whether a known record needs no climb.
pub(super) fn is_current(connection: &Connection) -> rusqlite::Result<bool> {
    Ok(pragma(connection, "user_version")? == VERSION)
}

/// Climbs from the file's version to [`VERSION`] in one transaction: all rungs or none.
pub(super) fn climb(connection: &mut Connection) -> rusqlite::Result<()> {
    if is_current(connection)? {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have climbed while this one waited for the lock.
    let from = pragma(&transaction, "user_version")?;
    let rungs = LADDER.iter().skip(usize::try_from(from).unwrap_or(0));
    for rung in rungs {
        transaction.execute_batch(rung)?;
    }
    stamp(&transaction)?;
    transaction.commit()
}

fn stamp(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    if pragma(transaction, "user_version")? < VERSION {
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    Ok(())
}

fn pragma(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, name, |row| row.get(0))
}
