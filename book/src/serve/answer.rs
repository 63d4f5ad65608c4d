//! `POST /api/answer`, `/api/vote` and `/api/predict`: what a page was told, judged and kept in the learner's
//! record.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use kvorum_quiz::{
    Asked, Bank, Circumstances, Clock as _, LESSON_COUNT, QuizError, Record, SystemClock, Verdict,
    When, default_path,
};
use serde_json::{Value, json};

use super::live::{Refusal, body, refuse, reply};
use crate::BookError;
use crate::preprocess::PAGE_SEED;

/// The longest time that an answer is taken to have needed, milliseconds (a day): a page may stay open.
const ELAPSED_MS_MAX: u64 = 86_400_000;

/// More hints than any question has.
const HINTS_MAX: u64 = 100;

/// The lesson that predictions beside all lessons are kept under: a number that none has.
const BESIDE_LESSONS: u8 = 99;

/// The questions, what the labs' asked lines printed, and where answers are kept.
#[derive(Debug)]
pub(crate) struct Answers {
    bank: Bank,
    /// By lab and label.
    printed: BTreeMap<(String, String), String>,
    record: Mutex<Record>,
}

impl Answers {
    /// Opens the record at `path`, or in its usual place.
    pub(crate) fn open(
        path: Option<&Path>,
        printed: BTreeMap<(String, String), String>,
    ) -> Result<Self, BookError> {
        let path = match path {
            Some(path) => path.to_owned(),
            None => default_path().map_err(|wrong| BookError::Record(wrong.to_string()))?,
        };
        Ok(Self {
            bank: Bank::embedded().map_err(|wrong| BookError::Bank(wrong.to_string()))?,
            printed,
            record: Mutex::new(
                Record::open(&path).map_err(|wrong| BookError::Record(wrong.to_string()))?,
            ),
        })
    }

    /// Keeps a side of a poll, and says where the idea stands by now.
    fn vote(&self, sent: &Value) -> Result<Value, Refusal> {
        let wanted = "send {\"lesson\": 3, \"vote\": \"opening\", \"side\": 1}";
        let (Some(lesson), Some(when), Some(side)) = (
            sent.get("lesson").and_then(Value::as_u64),
            text(sent, "vote").and_then(When::of),
            sent.get("side").and_then(Value::as_u64),
        ) else {
            return Err(refuse(StatusCode::BAD_REQUEST, wanted));
        };
        let poll = u8::try_from(lesson)
            .ok()
            .and_then(|lesson| self.bank.poll(lesson))
            .ok_or_else(|| refuse(StatusCode::NOT_FOUND, format!("no poll of lesson {lesson}")))?;
        let chosen = usize::try_from(side)
            .ok()
            .and_then(|side| side.checked_sub(1))
            .filter(|chosen| *chosen < 2)
            .ok_or_else(|| refuse(StatusCode::UNPROCESSABLE_ENTITY, "a side is 1 or 2"))?;
        let record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        let circumstances = circumstances(sent);
        let chosen =
            kvorum_quiz::vote(&record, poll, when, chosen, &circumstances).map_err(unkept)?;
        let opening = kvorum_quiz::voted(&record, poll, When::Opening).map_err(unkept)?;
        Ok(json!({
            "chosen": chosen.text,
            "opening": opening.filter(|_| when == When::Closing),
        }))
    }

    /// Keeps what was predicted of a line of a lab, and says whether it agrees with a run.
    fn predict(&self, sent: &Value) -> Result<Value, Refusal> {
        let (Some(path), Some(step), Some(told)) = (
            text(sent, "lab"),
            text(sent, "step"),
            text(sent, "prediction"),
        ) else {
            let wanted = "send {\"lab\": \"...\", \"step\": \"...\", \"prediction\": \"...\"}";
            return Err(refuse(StatusCode::BAD_REQUEST, wanted));
        };
        let printed = self
            .printed
            .get(&(path.to_owned(), step.to_owned()))
            .ok_or_else(|| {
                refuse(
                    StatusCode::NOT_FOUND,
                    format!("no line {step} in a lab {path}"),
                )
            })?;
        let number = path.get(..2).and_then(|number| number.parse().ok());
        let number = number.filter(|number| (1..=LESSON_COUNT).contains(number));
        let lesson = number.unwrap_or(BESIDE_LESSONS);
        let record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        let right = kvorum_quiz::predict(
            &record,
            lesson,
            path,
            step,
            told,
            printed,
            &circumstances(sent),
        )
        .map_err(unkept)?;
        Ok(json!({ "right": right, "printed": printed }))
    }

    /// Grades what a page sent, keeps it, and says what is to be said.
    fn take(&self, sent: &Value) -> Result<Verdict, Refusal> {
        let (Some(id), Some(line)) = (text(sent, "id"), text(sent, "answer")) else {
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
        let circumstances = circumstances(sent);
        let record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        kvorum_quiz::answer(&record, &asked, &input, &circumstances).map_err(|wrong| match wrong {
            QuizError::Grade(_) => refuse(StatusCode::UNPROCESSABLE_ENTITY, wrong.to_string()),
            _ => unkept(wrong),
        })
    }
}

fn text<'v>(sent: &'v Value, name: &str) -> Option<&'v str> {
    sent.get(name).and_then(Value::as_str)
}

/// When and how it was answered, as far as a page can be believed.
fn circumstances(sent: &Value) -> Circumstances {
    let number = |name: &str, most: u64| {
        let number = sent.get(name).and_then(Value::as_u64);
        number.unwrap_or(0).min(most)
    };
    Circumstances {
        at_ms: SystemClock.now_ms(),
        elapsed_ms: number("elapsed_ms", ELAPSED_MS_MAX),
        hints: u32::try_from(number("hints", HINTS_MAX)).unwrap_or(0),
        ..Circumstances::default()
    }
}

fn unkept(wrong: QuizError) -> Refusal {
    refuse(
        StatusCode::INTERNAL_SERVER_ERROR,
        format!("the answer was not kept: {wrong}"),
    )
}

/// Does something with the record off the server's own thread, because keeping an answer waits for the disk.
async fn off_thread<T: Send + 'static>(
    answers: Arc<Answers>,
    headers: HeaderMap,
    bytes: Bytes,
    deed: impl FnOnce(&Answers, &Value) -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    let sent = body(&headers, &bytes)?;
    let taken = tokio::task::spawn_blocking(move || deed(&answers, &sent));
    taken.await.unwrap_or_else(|_| {
        Err(refuse(
            StatusCode::INTERNAL_SERVER_ERROR,
            "judging stopped on a broken invariant: please report this",
        ))
    })
}

/// Takes a side of a poll.
pub(crate) async fn vote(
    State(answers): State<Arc<Answers>>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let told = off_thread(answers, headers, bytes, Answers::vote).await?;
    Ok(reply(StatusCode::OK, &told))
}

/// Takes a prediction of a lab's line.
pub(crate) async fn predict(
    State(answers): State<Arc<Answers>>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let told = off_thread(answers, headers, bytes, Answers::predict).await?;
    Ok(reply(StatusCode::OK, &told))
}

/// Takes an answer to a question.
pub(crate) async fn answer(
    State(answers): State<Arc<Answers>>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let verdict = off_thread(answers, headers, bytes, Answers::take).await?;
    Ok(reply(StatusCode::OK, &json!(verdict)))
}
