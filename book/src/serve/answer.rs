//! `POST /api/answer`: grades an answer from a page and keeps it in the learner's record.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use kvorum_quiz::{
    Asked, Bank, Circumstances, Clock as _, QuizError, Record, SystemClock, Verdict, default_path,
};
use serde_json::{Value, json};

use super::live::{Refusal, body, refuse, reply};
use crate::BookError;
use crate::preprocess::PAGE_SEED;

/// The longest time that an answer is taken to have needed, milliseconds (a day): a page may stay open.
const ELAPSED_MS_MAX: u64 = 86_400_000;

/// More hints than any question has.
const HINTS_MAX: u64 = 100;

/// The questions, and where answers are kept.
#[derive(Debug)]
pub(crate) struct Answers {
    bank: Bank,
    record: Mutex<Record>,
}

impl Answers {
    /// Opens the record at `path`, or in its usual place.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, BookError> {
        let path = match path {
            Some(path) => path.to_owned(),
            None => default_path().map_err(|wrong| BookError::Record(wrong.to_string()))?,
        };
        Ok(Self {
            bank: Bank::embedded().map_err(|wrong| BookError::Bank(wrong.to_string()))?,
            record: Mutex::new(
                Record::open(&path).map_err(|wrong| BookError::Record(wrong.to_string()))?,
            ),
        })
    }

    /// Grades what a page sent, keeps it, and says what is to be said.
    fn take(&self, sent: &Value) -> Result<Verdict, Refusal> {
        let text = |name: &str| sent.get(name).and_then(Value::as_str);
        let number = |name: &str, most: u64| {
            sent.get(name)
                .and_then(Value::as_u64)
                .unwrap_or(0)
                .min(most)
        };
        let (Some(id), Some(line)) = (text("id"), text("answer")) else {
            return Err(refuse(
                StatusCode::BAD_REQUEST,
                "send {\"id\": \"...\", \"answer\": \"...\"}",
            ));
        };
        let question = self
            .bank
            .questions()
            .iter()
            .find(|question| question.id.to_string() == id)
            .ok_or_else(|| refuse(StatusCode::NOT_FOUND, format!("no question {id}")))?;
        let asked = Asked::new(question, PAGE_SEED);
        let input = asked
            .parse(line)
            .map_err(|wrong| refuse(StatusCode::UNPROCESSABLE_ENTITY, wrong))?;
        let circumstances = Circumstances {
            at_ms: SystemClock.now_ms(),
            elapsed_ms: number("elapsed_ms", ELAPSED_MS_MAX),
            hints: u32::try_from(number("hints", HINTS_MAX)).unwrap_or(0),
            ..Circumstances::default()
        };
        let record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        kvorum_quiz::answer(&record, &asked, &input, &circumstances).map_err(|wrong| match wrong {
            QuizError::Grade(_) => refuse(StatusCode::UNPROCESSABLE_ENTITY, wrong.to_string()),
            _ => refuse(
                StatusCode::INTERNAL_SERVER_ERROR,
                format!("the answer was not kept: {wrong}"),
            ),
        })
    }
}

/// Takes an answer off the server's own thread, because keeping it waits for the disk.
pub(crate) async fn answer(
    State(answers): State<Arc<Answers>>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let sent = body(&headers, &bytes)?;
    let taken = tokio::task::spawn_blocking(move || answers.take(&sent));
    let verdict = taken.await.unwrap_or_else(|_| {
        Err(refuse(
            StatusCode::INTERNAL_SERVER_ERROR,
            "grading stopped on a broken invariant: please report this question",
        ))
    })?;
    Ok(reply(StatusCode::OK, &json!(verdict)))
}
