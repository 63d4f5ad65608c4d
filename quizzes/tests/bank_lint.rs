//! The bank that ships keeps the author's rules. Run with `--nocapture` to see its figures.

use std::collections::BTreeSet;

use kvorum_quiz::bank::{Body, Choice, Question};
use kvorum_quiz::{Asked, Bank};

/// Draws of each question that are looked at.
const DRAWS: u64 = 40;
/// Characters of one line of a script: it is shown indented by four in 80 columns.
const SCRIPT_LINE_CHARS_MAX: usize = 72;

fn bank() -> Bank {
    Bank::embedded().unwrap_or_else(|error| panic!("{error}"))
}

fn choices(question: &Question) -> Option<&[Choice]> {
    match &question.body {
        Body::Single(choices) | Body::Multiple(choices) => Some(choices),
        _ => None,
    }
}

fn share(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole as f64
}

/// Every text of a question that a learner reads.
fn texts(question: &Question) -> Vec<&str> {
    let mut texts = vec![
        question.stem.as_str(),
        &question.explanation,
        &question.interview,
        &question.source,
    ];
    texts.extend(question.hint.as_deref());
    match &question.body {
        Body::Single(choices) | Body::Multiple(choices) => {
            texts.extend(choices.iter().flat_map(|c| [c.text.as_str(), &c.feedback]));
        }
        Body::Numeric { wrong, .. } | Body::Predict { wrong, .. } => {
            texts.extend(wrong.iter().map(|wrong| wrong.feedback.as_str()));
        }
        Body::Ordering { items, wrong, .. } => {
            texts.extend(items.iter().map(String::as_str));
            texts.push(&wrong.feedback);
        }
        Body::Short { points, .. } => {
            texts.extend(points.iter().flat_map(|p| [p.point.as_str(), &p.missing]));
        }
    }
    texts
}

#[test]
fn lesson_2_is_large_enough_and_uses_every_type() {
    let bank = bank();
    let questions = bank.lesson_questions(2);
    assert!(questions.len() >= 13, "{}", questions.len());
    let kinds: BTreeSet<_> = questions.iter().map(|q| q.body.kind()).collect();
    assert_eq!(
        Vec::from_iter(kinds),
        [
            "multiple", "numeric", "ordering", "predict", "short", "single"
        ]
    );
    for lesson in [2, 3, 4] {
        assert!(!bank.page_questions(lesson).is_empty(), "lesson {lesson}");
    }
}

#[test]
fn the_right_option_is_rarely_the_longest() {
    let bank = bank();
    let singles: Vec<_> = bank
        .questions()
        .iter()
        .filter(|q| matches!(q.body, Body::Single(_)))
        .filter_map(choices)
        .collect();
    let is_given_away = |choices: &&&[Choice]| {
        let longest = |right| {
            let lengths = choices.iter().filter(|c| c.is_right() == right);
            lengths.map(|c| c.text.chars().count()).max().unwrap()
        };
        longest(true) > longest(false)
    };
    let longest = singles.iter().filter(is_given_away).count();
    println!(
        "the right option is the longest in {longest} of {} questions",
        singles.len()
    );
    assert!(share(longest, singles.len()) <= 30.0);
    for choices in singles {
        let length = |right: bool| {
            let kept: Vec<_> = choices.iter().filter(|c| c.is_right() == right).collect();
            kept.iter().map(|c| c.text.chars().count()).sum::<usize>() / kept.len()
        };
        assert!(
            length(true) * 3 > length(false),
            "far too short: {}",
            choices[0].text
        );
    }
}

#[test]
fn the_right_option_s_place_is_even_in_the_files_and_on_the_screen() {
    let bank = bank();
    let mut written = [0; 4];
    let mut shown = [0; 4];
    for question in bank.questions() {
        let Body::Single(choices) = &question.body else {
            continue;
        };
        assert_eq!(choices.len(), 4, "{}", question.stem);
        let right = choices.iter().position(Choice::is_right).unwrap();
        written[right] += 1;
        for seed in 0..DRAWS {
            let asked = Asked::new(question, seed);
            shown[asked
                .options()
                .iter()
                .position(|o| *o == choices[right].text)
                .unwrap()] += 1;
        }
    }
    let total: usize = written.iter().sum();
    println!("places of the right option in the files {written:?}, as shown {shown:?}");
    for count in written {
        assert!((10.0..=45.0).contains(&share(count, total)), "{written:?}");
    }
    for count in shown {
        assert!(
            (20.0..=30.0).contains(&share(count, total * DRAWS as usize)),
            "{shown:?}"
        );
    }
}

#[test]
fn much_of_the_bank_is_predict_numeric_or_scenario() {
    let bank = bank();
    let active = |question: &&Question| {
        matches!(question.body, Body::Predict { .. } | Body::Numeric { .. })
            || question.tags.iter().any(|tag| tag == "scenario")
    };
    let count = bank.questions().iter().filter(active).count();
    println!(
        "{count} of {} are predict, numeric or scenario",
        bank.questions().len()
    );
    assert!(share(count, bank.questions().len()) >= 40.0);
}

#[test]
fn tags_are_known_and_no_option_refers_to_the_others() {
    let known = [
        "mechanism",
        "failure",
        "number",
        "system",
        "trap",
        "scenario",
    ];
    for question in bank().questions() {
        assert!(!question.tags.is_empty(), "{}", question.stem);
        for tag in &question.tags {
            assert!(known.contains(&tag.as_str()), "{tag}: {}", question.stem);
        }
        for choice in choices(question).unwrap_or_default() {
            let text = choice.text.to_lowercase();
            for lazy in [
                "all of the above",
                "none of the above",
                "both a and",
                "all of these",
            ] {
                assert!(!text.contains(lazy), "{text}");
            }
        }
    }
}

