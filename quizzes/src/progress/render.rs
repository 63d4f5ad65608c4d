//! Progress as text.

use super::{LessonProgress, Progress};
use crate::bank::Bank;
use crate::error::QuizError;
use crate::paint::{Paint, Tone};
use crate::record::Record;

/// Misconceptions that are told at once; more would be no advice.
const WEAK_SHOWN_MAX: usize = 5;

const BAR_COLUMNS: usize = 12;
/// Columns beside the title and the bar: number, spaces, counts.
const COUNT_COLUMNS: usize = 42;

/// Where the learner stands, for a terminal of `width` columns: a bar for each lesson, the misconceptions
/// that still show, and the next step.
///
/// # Errors
/// [`QuizError::Record`] when the record cannot be read.
pub fn render_progress(
    record: &Record,
    bank: &Bank,
    width: usize,
    colour: bool,
) -> Result<String, QuizError> {
    let progress = Progress::gather(record, bank)?;
    let paint = Paint::new(width, colour);
    let title = "Progress (known: right at the latest answer)";
    let mut out = paint.heading(Tone::Strong, title);
    for lesson in &progress.lessons {
        out.push_str(&row(paint, lesson));
    }
    if !progress.weak.is_empty() {
        out.push('\n');
        out.push_str(&paint.heading(Tone::Strong, "Misconceptions that still show"));
    }
    for weak in progress.weak.iter().take(WEAK_SHOWN_MAX) {
        let text = format!("\"{}\" {}", weak.name, weak.truth);
        out.push_str(&paint.wrapped("  - ", "    ", &text));
    }
    out.push('\n');
    out.push_str(&paint.labelled(Tone::Strong, "Next", &progress.next.text));
    out.push_str(&format!("    {}\n", progress.next.command));
    Ok(out)
}

fn row(paint: Paint, lesson: &LessonProgress) -> String {
    let filled = match lesson.questions {
        0 => 0,
        questions => BAR_COLUMNS * lesson.known as usize / questions as usize,
    };
    let full = "#".repeat(filled);
    let empty = ".".repeat(BAR_COLUMNS - filled);
    let title_columns = paint
        .width()
        .saturating_sub(BAR_COLUMNS + COUNT_COLUMNS)
        .max(8);
    let title = shortened(lesson.title, title_columns);
    let mut counts = format!("{}/{} known", lesson.known, lesson.questions);
    if let Some(share) = (100 * lesson.right).checked_div(lesson.asked) {
        let plural = if lesson.asked == 1 {
            "answer"
        } else {
            "answers"
        };
        let share = format!(", {share}% of {} {plural} right", lesson.asked);
        if counts.len() + share.len()
            < paint
                .width()
                .saturating_sub(title_columns + BAR_COLUMNS + 5)
        {
            counts.push_str(&share);
        }
    }
    let mut out = format!(
        "{:>3} {title:<title_columns$} {}{empty} {counts}\n",
        lesson.lesson,
        paint.tone(Tone::Good, &full)
    );
    if lesson.exercises_tried > 0 {
        let (passed, tried) = (lesson.exercises_passed, lesson.exercises_tried);
        out.push_str(&format!(
            "    exercises: {passed} passed of {tried} tried\n"
        ));
    }
    out
}

fn shortened(title: &str, columns: usize) -> String {
    if title.chars().count() <= columns {
        return title.to_owned();
    }
    let kept: String = title.chars().take(columns - 2).collect();
    format!("{}..", kept.trim_end())
}
