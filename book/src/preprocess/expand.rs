//! Walks a page line by line, leaves code fences alone, and replaces what is Kvorum's.

use std::path::{Component, Path, PathBuf};

use super::directive::{Arguments, Directive, Fence, on_line};
use super::lab::{self, Lab, Pictures};
use super::measured::Measured;
use super::tabs::Tab;
use super::{Tally, figures, poll, quiz, source, tabs};
use crate::BookError;

/// Directives that mdBook itself knows.
const MDBOOK_DIRECTIVES: [&str; 5] = [
    "include",
    "rustdoc_include",
    "playground",
    "title",
    "template",
];

/// The directives of a line.
const DIRECTIVES: [&str; 9] = [
    "#lesson",
    "#lab",
    "#ring",
    "#quiz",
    "#poll",
    "#misconceptions",
    "#source",
    "#bank",
    "#simulation",
];

/// How a measured figure begins, anywhere in a line.
const MEASURED: &str = "{{#measured ";

/// How deep one file may bring in another.
const NESTING_MAX: usize = 4;

/// A lab's script, and where it stands.
#[derive(Clone, Copy, Debug)]
struct LabText<'a> {
    file: &'a str,
    /// Lines of `file` before the script's first.
    line_base: usize,
    name: &'a str,
    script: &'a str,
    /// What predictions of it are recorded under: its path in `lessons/`, or its page and name.
    path: &'a str,
}

/// The expansion of one book.
#[derive(Debug)]
pub(crate) struct Expansion {
    lessons: PathBuf,
    tally: Tally,
    figures: Measured,
    depth: usize,
}

/// A line of a page, for errors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    pub(crate) file: &'a str,
    pub(crate) line: usize,
}

impl Place<'_> {
    pub(crate) fn error(&self, message: impl Into<String>) -> BookError {
        BookError::Page {
            file: self.file.into(),
            line: self.line,
            message: message.into(),
        }
    }
}

impl Expansion {
    pub(crate) fn new(lessons: PathBuf) -> Self {
        Self {
            lessons,
            tally: Tally::default(),
            figures: Measured::default(),
            depth: 0,
        }
    }

    pub(crate) fn tally(&self) -> Tally {
        self.tally
    }

    /// The text of `file` with everything of Kvorum's replaced.
    pub(crate) fn expand(&mut self, file: &str, text: &str) -> Result<String, BookError> {
        let lines: Vec<&str> = text.lines().collect();
        let mut out = String::with_capacity(text.len() * 2);
        let mut at = 0;
        while at < lines.len() {
            let place = Place { file, line: at + 1 };
            if let Some(fence) = Fence::open(lines[at]) {
                at = self.fence(place, &fence, &lines, &mut out)?;
                continue;
            }
            match on_line(lines[at]) {
                Some(directive) if !MDBOOK_DIRECTIVES.contains(&directive.name) => {
                    out.push_str(&self.directive(place, &directive)?);
                    out.push_str("\n\n");
                }
                _ => {
                    let line = self.measured(place, lines[at])?;
                    push_line(&mut out, &line);
                }
            }
            at += 1;
        }
        Ok(out)
    }

