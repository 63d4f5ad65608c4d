//! A plan as text.

use super::{Outlook, day_text};
use crate::lesson::lesson_title;
use crate::paint::{Paint, Tone};

/// Lessons that are told as weak.
const WEAKEST_SHOWN: usize = 3;

/// The plan for a terminal of `width` columns.
#[must_use]
pub fn render_plan(outlook: &Outlook, width: usize, colour: bool) -> String {
    let paint = Paint::new(width, colour);
    let days = match outlook.days {
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        days => format!("in {days} days"),
    };
    let title = format!(
        "Interview on {}, {days}; {} minutes a day",
        day_text(outlook.interview_ms),
        outlook.minutes
    );
    let mut out = paint.heading(Tone::Strong, &title);
    out.push('\n');
    out.push_str(&paint.heading(Tone::Strong, "Today"));
    if outlook.today.is_empty() {
        let none = "Nothing fits into so few minutes: give the plan some more with --minutes.";
        out.push_str(&paint.wrapped("  ", "  ", none));
    }
    for block in &outlook.today {
        let text = format!("{}: {}.", block.what, block.why);
        let lead = format!("  {:>3} min  ", block.minutes);
        out.push_str(&paint.wrapped(&lead, "           ", &text));
        out.push_str(&format!("           {}\n", block.command));
    }
    let percent = |share: f64| (100.0 * share).round();
    let worth = format!(
        "you are expected to know {}% of the course's questions tomorrow. On the day it is {}% if you stop \
         here, and {}% if you use every day like this.",
        percent(outlook.now),
        percent(outlook.on_the_day_without),
        percent(outlook.on_the_day_with)
    );
    out.push('\n');
    out.push_str(&paint.labelled(Tone::Strong, "Outlook", &worth));
    let weakest: Vec<String> = outlook
        .weakest
        .iter()
        .take(WEAKEST_SHOWN)
        .map(|weak| {
            let title = lesson_title(weak.lesson).unwrap_or_default();
            format!("{} {title} ({}%)", weak.lesson, percent(weak.share))
        })
        .collect();
    if !weakest.is_empty() {
        let text = format!("{}.", weakest.join(", "));
        out.push_str(&paint.labelled(Tone::Strong, "Weakest then", &text));
    }
    out
}
