//! What is asked next: the rules of the chooser, each on learners for whom it matters.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;

use kvorum_quiz::choose::{Chooser, Purpose, gain, horizon};
use kvorum_quiz::learner::Learner;
use kvorum_quiz::learner::memory::DAY_MS;
use kvorum_quiz::{Bank, Question, Record};
use proptest::prelude::*;

const NOW_MS: i64 = 1_700_000_000_000;
const FAR_MS: i64 = NOW_MS + 30 * DAY_MS;
const NEAR_MS: i64 = NOW_MS + 3 * DAY_MS;

fn bank() -> Bank {
    Bank::embedded().unwrap()
}

fn practised(bank: &Bank) -> Vec<&Question> {
    let questions = bank.questions().iter();
    questions.filter(|question| !question.is_exam).collect()
}

fn chooser(bank: &Bank, learner: Learner, purpose: Purpose, interview_ms: i64) -> Chooser<'_> {
    Chooser::for_learner(practised(bank), learner, purpose, interview_ms, 7)
}

/// Answers `count` questions, each right where `right` says so; returns them in their order.
fn answer<'a>(
    chooser: &mut Chooser<'a>,
    count: usize,
    right: impl Fn(usize) -> bool,
) -> Vec<&'a Question> {
    let mut asked = Vec::new();
    for place in 0..count {
        let at_ms = NOW_MS + place as i64 * 60_000;
        let Some(pick) = chooser.next(at_ms) else {
            break;
        };
        chooser.answered(pick.question, right(place), 0, at_ms);
        asked.push(pick.question);
    }
    asked
}

#[test]
fn a_beginner_starts_with_the_first_lessons_and_what_is_not_hard() {
    let bank = bank();
    let asked = answer(
        &mut chooser(&bank, Learner::default(), Purpose::Practice, FAR_MS),
        10,
        |_| true,
    );
    assert_eq!(asked[0].lesson, 1);
    assert!(
        asked.iter().all(|question| question.lesson <= 4),
        "{:?}",
        lessons(&asked)
    );
    assert!(asked[..4].iter().all(|question| question.difficulty <= 3));
}

fn lessons(asked: &[&Question]) -> Vec<u8> {
    asked.iter().map(|question| question.lesson).collect()
}

#[test]
fn no_more_than_two_of_one_lesson_follow_each_other_and_nothing_is_asked_twice() {
    let bank = bank();
    let count = 60;
    let asked = answer(
        &mut chooser(&bank, Learner::default(), Purpose::Practice, FAR_MS),
        count,
        |_| true,
    );
    assert_eq!(asked.len(), count);
    for three in asked.windows(3) {
        assert!(
            three
                .iter()
                .any(|question| question.lesson != three[0].lesson),
            "{:?}",
            lessons(three)
        );
    }
    let distinct: BTreeSet<_> = asked.iter().map(|question| question.id).collect();
    assert_eq!(distinct.len(), count);
}

#[test]
fn a_weak_learner_is_asked_easier_new_questions_than_a_strong_one() {
    let bank = bank();
    let mean = |knows: bool| {
        let mut chooser = chooser(&bank, Learner::default(), Purpose::Practice, FAR_MS);
        let asked = answer(&mut chooser, 40, |_| knows);
        let later = &asked[20..];
        later
            .iter()
            .map(|question| f64::from(question.difficulty))
            .sum::<f64>()
            / later.len() as f64
    };
    let (weak, strong) = (mean(false), mean(true));
    assert!(weak + 0.5 < strong, "{weak} {strong}");
}

#[test]
fn what_is_about_to_be_forgotten_comes_before_what_is_new_while_there_is_time() {
    let bank = bank();
    let questions = practised(&bank);
    let mut learner = Learner::default();
    for question in &questions[..6] {
        learner.answered(question, true, 0, NOW_MS - 20 * DAY_MS);
    }
    for question in &questions[6..9] {
        learner.answered(question, true, 0, NOW_MS - DAY_MS / 2);
    }
    let due: BTreeSet<_> = questions[..6].iter().map(|question| question.id).collect();
    let fresh: BTreeSet<_> = questions[6..9].iter().map(|question| question.id).collect();

    let mut far = chooser(&bank, learner.clone(), Purpose::Practice, FAR_MS);
    assert_eq!(far.due(NOW_MS), 6);
    let pick = far.next(NOW_MS).unwrap();
    assert!(due.contains(&pick.question.id));
    assert!(
        pick.reason.starts_with("recall has fallen to "),
        "{}",
        pick.reason
    );
    assert!((0.25..0.95).contains(&pick.forecast), "{}", pick.forecast);
    let asked = answer(
        &mut chooser(&bank, learner.clone(), Purpose::Practice, FAR_MS),
        40,
        |_| true,
    );
    assert!(
        asked.iter().all(|question| !fresh.contains(&question.id)),
        "known, and not due"
    );

    // In the last days new ones and known ones compete by their gain alone.
    let near = answer(
        &mut chooser(&bank, learner.clone(), Purpose::Practice, NEAR_MS),
        6,
        |_| true,
    );
    assert!(near.iter().any(|question| !due.contains(&question.id)));

    let review = answer(
        &mut chooser(&bank, learner, Purpose::Review, FAR_MS),
        40,
        |_| true,
    );
    let reviewed: BTreeSet<_> = review.iter().map(|question| question.id).collect();
    assert_eq!(reviewed, due, "a review asks what is due, and nothing else");
}

