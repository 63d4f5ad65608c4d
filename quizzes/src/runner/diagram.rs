//! The run of a prediction, drawn or told.

use kvorum::base::time::clock;
use kvorum::draw::{SpacetimeOptions, spacetime_text};
use kvorum::script::{Report, RunOptions, run};
use kvorum::sim::trace::{Purpose, What};

use crate::paint::{Paint, Tone};

/// Lines of the picture, with its title and the line after it at most 40.
const LINES_MAX: usize = 37;
/// A picture that is cut to its last lines may begin with more messages than it can show.
const MESSAGES_MAX: usize = 2000;

/// The script's run: time down the page, a column a node; in sentences where pictures are no help.
pub(super) fn of(script: &str, paint: Paint) -> String {
    let report = match run("predict.kv", script, &RunOptions::default()) {
        Ok(report) => report,
        Err(error) => return paint.wrapped("", "", &format!("The run cannot be shown: {error}")),
    };
    if paint.is_plain() {
        return told(&report, paint);
    }
    let options = SpacetimeOptions {
        max_messages: MESSAGES_MAX,
        max_lines: Some(LINES_MAX),
        ..SpacetimeOptions::default()
    };
    let picture = spacetime_text(report.cluster.trace(), &options, paint.width());
    let columns = picture.lines().map(|line| line.chars().count()).max();
    let title = "The run, time going down";
    if let Some(columns) = columns.filter(|columns| *columns > paint.width()) {
        let text = format!(
            "{title}: it needs {columns} columns, and here are {}.",
            paint.width()
        );
        return format!("\n{}", paint.wrapped("", "", &text));
    }
    format!(
        "\n{}{picture}",
        paint.heading(Tone::Strong, &format!("{title}:"))
    )
}

/// The steps and what they printed, then the events that belong to requests.
fn told(report: &Report, paint: Paint) -> String {
    let mut sentences: Vec<String> = report
        .steps
        .iter()
        .map(|step| {
            format!(
                "Line {}, {}, printed: {}.",
                step.line, step.source, step.printed
            )
        })
        .collect();
    let events = report.cluster.trace().events().iter().filter_map(|event| {
        let text = sentence(&event.what)?;
        Some(format!("At {}: {text}.", clock(event.at)))
    });
    let events: Vec<String> = events.collect();
    let first = events.len().saturating_sub(LINES_MAX);
    if first > 0 {
        sentences.push(format!("The first {first} events are left out."));
    }
    sentences.extend_from_slice(&events[first..]);
    let lines = sentences
        .iter()
        .map(|sentence| paint.wrapped("", "", sentence));
    format!("\nThe run, in its order.\n{}", lines.collect::<String>())
}

fn sentence(what: &What) -> Option<String> {
    Some(match what {
        What::Call { node, text, .. } => format!("a client asks {node}: {text}"),
        What::Answer { node, text, .. } => format!("{node} answers the client: {text}"),
        What::Send {
            from,
            to,
            label,
            purpose: Purpose::Request,
            ..
        } => format!("{from} sends {label} to {to}"),
        What::Drop { from, to, .. } => format!("a message from {from} to {to} is lost"),
        What::Stored { node, text } => format!("{node} stored {text}"),
        What::Send { .. } | What::Deliver { .. } | What::Note { .. } => return None,
        other => other.to_string(),
    })
}
