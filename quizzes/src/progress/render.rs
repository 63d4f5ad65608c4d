//! Progress as text.

use super::{Calibration, LessonProgress, Progress, Trend};
use crate::bank::Bank;
use crate::error::QuizError;
use crate::paint::{Paint, Tone};
use crate::plan::{day_text, days_between};
use crate::record::{DayCount, Record};

/// Misconceptions that are told at once; more would be no advice.
const WEAK_SHOWN_MAX: usize = 5;
/// Answers before forecasts are compared with what came.
const CALIBRATION_ANSWERS_MIN: u32 = 20;

/// Columns of a bar, and of one where there is little room.
const BAR_COLUMNS: usize = 20;
const BAR_COLUMNS_NARROW: usize = 8;
/// Terminals below this are narrow.
const NARROW: usize = 64;
/// Columns beside the title and the bar: number, share, counts.
const COUNT_COLUMNS: usize = 33;

/// Where the learner stands at `now_ms`, for a terminal of `width` columns: how ready for each lesson, the
/// trend, the misconceptions that still show, how well forecasts held, and the next step.
///
/// # Errors
/// [`QuizError::Record`] when the record cannot be read.
pub fn render_progress(
    record: &Record,
    bank: &Bank,
    now_ms: i64,
    width: usize,
    colour: bool,
) -> Result<String, QuizError> {
    let progress = Progress::gather(record, bank, now_ms)?;
    let paint = Paint::new(width, colour);
    let percent = |share: f64| (100.0 * share).round();
    let readiness = progress.readiness;
    let title = format!(
        "Ready for {}% of the course tomorrow (90% sure: {} to {}%)",
        percent(readiness.share),
        percent(readiness.low),
        percent(readiness.high)
    );
    let mut out = paint.heading(Tone::Strong, &title);
    out.push_str(&paint.wrapped("", "", &interview(&progress, now_ms)));
    out.push('\n');
    for lesson in &progress.lessons {
        out.push_str(&row(paint, lesson));
    }
    let legend = "# known for sure, = the 90% interval, known/questions right at the latest answer";
    out.push_str(&paint.wrapped("    ", "    ", legend));
    if progress.trend.days.iter().any(|day| day.answers > 0) {
        out.push('\n');
        out.push_str(&paint.labelled(Tone::Strong, "Trend", &trend(&progress.trend)));
    }
    if !progress.weak.is_empty() {
        out.push('\n');
        out.push_str(&paint.heading(Tone::Strong, "Misconceptions that still show"));
    }
    for weak in progress.weak.iter().take(WEAK_SHOWN_MAX) {
        let text = format!("\"{}\" {}", weak.name, weak.truth);
        out.push_str(&paint.wrapped("  - ", "    ", &text));
    }
    out.push_str(&calibration(paint, &progress.calibration));
    out.push('\n');
    out.push_str(&paint.labelled(Tone::Strong, "Next", &progress.next.text));
    out.push_str(&format!("    {}\n", progress.next.command));
    Ok(out)
}

fn interview(progress: &Progress, now_ms: i64) -> String {
    let due = match progress.due {
        0 => "Nothing is due for review.".to_owned(),
        1 => "1 question is due for review.".to_owned(),
        due => format!("{due} questions are due for review."),
    };
    let streak = match progress.trend.streak_days {
        0 | 1 => String::new(),
        days => format!(" {days} days in a row."),
    };
    let day = match progress.plan {
        Some(plan) if plan.interview_ms > now_ms => {
            let days = days_between(now_ms, plan.interview_ms);
            let on = day_text(plan.interview_ms);
            format!("Interview on {on}, in {days} days. ")
        }
        _ => String::new(),
    };
    format!("{day}{due}{streak}")
}

fn row(paint: Paint, lesson: &LessonProgress) -> String {
    let readiness = lesson.readiness;
    let bar = match paint.width() < NARROW {
        true => BAR_COLUMNS_NARROW,
        false => BAR_COLUMNS,
    };
    let columns = |share: f64| (share * bar as f64).round() as usize;
    let (low, high) = (columns(readiness.low), columns(readiness.high).min(bar));
    let sure = "#".repeat(low);
    let unsure = "=".repeat(high.saturating_sub(low));
    let empty = ".".repeat(bar - high.max(low));
    let title_columns = paint.width().saturating_sub(bar + COUNT_COLUMNS).max(8);
    let title = shortened(lesson.title, title_columns);
    let share = (100.0 * readiness.share).round();
    let mut counts = format!("{share:>3}%  {}/{} known", lesson.known, lesson.questions);
    if lesson.due > 0 {
        let due = format!(", {} due", lesson.due);
        if title_columns + bar + 6 + counts.len() + due.len() <= paint.width() {
            counts.push_str(&due);
        }
    }
    let mut out = format!(
        "{:>3} {title:<title_columns$} {}{unsure}{empty} {counts}\n",
        lesson.lesson,
        paint.tone(Tone::Good, &sure)
    );
    if lesson.exercises_tried > 0 {
        let (passed, tried) = (lesson.exercises_passed, lesson.exercises_tried);
        out.push_str(&format!(
            "    exercises: {passed} passed of {tried} tried\n"
        ));
    }
    out
}

/// `2 weeks ago 41% of 22 right, last week 63% of 40, this week 78% of 31`, with a mark a day.
fn trend(trend: &Trend) -> String {
    const MARKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let mark = |day: &DayCount| match (8 * day.right).checked_div(day.answers) {
        None => '.',
        Some(eighth) => MARKS[(eighth as usize).min(7)],
    };
    let marks: String = trend.days.iter().map(mark).collect();
    let weeks = ["3 weeks ago", "2 weeks ago", "last week", "this week"];
    let told: Vec<String> = trend
        .days
        .chunks(7)
        .zip(weeks)
        .filter_map(|(days, name)| {
            let answers: u32 = days.iter().map(|day| day.answers).sum();
            let right: u32 = days.iter().map(|day| day.right).sum();
            let share = (100 * right).checked_div(answers)?;
            Some(format!("{name} {share}% of {answers} right"))
        })
        .collect();
    format!(
        "{marks}  (a mark a day, higher for more right answers)\n{}.",
        told.join(", ")
    )
}

fn calibration(paint: Paint, calibration: &[Calibration]) -> String {
    let answers: u32 = calibration.iter().map(|one| one.answers).sum();
    if answers < CALIBRATION_ANSWERS_MIN {
        return String::new();
    }
    let mut out = format!(
        "\n{}",
        paint.heading(Tone::Strong, "How well forecasts held")
    );
    for one in calibration {
        let text = format!(
            "foretold {}% right, came {}% of {} answers",
            (100.0 * one.foretold).round(),
            (100.0 * one.right).round(),
            one.answers
        );
        out.push_str(&paint.wrapped("  ", "    ", &text));
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
