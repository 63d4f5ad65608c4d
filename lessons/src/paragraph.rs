//! What a lesson says under one of its headings, as plain text: the quiz gives it as a hint.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use crate::by_slug;
use crate::place::slug;

/// Characters at most, but for the first block: about twelve lines of a terminal.
const CHARS_MAX: usize = 900;
/// How far code stands from the left edge.
const CODE_INDENT: &str = "    ";

/// What stands at an anchor, `02-consistent-hashing#a-ring` or `02-consistent-hashing`: its first paragraphs
/// as plain text, about twelve lines of 80 columns, one line a paragraph, and a blank line between two. Code
/// keeps its four spaces; labs, pictures and polls are left out. Nothing for a lesson without text, and for a
/// heading that it does not have.
///
/// ```
/// let text = kvorum_lessons::paragraph("02-consistent-hashing#a-ring").expect("lesson 2 is written");
/// assert!(text.starts_with("Take the number of nodes out of the formula."));
/// ```
#[must_use]
pub fn paragraph(anchor: &str) -> Option<String> {
    let (folder, heading) = match anchor.split_once('#') {
        Some((folder, heading)) => (folder, Some(heading)),
        None => (anchor, None),
    };
    let (_, slug) = folder.split_once('-')?;
    let lesson = by_slug(slug).filter(|lesson| lesson.folder() == folder)?;
    first_of(&blocks(&with_figures(lesson.text()?), heading))
}

/// A figure that the book checks, `{{#measured 16.4% lab=... }}`, is told as its figure.
fn with_figures(text: &str) -> String {
    const OPEN: &str = "{{#measured ";
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(OPEN) {
        let (before, tag) = rest.split_at(start);
        let Some(end) = tag.find("}}") else { break };
        let told = tag[OPEN.len()..end].split_whitespace();
        let told: Vec<&str> = told.take_while(|word| !word.contains('=')).collect();
        out.push_str(before);
        out.push_str(&told.join(" "));
        rest = &tag[end + 2..];
    }
    out.push_str(rest);
    out
}

fn first_of(blocks: &[String]) -> Option<String> {
    let mut text = blocks.first()?.clone();
    for block in &blocks[1..] {
        if text.chars().count() + block.chars().count() > CHARS_MAX {
            break;
        }
        text.push_str("\n\n");
        text.push_str(block);
    }
    Some(text)
}

/// The blocks under the heading, up to the next one; those before all sections where none is named.
fn blocks(markdown: &str, heading: Option<&str>) -> Vec<String> {
    let mut reader = Reader::default();
    let mut title: Option<String> = None;
    let mut is_there = heading.is_none();
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Heading { .. }) => title = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => {
                let title = title.take().unwrap_or_default();
                if is_there && !reader.blocks.is_empty() {
                    break;
                }
                is_there |= heading.is_some_and(|heading| heading == slug(&title));
            }
            Event::Text(text) | Event::Code(text) if title.is_some() => {
                title.get_or_insert_default().push_str(&text);
            }
            event if is_there => reader.read(event),
            _ => {}
        }
    }
    reader.blocks
}

/// Turns a stretch of Markdown into plain blocks.
#[derive(Debug, Default)]
struct Reader {
    blocks: Vec<String>,
    text: String,
    /// Within a list, what its next item begins with.
    item: Option<String>,
    number: Option<u64>,
    code: Option<bool>,
    /// Cells before this one in its row.
    cells: usize,
}

impl Reader {
    fn read(&mut self, event: Event<'_>) {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                self.finish();
                self.code = Some(matches!(kind, CodeBlockKind::Indented));
            }
            Event::End(TagEnd::CodeBlock) => self.code = None,
            Event::Start(Tag::List(first)) => {
                self.finish();
                self.number = first;
            }
            Event::Start(Tag::Item) => {
                self.finish();
                self.item = Some(match &mut self.number {
                    Some(number) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    None => "- ".to_owned(),
                });
            }
            Event::Start(Tag::TableCell) => {
                if self.cells > 0 {
                    self.text.push_str("; ");
                }
                self.cells += 1;
            }
            Event::End(TagEnd::TableHead | TagEnd::TableRow) => {
                self.cells = 0;
                self.finish();
            }
            Event::End(TagEnd::Paragraph | TagEnd::Item) => self.finish(),
            Event::Text(text) if self.code == Some(true) => {
                let lines: Vec<String> = text
                    .lines()
                    .map(|line| format!("{CODE_INDENT}{line}"))
                    .collect();
                self.blocks.push(lines.join("\n"));
            }
            Event::Text(text) | Event::Code(text) if self.code.is_none() => {
                self.text.push_str(&text);
            }
            Event::SoftBreak | Event::HardBreak => self.text.push(' '),
            _ => {}
        }
    }

    fn finish(&mut self) {
        let text = std::mem::take(&mut self.text);
        let text = text.trim().trim_matches(';').trim();
        // A directive of the book stands in a paragraph of its own.
        if !text.is_empty() && !text.starts_with("{{#") {
            let lead = self.item.take().unwrap_or_default();
            self.blocks.push(format!("{lead}{text}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use kvorum_quiz::Bank;

    use super::*;
    use crate::lessons;

    #[test]
    fn every_anchor_of_a_written_lesson_has_a_paragraph() {
        let bank = Bank::embedded().expect("the bank reads");
        let written: Vec<String> = lessons().iter().map(|lesson| lesson.folder()).collect();
        let mut found = 0;
        for question in bank.questions() {
            let is_written = written
                .iter()
                .any(|folder| question.anchor.starts_with(folder));
            let text = paragraph(&question.anchor);
            assert_eq!(text.is_some(), is_written, "{}", question.anchor);
            let text = text.unwrap_or_default();
            found += usize::from(is_written);
            assert!(text.chars().count() < 1200, "{}: {text}", question.anchor);
            for markup in ["{{#", "**", "](", "|"] {
                assert!(!text.contains(markup), "{}: {text}", question.anchor);
            }
        }
        assert!(found > 0);
    }

    #[test]
    fn lists_tables_and_code_become_lines() {
        let markdown = "# Title\n\nFirst *words*.\n\n## A `ring`, then\n\n{{#lab x.kv}}\n\n\
                        See [it](x.md):\ntwo\n\n    node = 1\n\n1. one\n2. two\n\n\
                        ```python\nx\n```\n\n| a | b |\n|---|---|\n| | d |\n\n## Next\n\nNo.\n";
        assert_eq!(blocks(markdown, None), ["First words."]);
        assert_eq!(
            blocks(markdown, Some("a-ring-then")),
            [
                "See it: two",
                "    node = 1",
                "1. one",
                "2. two",
                "a; b",
                "d"
            ]
        );
        assert!(blocks(markdown, Some("nowhere")).is_empty());
    }

    #[test]
    fn what_is_not_there_gives_nothing() {
        for anchor in ["", "x", "02-replication", "02-consistent-hashing#no-such"] {
            assert_eq!(paragraph(anchor), None, "{anchor}");
        }
        assert!(paragraph("02-consistent-hashing").is_some());
    }
}
