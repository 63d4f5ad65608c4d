//! The tables that follow from the answers, folded one answer at a time.
//!
//! One function takes in one answer, whether it has just been given or is read again: so a rebuilt record
//! and one that grew are the same. Everything happens in the transaction that keeps the answer.

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};

use super::query::{ATTEMPT_COLUMNS, kept};
use super::{Attempt, AttemptKind, Record, RecordError};
use crate::learner::ItemState;
use crate::learner::ability::{self, Challenge, Rating};
use crate::learner::memory::{DAY_MS, Memory};

/// Changes with every change of what is folded: a record that was folded by other rules is folded again.
const RULES: i64 = 1;

/// What is assumed of an answer from a release that did not keep how hard its question was.
const CHALLENGE_UNKNOWN: Challenge = Challenge {
    difficulty: 3,
    guess: 0.25,
};

/// The row of the whole course among the ratings.
pub(super) const COURSE: u8 = 0;

impl Record {
    /// Folds every answer again. Nothing that was answered changes.
    ///
    /// # Errors
    /// Any [`RecordError`]; then the tables are as they were.
    pub fn rebuild(&mut self) -> Result<u64, RecordError> {
        let path = self.path.clone();
        let fail = |source| RecordError::from_sqlite(&path, source);
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(fail)?;
        let answers = rebuild(&transaction).map_err(fail)?;
        transaction.commit().map_err(fail)?;
        Ok(answers)
    }
}

/// Folds everything again if the tables are not up to date, as after another release wrote to the file.
pub(super) fn catch_up(connection: &mut Connection) -> rusqlite::Result<()> {
    if is_current(connection)? {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if !is_current(&transaction)? {
        rebuild(&transaction)?;
    }
    transaction.commit()
}

/// Whether the tables hold every answer.
pub(super) fn is_current(connection: &Connection) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "SELECT count(*) FROM derived_state
             WHERE rules = ?1 AND last_attempt = (SELECT coalesce(max(id), 0) FROM attempt)",
        )?
        .query_row([RULES], |row| row.get(0))
}

/// Empties the tables and folds every answer, in the transaction that `connection` is in.
pub(super) fn rebuild(connection: &Connection) -> rusqlite::Result<u64> {
    connection.execute_batch(
        "DELETE FROM derived_item;
         DELETE FROM derived_open;
         DELETE FROM derived_shown;
         DELETE FROM derived_rating;
         DELETE FROM derived_forecast;
         DELETE FROM derived_day;
         INSERT OR REPLACE INTO derived_state (one, rules, last_attempt) VALUES (1, 0, 0);",
    )?;
    let merged: i64 = connection.query_row(
        "SELECT coalesce(max(up_to), 0) FROM merge_mark",
        [],
        |row| row.get(0),
    )?;
    // What was merged from several records goes by its time, all else as it came.
    let mut select = connection.prepare(&format!(
        "SELECT {ATTEMPT_COLUMNS} FROM attempt
         ORDER BY CASE WHEN id <= ?1 THEN at_ms ELSE 9223372036854775807 END, id"
    ))?;
    let mut answers = 0;
    let mut rows = select.query([merged])?;
    while let Some(row) = rows.next()? {
        let kept = kept(row)?;
        fold(connection, &kept.attempt)?;
        answers += 1;
    }
    drop(rows);
    settled(connection)?;
    Ok(answers)
}

/// Notes that the tables hold every answer that there is.
pub(super) fn settled(connection: &Connection) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO derived_state (one, rules, last_attempt)
             VALUES (1, ?1, (SELECT coalesce(max(id), 0) FROM attempt))",
        )?
        .execute([RULES])
        .map(drop)
}

/// The chance of a right answer, as the tables foretell it before this answer is folded in.
pub(super) fn forecast(
    connection: &Connection,
    attempt: &Attempt,
) -> rusqlite::Result<Option<f64>> {
    let Some(challenge) = attempt.challenge.filter(|_| attempt.kind.has_memory()) else {
        return Ok(None);
    };
    let known = match item(connection, attempt.kind, &attempt.item)? {
        Some(state) => state.memory.recall(attempt.at_ms),
        None => {
            let (course, lesson) = ratings(connection, attempt.lesson)?;
            challenge.known(course.logits + lesson.logits)
        }
    };
    Ok(Some(challenge.right(known).clamp(0.0, 1.0)))
}

/// Takes one answer in.
pub(super) fn fold(connection: &Connection, attempt: &Attempt) -> rusqlite::Result<()> {
    if is_reset(connection, attempt)? {
        return Ok(());
    }
    count_day(connection, attempt)?;
    open_misconceptions(connection, attempt)?;
    if !attempt.kind.has_memory() {
        return Ok(());
    }
    let before = item(connection, attempt.kind, &attempt.item)?;
    let after = ItemState::after(before, attempt.right, attempt.hints, attempt.at_ms);
    keep_item(connection, attempt, &after)?;
    if attempt.kind == AttemptKind::Quiz && before.is_none() {
        let (course, lesson) = ratings(connection, attempt.lesson)?;
        let challenge = attempt.challenge.unwrap_or(CHALLENGE_UNKNOWN);
        let (course, lesson) = ability::after(course, lesson, challenge, attempt.right);
        keep_rating(connection, COURSE, course)?;
        keep_rating(connection, attempt.lesson, lesson)?;
    }
    match attempt.forecast {
        Some(forecast) => count_forecast(connection, forecast, attempt.right),
        None => Ok(()),
    }
}

