//! A lab: a script that is run while the page is built. The page shows the script without its
//! expectations, so that a reader can predict, and folds away what really happened.

use kvorum::script::{self, Report, RunOptions, Step};

use super::expand::Place;
use crate::BookError;
use crate::html::{embed_svg, escape};

/// How a line begins that only states what must hold.
const EXPECT: &str = "expect ";

/// Which pictures a lab shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pictures {
    /// Those of its `show` lines.
    Shown,
    /// Those, and the space-time diagram of the whole run.
    Trace,
}

/// A lab as its page names it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lab<'a> {
    pub(crate) file: &'a str,
    /// Lines of `file` before the script's first.
    pub(crate) line_base: usize,
    pub(crate) name: &'a str,
    pub(crate) title: Option<&'a str>,
    pub(crate) script: &'a str,
    pub(crate) pictures: Pictures,
    /// What predictions of it are recorded under: its path in `lessons/`, or its page and name.
    pub(crate) path: &'a str,
    /// The label of the line that the reader predicts.
    pub(crate) ask: Option<&'a str>,
}

/// A lab that ran and whose expectations hold.
#[derive(Debug)]
pub(crate) struct Ran<'a> {
    lab: Lab<'a>,
    report: Report,
}

impl<'a> Lab<'a> {
    /// Runs the script.
    pub(crate) fn run(self) -> Result<Ran<'a>, BookError> {
        let report =
            script::run(self.file, self.script, &RunOptions::default()).map_err(|wrong| {
                BookError::Page {
                    file: self.file.into(),
                    line: self.line_base + wrong.line,
                    message: wrong.message,
                }
            })?;
        if let Some(broken) = self.broken(&report.steps) {
            return Err(broken);
        }
        if let Some(ask) = self.ask
            && labelled(&report.steps, ask).is_none()
        {
            return Err(BookError::Page {
                file: self.file.into(),
                line: self.line_base + 1,
                message: format!(
                    "no line of this lab is labelled '{ask}:', which its page asks for"
                ),
            });
        }
        Ok(Ran { lab: self, report })
    }

    /// The steps that did not go as the lab says, as one error at the first of them.
    fn broken(&self, steps: &[Step]) -> Option<BookError> {
        let mut wrong = steps
            .iter()
            .filter_map(|step| Some((self.line_base + step.line, complaint(step)?)));
        let (line, mut message) = wrong.next()?;
        for (line, another) in wrong {
            message.push_str(&format!("\n{}:{line}: {another}", self.file));
        }
        Some(BookError::Page {
            file: self.file.into(),
            line,
            message,
        })
    }
}

/// What a lab's author must hear about a step, if anything.
fn complaint(step: &Step) -> Option<String> {
    match &step.expected {
        Some(expected) if !step.ok => Some(format!(
            "'{}' gives '{}', and the page says '{expected}'",
            step.source, step.printed
        )),
        None if !step.ok => Some(format!("'{}': {}", step.source, step.printed)),
        None if step.printed.starts_with("error ") => Some(format!(
            "'{}' gives '{}'; if that is what the lab shows, write it after '->'",
            step.source, step.printed
        )),
        _ => None,
    }
}

/// The step with this label.
pub(crate) fn labelled<'s>(steps: &'s [Step], label: &str) -> Option<&'s Step> {
    steps
        .iter()
        .find(|step| step.label.as_deref() == Some(label))
}

impl Ran<'_> {
    /// What the page's script needs to ask for a prediction: the lab, the label, and what came of its line.
    fn asked(&self) -> String {
        let Some(step) = self
            .lab
            .ask
            .and_then(|ask| labelled(&self.report.steps, ask))
        else {
            return String::new();
        };
        format!(
            " data-path=\"{}\" data-ask=\"{}\" data-printed=\"{}\"",
            escape(self.lab.path),
            escape(self.lab.ask.unwrap_or_default()),
            escape(step.printed.trim())
        )
    }

    /// How many lines stated what must happen.
    pub(crate) fn expectations(&self) -> usize {
        let stated = |step: &&Step| step.expected.is_some() || step.source.starts_with(EXPECT);
        self.report.steps.iter().filter(stated).count()
    }

    /// The lab in its page.
    pub(crate) fn html(&self) -> String {
        let lab = &self.lab;
        let trace = match lab.pictures {
            Pictures::Shown => String::new(),
            Pictures::Trace => figure(&self.report.svg(), "The run, time downwards"),
        };
        format!(
            "<div class=\"lab\" data-name=\"{name}\" data-script=\"{script}\"{asked}>\n\
             <p class=\"lab-title\"><span>Lab</span> {title}</p>\n\
             <pre class=\"kv\"><code class=\"nohighlight\">{shown}</code></pre>\n\
             <details class=\"lab-run\"><summary>Predict, then run</summary>\n{steps}\n{trace}</details>\n</div>",
            asked = self.asked(),
            name = escape(lab.name),
            script = escape(lab.script),
            title = escape(lab.title.unwrap_or(lab.name)),
            shown = highlighted(&without_expectations(lab.script, &self.report.steps)),
            steps = steps_html(&self.report.steps),
        )
    }
}