    fn directive(
        &mut self,
        place: Place<'_>,
        directive: &Directive<'_>,
    ) -> Result<String, BookError> {
        let arguments = Arguments::parse(directive.rest).map_err(|wrong| place.error(wrong))?;
        match directive.name {
            "lesson" => {
                let (path, text) = self.lesson_file(place, &arguments)?;
                if self.depth == NESTING_MAX {
                    return Err(place.error(format!("{path} brings itself in")));
                }
                self.depth += 1;
                let expanded = self.expand(&format!("lessons/{path}"), &text);
                self.depth -= 1;
                let expanded = expanded?;
                Ok(match path.rsplit('/').next() {
                    Some("lesson.md") => with_reading_time(&path, &text, &expanded),
                    Some("cheatsheet.md") => {
                        format!("<div class=\"cheatsheet\">\n\n{expanded}\n</div>")
                    }
                    _ => expanded,
                })
            }
            "lab" => {
                arguments
                    .only(&["ask", "picture", "title"])
                    .map_err(|wrong| place.error(wrong))?;
                let (path, script) = self.lesson_file(place, &arguments)?;
                let name = path.rsplit('/').next().unwrap_or(&path).to_owned();
                let file = format!("lessons/{path}");
                let text = LabText {
                    file: &file,
                    line_base: 0,
                    name: &name,
                    script: &script,
                    path: &path,
                };
                self.lab(place, text, &arguments)
            }
            "ring" => {
                let title = arguments.setting("title").map(str::to_owned);
                let settings: Vec<String> = arguments
                    .settings
                    .iter()
                    .filter(|(name, _)| name != "title")
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect();
                let script = format!(
                    "cluster {}\nshow ring {}\n",
                    settings.join(" "),
                    arguments.words.join(" ")
                );
                lab::ring(place, &script, title.as_deref())
            }
            "poll" => poll::of_bank(place, &arguments.words),
            "misconceptions" => quiz::misconceptions(place, &arguments.words),
            "source" => source::excerpt(place, &arguments),
            "quiz" => match arguments.words.as_slice() {
                [lesson] => quiz::questions(place, lesson),
                _ => Err(place.error("a quiz names its lesson: {{#quiz 2}}")),
            },
            "bank" => figures::bank(place),
            "simulation" => Ok(figures::simulation()),
            other => Err(place.error(format!(
                "no directive '#{other}'; there is {}, and mdBook's own",
                DIRECTIVES.join(", ")
            ))),
        }
    }

    /// The line with every `{{#measured ...}}` in it checked, and shown as its figure.
    fn measured(&mut self, place: Place<'_>, line: &str) -> Result<String, BookError> {
        let mut out = String::new();
        let mut rest = line;
        while let Some(start) = rest.find(MEASURED) {
            let after = &rest[start + MEASURED.len()..];
            let end = after
                .find("}}")
                .ok_or_else(|| place.error("'{{#measured' without '}}'"))?;
            let arguments = Arguments::parse(&after[..end]).map_err(|wrong| place.error(wrong))?;
            out.push_str(&rest[..start]);
            out.push_str(&self.figures.measured(place, &self.lessons, &arguments)?);
            rest = &after[end + 2..];
        }
        out.push_str(rest);
        Ok(out)
    }

    /// Handles the fence that opens at `place`; returns the index of the line after it.
    fn fence(
        &mut self,
        place: Place<'_>,
        fence: &Fence<'_>,
        lines: &[&str],
        out: &mut String,
    ) -> Result<usize, BookError> {
        let start = place.line - 1;
        let end = (start + 1..lines.len()).find(|at| fence.closed_by(lines[*at]));
        let Some(end) = end else {
            return Err(place.error("this code fence is not closed"));
        };
        let body = lines[start + 1..end].join("\n");
        let arguments = Arguments::parse(&fence.info.replace(',', " ")).unwrap_or_default();
        let language = arguments.words.first().map_or("", String::as_str);
        if let Some(tab) = Tab::of(&arguments, &body) {
            return self.tab_group(lines, end + 1, tab, out);
        }
        match (language, arguments.setting("lab")) {
            ("kv", Some(name)) => {
                let path = format!("{}/{name}", place.file);
                let text = LabText {
                    file: place.file,
                    line_base: place.line,
                    name,
                    script: &body,
                    path: &path,
                };
                let html = self.lab(place, text, &arguments)?;
                out.push_str(&html);
                out.push_str("\n\n");
            }
            ("poll", _) => {
                out.push_str(&poll::render(place, &body)?);
                out.push_str("\n\n");
            }
            _ => lines[start..=end]
                .iter()
                .for_each(|line| push_line(out, line)),
        }
        Ok(end + 1)
    }