fn is_reset(connection: &Connection, attempt: &Attempt) -> rusqlite::Result<bool> {
    Ok(last_reset(connection, attempt.lesson)?.is_some_and(|at_ms| at_ms >= attempt.at_ms))
}

/// When a lesson was last reset.
pub(super) fn last_reset(connection: &Connection, lesson: u8) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT max(at_ms) FROM reset_mark WHERE lesson = ?1")?
        .query_row([lesson], |row| row.get(0))
}

/// How an item stands.
pub(super) fn item(
    connection: &Connection,
    kind: AttemptKind,
    item: &str,
) -> rusqlite::Result<Option<ItemState>> {
    connection
        .prepare_cached(
            "SELECT stability, difficulty, last_ms, answers, lapses, last_right
             FROM derived_item WHERE kind = ?1 AND item = ?2",
        )?
        .query_row(params![kind.name(), item], |row| item_state(row, 0))
        .optional()
}

/// Reads six columns from `first` on.
pub(super) fn item_state(row: &rusqlite::Row<'_>, first: usize) -> rusqlite::Result<ItemState> {
    let number = |at: usize| row.get::<_, f64>(first + at).map(|number| number as f32);
    Ok(ItemState {
        memory: Memory {
            stability_days: number(0)?,
            difficulty: number(1)?,
            last_ms: row.get(first + 2)?,
        },
        answers: row.get(first + 3)?,
        lapses: row.get(first + 4)?,
        last_right: row.get(first + 5)?,
    })
}

fn keep_item(
    connection: &Connection,
    attempt: &Attempt,
    state: &ItemState,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO derived_item VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            attempt.kind.name(),
            attempt.item,
            attempt.lesson,
            f64::from(state.memory.stability_days),
            f64::from(state.memory.difficulty),
            state.memory.last_ms,
            state.answers,
            state.lapses,
            state.last_right,
        ])
        .map(drop)
}

/// The rating in the course, and the offset of a lesson.
fn ratings(connection: &Connection, lesson: u8) -> rusqlite::Result<(Rating, Rating)> {
    let mut select = connection
        .prepare_cached("SELECT logits, answers FROM derived_rating WHERE lesson = ?1")?;
    let mut rating = |lesson: u8| {
        let found = select.query_row([lesson], |row| {
            Ok(Rating {
                logits: row.get(0)?,
                answers: row.get(1)?,
            })
        });
        found.optional().map(Option::unwrap_or_default)
    };
    Ok((rating(COURSE)?, rating(lesson)?))
}

fn keep_rating(connection: &Connection, lesson: u8, rating: Rating) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO derived_rating VALUES (?1, ?2, ?3)")?
        .execute(params![lesson, rating.logits, rating.answers])
        .map(drop)
}

fn count_forecast(connection: &Connection, forecast: f64, right: bool) -> rusqlite::Result<()> {
    let tenth = (forecast * 10.0).floor().clamp(0.0, 9.0) as i64;
    connection
        .prepare_cached(
            "INSERT INTO derived_forecast VALUES (?1, 1, ?2, ?3)
             ON CONFLICT DO UPDATE SET answers = answers + 1, right = right + ?2, foretold = foretold + ?3",
        )?
        .execute(params![tenth, right, forecast])
        .map(drop)
}

fn count_day(connection: &Connection, attempt: &Attempt) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO derived_day VALUES (?1, ?2, ?3, 1, ?4)
             ON CONFLICT DO UPDATE SET answers = answers + 1, right = right + ?4",
        )?
        .execute(params![
            attempt.at_ms / DAY_MS,
            attempt.kind.name(),
            attempt.lesson,
            attempt.right
        ])
        .map(drop)
}

/// The latest answer to an item says which misconceptions stay open there.
fn open_misconceptions(connection: &Connection, attempt: &Attempt) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM derived_open WHERE kind = ?1 AND item = ?2")?
        .execute(params![attempt.kind.name(), attempt.item])?;
    for misconception in &attempt.misconceptions {
        connection
            .prepare_cached("INSERT OR IGNORE INTO derived_open VALUES (?1, ?2, ?3)")?
            .execute(params![attempt.kind.name(), attempt.item, misconception])?;
        connection
            .prepare_cached(
                "INSERT INTO derived_shown VALUES (?1, 1, ?2)
                 ON CONFLICT DO UPDATE SET answers = answers + 1, last_ms = max(last_ms, ?2)",
            )?
            .execute(params![misconception, attempt.at_ms])?;
    }
    Ok(())
}