#[test]
fn a_miss_comes_back_after_three_others_when_little_else_is_left() {
    let bank = bank();
    let few: Vec<&Question> = practised(&bank).into_iter().take(6).collect();
    let mut chooser = Chooser::for_learner(few, Learner::default(), Purpose::Practice, FAR_MS, 7);
    let asked = answer(&mut chooser, 9, |place| place > 1);
    assert_eq!(asked.len(), 8, "six, and the two that were missed");
    for missed in [0, 1] {
        let back = (missed + 1..asked.len()).find(|&at| asked[at].id == asked[missed].id);
        assert!(back.unwrap() - missed > 3, "{back:?}");
    }
}

#[test]
fn bringing_every_miss_back_asks_it_after_three_others_once() {
    let bank = bank();
    let mut chooser = chooser(&bank, Learner::default(), Purpose::Practice, FAR_MS).bringing_back();
    let asked = answer(&mut chooser, 12, |place| place != 2);
    assert_eq!(asked[6].id, asked[2].id);
    let times = asked
        .iter()
        .filter(|question| question.id == asked[2].id)
        .count();
    assert_eq!(times, 2);
}

#[test]
fn an_exam_asks_what_was_held_back_and_practice_never_does() {
    let bank = bank();
    let folder = tempfile::tempdir().unwrap();
    let record = Record::open(&folder.path().join("record.sqlite")).unwrap();
    let asked = |purpose| {
        let mut chooser = Chooser::new(&bank, &record, purpose, None, 3, NOW_MS).unwrap();
        answer(&mut chooser, 1000, |_| true)
    };
    let (practice, exam) = (asked(Purpose::Practice), asked(Purpose::Exam));
    assert!(practice.iter().all(|question| !question.is_exam));
    assert!(exam.iter().all(|question| question.is_exam));
    assert_eq!(practice.len() + exam.len(), bank.questions().len());
    let covered: BTreeSet<u8> = exam.iter().map(|question| question.lesson).collect();
    assert_eq!(covered.len(), 10);
    assert!(
        asked(Purpose::Review).is_empty(),
        "nothing was answered yet"
    );
}

#[test]
fn the_horizon_is_the_interview_or_three_weeks() {
    assert_eq!(horizon(Some(NEAR_MS), NOW_MS), NEAR_MS);
    let usual = NOW_MS + 21 * DAY_MS;
    assert_eq!(horizon(None, NOW_MS), usual);
    assert_eq!(horizon(Some(NOW_MS - 1), NOW_MS), usual, "it is over");
}

#[test]
fn the_gain_is_high_for_the_forgotten_and_low_for_the_fresh() {
    let bank = bank();
    let question = practised(&bank)[0];
    let answered = |days_ago: i64| {
        let mut learner = Learner::default();
        learner.answered(question, true, 0, NOW_MS - days_ago * DAY_MS);
        gain(&learner, question, NOW_MS, FAR_MS)
    };
    assert!(
        answered(20) > answered(3),
        "{} {}",
        answered(20),
        answered(3)
    );
    assert!(answered(3) > answered(0) && answered(0) >= 0.0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// The same seed and answers choose the same; the chances that are foretold are chances.
    #[test]
    fn a_session_can_be_played_again(seed: u64, answers in prop::collection::vec(any::<bool>(), 1..30), days in 0..60_i64) {
        let bank = bank();
        let session = || {
            let interview_ms = NOW_MS + days * DAY_MS;
            let mut chooser =
                Chooser::for_learner(practised(&bank), Learner::default(), Purpose::Practice, interview_ms, seed);
            let mut asked = Vec::new();
            for (place, right) in answers.iter().enumerate() {
                let pick = chooser.next(NOW_MS + place as i64).unwrap();
                prop_assert!((0.0..=1.0).contains(&pick.forecast));
                chooser.answered(pick.question, *right, 0, NOW_MS + place as i64);
                asked.push(pick.question.id);
            }
            Ok(asked)
        };
        prop_assert_eq!(session()?, session()?);
    }
}
