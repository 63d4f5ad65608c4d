//! How a question, a verdict and a summary look in a terminal.

use super::{SessionOptions, Summary};
use crate::asked::Asked;
use crate::grade::Verdict;
use crate::lesson::{lesson_title, reading};
use crate::paint::{Paint, Tone};

/// How far a script stands from the left edge.
const CODE_INDENT: &str = "    ";

pub(super) fn welcome(paint: Paint, options: &SessionOptions, count: usize, path: &str) -> String {
    let topic = match options.lesson {
        Some(lesson) => format!(
            "lesson {lesson}, {}",
            lesson_title(lesson).unwrap_or_default()
        ),
        None => "all lessons".to_owned(),
    };
    let plural = if count == 1 { "question" } else { "questions" };
    let title = format!("Kvorum quiz: {topic}, {count} {plural}");
    let keys = format!(
        "Type an answer and press Enter; ? gives a hint, q stops. Every answer is saved at once in {path}."
    );
    paint.heading(Tone::Strong, &title) + &paint.wrapped("", "", &keys)
}

pub(super) fn question(paint: Paint, asked: &Asked<'_>, number: usize, count: usize) -> String {
    let about = asked.question();
    let head = format!(
        "Question {number} of {count}  (lesson {}, difficulty {} of 5)",
        about.lesson, about.difficulty
    );
    let mut out = format!("\n{}\n", paint.heading(Tone::Strong, &head));
    out.push_str(&paint.wrapped("", "", &asked.stem()));
    if let Some(script) = asked.script() {
        out.push('\n');
        for line in script.lines() {
            out.push_str(&format!("{CODE_INDENT}{line}\n"));
        }
    }
    let options = asked.options();
    if !options.is_empty() {
        out.push('\n');
    }
    for (index, option) in options.iter().enumerate() {
        out.push_str(&paint.wrapped(&format!("  {}  ", index + 1), "     ", option));
    }
    out
}

pub(super) fn prompt(paint: Paint, asked: &Asked<'_>) -> String {
    let wrapped = paint.wrapped("", "", &format!("\nType {}.", asked.accepts()));
    format!("{wrapped}> ")
}

pub(super) fn verdict(paint: Paint, verdict: &Verdict) -> String {
    let mut out = String::from("\n");
    if verdict.right {
        out.push_str(&paint.heading(Tone::Good, "Right."));
    } else {
        let partly = verdict.partial.filter(|partial| partial.hit > 0);
        let text = partly.map_or_else(
            || "Not quite.".to_owned(),
            |partial| {
                format!(
                    "Not quite: {} of {} parts are right.",
                    partial.hit, partial.of
                )
            },
        );
        out.push_str(&paint.heading(Tone::Bad, &text));
    }
    let several = verdict.notes.len() > 1;
    for note in &verdict.notes {
        let mark = if note.right { "+" } else { "-" };
        let text = match several {
            true => format!("{}: {}", note.about.trim_end_matches('.'), note.text),
            false => note.text.clone(),
        };
        let lead = if several {
            format!("  {mark} ")
        } else {
            String::new()
        };
        out.push_str(&paint.wrapped(&lead, if several { "    " } else { "" }, &text));
    }
    let mut part = |label: &str, text: &str| {
        out.push_str(&paint.labelled(Tone::Strong, label, text));
    };
    part("Answer", &verdict.key);
    part("Why", &verdict.explanation);
    for misconception in &verdict.misconceptions {
        let text = format!("\"{}\" {}", misconception.name, misconception.truth);
        part("Misconception", &text);
    }
    part("In an interview", &format!("\"{}\"", verdict.interview));
    part("Source", &verdict.source);
    part("Read on", &reading(verdict.lesson, &verdict.anchor));
    out
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
    for missed in &summary.missed {
        out.push_str(&paint.wrapped("  - ", "    ", missed));
    }
    out.push_str(&paint.labelled(Tone::Strong, "Next", &summary.next.text));
    out.push_str(&format!("{CODE_INDENT}{}\n", summary.next.command));
    out
}