    /// Gathers the tabs that follow `first`, with nothing but blank lines between.
    fn tab_group(
        &mut self,
        lines: &[&str],
        mut after: usize,
        first: Tab,
        out: &mut String,
    ) -> Result<usize, BookError> {
        let mut group = vec![first];
        loop {
            let next = (after..lines.len()).find(|at| !lines[*at].trim().is_empty());
            let found = next.and_then(|at| {
                let fence = Fence::open(lines[at])?;
                let end = (at + 1..lines.len()).find(|line| fence.closed_by(lines[*line]))?;
                let arguments = Arguments::parse(&fence.info.replace(',', " ")).ok()?;
                let tab = Tab::of(&arguments, &lines[at + 1..end].join("\n"))?;
                Some((tab, end + 1))
            });
            match found {
                Some((tab, end)) => {
                    group.push(tab);
                    after = end;
                }
                None => break,
            }
        }
        out.push_str(&tabs::render(&group));
        Ok(after)
    }

    /// Runs a lab.
    fn lab(
        &mut self,
        place: Place<'_>,
        text: LabText<'_>,
        arguments: &Arguments,
    ) -> Result<String, BookError> {
        let pictures = match arguments.setting("picture") {
            None | Some("show") => Pictures::Shown,
            Some("trace") => Pictures::Trace,
            Some(other) => {
                return Err(place.error(format!("no picture '{other}'; there is show and trace")));
            }
        };
        let lab = Lab {
            file: text.file,
            line_base: text.line_base,
            name: text.name,
            title: arguments.setting("title"),
            script: text.script,
            pictures,
            path: text.path,
            ask: arguments.setting("ask"),
        };
        let ran = lab.run()?;
        self.tally.labs += 1;
        self.tally.expectations += ran.expectations();
        Ok(ran.html())
    }

    /// The file in `lessons/` that the directive's only word names: its path and text.
    fn lesson_file(
        &self,
        place: Place<'_>,
        arguments: &Arguments,
    ) -> Result<(String, String), BookError> {
        let [path] = arguments.words.as_slice() else {
            return Err(place
                .error("one path in lessons/ stands here, such as 02-consistent-hashing/move.kv"));
        };
        if !is_inside(path) {
            return Err(place.error(format!("'{path}' leaves the folder of the lessons")));
        }
        let text = std::fs::read_to_string(self.lessons.join(path))
            .map_err(|wrong| place.error(format!("cannot read lessons/{path}: {wrong}")))?;
        Ok((path.clone(), text))
    }
}

/// Words that are read in a minute, and minutes that a lab takes with its prediction.
const WORDS_A_MINUTE: usize = 230;
const MINUTES_A_LAB: f64 = 1.2;
const MINUTES_A_QUESTION: f64 = 1.0;

/// The lesson's page with a line below its title that says how long it takes.
fn with_reading_time(path: &str, text: &str, expanded: &str) -> String {
    let words = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("{{#"))
        .flat_map(str::split_whitespace)
        .filter(|word| word.contains(char::is_alphanumeric))
        .count();
    let labs = text.matches("{{#lab ").count();
    let lesson: u8 = path
        .get(..2)
        .and_then(|number| number.parse().ok())
        .unwrap_or(0);
    let questions =
        kvorum_quiz::Bank::embedded().map_or(0, |bank| bank.page_questions(lesson).len());
    let minutes = words as f64 / WORDS_A_MINUTE as f64
        + MINUTES_A_LAB * labs as f64
        + MINUTES_A_QUESTION * questions as f64;
    let line = format!(
        "<p class=\"reading\">About {minutes:.0} minutes: {words} words, {labs} labs, {questions} questions.</p>"
    );
    match expanded.split_once('\n') {
        Some((title, rest)) => format!("{title}\n\n{line}\n{rest}"),
        None => expanded.to_owned(),
    }
}

/// Whether a path stays inside the folder that it is taken from.
pub(crate) fn is_inside(path: &str) -> bool {
    let mut parts = Path::new(path).components();
    parts.all(|part| matches!(part, Component::Normal(_)))
}

fn push_line(out: &mut String, line: &str) {
    out.push_str(line);
    out.push('\n');
}
