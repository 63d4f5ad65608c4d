//! A prediction's key is what the engine prints, for every draw; known wrong answers are wrong.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;

use kvorum::script::{RunOptions, run};
use kvorum_quiz::bank::{Body, Reads};
use kvorum_quiz::{AnswerInput, Asked, Bank};

const DRAWS: u64 = 20;

fn bank() -> Bank {
    Bank::embedded().unwrap_or_else(|error| panic!("{error}"))
}

/// The number in a print that its unit follows; the first one where there is no unit.
fn number(print: &str, unit: &str) -> f64 {
    let starts = print.char_indices().filter(|(_, c)| c.is_ascii_digit());
    let read = |(start, _): (usize, char)| -> Option<f64> {
        let rest = &print[start..];
        let end = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let (digits, after) = rest.split_at(end);
        after
            .trim_start()
            .starts_with(unit)
            .then(|| digits.parse().ok())?
    };
    starts.filter_map(read).next().unwrap()
}

#[test]
fn the_key_is_what_a_fresh_run_prints() {
    for question in bank().questions() {
        let Body::Predict { ask, reads, .. } = &question.body else {
            continue;
        };
        let mut prints = BTreeMap::new();
        for seed in 0..DRAWS {
            let asked = Asked::new(question, seed);
            let script = asked.script().unwrap();
            let report = run("fresh.kv", &script, &RunOptions::default()).unwrap();
            assert!(report.passed(), "{script}");
            let step = report
                .steps
                .iter()
                .find(|step| step.label.as_ref() == Some(ask))
                .unwrap();
            let input = match reads {
                Reads::Number { scale, .. } => {
                    AnswerInput::Number(number(&step.printed, &scale.unit))
                }
                Reads::Text => AnswerInput::Text(step.printed.clone()),
            };
            let verdict = asked.grade(&input).unwrap();
            assert!(verdict.right, "{script}{}: {}", step.printed, verdict.key);
            assert!(verdict.key.contains(&step.printed), "{}", verdict.key);
            assert_eq!(asked.printed().unwrap().as_ref(), Some(&step.printed));
            prints.insert(script, step.printed.clone());
        }
        println!(
            "{} {:?}",
            question.stem,
            prints.values().collect::<Vec<_>>()
        );
        assert!(prints.len() > 1, "one draw only: {}", question.stem);
    }
}

#[test]
fn a_known_wrong_prediction_is_wrong_and_named() {
    for question in bank().questions() {
        let Body::Predict { reads, .. } = &question.body else {
            continue;
        };
        let mut named = 0;
        for seed in 0..DRAWS {
            let asked = Asked::new(question, seed);
            assert!(!asked.known_wrong().is_empty());
            for (input, misconception) in asked.known_wrong() {
                let verdict = asked.grade(&input).unwrap();
                // A print that is wrong in one draw may be the key of another; a number may not.
                let is_number = *reads != Reads::Text;
                assert!(
                    !(verdict.right && is_number),
                    "{input:?} is right for {}",
                    asked.script().unwrap()
                );
                if !verdict.right {
                    assert_eq!(verdict.misconceptions[0].id, misconception.id);
                    named += 1;
                }
            }
        }
        assert!(named > 0, "{}", question.stem);
    }
}

/// The tolerance must leave room for what a learner can know: the formula, not the luck of the tokens.
#[test]
fn the_fair_answer_to_a_number_is_right() {
    let mut checked = 0;
    for question in bank().questions() {
        let Body::Predict {
            reads: Reads::Number { fair, .. },
            ..
        } = &question.body
        else {
            continue;
        };
        for seed in 0..DRAWS {
            let asked = Asked::new(question, seed);
            let share = asked.evaluate(fair).unwrap();
            let verdict = asked.grade(&AnswerInput::Number(share)).unwrap();
            assert!(verdict.right, "{share} for {}", verdict.key);
            checked += 1;
        }
    }
    assert!(checked > 0);
}

#[test]
fn a_prediction_is_graded_from_a_typed_line() {
    let bank = bank();
    let siblings = bank
        .questions()
        .iter()
        .find(|q| q.stem.contains("both sides take a write"))
        .unwrap();
    let (asked, printed) = (0..siblings.combinations() as u64)
        .map(|seed| Asked::new(siblings, seed))
        .map(|asked| (asked.clone(), asked.printed().unwrap().unwrap()))
        .find(|(_, printed)| printed.contains(", "))
        .unwrap();
    let mut values: Vec<&str> = printed.split(", ").collect();
    assert_eq!(values.len(), 2, "{printed}");
    values.reverse();
    let line = format!("  {} ,{} ", values[0].to_uppercase(), values[1]);
    assert!(
        asked.grade(&asked.parse(&line).unwrap()).unwrap().right,
        "{line}"
    );
    for line in [
        format!("{} and {}", values[0], values[1]),
        format!("[{}, \"{}\"].", values[0], values[1]),
    ] {
        let input = asked.parse(&line).unwrap();
        assert!(asked.grade(&input).unwrap().right, "{line}");
    }
    assert!(!asked.grade(&asked.parse(values[0]).unwrap()).unwrap().right);
}

#[test]
fn an_empty_prediction_is_right_nowhere() {
    for question in bank().questions() {
        let asked = Asked::new(question, 0);
        if let Body::Predict {
            reads: Reads::Text, ..
        } = question.body
        {
            for line in ["error", "()", "\"\"", "and", "."] {
                let verdict = asked.grade(&asked.parse(line).unwrap()).unwrap();
                assert!(
                    !verdict.right && verdict.misconceptions.is_empty(),
                    "{line}"
                );
            }
        }
    }
}
