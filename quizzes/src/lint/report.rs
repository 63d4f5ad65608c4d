//! What the linter found, as JSON and as text.

use std::fmt::Write as _;

use serde::Serialize;
use textwrap::{Options, wrap};

use crate::bank::{Bank, Poll, Question};
use crate::lesson::LESSON_COUNT;

/// Characters of a stem that say which question is meant.
const STEM_CHARS: usize = 48;
/// Columns of a figure's name and value in the table.
const NAME_COLUMNS: usize = 42;
const VALUE_COLUMNS: usize = 16;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LintReport {
    /// Whether the bank covers every lesson, so that the rules about shares and counts hold for it.
    pub whole: bool,
    /// Whether this build has the dictionaries to check spelling with.
    pub spelling: bool,
    /// What to mend.
    pub findings: Vec<Finding>,
    /// Shares and counts.
    pub figures: Vec<Figure>,
}

/// Something to mend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule that it breaks.
    pub rule: &'static str,
    /// The id of the question, poll or misconception; empty where it is about the bank.
    pub id: String,
    /// How its text begins.
    pub stem: String,
    /// What is wrong, and what was expected.
    pub message: String,
}

/// A share or a count, and its limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Figure {
    /// What is counted.
    pub name: String,
    /// How much there is.
    pub value: String,
    /// How much there should be.
    pub limit: String,
    /// Whether there is.
    pub holds: bool,
    /// How the stems of the questions begin that stand against it, where it can be told.
    pub against: Vec<String>,
}

impl LintReport {
    /// An empty report about this bank.
    pub(super) fn of(bank: &Bank) -> Self {
        Self {
            whole: bank.lessons().len() == usize::from(LESSON_COUNT),
            spelling: cfg!(feature = "spelling"),
            findings: Vec::new(),
            figures: Vec::new(),
        }
    }

    /// Whether there is nothing to mend.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    pub(super) fn of_question(
        &mut self,
        question: &Question,
        rule: &'static str,
        message: impl Into<String>,
    ) {
        self.of_text(rule, question.id, &question.stem, message);
    }

    pub(super) fn of_poll(&mut self, poll: &Poll, rule: &'static str, message: impl Into<String>) {
        self.of_text(rule, poll.id, &poll.opening.stem, message);
    }

    pub(super) fn of_text(
        &mut self,
        rule: &'static str,
        id: impl ToString,
        text: &str,
        message: impl Into<String>,
    ) {
        self.findings.push(Finding {
            rule,
            id: id.to_string(),
            stem: start(text),
            message: message.into(),
        });
    }

    pub(super) fn of_bank(&mut self, rule: &'static str, message: impl Into<String>) {
        self.of_text(rule, "", "", message);
    }

    /// Takes a figure down; of a whole bank it is a finding too where it does not hold.
    pub(super) fn figure(&mut self, rule: &'static str, figure: Figure) {
        if self.whole && !figure.holds {
            let Figure {
                name, value, limit, ..
            } = &figure;
            let mut message = format!("{name}: {value}, expected {limit}");
            for stem in &figure.against {
                message.push_str("; ");
                message.push_str(stem);
            }
            self.of_bank(rule, message);
        }
        self.figures.push(figure);
    }

    /// The figures as a table, then the findings, in lines of at most `width` columns.
    #[must_use]
    pub fn render(&self, width: usize) -> String {
        let mut text = String::new();
        for figure in &self.figures {
            self.render_figure(figure, width, &mut text);
        }
        if !self.whole {
            text.push('\n');
            let draft =
                "A draft: some lessons have no questions. Shares and counts are no rules yet.";
            paragraph(&mut text, width, "", draft);
        }
        if !self.spelling {
            text.push('\n');
            let unchecked =
                "Spelling was not checked: this build lacks the cargo feature \"spelling\".";
            paragraph(&mut text, width, "", unchecked);
        }
        for finding in &self.findings {
            let Finding {
                rule,
                id,
                stem,
                message,
            } = finding;
            text.push('\n');
            let short = id.get(..8).filter(|_| id.len() == 36).unwrap_or(id);
            let head = [*rule, short, stem];
            let head: Vec<&str> = head.into_iter().filter(|part| !part.is_empty()).collect();
            paragraph(&mut text, width, "", &head.join("  "));
            paragraph(&mut text, width, "    ", message);
        }
        let count = match self.findings.len() {
            0 => "No findings.".to_owned(),
            1 => "1 finding.".to_owned(),
            count => format!("{count} findings."),
        };
        text.push('\n');
        paragraph(&mut text, width, "", &count);
        text
    }

    fn render_figure(&self, figure: &Figure, width: usize, text: &mut String) {
        let Figure {
            name,
            value,
            limit,
            holds,
            against,
        } = figure;
        let mark = if *holds { ' ' } else { '!' };
        let row = format!("{mark} {name:<NAME_COLUMNS$} {value:>VALUE_COLUMNS$}  {limit}");
        if row.chars().count() <= width {
            let _ = writeln!(text, "{}", row.trim_end());
        } else {
            paragraph(
                text,
                width,
                "  ",
                &format!("{mark} {name}: {value}, {limit}"),
            );
        }
        if !holds {
            for stem in against {
                paragraph(text, width, "      ", stem);
            }
        }
    }
}

/// How a text begins.
pub(super) fn start(text: &str) -> String {
    match text.char_indices().nth(STEM_CHARS) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

fn paragraph(text: &mut String, width: usize, indent: &str, words: &str) {
    let options = Options::new(width)
        .initial_indent(indent)
        .subsequent_indent(indent);
    for line in wrap(words, options) {
        text.push_str(line.trim_end());
        text.push('\n');
    }
}

/// `part` of `whole` as a share, with both.
pub(super) fn share_text(part: usize, whole: usize) -> String {
    format!("{:.0}% ({part} of {whole})", share(part, whole))
}

/// `part` of `whole` in per cent; nothing of nothing is 0.
pub(super) fn share(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}
