//! Runs a scenario script.

use kvorum::base::limits::SCRIPT_BYTES_MAX;
use kvorum::script::{self, RunOptions, ScriptError};

use crate::failure::Failure;
use crate::request::{Request, TEXT_BYTES_MAX};
use crate::response::Response;

/// Fields in: name, text, seed or none. Fields out: whether it was understood; if so, whether it passed,
/// the steps, the trace hash, the diagram; if not, what is wrong and where.
pub(crate) fn run(request: &mut Request<'_>) -> Result<Response, Failure> {
    let name = request.text("script name", TEXT_BYTES_MAX)?;
    let text = request.text("script", SCRIPT_BYTES_MAX)?;
    let seed = request.option(|request| request.number("seed"))?;
    let response = Response::new();
    let report = match script::run(
        name,
        text,
        &RunOptions {
            seed,
            ..RunOptions::default()
        },
    ) {
        Ok(report) => report,
        Err(error) => return Ok(write_error(response.flag(false), &error)),
    };
    let response = response
        .flag(true)
        .flag(report.passed())
        .list(&report.steps, |response, step| {
            response
                .number(step.line as u64)
                .text(&step.source)
                .option(step.label.as_deref(), Response::text)
                .text(&step.printed)
                .option(step.expected.as_deref(), Response::text)
                .flag(step.ok)
                .option(step.picture.as_ref(), |response, picture| {
                    response.text(&picture.title).text(&picture.svg)
                })
        })
        .text(&report.trace_hash())
        .text(&report.svg());
    Ok(response)
}

fn write_error(response: Response, error: &ScriptError) -> Response {
    response
        .text(&error.to_string())
        .text(&error.file)
        .number(error.line as u64)
        .number(error.column as u64)
        .text(&error.message)
}
