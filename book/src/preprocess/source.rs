//! Lines of the engine's own files, taken from the files themselves.

use super::directive::Arguments;
use super::expand::Place;
use crate::BookError;
use crate::html::escape;

/// Lines of one excerpt at most: those that matter, not the file.
const LINES_MAX: usize = 16;

/// The lines of `{{#source PATH from="TEXT" lines=10}}`, from the first that contains the text.
pub(crate) fn excerpt(place: Place<'_>, arguments: &Arguments) -> Result<String, BookError> {
    arguments
        .only(&["from", "lines"])
        .map_err(|wrong| place.error(wrong))?;
    let [path] = arguments.words.as_slice() else {
        return Err(place.error("one file stands here, such as engine/src/ring/hash_ring.rs"));
    };
    let text = kvorum_lessons::source(path).ok_or_else(|| {
        place.error(format!(
            "{path} is not among the sources of lessons/src/sources.rs"
        ))
    })?;
    let from = arguments
        .setting("from")
        .ok_or_else(|| place.error("'from=' names the first line to show"))?;
    let lines: usize = arguments
        .setting("lines")
        .and_then(|lines| lines.parse().ok())
        .filter(|lines| (1..=LINES_MAX).contains(lines))
        .ok_or_else(|| place.error(format!("'lines=' is a number from 1 to {LINES_MAX}")))?;
    let first = text
        .lines()
        .position(|line| line.contains(from))
        .ok_or_else(|| place.error(format!("no line of {path} contains '{from}'")))?;
    let shown: Vec<&str> = text.lines().skip(first).take(lines).collect();
    let indent = shown
        .iter()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start().len())
        .min()
        .unwrap_or(0);
    let body: Vec<&str> = shown
        .iter()
        .map(|line| line.get(indent..).unwrap_or_default())
        .collect();
    Ok(format!(
        "```rust\n{}\n```\n\n<p class=\"source-of\"><code>{}</code>, from line {}</p>",
        body.join("\n"),
        escape(path),
        first + 1
    ))
}
