//! `kvorum quiz lint`.

use std::io::Write as _;

use kvorum_lessons::{Status, lessons};
use kvorum_quiz::Bank;
use kvorum_quiz::lint::lint_watched;

use crate::args::LintArgs;
use crate::exit::{Exit, Stop};
use crate::record;
use crate::terminal::{Terminal, printable};

/// Checks the bank inside the program, or the one in a folder, against the rules of its authors.
///
/// # Errors
/// [`Stop::Usage`] for a folder whose bank cannot be read.
pub fn lint(args: &LintArgs, terminal: &mut Terminal) -> Result<Exit, Stop> {
    let bank = match &args.bank {
        Some(folder) => {
            Bank::from_folder(folder).map_err(|error| Stop::Usage(error.to_string()))?
        }
        None => Bank::embedded().map_err(|error| record::refused(error.into()))?,
    };
    let bar = terminal.bar("{pos}/{len} runs");
    let report = lint_watched(&bank, &exists, &mut |done, all| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    if args.json {
        writeln!(terminal, "{}", serde_json::json!(report))?;
    } else {
        let text = report.render(terminal.columns());
        for line in text.lines() {
            writeln!(terminal, "{}", printable(line))?;
        }
    }
    Ok(Exit::of_check(report.is_clean()))
}

/// Whether a place of the course exists: a lesson's folder; and its heading, where the lesson can be read.
fn exists(anchor: &str) -> bool {
    let (folder, heading) = match anchor.split_once('#') {
        Some((folder, heading)) => (folder, Some(heading)),
        None => (anchor, None),
    };
    let lesson = lessons().iter().find(|lesson| lesson.folder() == folder);
    match (lesson, heading) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(lesson), Some(heading)) => {
            let text = lesson.text().filter(|_| lesson.status == Status::Done);
            text.is_some_and(|text| headings(text).any(|slug| slug == heading))
        }
    }
}

/// What the book calls the headings of a Markdown text.
fn headings(text: &str) -> impl Iterator<Item = String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let is_kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
        title
            .chars()
            .filter(is_kept)
            .collect::<String>()
            .replace(' ', "-")
    })
}

#[cfg(test)]
mod tests {
    use super::exists;

    #[test]
    fn a_place_is_a_lesson_or_a_heading_of_a_written_one() {
        for place in [
            "02-consistent-hashing",
            "03-replication",
            "02-consistent-hashing#hot-keys-stay-hot",
        ] {
            assert!(exists(place), "{place}");
        }
        for place in [
            "",
            "04-cap",
            "consistent-hashing",
            "02-consistent-hashing#",
            "02-consistent-hashing#nowhere",
            "03-replication#quorums",
        ] {
            assert!(!exists(place), "{place}");
        }
    }
}
