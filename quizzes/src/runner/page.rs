//! How a question, a verdict and a summary look in a terminal, and how they read where a screen reader reads.

use super::session::Answered;
use super::{SessionOptions, Summary};
use crate::asked::Asked;
use crate::bank::{Body, Misconception};
use crate::error::QuizError;
use crate::grade::{SEVERAL, THEN, Verdict};
use crate::lesson::{lesson_title, reading};
use crate::paint::{Paint, Tone};
use crate::progress::NextStep;

/// How the learner answers.
#[derive(Clone, Copy)]
pub(super) struct Keys {
    /// One key, without Enter.
    pub single: bool,
    /// In sentences.
    pub plain: bool,
}

/// What stands above a question.
pub(super) struct Heading<'h> {
    pub number: usize,
    pub of: usize,
    /// Why this question comes now.
    pub reason: Option<&'h str>,
}

/// What stands where an answer is wanted.
pub(super) struct Prompt<'p> {
    pub keys: Keys,
    pub by_key: bool,
    pub accepts: &'p str,
    pub has_hints: bool,
}

impl Prompt<'_> {
    fn is_pressed(&self) -> bool {
        self.by_key && self.keys.single
    }

    pub(super) fn asks(&self, paint: Paint) -> String {
        let accepts = self.accepts;
        let text = match (self.is_pressed(), self.keys.plain) {
            (true, _) => format!("Press {accepts}."),
            (false, false) => format!("Type {accepts}."),
            (false, true) => {
                let others = if self.has_hints {
                    "? for a hint, or q to stop"
                } else {
                    "q to stop"
                };
                format!("Type {accepts}, then press Enter. Or type {others}.")
            }
        };
        let sign = if self.keys.plain {
            "Your answer: "
        } else {
            "> "
        };
        format!("{}{sign}", paint.wrapped("", "", &format!("\n{text}")))
    }

    pub(super) fn refuses(&self, trouble: &str) -> String {
        let trouble = match self.is_pressed() {
            true => format!("press {}", self.accepts),
            false => trouble.to_owned(),
        };
        let hint = if self.has_hints { ", ? for a hint" } else { "" };
        format!("That is no answer here: {trouble}{hint}, or q to stop.")
    }
}

/// `lesson 2, Consistent Hashing`, or all of them.
pub(super) fn topic(lesson: Option<u8>) -> String {
    match lesson {
        Some(lesson) => {
            let title = lesson_title(lesson).unwrap_or_default();
            format!("lesson {lesson}, {title}")
        }
        None => "all lessons".to_owned(),
    }
}

/// `1 question`, `2 questions`.
pub(super) fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

pub(super) fn welcome(
    paint: Paint,
    keys: Keys,
    options: &SessionOptions<'_>,
    count: usize,
    path: &str,
) -> String {
    let topic = topic(options.lesson);
    let title = format!("Kvorum quiz: {topic}, {}", counted(count, "question"));
    let how = match keys.single {
        true => "Press a key to choose, or type an answer and press Enter",
        false => "Type an answer and press Enter",
    };
    let text = format!("{how}; ? gives a hint, q stops. Every answer is saved at once in {path}.");
    paint.heading(Tone::Strong, &title) + &paint.wrapped("", "", &text)
}

pub(super) fn question(paint: Paint, asked: &Asked<'_>, heading: &Heading<'_>) -> String {
    let about = asked.question();
    let Heading { number, of, reason } = heading;
    let (lesson, difficulty) = (about.lesson, about.difficulty);
    let reason = reason.filter(|reason| !reason.is_empty());
    let head = match paint.is_plain() {
        true => {
            format!("Question {number} of {of}. Lesson {lesson}. Difficulty {difficulty} of 5.")
        }
        false => {
            format!("Question {number} of {of}  (lesson {lesson}, difficulty {difficulty} of 5)")
        }
    };
    let mut out = format!("\n{}", paint.heading(Tone::Strong, &head));
    if let Some(reason) = reason {
        out.push_str(&paint.wrapped("", "", &format!("Why now: {reason}.")));
    }
    if !paint.is_plain() {
        out.push('\n');
    }
    out.push_str(&paint.wrapped("", "", &asked.stem()));
    out.push_str(&script(paint, asked));
    let options = asked.options();
    if paint.is_plain() {
        let what = match about.body {
            Body::Ordering { .. } => "Item",
            _ => "Option",
        };
        for (number, option) in (1..).zip(&options) {
            out.push_str(&paint.wrapped("", "", &format!("{what} {number}: {option}")));
        }
        return out;
    }
    if !options.is_empty() {
        out.push('\n');
    }
    for (number, option) in (1..).zip(&options) {
        out.push_str(&paint.wrapped(&format!("  {number}  "), "     ", option));
    }
    out
}

