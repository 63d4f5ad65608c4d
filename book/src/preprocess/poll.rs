//! A poll: a question and two answers to choose between before reading on. Each answer unfolds its
//! reply, with no script needed; opening one closes the other.
//!
//! ```text
//! You add a sixth node. How many keys move?
//! - About one in six. => With a ring, yes. With hash mod N, no.
//! - About five in six. => ...
//! ```

use super::expand::Place;
use crate::BookError;
use crate::html::prose;

/// A poll's answers.
const ANSWERS: usize = 2;

pub(crate) fn render(place: Place<'_>, body: &str) -> Result<String, BookError> {
    let mut question = Vec::new();
    let mut answers = Vec::new();
    for (index, line) in body.lines().enumerate() {
        let here = Place {
            file: place.file,
            line: place.line + 1 + index,
        };
        match line.trim().strip_prefix("- ") {
            Some(answer) => answers.push(answer.split_once(" => ").ok_or_else(|| {
                here.error("an answer of a poll is '- answer => reply', on one line")
            })?),
            None if answers.is_empty() => question.push(line.trim()),
            None if line.trim().is_empty() => {}
            None => return Err(here.error("a poll's question stands before its answers")),
        }
    }
    if answers.len() != ANSWERS {
        return Err(place.error(format!("a poll has two answers, not {}", answers.len())));
    }
    let name = format!("{}-{}", place.file.replace(['/', '.'], "-"), place.line);
    let mut html = format!(
        "<div class=\"poll\">\n<p class=\"poll-question\">{}</p>\n",
        prose(question.join(" ").trim())
    );
    for (answer, reply) in answers {
        html.push_str(&format!(
            "<details name=\"{name}\"><summary>{}</summary><p>{}</p></details>\n",
            prose(answer.trim()),
            prose(reply.trim())
        ));
    }
    html.push_str("</div>");
    Ok(html)
}