/// The picture of a ring, from a script of two lines.
pub(crate) fn ring(
    place: Place<'_>,
    script: &str,
    title: Option<&str>,
) -> Result<String, BookError> {
    let report = script::run(place.file, script, &RunOptions::default())
        .map_err(|wrong| place.error(wrong.message))?;
    if let Some(step) = report
        .steps
        .iter()
        .find(|step| !step.ok || step.printed.starts_with("error "))
    {
        return Err(place.error(format!("'{}': {}", step.source, step.printed)));
    }
    let picture = report
        .steps
        .iter()
        .find_map(|step| step.picture.as_ref())
        .ok_or_else(|| place.error("'show ring' made no picture"))?;
    Ok(figure(&picture.svg, title.unwrap_or(&picture.title)))
}

/// A picture with its caption.
pub(super) fn figure(svg: &str, caption: &str) -> String {
    format!(
        "<figure class=\"picture\">\n{}\n<figcaption>{}</figcaption></figure>",
        embed_svg(svg),
        crate::html::prose(caption)
    )
}

/// What each line did: a list with the lines' output and pictures. No blank line stands in it.
pub(crate) fn steps_html(steps: &[Step]) -> String {
    let mut html = String::from("<ol class=\"steps\">\n");
    for step in steps {
        let (class, verdict) = match (step.ok, step.expected.is_some()) {
            (false, _) => ("step wrong", "does not hold"),
            (true, true) => ("step held", "as stated"),
            (true, false) => ("step", ""),
        };
        html.push_str(&format!(
            "<li class=\"{class}\" value=\"{}\"><code class=\"nohighlight\">{}</code>",
            step.line,
            highlighted(&step.source),
        ));
        let printed = step.printed.trim_end();
        if printed.contains('\n') && step.picture.is_some() {
            // The text is the picture once more, for a terminal.
        } else if printed.contains('\n') {
            html.push_str(&format!("<pre class=\"printed\">{}</pre>", escape(printed)));
        } else if !printed.is_empty() {
            html.push_str(&format!(
                " <span class=\"arrow\" aria-hidden=\"true\">→</span> <samp>{}</samp>",
                escape(printed)
            ));
        }
        if !step.ok
            && let Some(expected) = &step.expected
        {
            html.push_str(&format!(
                " <span class=\"expected\">stated: <samp>{}</samp></span>",
                escape(expected)
            ));
        }
        if !verdict.is_empty() {
            html.push_str(&format!(" <span class=\"verdict\">{verdict}</span>"));
        }
        if let Some(picture) = &step.picture {
            html.push_str(&figure(&picture.svg, &picture.title));
        }
        html.push_str("</li>\n");
    }
    html.push_str("</ol>");
    html
}

/// The script as a reader sees it before predicting: lines lose the result that they state, and those that
/// do nothing but state one are left out.
fn without_expectations(script: &str, steps: &[Step]) -> String {
    let mut shown: Vec<Option<String>> = script.lines().map(|line| Some(line.to_owned())).collect();
    for step in steps {
        let Some(Some(line)) = step.line.checked_sub(1).map(|at| shown.get_mut(at)) else {
            continue;
        };
        if step.source.starts_with(EXPECT) {
            *line = None;
        } else if let (Some(expected), Some(text)) = (&step.expected, line.as_deref()) {
            *line = Some(without_result(text, expected));
        }
    }
    let shown: Vec<String> = shown.into_iter().flatten().collect();
    shown.join("\n").trim_matches('\n').to_owned()
}

/// A line without `-> expected`; its comment stays.
fn without_result(line: &str, expected: &str) -> String {
    let states = |at: usize| line[at + 2..].trim_start().starts_with(expected);
    let Some((cut, _)) = line.rmatch_indices("->").find(|(at, _)| states(*at)) else {
        return line.to_owned();
    };
    let rest = &line[cut..];
    let comment = rest.find(" #").map_or("", |at| &rest[at..]);
    format!("{}{comment}", line[..cut].trim_end())
}