/// The script of a prediction.
fn script(paint: Paint, asked: &Asked<'_>) -> String {
    let Some(script) = asked.script() else {
        return String::new();
    };
    let lines: Vec<&str> = script.trim_matches('\n').lines().collect();
    if paint.is_plain() {
        let told = (1..)
            .zip(&lines)
            .map(|(number, line)| paint.wrapped("", "", &format!("Line {number}: {line}")));
        let head = format!("The script has {}.\n", counted(lines.len(), "line"));
        return head + &told.collect::<String>();
    }
    let code: String = lines.iter().map(|line| paint.code(line)).collect();
    format!("\n{code}")
}

/// The hint after `taken` others: what the lesson says, then the question's own.
pub(super) fn hint(
    paint: Paint,
    asked: &Asked<'_>,
    paragraph: &dyn Fn(&str) -> Option<String>,
    taken: u32,
) -> String {
    let question = asked.question();
    let Some(text) = paragraph(&question.anchor).filter(|_| taken.is_multiple_of(2)) else {
        return paint.labelled(Tone::Strong, "Hint", &asked.hint());
    };
    let place = reading(question.lesson, &question.anchor);
    let label = format!("Hint, from {place}:");
    let mut out = format!("\n{}", paint.heading(Tone::Strong, &label));
    out.push_str(&paint.wrapped("", "", &text));
    if question.hint.is_some() && taken == 0 {
        out.push_str("\nAnother ? gives a nudge.\n");
    }
    out
}

/// Right or not, and all that there is to say about it.
pub(super) fn verdict(paint: Paint, answered: &Answered<'_>) -> Result<String, QuizError> {
    let verdict = &answered.verdict;
    let mut out = String::from("\n");
    if verdict.right {
        out.push_str(&paint.heading(Tone::Good, "Right."));
    } else {
        let partly = verdict.partial.filter(|partial| partial.hit > 0);
        let text = partly.map_or_else(
            || "Not quite.".to_owned(),
            |partial| {
                let (hit, of) = (partial.hit, partial.of);
                format!("Not quite: {hit} of {of} parts are right.")
            },
        );
        out.push_str(&paint.heading(Tone::Bad, &text));
    }
    out.push_str(&notes(paint, verdict));
    out.push('\n');
    out.push_str(&truth(paint, answered)?);
    out.push_str(&paint.labelled(Tone::Strong, "Why", &verdict.explanation));
    for misconception in &verdict.misconceptions {
        out.push_str(&told(paint, misconception));
    }
    let mut part = |label: &str, text: &str| {
        out.push_str(&paint.labelled(Tone::Strong, label, text));
    };
    part("In an interview", &format!("\"{}\"", verdict.interview));
    part("Source", &verdict.source);
    part("Read on", &reading(verdict.lesson, &verdict.anchor));
    Ok(out)
}

fn notes(paint: Paint, verdict: &Verdict) -> String {
    let mut out = String::new();
    if let [note] = verdict.notes.as_slice() {
        return paint.wrapped("", "", &note.text);
    }
    for note in &verdict.notes {
        let text = format!("{}: {}", note.about.trim_end_matches('.'), note.text);
        let (lead, rest) = match (paint.is_plain(), note.right) {
            (true, true) => ("Right about ", ""),
            (true, false) => ("Wrong about ", ""),
            (false, true) => ("  + ", "    "),
            (false, false) => ("  - ", "    "),
        };
        out.push_str(&paint.wrapped(lead, rest, &text));
    }
    out
}

