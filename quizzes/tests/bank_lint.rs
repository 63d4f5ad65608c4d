//! The bank that ships keeps its authors' rules. Run with `--nocapture` to see its figures.

use kvorum_lessons::has_place;
use kvorum_quiz::bank::{Body, Choice, Question};
use kvorum_quiz::lint::lint;
use kvorum_quiz::{Asked, Bank};

/// Draws of each single choice that are looked at.
const DRAWS: u64 = 40;

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

#[test]
fn every_draw_of_the_bank_works() {
    bank().check_draws().unwrap();
}

#[test]
fn the_bank_keeps_its_authors_rules() {
    let report = lint(&bank(), &has_place);
    println!("{}", report.render(80));
    assert!(report.spelling, "the tests have the dictionaries");
    assert!(report.whole, "every lesson has questions");
    assert!(report.is_clean(), "{}", report.render(80));
}

#[test]
fn the_right_option_s_place_is_even_on_the_screen() {
    let bank = bank();
    let mut shown = [0; 4];
    for question in bank.questions() {
        let Body::Single(choices) = &question.body else {
            continue;
        };
        let right = choices.iter().find(|choice| choice.is_right()).unwrap();
        for seed in 0..DRAWS {
            let options = Asked::new(question, seed).options();
            let place = options.iter().position(|option| *option == right.text);
            // An option with gaps is filled: it is shuffled like the others.
            if let Some(place) = place {
                shown[place] += 1;
            }
        }
    }
    let total: usize = shown.iter().sum();
    for count in shown {
        assert!((20.0..=30.0).contains(&share(count, total)), "{shown:?}");
    }
}

/// Overlap must never be sold as linearizability.
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
fn a_hint_names_the_heading() {
    for question in bank().questions() {
        let hint = Asked::new(question, 0).hint();
        let names_heading = question.anchor.contains('#');
        assert_eq!(
            hint.contains("treats this under \""),
            names_heading,
            "{hint}"
        );
    }
}
