//! A poll: a question and two answers to choose between before reading on. Each answer unfolds its
//! reply, with no script needed; opening one closes the other.
//!
//! ```text
//! You add a sixth node. How many keys move?
//! - About one in six. => With a ring, yes. With hash mod N, no.
//! - About five in six. => ...
//! ```

use kvorum_quiz::{Bank, When};

use super::expand::Place;
use crate::BookError;
use crate::html::{escape, prose};

/// What is said to both sides before the lesson.
const BEFORE: &str = "Keep it in mind. The lesson tells which side holds.";

/// A vote of the lesson's poll in the bank: `{{#poll 3 opening}}`.
pub(crate) fn of_bank(place: Place<'_>, words: &[String]) -> Result<String, BookError> {
    let [lesson, when] = words else {
        return Err(place.error("a poll names its lesson and vote: {{#poll 3 opening}}"));
    };
    let when = When::of(when)
        .ok_or_else(|| place.error(format!("no vote '{when}'; there is opening and closing")))?;
    let bank = Bank::embedded().map_err(|wrong| place.error(wrong.to_string()))?;
    let poll = lesson
        .parse()
        .ok()
        .and_then(|lesson| bank.poll(lesson))
        .ok_or_else(|| place.error(format!("lesson {lesson} has no poll")))?;
    let vote = when.vote(poll);
    let sides = vote.options.iter().map(|side| {
        let reply = match (when, side.holds) {
            (When::Opening, _) => BEFORE.to_owned(),
            (When::Closing, true) => format!("So it is. {}", poll.because),
            (When::Closing, false) => format!("It does not hold. {}", poll.because),
        };
        (side.text.clone(), reply)
    });
    let data = format!(
        " data-lesson=\"{}\" data-vote=\"{}\"",
        poll.lesson,
        when.name()
    );
    let name = format!("poll-{}-{}", poll.lesson, when.name());
    Ok(html(&data, &name, &vote.stem, &sides.collect::<Vec<_>>()))
}

fn html(data: &str, name: &str, question: &str, answers: &[(String, String)]) -> String {
    let mut html = format!(
        "<div class=\"poll\"{data}>\n<p class=\"poll-question\">{}</p>\n",
        prose(question.trim())
    );
    for (answer, reply) in answers {
        html.push_str(&format!(
            "<details name=\"{}\"><summary>{}</summary><p>{}</p></details>\n",
            escape(name),
            prose(answer.trim()),
            prose(reply.trim())
        ));
    }
    html.push_str("</div>");
    html
}

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
    let answers: Vec<(String, String)> = answers
        .into_iter()
        .map(|(answer, reply)| (answer.to_owned(), reply.to_owned()))
        .collect();
    Ok(html("", &name, question.join(" ").trim(), &answers))
}
