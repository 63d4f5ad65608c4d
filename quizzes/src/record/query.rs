//! What follows from the answers.

use std::collections::BTreeMap;

use rusqlite::types::Type;
use rusqlite::{Row, named_params};
use serde::Serialize;

use super::derive::{COURSE, item_state};
use super::{Attempt, AttemptFilter, AttemptKind, Kept, Record, RecordError};
use crate::learner::Learner;
use crate::learner::ability::{Challenge, Rating};

/// What [`kept`] reads.
pub(super) const ATTEMPT_COLUMNS: &str =
    "id, at_ms, kind, item, revision, lesson, seed, answer, is_right,
    elapsed_ms, hints, confidence, misconceptions, difficulty, guess, forecast, exam";

/// How one item stands: what its answers so far say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ItemStanding {
    /// The item.
    pub item: String,
    /// How often it was answered.
    pub asked: u32,
    /// Whether the latest answer was right.
    pub last_right: bool,
    /// When the latest answer was given, milliseconds since 1970 UTC.
    pub last_ms: i64,
}

/// The answers of one lesson, counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LessonCount {
    /// The lesson.
    pub lesson: u8,
    /// Answers given.
    pub asked: u32,
    /// Of them right.
    pub right: u32,
    /// Different items answered.
    pub distinct: u32,
    /// Items whose latest answer was right.
    pub known: u32,
    /// When the latest answer was given, milliseconds since 1970 UTC.
    pub last_ms: i64,
}

/// The answers of one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DayCount {
    /// Days since 1970, UTC.
    pub day: i64,
    /// Answers given.
    pub answers: u32,
    /// Of them right.
    pub right: u32,
}

/// Answers whose forecast fell into one tenth.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ForecastCount {
    /// 0 for forecasts below 10%, 9 for those from 90% on.
    pub tenth: u8,
    /// Answers given.
    pub answers: u32,
    /// Of them right.
    pub right: u32,
    /// The mean forecast, 0 to 1.
    pub foretold: f64,
}

/// A misconception that answers showed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MisconceptionCount {
    /// Its id.
    pub misconception: String,
    /// In how many answers it showed.
    pub shown: u32,
    /// Items whose latest answer still shows it.
    pub open: u32,
    /// When it last showed, milliseconds since 1970 UTC.
    pub last_ms: i64,
}

impl Record {
    /// The answers that pass `filter`, oldest first.
    ///
    /// # Errors
    /// Any [`RecordError`] of a read.
    pub fn attempts(&self, filter: &AttemptFilter) -> Result<Vec<Kept>, RecordError> {
        self.rows(
            &format!(
                "SELECT {ATTEMPT_COLUMNS} FROM attempt
                 WHERE (:kind IS NULL OR kind = :kind)
                   AND (:lesson IS NULL OR lesson = :lesson)
                   AND (:item IS NULL OR item = :item)
                 ORDER BY id"
            ),
            named_params! {
                ":kind": filter.kind.map(AttemptKind::name),
                ":lesson": filter.lesson,
                ":item": filter.item,
            },
            kept,
        )
    }

    /// How each item of `kind` stands, by item.
    ///
    /// # Errors
    /// Any [`RecordError`] of a read.
    pub fn standings(&self, kind: AttemptKind) -> Result<Vec<ItemStanding>, RecordError> {
        self.rows(
            "SELECT item, answers, last_right, last_ms FROM derived_item WHERE kind = :kind ORDER BY item",
            named_params! { ":kind": kind.name() },
            |row| {
                Ok(ItemStanding {
                    item: row.get(0)?,
                    asked: row.get(1)?,
                    last_right: row.get(2)?,
                    last_ms: row.get(3)?,
                })
            },
        )
    }

