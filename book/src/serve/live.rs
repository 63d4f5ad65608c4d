//! `POST /api/run`: runs the script that a reader wrote under a lab.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kvorum::base::stop::Stop;
use kvorum::script::{self, Report, RunOptions, ScriptError, Session};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::preprocess::lab::steps_html;

/// A live lab's script, bytes; a lab of the book is a few hundred.
const LIVE_SCRIPT_BYTES_MAX: usize = 1 << 16;

/// Live labs that run at the same time.
const LIVE_RUNS_MAX: usize = 4;

/// How long a live lab may run before it is stopped; the labs of the book take milliseconds.
const LIVE_WAIT: Duration = Duration::from_secs(20);

/// What a live lab may print and draw, bytes, and the longest body of its answer. A ring is some 30,000.
const LIVE_ANSWER_BYTES_MAX: usize = 8 << 20;

/// The name of a live script in messages.
const LIVE_FILE: &str = "lab.kv";

/// Room for live labs.
#[derive(Debug)]
pub(crate) struct LiveRuns {
    room: Arc<Semaphore>,
    wait: Duration,
}

impl LiveRuns {
    pub(crate) fn new() -> Self {
        Self {
            room: Arc::new(Semaphore::new(LIVE_RUNS_MAX)),
            wait: LIVE_WAIT,
        }
    }
}

/// JSON as an answer.
pub(crate) fn reply(status: StatusCode, value: &Value) -> Response {
    reply_text(status, value.to_string())
}

fn reply_text(status: StatusCode, json: String) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (status, kind, json).into_response()
}

/// What was wrong with a request, and what to do.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) message: String,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        reply(self.status, &json!({ "error": self.message }))
    }
}

pub(crate) fn refuse(status: StatusCode, message: impl Into<String>) -> Refusal {
    Refusal {
        status,
        message: message.into(),
    }
}

/// The body of a request from our own pages. A page elsewhere cannot send this content type without
/// asking first, and nobody answers that question.
pub(crate) fn body(headers: &HeaderMap, bytes: &Bytes) -> Result<Value, Refusal> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    if kind.is_none_or(|kind| kind.split(';').next() != Some("application/json")) {
        return Err(refuse(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "send application/json",
        ));
    }
    serde_json::from_slice(bytes)
        .map_err(|wrong| refuse(StatusCode::BAD_REQUEST, format!("not JSON: {wrong}")))
}

/// Runs the script off the server's own thread, and answers with what each line did.
pub(crate) async fn run(
    State(runs): State<Arc<LiveRuns>>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let body = body(&headers, &bytes)?;
    let Some(script) = body.get("script").and_then(Value::as_str) else {
        return Err(refuse(
            StatusCode::BAD_REQUEST,
            "send {\"script\": \"...\"}",
        ));
    };
    if script.len() > LIVE_SCRIPT_BYTES_MAX {
        return Err(refuse(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!(
                "a script here has at most {LIVE_SCRIPT_BYTES_MAX} bytes; kvorum run takes longer ones"
            ),
        ));
    }
    let script = script.to_owned();
    let Ok(permit) = Arc::clone(&runs.room).try_acquire_owned() else {
        return Err(refuse(
            StatusCode::TOO_MANY_REQUESTS,
            "other labs are still running; try again in a moment",
        ));
    };
    // Dropped with this request when the reader leaves, and with it the run stops.
    let stop = StopOnDrop(Stop::default());
    let options = RunOptions {
        stop: stop.0.clone(),
        ..RunOptions::default()
    };
    let ran = tokio::task::spawn_blocking(move || {
        let outcome = outcome(&script, &options);
        drop(permit);
        outcome
    });
    match tokio::time::timeout(runs.wait, ran).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Err(refuse(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the engine stopped on a broken invariant: please report this script",
        )),
        Err(_) => Err(refuse(
            StatusCode::SERVICE_UNAVAILABLE,
            "this takes too long for a page: shorten its runs and loads, or give it to kvorum run",
        )),
    }
}

/// Stops a run that nobody waits for any more.
struct StopOnDrop(Stop);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop();
    }
}

fn outcome(script: &str, options: &RunOptions) -> Result<Response, Refusal> {
    let report = report(script, options)?;
    let steps: Vec<Value> = report
        .steps
        .iter()
        .map(|step| {
            json!({
                "line": step.line,
                "source": step.source,
                "printed": step.printed,
                "expected": step.expected,
                "ok": step.ok,
                "detail": step.detail,
            })
        })
        .collect();
    let ran = json!({
        "passed": report.passed(),
        "steps": steps,
        "html": steps_html(&report.steps),
        "trace_svg": report.svg(),
        "trace_hash": report.trace_hash(),
    });
    let body = ran.to_string();
    if body.len() > LIVE_ANSWER_BYTES_MAX {
        return Err(too_much());
    }
    Ok(reply_text(StatusCode::OK, body))
}

/// Runs the script line by line, because what its lines print and draw must end before it fills the memory.
fn report(script: &str, options: &RunOptions) -> Result<Report, Refusal> {
    let script = script::check(LIVE_FILE, script).map_err(misread)?;
    let mut session = Session::new(options);
    let mut steps = Vec::new();
    let mut shown_bytes = 0;
    for (number, line) in (1..).zip(script.lines()) {
        let Some(step) = session.execute(LIVE_FILE, number, line).map_err(misread)? else {
            continue;
        };
        let picture_bytes = step.picture.as_ref().map_or(0, |picture| picture.svg.len());
        shown_bytes += step.printed.len() + picture_bytes;
        if shown_bytes > LIVE_ANSWER_BYTES_MAX {
            return Err(too_much());
        }
        steps.push(step);
    }
    let cluster = session
        .into_cluster()
        .map_err(|wrong| refuse(StatusCode::UNPROCESSABLE_ENTITY, wrong.to_string()))?;
    Ok(Report { steps, cluster })
}

fn misread(wrong: ScriptError) -> Refusal {
    refuse(StatusCode::UNPROCESSABLE_ENTITY, wrong.to_string())
}

fn too_much() -> Refusal {
    refuse(
        StatusCode::UNPROCESSABLE_ENTITY,
        format!(
            "this shows too much for a page, which takes {} MiB; show less, or give it to kvorum run",
            LIVE_ANSWER_BYTES_MAX >> 20
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lab_that_takes_too_long_is_stopped_and_gives_its_place_back() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        let runs = Arc::new(LiveRuns {
            room: Arc::new(Semaphore::new(1)),
            wait: Duration::from_millis(300),
        });
        let script = "cluster nodes=5 seed=1\nload 1000 keys=1000\nrun 10d\n";
        let body = Bytes::from(json!({ "script": script }).to_string());
        let mut headers = HeaderMap::new();
        headers.insert(
            header::CONTENT_TYPE,
            axum::http::HeaderValue::from_static("application/json"),
        );
        let send = || run(State(Arc::clone(&runs)), headers.clone(), body.clone());
        runtime.block_on(async {
            let (late, crowded) = tokio::join!(send(), send());
            assert_eq!(late.unwrap_err().status, StatusCode::SERVICE_UNAVAILABLE);
            assert_eq!(crowded.unwrap_err().status, StatusCode::TOO_MANY_REQUESTS);
            // Left alone it would run for minutes; the place is free as soon as it has noticed.
            let freed = tokio::time::timeout(Duration::from_secs(60), runs.room.acquire()).await;
            assert!(freed.is_ok(), "the stopped lab has ended");
        });
    }
}
