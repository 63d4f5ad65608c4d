//! What the learner decides: when the interview is, and which lesson begins anew. Rows are only added.

use rusqlite::{OptionalExtension as _, TransactionBehavior, params};
use serde::{Deserialize, Serialize};

use super::{Record, RecordError, derive};

/// Minutes a day that a plan may have.
pub const PLAN_MINUTES_MAX: u32 = 24 * 60;

/// When the interview is, and what there is time for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// When this was decided, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// When the interview is, milliseconds since 1970 UTC.
    pub interview_ms: i64,
    /// Minutes a day, 1 to [`PLAN_MINUTES_MAX`].
    pub minutes: u32,
}

/// A lesson that begins anew: its answers up to then count no more, and stay in the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reset {
    /// When, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// The lesson.
    pub lesson: u8,
}

impl Record {
    /// The plan that holds; `None` where none was made.
    ///
    /// # Errors
    /// Any [`RecordError`] of a read.
    pub fn plan(&self) -> Result<Option<Plan>, RecordError> {
        Ok(self.plans()?.pop())
    }

    /// Every plan that was made, oldest first.
    ///
    /// # Errors
    /// Any [`RecordError`] of a read.
    pub fn plans(&self) -> Result<Vec<Plan>, RecordError> {
        self.rows(
            "SELECT at_ms, interview_ms, minutes FROM plan ORDER BY at_ms, id",
            &[],
            |row| {
                Ok(Plan {
                    at_ms: row.get(0)?,
                    interview_ms: row.get(1)?,
                    minutes: row.get(2)?,
                })
            },
        )
    }

    /// Every reset, oldest first.
    ///
    /// # Errors
    /// Any [`RecordError`] of a read.
    pub fn resets(&self) -> Result<Vec<Reset>, RecordError> {
        self.rows(
            "SELECT at_ms, lesson FROM reset_mark ORDER BY at_ms, id",
            &[],
            |row| {
                Ok(Reset {
                    at_ms: row.get(0)?,
                    lesson: row.get(1)?,
                })
            },
        )
    }

    /// Makes a plan, which holds from now on.
    ///
    /// # Errors
    /// [`RecordError::Refused`] for minutes that no day has; any other of a write.
    pub fn keep_plan(&self, plan: &Plan) -> Result<(), RecordError> {
        self.connection
            .execute(
                "INSERT INTO plan (at_ms, interview_ms, minutes) VALUES (?1, ?2, ?3)",
                params![plan.at_ms, plan.interview_ms, plan.minutes],
            )
            .map(drop)
            .map_err(|source| RecordError::from_sqlite(&self.path, source))
    }

    /// Begins a lesson anew; its answers stay in the record, but count no more. Says how many those are.
    ///
    /// # Errors
    /// Any [`RecordError`] of a write; then nothing has changed.
    pub fn reset_lesson(&mut self, reset: Reset) -> Result<u64, RecordError> {
        let path = self.path.clone();
        let fail = |source| RecordError::from_sqlite(&path, source);
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(fail)?;
        let (counted, latest): (u64, Option<i64>) = transaction
            .query_row(
                "SELECT count(*), max(at_ms) FROM attempt
                 WHERE lesson = ?1
                   AND at_ms > coalesce((SELECT max(at_ms) FROM reset_mark WHERE lesson = ?1), -1)",
                [reset.lesson],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()
            .map_err(fail)?
            .unwrap_or_default();
        // An answer that a fast clock dated later is meant as well.
        let at_ms = latest.map_or(reset.at_ms, |latest| latest.max(reset.at_ms));
        transaction
            .execute(
                "INSERT INTO reset_mark (at_ms, lesson) VALUES (?1, ?2)",
                params![at_ms, reset.lesson],
            )
            .map_err(fail)?;
        derive::rebuild(&transaction).map_err(fail)?;
        transaction.commit().map_err(fail)?;
        Ok(counted)
    }
}
