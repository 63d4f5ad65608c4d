//! A record as JSON Lines, out and in: for a backup, another machine, or another program.
//!
//! Each line is one object with one field: `attempt`, `plan` or `reset`. What comes in is joined with what
//! is there; an answer that is there already is not taken twice.

use std::collections::BTreeSet;
use std::io::{BufRead, Read as _, Write};

use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use serde::{Deserialize, Serialize};

use super::{AT_MS_MAX, Attempt, AttemptFilter, Plan, Record, RecordError, Reset, derive};

/// Bytes of one line that are taken in.
const LINE_BYTES_MAX: u64 = 64 * 1024;

/// Lines of one import: they are held in memory until all are known to be sound.
pub const IMPORT_LINES_MAX: usize = 1_000_000;

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Line {
    Attempt(Attempt),
    Plan(Plan),
    Reset(Reset),
}

impl Line {
    /// The latest time that it names, milliseconds since 1970 UTC.
    fn latest_ms(&self) -> i64 {
        match self {
            Self::Attempt(attempt) => attempt.at_ms,
            Self::Plan(plan) => plan.at_ms.max(plan.interview_ms),
            Self::Reset(reset) => reset.at_ms,
        }
    }
}

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Answers that were taken in.
    pub answers: u64,
    /// Answers that were there already.
    pub known: u64,
    /// Plans and resets that were taken in.
    pub marks: u64,
}

/// Answers that are the same: nobody answers one item twice in one millisecond.
type Sameness = (i64, &'static str, String, u64);

fn sameness(attempt: &Attempt) -> Sameness {
    (
        attempt.at_ms,
        attempt.kind.name(),
        attempt.item.clone(),
        attempt.seed,
    )
}

impl Record {
    /// Writes everything that was kept, oldest first; returns the number of lines.
    ///
    /// # Errors
    /// Any [`RecordError`] of a read; [`RecordError::Transfer`] when `out` does not take it.
    pub fn export(&self, out: &mut dyn Write) -> Result<u64, RecordError> {
        let attempts = self.attempts(&AttemptFilter::default())?;
        let attempts = attempts.into_iter().map(|kept| Line::Attempt(kept.attempt));
        let plans = self.plans()?.into_iter().map(Line::Plan);
        let resets = self.resets()?.into_iter().map(Line::Reset);
        let mut lines = 0;
        for line in attempts.chain(plans).chain(resets) {
            let text = serde_json::to_string(&line).expect("these always have a text");
            writeln!(out, "{text}").map_err(|error| self.transfer(error.to_string()))?;
            lines += 1;
        }
        out.flush()
            .map_err(|error| self.transfer(error.to_string()))?;
        Ok(lines)
    }

    /// Takes in what [`Record::export`] wrote: all of it or, after an error, nothing.
    ///
    /// # Errors
    /// [`RecordError::Transfer`] names the first line that is none; any other of a write.
    pub fn import(&self, lines: &mut dyn BufRead) -> Result<Imported, RecordError> {
        let parsed = self.parse(lines)?;
        let path = self.path.clone();
        let fail = |source| RecordError::from_sqlite(&path, source);
        // What is there is read under the lock, so that another process adds nothing in between.
        let transaction =
            Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)
                .map_err(fail)?;
        let mut there: BTreeSet<Sameness> = self
            .attempts(&AttemptFilter::default())?
            .iter()
            .map(|kept| sameness(&kept.attempt))
            .collect();
        let (plans, resets) = (self.plans()?, self.resets()?);
        let mut imported = Imported::default();
        for (number, line) in parsed {
            let refused = |source| match RecordError::from_sqlite(&path, source) {
                RecordError::Refused { path, source } => RecordError::Transfer {
                    path,
                    what: format!("line {number}: {source}"),
                },
                other => other,
            };
            match line {
                Line::Attempt(attempt) if there.insert(sameness(&attempt)) => {
                    super::insert(&transaction, &attempt).map_err(refused)?;
                    imported.answers += 1;
                }
                Line::Attempt(_) => imported.known += 1,
                Line::Plan(plan) if !plans.contains(&plan) => {
                    let values = params![plan.at_ms, plan.interview_ms, plan.minutes];
                    let sql = "INSERT INTO plan (at_ms, interview_ms, minutes) VALUES (?1, ?2, ?3)";
                    transaction.execute(sql, values).map_err(refused)?;
                    imported.marks += 1;
                }
                Line::Reset(reset) if !resets.contains(&reset) => {
                    let values = params![reset.at_ms, reset.lesson];
                    let sql = "INSERT INTO reset_mark (at_ms, lesson) VALUES (?1, ?2)";
                    transaction.execute(sql, values).map_err(refused)?;
                    imported.marks += 1;
                }
                Line::Plan(_) | Line::Reset(_) => {}
            }
        }
        merged(&transaction).map_err(fail)?;
        transaction.commit().map_err(fail)?;
        Ok(imported)
    }

    fn parse(&self, lines: &mut dyn BufRead) -> Result<Vec<(u64, Line)>, RecordError> {
        let mut parsed = Vec::new();
        let mut number = 0;
        loop {
            let mut line = Vec::new();
            let read = lines.take(LINE_BYTES_MAX).read_until(b'\n', &mut line);
            read.map_err(|error| self.transfer(error.to_string()))?;
            if line.is_empty() {
                return Ok(parsed);
            }
            number += 1;
            if line.len() as u64 == LINE_BYTES_MAX {
                let what = format!("line {number} is longer than {LINE_BYTES_MAX} bytes");
                return Err(self.transfer(what));
            }
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let read: Line = serde_json::from_slice(&line)
                .map_err(|error| self.transfer(format!("line {number}: {error}")))?;
            if read.latest_ms() > AT_MS_MAX {
                return Err(self.transfer(format!("line {number}: a time after the year 9999")));
            }
            if parsed.len() == IMPORT_LINES_MAX {
                let what = format!("more than {IMPORT_LINES_MAX} lines: split the file");
                return Err(self.transfer(what));
            }
            parsed.push((number, read));
        }
    }

    fn transfer(&self, what: String) -> RecordError {
        RecordError::Transfer {
            path: self.path.clone(),
            what,
        }
    }
}

/// From now on the answers count in the order of their times.
fn merged(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT OR IGNORE INTO merge_mark SELECT max(id) FROM attempt HAVING max(id) IS NOT NULL",
        [],
    )?;
    derive::rebuild(connection).map(drop)
}

#[cfg(test)]
mod tests {
    use super::Line;
    use crate::record::AttemptKind;

    #[test]
    fn an_attempt_of_an_older_release_reads_without_its_later_fields() {
        let line = r#"{"attempt":{"at_ms":1,"kind":"quiz","item":"a","revision":"r","lesson":2,"seed":3,
            "answer":"x","right":true,"elapsed_ms":4,"hints":0,"misconceptions":[],"confidence":null}}"#;
        let Line::Attempt(attempt) = serde_json::from_str(line).unwrap() else {
            panic!("{line}")
        };
        assert_eq!((attempt.kind, attempt.exam), (AttemptKind::Quiz, false));
        assert_eq!((attempt.challenge, attempt.forecast), (None, None));
    }
}