    /// The answers of `kind`, counted by lesson; lessons without any are left out.
    ///
    /// # Errors
    /// Any [`RecordError`] of a read.
    pub fn lesson_counts(&self, kind: AttemptKind) -> Result<Vec<LessonCount>, RecordError> {
        self.rows(
            "WITH counted AS (
                 SELECT lesson, sum(answers) AS answers, sum(right) AS right
                 FROM derived_day WHERE kind = :kind GROUP BY lesson
             )
             SELECT derived_item.lesson, counted.answers, counted.right, count(*), sum(last_right),
                    max(last_ms)
             FROM derived_item JOIN counted USING (lesson)
             WHERE kind = :kind GROUP BY derived_item.lesson ORDER BY derived_item.lesson",
            named_params! { ":kind": kind.name() },
            |row| {
                Ok(LessonCount {
                    lesson: row.get(0)?,
                    asked: row.get(1)?,
                    right: row.get(2)?,
                    distinct: row.get(3)?,
                    known: row.get(4)?,
                    last_ms: row.get(5)?,
                })
            },
        )
    }

    /// The misconceptions that the latest answer to some item still shows, the most frequent first.
    ///
    /// # Errors
    /// Any [`RecordError`] of a read.
    pub fn weak_misconceptions(&self) -> Result<Vec<MisconceptionCount>, RecordError> {
        self.rows(
            "SELECT misconception, answers, count(*) AS open, last_ms
             FROM derived_open JOIN derived_shown USING (misconception)
             GROUP BY misconception ORDER BY open DESC, answers DESC, misconception",
            &[],
            |row| {
                Ok(MisconceptionCount {
                    misconception: row.get(0)?,
                    shown: row.get(1)?,
                    open: row.get(2)?,
                    last_ms: row.get(3)?,
                })
            },
        )
    }

    /// The learner, as the answers to the quiz show them.
    ///
    /// # Errors
    /// Any [`RecordError`] of a read.
    pub fn learner(&self) -> Result<Learner, RecordError> {
        let items = self.rows(
            "SELECT item, stability, difficulty, last_ms, answers, lapses, last_right
             FROM derived_item WHERE kind = 'quiz'",
            &[],
            |row| Ok((row.get::<_, String>(0)?, item_state(row, 1)?)),
        )?;
        let mut lessons: BTreeMap<u8, Rating> = self
            .rows(
                "SELECT lesson, logits, answers FROM derived_rating",
                &[],
                |row| {
                    let (logits, answers) = (row.get(1)?, row.get(2)?);
                    Ok((row.get(0)?, Rating { logits, answers }))
                },
            )?
            .into_iter()
            .collect();
        let course = lessons.remove(&COURSE).unwrap_or_default();
        Ok(Learner::from_parts(
            items.into_iter().collect(),
            course,
            lessons,
        ))
    }

    /// The answers of each day, oldest first; days without any are left out.
    ///
    /// # Errors
    /// Any [`RecordError`] of a read.
    pub fn days(&self) -> Result<Vec<DayCount>, RecordError> {
        self.rows(
            "SELECT day, sum(answers), sum(right) FROM derived_day GROUP BY day ORDER BY day",
            &[],
            |row| {
                Ok(DayCount {
                    day: row.get(0)?,
                    answers: row.get(1)?,
                    right: row.get(2)?,
                })
            },
        )
    }

    /// The answers by the tenth that their forecast fell into, the least likely first.
    ///
    /// # Errors
    /// Any [`RecordError`] of a read.
    pub fn forecasts(&self) -> Result<Vec<ForecastCount>, RecordError> {
        self.rows(
            "SELECT tenth, answers, right, foretold / answers FROM derived_forecast ORDER BY tenth",
            &[],
            |row| {
                Ok(ForecastCount {
                    tenth: row.get(0)?,
                    answers: row.get(1)?,
                    right: row.get(2)?,
                    foretold: row.get(3)?,
                })
            },
        )
    }

    /// How many answers there are.
    ///
    /// # Errors
    /// Any [`RecordError`] of a read.
    pub fn count(&self) -> Result<u64, RecordError> {
        let counts = self.rows("SELECT count(*) FROM attempt", &[], |row| row.get(0))?;
        Ok(counts.first().copied().unwrap_or(0))
    }

    pub(super) fn rows<T>(
        &self,
        sql: &str,
        parameters: &[(&str, &dyn rusqlite::ToSql)],
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, RecordError> {
        self.connection
            .prepare_cached(sql)
            .and_then(|mut select| select.query_map(parameters, read)?.collect())
            .map_err(|source| RecordError::from_sqlite(&self.path, source))
    }
}

fn misconceptions(row: &Row<'_>) -> rusqlite::Result<Vec<String>> {
    let column = row.as_ref().column_index("misconceptions")?;
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|source| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(source))
    })
}

fn challenge(row: &Row<'_>) -> rusqlite::Result<Option<Challenge>> {
    let (difficulty, guess): (Option<u8>, Option<f64>) =
        (row.get("difficulty")?, row.get("guess")?);
    Ok(difficulty
        .zip(guess)
        .map(|(difficulty, guess)| Challenge { difficulty, guess }))
}

/// An answer from a row of [`ATTEMPT_COLUMNS`].
pub(super) fn kept(row: &Row<'_>) -> rusqlite::Result<Kept> {
    Ok(Kept {
        id: row.get("id")?,
        attempt: Attempt {
            at_ms: row.get("at_ms")?,
            kind: row.get("kind")?,
            item: row.get("item")?,
            revision: row.get("revision")?,
            lesson: row.get("lesson")?,
            seed: row.get("seed")?,
            answer: row.get("answer")?,
            right: row.get("is_right")?,
            elapsed_ms: row.get("elapsed_ms")?,
            hints: row.get("hints")?,
            confidence: row.get("confidence")?,
            misconceptions: misconceptions(row)?,
            challenge: challenge(row)?,
            forecast: row.get("forecast")?,
            exam: row.get("exam")?,
        },
    })
}