/// The right answer; for a prediction what the engine printed.
pub(super) fn truth(paint: Paint, answered: &Answered<'_>) -> Result<String, QuizError> {
    let Answered { asked, verdict, .. } = answered;
    if let Body::Ordering { items, .. } = &asked.question().body {
        let items = items.iter().map(|item| asked.fill(item));
        return Ok(in_order(paint, &items.collect::<Vec<_>>()));
    }
    let printed = asked.printed()?;
    let mut out = String::new();
    if printed.as_ref() != Some(&verdict.key) {
        let key = apart(asked, &verdict.key);
        out.push_str(&paint.labelled(Tone::Strong, "Answer", &key));
    }
    if let Some(printed) = printed {
        out.push_str(&paint.labelled(Tone::Strong, "The engine really returned", &printed));
    }
    Ok(out)
}

fn in_order(paint: Paint, items: &[String]) -> String {
    let mut out = paint.labelled(Tone::Strong, "Answer", "in this order");
    for (number, item) in (1..).zip(items) {
        out.push_str(&match paint.is_plain() {
            true => paint.wrapped("", "", &format!("Place {number}: {item}")),
            false => paint.wrapped(&format!("  {number}. "), "     ", item),
        });
    }
    out
}

/// Several options or items in the record's words, as a person would say them.
pub(super) fn apart(asked: &Asked<'_>, words: &str) -> String {
    match asked.question().body {
        Body::Multiple(_) => words.replace(SEVERAL, "; "),
        Body::Ordering { .. } => words.replace(THEN, "; then "),
        _ => words.to_owned(),
    }
}

/// A misconception by its name, why it tempts, and what is true.
pub(super) fn told(paint: Paint, misconception: &Misconception) -> String {
    let name = format!("\"{}\"", misconception.name);
    paint.labelled(Tone::Strong, "Misconception", &name)
        + &paint.labelled(Tone::Strong, "Why it tempts", &misconception.tempting)
        + &paint.labelled(Tone::Strong, "What is true", &misconception.truth)
}

/// What a key does, after an answer.
pub(super) fn pause(paint: Paint, keys: Keys, is_last: bool, has_run: bool) -> String {
    let next = if is_last { "to finish" } else { "for the next" };
    let with_enter = if keys.single { "" } else { " and Enter" };
    let run = match (has_run, keys.plain) {
        (false, _) => String::new(),
        (true, false) => format!(", s{with_enter} for the diagram"),
        (true, true) => format!(", s{with_enter} for the run in words"),
    };
    let stop = if is_last {
        String::new()
    } else {
        format!(", q{with_enter} to stop")
    };
    let text = format!("\nPress Enter {next}{run}{stop}.");
    let wrapped = paint.wrapped("", "", &text);
    format!("{} ", wrapped.trim_end())
}

pub(super) fn summary(paint: Paint, summary: &Summary) -> String {
    let mut out = String::from("\n");
    let line = match summary.answered {
        0 => "No question answered.".to_owned(),
        answered => format!("{answered} answered, {} right. All saved.", summary.right),
    };
    out.push_str(&paint.heading(Tone::Strong, &line));
    if !summary.missed.is_empty() {
        out.push_str("Missed, and worth another look:\n");
    }
    for (number, missed) in (1..).zip(&summary.missed) {
        out.push_str(&match paint.is_plain() {
            true => paint.wrapped("", "", &format!("Missed {number}: {missed}")),
            false => paint.wrapped("  - ", "    ", missed),
        });
    }
    out + &next(paint, &summary.next)
}

/// What to do next, and its command.
pub(super) fn next(paint: Paint, next: &NextStep) -> String {
    let text = paint.labelled(Tone::Strong, "Next", &next.text);
    text + &command(paint, &next.command)
}

pub(super) fn command(paint: Paint, command: &str) -> String {
    match paint.is_plain() {
        true => paint.wrapped("", "", &format!("Command: {command}")),
        false => paint.code(command),
    }
}

/// A review that has nothing to ask.
pub(super) fn nothing_due(paint: Paint, options: &SessionOptions<'_>, step: &NextStep) -> String {
    let topic = topic(options.lesson);
    let title = format!("Nothing is due: {topic}.");
    let text =
        "What you know is still fresh; a question comes up for review once it is likely to fade.";
    paint.heading(Tone::Strong, &title) + &paint.wrapped("", "", text) + &next(paint, step)
}
