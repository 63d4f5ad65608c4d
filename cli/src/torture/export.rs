//! Histories for other checkers: one JSON object a line.

use std::path::Path;

use kvorum::check::rows;
use kvorum::script::torture::{Plan, history};
use serde_json::json;

use crate::exit::Stop;
use crate::files;

/// Writes the history of one seed, and returns how many operations it has.
///
/// # Errors
/// When the file cannot be written.
pub fn write(file: &Path, seed: u64, plan: &Plan) -> Result<usize, Stop> {
    let history = history(seed, plan)?;
    let mut text = String::new();
    let mut count = 0;
    for row in rows(&history) {
        let line = json!({
            "client": row.client,
            "key": row.key,
            "op": row.op,
            "value": row.value,
            "result": row.result,
            "conditions": row.conditions,
            "edit": row.edit,
            "version": row.version,
            "token": row.token,
            "call_ns": row.call_ns,
            "return_ns": row.return_ns,
        });
        text.push_str(&line.to_string());
        text.push('\n');
        count += 1;
    }
    files::write_file(file, &text)?;
    Ok(count)
}
