//! The questions of a lesson in its page. Any reader can unfold the answer; under `kvorum learn` the page's
//! script turns each into a form, and the server grades and records what is sent.

use kvorum_quiz::{Asked, Bank, QuestionView, Verdict};

use super::expand::Place;
use super::lab::highlighted;
use crate::BookError;
use crate::html::{escape, prose};

/// What the parameters and the order of options in a page are drawn from: a page asks the same each time.
pub(crate) const PAGE_SEED: u64 = 0;

/// The questions that the page of this lesson asks.
pub(crate) fn questions(place: Place<'_>, lesson: &str) -> Result<String, BookError> {
    let number: u8 = lesson.parse().map_err(|_| {
        place.error(format!(
            "'{lesson}' is no lesson's number; write {{{{#quiz 2}}}}"
        ))
    })?;
    let bank = Bank::embedded().map_err(|wrong| place.error(wrong.to_string()))?;
    let questions = bank.page_questions(number);
    if questions.is_empty() {
        return Err(place.error(format!("no question is on the page of lesson {number}")));
    }
    let mut html = String::from("<div class=\"quiz\">\n");
    for (index, question) in questions.iter().enumerate() {
        let asked = Asked::new(question, PAGE_SEED);
        let told = told(&asked)
            .map_err(|wrong| place.error(format!("question {}: {wrong}", question.id)))?;
        let count = format!("Question {} of {}", index + 1, questions.len());
        html.push_str(&section(&asked.view(), &told, &count));
    }
    html.push_str(&more(&bank, number));
    html.push_str("</div>");
    Ok(html)
}

/// What people get wrong, as the bank tells it: `{{#misconceptions perfect-balance vnodes-cure-hot-key}}`.
pub(crate) fn misconceptions(place: Place<'_>, ids: &[String]) -> Result<String, BookError> {
    let bank = Bank::embedded().map_err(|wrong| place.error(wrong.to_string()))?;
    let mut html = String::from("<ul class=\"misconceptions\">\n");
    for id in ids {
        let told = bank.misconception(id).ok_or_else(|| {
            place.error(format!(
                "no misconception '{id}' in quizzes/misconceptions.toml"
            ))
        })?;
        html.push_str(&format!(
            "<li id=\"misconception-{}\"><strong>\u{201c}{}\u{201d}</strong> {} <em>{}</em></li>\n",
            escape(id),
            prose(&told.name),
            prose(&told.truth),
            prose(&format!("Why it tempts: {}", told.tempting)),
        ));
    }
    if ids.is_empty() {
        return Err(place.error("name some misconceptions: {{#misconceptions id id}}"));
    }
    html.push_str("</ul>");
    Ok(html)
}

/// How many questions the lesson has besides those of its page, and the command that asks them.
fn more(bank: &Bank, lesson: u8) -> String {
    let mut rest = bank.lesson_questions(lesson);
    rest.retain(|question| !question.on_page && !question.is_exam);
    if rest.is_empty() {
        return String::new();
    }
    let fresh = match rest.iter().any(|question| !question.params.is_empty()) {
        true => ", some with fresh numbers each time",
        false => "",
    };
    format!(
        "<p class=\"more\">{} more{fresh}: <code>kvorum quiz --lesson {lesson}</code></p>\n",
        rest.len()
    )
}

/// What would be said to some answer: the right answer and the reasons come with it.
fn told(asked: &Asked<'_>) -> Result<Verdict, String> {
    let line = match asked.view().input {
        "order" => (1..=asked.options().len())
            .map(|position| position.to_string())
            .collect::<Vec<_>>()
            .join(" "),
        _ => "1".to_owned(),
    };
    let input = asked.parse(&line)?;
    asked.grade(&input).map_err(|wrong| wrong.to_string())
}

fn section(view: &QuestionView, told: &Verdict, count: &str) -> String {
    let mut html = format!(
        "<section class=\"question\" data-id=\"{}\" data-kind=\"{}\" data-accepts=\"{}\" data-hint=\"{}\">\n\
         <p class=\"about\">{count} · {} · difficulty {} of 5</p>\n<p class=\"stem\">{}</p>\n",
        escape(&view.id),
        escape(view.kind),
        escape(&view.accepts),
        escape(&view.hint),
        escape(kind(view.kind)),
        view.difficulty,
        prose(&view.stem),
    );
    if let Some(script) = &view.script {
        html.push_str(&format!(
            "<pre class=\"kv\"><code class=\"nohighlight\">{}</code></pre>\n",
            highlighted(script.trim())
        ));
    }
    if !view.options.is_empty() {
        html.push_str("<ol class=\"options\">\n");
        for option in &view.options {
            html.push_str(&format!("<li>{}</li>\n", prose(option)));
        }
        html.push_str("</ol>\n");
    }
    let (page, part) = told.anchor.split_once('#').unwrap_or((&told.anchor, ""));
    let (separator, name) = match part {
        "" => ("", "the lesson".to_owned()),
        _ => ("#", part.replace('-', " ")),
    };
    html.push_str(&format!(
        "<details class=\"answer\"><summary>Answer</summary>\n<p class=\"key\">{}</p>\n<p>{}</p>\n\
         <p class=\"interview\"><strong>Say it:</strong> {}</p>\n<p class=\"source\">Source: {}</p>\n\
         <p class=\"where\">Read again: <a href=\"{}.html{separator}{}\">{}</a></p>\n</details>\n</section>\n",
        prose(&told.key),
        prose(&told.explanation),
        prose(&told.interview),
        prose(&told.source),
        escape(page),
        escape(part),
        escape(&name),
    ));
    html
}

fn kind(name: &str) -> &str {
    match name {
        "single" => "one is right",
        "multiple" => "choose all that apply",
        "numeric" => "a number",
        "ordering" => "put in order",
        "short" => "a sentence or two",
        "predict" => "predict the cluster",
        other => other,
    }
}
