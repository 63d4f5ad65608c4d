//! What follows from the answers.

use rusqlite::types::Type;
use rusqlite::{Row, named_params};
use serde::Serialize;

use super::{Attempt, AttemptFilter, AttemptKind, Kept, Record, RecordError};

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
            "SELECT id, at_ms, kind, item, revision, lesson, seed, answer, is_right, elapsed_ms, hints,
                    confidence, misconceptions
             FROM attempt
             WHERE (:kind IS NULL OR kind = :kind)
               AND (:lesson IS NULL OR lesson = :lesson)
               AND (:item IS NULL OR item = :item)
             ORDER BY id",
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
        // With max(), SQLite takes the bare columns from the row that holds the maximum.
        self.rows(
            "SELECT item, count(*), is_right, at_ms, max(id)
             FROM attempt WHERE kind = :kind GROUP BY item ORDER BY item",
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
            "WITH latest AS (
                 SELECT item, is_right, lesson, max(id) FROM attempt WHERE kind = :kind GROUP BY item
             )
             SELECT lesson, count(*), sum(is_right), count(DISTINCT item),
                    (SELECT count(*) FROM latest WHERE latest.lesson = attempt.lesson AND latest.is_right),
                    max(at_ms)
             FROM attempt WHERE kind = :kind GROUP BY lesson ORDER BY lesson",
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
            "WITH latest AS (SELECT max(id) AS id FROM attempt GROUP BY kind, item)
             SELECT value, count(*) AS shown, sum(attempt.id IN (SELECT id FROM latest)) AS open,
                    max(at_ms) AS last_ms
             FROM attempt, json_each(attempt.misconceptions)
             GROUP BY value HAVING open > 0 ORDER BY open DESC, shown DESC, value",
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

    fn rows<T>(
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

fn kept(row: &Row<'_>) -> rusqlite::Result<Kept> {
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
        },
    })
}