#[test]
fn texts_are_short_plain_and_free_of_web_addresses() {
    for question in bank().questions() {
        for text in texts(question) {
            assert!(text.chars().count() <= 600, "long: {text}");
            assert!(!text.contains("http"), "{text}");
            assert!(!text.contains(['\u{2014}', '\u{2013}', '\t']), "{text}");
            assert!(text.trim() == text, "space around: {text}");
        }
        let sentence = question.stem.trim_end_matches(['\'', ')']);
        assert!(sentence.ends_with(['.', '?']), "{}", question.stem);
        if let Body::Predict { script, ask, .. } = &question.body {
            assert!(
                !script.contains("->"),
                "the script gives its answer away: {script}"
            );
            assert!(script.contains(&format!("\n{ask}:")), "{script}");
            for line in script.lines() {
                assert!(line.chars().count() <= SCRIPT_LINE_CHARS_MAX, "{line}");
            }
        }
    }
}

#[test]
fn no_two_questions_ask_the_same() {
    let bank = bank();
    let stems: BTreeSet<_> = bank
        .questions()
        .iter()
        .map(|q| q.stem.to_lowercase())
        .collect();
    assert_eq!(stems.len(), bank.questions().len());
    for question in bank.questions() {
        let options = choices(question).unwrap_or_default();
        let texts: BTreeSet<_> = options.iter().map(|c| &c.text).collect();
        assert_eq!(texts.len(), options.len(), "{}", question.stem);
        let feedback: BTreeSet<_> = options.iter().map(|c| &c.feedback).collect();
        assert_eq!(feedback.len(), options.len(), "{}", question.stem);
    }
}

#[test]
fn every_misconception_is_stood_for_and_belongs_to_a_lesson() {
    let bank = bank();
    let mut used = BTreeSet::new();
    for question in bank.questions() {
        match &question.body {
            Body::Single(choices) | Body::Multiple(choices) => used.extend(
                choices
                    .iter()
                    .filter_map(|c| c.misconception.as_ref().map(|m| m.id.clone())),
            ),
            Body::Numeric { wrong, .. } | Body::Predict { wrong, .. } => {
                used.extend(wrong.iter().map(|wrong| wrong.misconception.id.clone()));
            }
            Body::Ordering { wrong, .. } => {
                used.insert(wrong.misconception.id.clone());
            }
            Body::Short { points, .. } => used.extend(
                points
                    .iter()
                    .filter_map(|p| p.misconception.as_ref().map(|m| m.id.clone())),
            ),
        }
    }
    for misconception in bank.misconceptions() {
        assert!(
            used.contains(&misconception.id),
            "no question uses {}",
            misconception.id
        );
        let number: u8 = misconception
            .anchor
            .split('-')
            .next()
            .unwrap()
            .parse()
            .unwrap();
        assert!((1..=10).contains(&number), "{}", misconception.anchor);
    }
}

/// S3 of the syllabus: overlap must never be sold as linearizability.
#[test]
fn the_overlap_question_is_not_keyed_yes() {
    let bank = bank();
    let question = bank
        .lesson_questions(3)
        .into_iter()
        .find(|q| q.stem.contains("N = 3, W = 2, R = 2") && q.stem.contains("strongly consistent"))
        .unwrap();
    let right = choices(question)
        .unwrap()
        .iter()
        .find(|c| c.is_right())
        .unwrap();
    assert!(
        !right.text.to_lowercase().starts_with("yes"),
        "{}",
        right.text
    );
    assert!(
        right.text.contains("linearizable it is not"),
        "{}",
        right.text
    );
}

#[test]
fn the_lessons_called_written_are_the_written_ones() {
    let lessons = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../lessons");
    let mut written: Vec<u8> = std::fs::read_dir(lessons)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|folder| folder.join("lesson.md").is_file())
        .filter_map(|folder| {
            folder
                .file_name()?
                .to_str()?
                .split_once('-')?
                .0
                .parse()
                .ok()
        })
        .collect();
    written.sort_unstable();
    assert_eq!(written, kvorum_quiz::WRITTEN_LESSONS);
}

#[test]
fn a_hint_names_the_heading_or_says_that_there_is_none_yet() {
    for question in bank().questions() {
        let hint = Asked::new(question, 0).hint();
        let is_written = kvorum_quiz::WRITTEN_LESSONS.contains(&question.lesson);
        assert_eq!(hint.contains("(not written yet)"), !is_written, "{hint}");
        let names_heading = is_written && question.anchor.contains('#');
        assert_eq!(
            hint.contains("treats this under \""),
            names_heading,
            "{hint}"
        );
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the lessons lie beside the bank")]
fn an_anchor_with_a_heading_leads_to_one() {
    let lessons = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../lessons");
    let mut checked = 0;
    for question in bank().questions() {
        let Some((lesson, heading)) = question.anchor.split_once('#') else {
            continue;
        };
        let path = lessons.join(lesson).join("lesson.md");
        let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        let text = String::from_utf8(text).unwrap();
        let slug = |line: &str| -> String {
            let title = line.trim_start_matches('#').trim().to_lowercase();
            let kept = title
                .chars()
                .filter(|c| c.is_alphanumeric() || " -".contains(*c));
            kept.collect::<String>().replace(' ', "-")
        };
        let mut headings = text.lines().filter(|line| line.starts_with('#')).map(slug);
        assert!(headings.any(|slug| slug == heading), "{}", question.anchor);
        checked += 1;
    }
    assert!(checked > 0);
}
