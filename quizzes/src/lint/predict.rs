//! Predictions: every draw is run. The draws differ, the runs hold, the keys vary, who knows the rule is
//! right, and who holds a known wrong idea is not.

use std::collections::BTreeSet;

use kvorum::script::{RunOptions, run};

use super::report::LintReport;
use crate::answer::AnswerInput;
use crate::asked::Asked;
use crate::bank::{Bank, Body, Question, Reads};

/// Combinations of parameters, at least, each with a script of its own.
const COMBINATIONS_MIN: usize = 100;
/// Draws that are run a second time, and must print the same.
const TWICE: usize = 100;
/// Lines of a script, and characters of one: it is shown indented by four in 80 columns.
const LINES_MAX: usize = 14;
const LINE_CHARS_MAX: usize = 72;
/// Known wrong answers, at least.
const WRONG_MIN: usize = 2;
/// Different keys, at least.
const KEYS_MIN: usize = 2;

const RULE: &str = "predict";

pub(super) fn check(bank: &Bank, watch: &mut dyn FnMut(usize, usize), report: &mut LintReport) {
    let predictions: Vec<&Question> = bank
        .questions()
        .iter()
        .filter(|question| matches!(question.body, Body::Predict { .. }))
        .collect();
    let runs = predictions.iter().map(|q| q.combinations()).sum();
    let mut done = 0;
    watch(done, runs);
    for question in predictions {
        let mut told = Told::default();
        let mut seen = Seen::default();
        // As many consecutive seeds as there are combinations draw all of them.
        for draw in 0..question.combinations() {
            let asked = Asked::new(question, draw as u64);
            if let Err(message) = one_draw(&asked, draw < TWICE, &mut seen, &mut told) {
                told.once("run", || message);
            }
            done += 1;
            watch(done, runs);
        }
        whole(question, &seen, &mut told);
        for message in told.messages {
            report.of_question(question, RULE, message);
        }
    }
}

/// What is said of one question: each kind of mistake once, where it shows first.
#[derive(Default)]
struct Told {
    kinds: BTreeSet<String>,
    messages: Vec<String>,
}

impl Told {
    fn once(&mut self, kind: impl Into<String>, message: impl FnOnce() -> String) {
        if self.kinds.insert(kind.into()) {
            self.messages.push(message());
        }
    }
}

/// What the draws of one question showed.
#[derive(Default)]
struct Seen {
    scripts: BTreeSet<String>,
    keys: BTreeSet<String>,
    runs: usize,
    /// How often each of the known wrong answers was right.
    wrong_right: Vec<usize>,
}

/// Runs one draw and judges every answer to it that is known.
fn one_draw(
    asked: &Asked<'_>,
    twice: bool,
    seen: &mut Seen,
    told: &mut Told,
) -> Result<(), String> {
    let Body::Predict {
        ask, reads, wrong, ..
    } = &asked.question().body
    else {
        return Ok(());
    };
    let at = || format!("at {}", asked.parameters());
    let script = asked.script().unwrap_or_default();
    layout(&script, told);
    let report = run("predict.kv", &script, &RunOptions::default())
        .map_err(|error| format!("{}: {error}", at()))?;
    if !report.passed() {
        return Err(format!("{}: an expectation of the script fails", at()));
    }
    let step = report
        .steps
        .iter()
        .find(|step| step.label.as_ref() == Some(ask))
        .ok_or_else(|| format!("{}: no step is labelled '{ask}'", at()))?;
    let printed = &step.printed;
    if printed.trim().is_empty() || printed.contains('\n') {
        return Err(format!(
            "{}: '{ask}' prints no single line: {printed:?}",
            at()
        ));
    }
    let failed = |error: crate::grade::GradeError| format!("{}: {error}", at());
    let key = asked.key(printed).map_err(failed)?;
    let verdict = match twice {
        // This runs the script once more.
        true => asked.grade(&key),
        false => asked.grade_printed(&key, printed),
    }
    .map_err(failed)?;
    if !(verdict.right && verdict.key.contains(printed.as_str())) {
        told.once("key", || {
            let key = &verdict.key;
            format!("{}: a fresh run prints {printed}, the key is {key}", at())
        });
    }
    if let Reads::Number { fair, .. } = reads {
        let value = asked.value(fair);
        let verdict = asked
            .grade_printed(&AnswerInput::Number(value), printed)
            .map_err(failed)?;
        if !verdict.right {
            told.once("fair", || {
                format!("{}: fair is {value}, the key is {}", at(), verdict.key)
            });
        }
    }
    seen.wrong_right.resize(wrong.len(), 0);
    for (index, (answer, _)) in asked.known_wrong().into_iter().enumerate() {
        if !asked.grade_printed(&answer, printed).map_err(failed)?.right {
            continue;
        }
        seen.wrong_right[index] += 1;
        if matches!(reads, Reads::Number { .. }) {
            told.once(format!("wrong {index}"), || {
                format!(
                    "{}: the wrong answer {} is right: {printed}",
                    at(),
                    wrong[index].answer
                )
            });
        }
    }
    seen.scripts.insert(script);
    seen.keys.insert(printed.clone());
    seen.runs += 1;
    Ok(())
}

fn layout(script: &str, told: &mut Told) {
    let lines = script.lines().count();
    if lines > LINES_MAX {
        told.once("lines", || {
            format!("the script has {lines} lines, expected at most {LINES_MAX}")
        });
    }
    for line in script.lines() {
        let chars = line.chars().count();
        if chars > LINE_CHARS_MAX {
            told.once("long", || {
                format!("a line of the script has {chars} characters, not at most {LINE_CHARS_MAX}: {line}")
            });
        }
    }
    if script.contains("->") {
        told.once("arrow", || {
            "the script has '->', which gives it away".to_owned()
        });
    }
}

/// What only shows over all the draws.
fn whole(question: &Question, seen: &Seen, told: &mut Told) {
    let Body::Predict { wrong, reads, .. } = &question.body else {
        return;
    };
    let combinations = question.combinations();
    if combinations < COMBINATIONS_MIN {
        told.once("combinations", || {
            format!(
                "its parameters have {combinations} combinations, expected at least {COMBINATIONS_MIN}"
            )
        });
    }
    if seen.runs == combinations && seen.scripts.len() < combinations {
        let different = seen.scripts.len();
        told.once("scripts", || {
            format!("{combinations} combinations give only {different} different scripts")
        });
    }
    if wrong.len() < WRONG_MIN {
        told.once("few", || {
            format!("it knows fewer than {WRONG_MIN} wrong answers")
        });
    }
    if seen.runs == 0 {
        return;
    }
    if seen.keys.len() < KEYS_MIN {
        let keys: Vec<&str> = seen.keys.iter().map(String::as_str).collect();
        told.once("keys", || {
            format!("every draw has the same key: {}", keys.join(", "))
        });
    }
    for (wrong, right) in wrong.iter().zip(&seen.wrong_right) {
        if *reads == Reads::Text && *right == seen.runs {
            told.messages.push(format!(
                "the wrong answer {} is right in every draw",
                wrong.answer
            ));
        }
    }
}