/// A script with its parts in spans: comment, verb, setting, node.
pub(crate) fn highlighted(script: &str) -> String {
    let lines: Vec<String> = script.lines().map(highlighted_line).collect();
    lines.join("&#10;")
}

fn highlighted_line(line: &str) -> String {
    let comment_at = if line.trim_start().starts_with('#') {
        Some(0)
    } else {
        line.find(" #")
    };
    let (command, comment) = line.split_at(comment_at.unwrap_or(line.len()));
    let mut html = String::new();
    let mut verb_seen = false;
    for token in command.split_inclusive(' ') {
        let word = token.trim_end();
        let space = &token[word.len()..];
        let class = match word {
            "" => None,
            label if !verb_seen && label.ends_with(':') => Some("kv-label"),
            _ if !verb_seen => {
                verb_seen = true;
                Some("kv-verb")
            }
            "via" | "->" | "|" => Some("kv-verb"),
            setting if setting.contains('=') => Some("kv-setting"),
            _ => None,
        };
        match class {
            Some(class) => {
                html.push_str(&format!("<span class=\"{class}\">{}</span>", escape(word)))
            }
            None => html.push_str(&escape(word)),
        }
        html.push_str(space);
    }
    if !comment.is_empty() {
        html.push_str(&format!(
            "<span class=\"kv-comment\">{}</span>",
            escape(comment)
        ));
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(line: usize, source: &str, printed: &str, expected: Option<&str>) -> Step {
        Step {
            line,
            source: source.into(),
            label: None,
            printed: printed.into(),
            expected: expected.map(str::to_owned),
            ok: expected.is_none_or(|expected| expected == printed),
            detail: None,
            picture: None,
        }
    }

    fn lab(script: &str) -> Lab<'_> {
        Lab {
            file: "lessons/x/y.kv",
            line_base: 10,
            name: "y.kv",
            title: None,
            script,
            pictures: Pictures::Shown,
            path: "a.kv",
            ask: None,
        }
    }

    #[test]
    fn a_false_statement_names_its_line_and_both_values() {
        let steps = [
            step(1, "get cart", "milk", Some("milk")),
            step(2, "get cart", "milk", Some("eggs")),
            step(5, "get jam", "(nothing)", Some("jam")),
        ];
        let error = lab("").broken(&steps).unwrap().to_string();
        assert_eq!(
            error,
            "lessons/x/y.kv:12: 'get cart' gives 'milk', and the page says 'eggs'\n\
             lessons/x/y.kv:15: 'get jam' gives '(nothing)', and the page says 'jam'"
        );
        assert!(lab("").broken(&steps[..1]).is_none());
    }

    #[test]
    fn an_error_that_no_line_states_breaks_the_lab() {
        let steps = [step(3, "put cart milk", "error unavailable", None)];
        let error = lab("").broken(&steps).unwrap().to_string();
        assert!(error.starts_with("lessons/x/y.kv:13:"), "{error}");
        let stated = [step(
            3,
            "put cart milk",
            "error unavailable",
            Some("error unavailable"),
        )];
        assert!(lab("").broken(&stated).is_none());
    }

    #[test]
    fn the_reader_sees_no_result_before_predicting() {
        let script = "cluster nodes=5\nget cart -> milk  # as before\nput a \"->\" -> ok\nexpect converged\n";
        let steps = [
            step(2, "get cart", "milk", Some("milk")),
            step(3, "put a \"->\"", "ok", Some("ok")),
            step(4, "expect converged", "ok", None),
        ];
        assert_eq!(
            without_expectations(script, &steps),
            "cluster nodes=5\nget cart # as before\nput a \"->\""
        );
    }

    #[test]
    fn output_cannot_leave_its_element_and_holds_no_blank_line() {
        let steps = [step(1, "get <b>", "a\n\n<script>", None)];
        let html = steps_html(&steps);
        assert!(!html.contains("<script>") && !html.contains("<b>"));
        assert!(!html.contains("\n\n"));
    }

    #[test]
    fn parts_of_a_line_are_told_apart() {
        assert_eq!(
            highlighted("w1: put cart milk via n1 write=2 # late"),
            "<span class=\"kv-label\">w1:</span> <span class=\"kv-verb\">put</span> cart milk \
             <span class=\"kv-verb\">via</span> n1 <span class=\"kv-setting\">write=2</span>\
             <span class=\"kv-comment\"> # late</span>"
        );
    }
}
