//! Where the learner stands: everything here follows from the record and the bank, nothing is stored.

mod render;

use std::collections::BTreeMap;

use serde::Serialize;

pub use render::render_progress;

use crate::bank::Bank;
use crate::error::QuizError;
use crate::lesson::lesson_title;
use crate::record::{AttemptKind, ItemStanding, LessonCount, Record};

/// The learner's standing, as text shows it and as JSON tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// Lessons with questions or answers, ascending.
    pub lessons: Vec<LessonProgress>,
    /// Misconceptions that the latest answers still show, the most frequent first.
    pub weak: Vec<WeakMisconception>,
    /// What to do next.
    pub next: NextStep,
}

/// One lesson.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LessonProgress {
    /// Its number.
    pub lesson: u8,
    /// Its title.
    pub title: &'static str,
    /// Questions in the bank.
    pub questions: u32,
    /// Of them answered at least once.
    pub seen: u32,
    /// Of them right at the latest answer.
    pub known: u32,
    /// Answers given to quiz questions, over all time.
    pub asked: u32,
    /// Of these answers right.
    pub right: u32,
    /// Exercises tried.
    pub exercises_tried: u32,
    /// Of them passed at the latest check.
    pub exercises_passed: u32,
    /// When the latest answer or check was, milliseconds since 1970 UTC.
    pub last_ms: Option<i64>,
}

/// A misconception that still shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WeakMisconception {
    /// Its id.
    pub id: String,
    /// The idea in one line.
    pub name: String,
    /// What is true.
    pub truth: String,
    /// The lesson's place that treats it.
    pub anchor: String,
    /// Items whose latest answer shows it.
    pub open: u32,
    /// Answers that ever showed it.
    pub shown: u32,
}

/// What to do next, and the command for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NextStep {
    /// In words.
    pub text: String,
    /// The command.
    pub command: String,
}

impl Progress {
    /// Reads the record.
    ///
    /// # Errors
    /// [`QuizError::Record`] when it cannot be read.
    pub fn gather(record: &Record, bank: &Bank) -> Result<Self, QuizError> {
        let standings: BTreeMap<String, ItemStanding> = record
            .standings(AttemptKind::Quiz)?
            .into_iter()
            .map(|standing| (standing.item.clone(), standing))
            .collect();
        let quiz = by_lesson(record.lesson_counts(AttemptKind::Quiz)?);
        let exercises = by_lesson(record.lesson_counts(AttemptKind::Exercise)?);
        let mut numbers = bank.lessons();
        numbers.extend(quiz.keys().chain(exercises.keys()));
        let lessons: Vec<LessonProgress> = numbers
            .into_iter()
            .filter_map(|lesson| {
                let title = lesson_title(lesson)?;
                let counts = (quiz.get(&lesson), exercises.get(&lesson));
                Some(one_lesson(lesson, title, bank, &standings, counts))
            })
            .collect();
        Ok(Self {
            next: next_step(&lessons),
            weak: weak(record, bank)?,
            lessons,
        })
    }
}

fn by_lesson(counts: Vec<LessonCount>) -> BTreeMap<u8, LessonCount> {
    counts
        .into_iter()
        .map(|count| (count.lesson, count))
        .collect()
}

fn one_lesson(
    lesson: u8,
    title: &'static str,
    bank: &Bank,
    standings: &BTreeMap<String, ItemStanding>,
    (quiz, exercises): (Option<&LessonCount>, Option<&LessonCount>),
) -> LessonProgress {
    let questions = bank.lesson_questions(lesson);
    // Only questions that are still in the bank count as seen or known.
    let seen: Vec<&ItemStanding> = questions
        .iter()
        .filter_map(|question| standings.get(&question.id.to_string()))
        .collect();
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    LessonProgress {
        lesson,
        title,
        questions: count(questions.len()),
        seen: count(seen.len()),
        known: count(seen.iter().filter(|standing| standing.last_right).count()),
        asked: quiz.map_or(0, |quiz| quiz.asked),
        right: quiz.map_or(0, |quiz| quiz.right),
        exercises_tried: exercises.map_or(0, |exercises| exercises.distinct),
        exercises_passed: exercises.map_or(0, |exercises| exercises.known),
        last_ms: quiz
            .into_iter()
            .chain(exercises)
            .map(|count| count.last_ms)
            .max(),
    }
}

fn weak(record: &Record, bank: &Bank) -> Result<Vec<WeakMisconception>, QuizError> {
    let counts = record.weak_misconceptions()?;
    Ok(counts
        .into_iter()
        .filter_map(|count| {
            let misconception = bank.misconception(&count.misconception)?;
            Some(WeakMisconception {
                id: misconception.id.clone(),
                name: misconception.name.clone(),
                truth: misconception.truth.clone(),
                anchor: misconception.anchor.clone(),
                open: count.open,
                shown: count.shown,
            })
        })
        .collect())
}

/// A started lesson is finished before a new one begins: unseen questions, then missed ones.
fn next_step(lessons: &[LessonProgress]) -> NextStep {
    let started = |lesson: &&LessonProgress| lesson.seen > 0 && lesson.known < lesson.questions;
    let untouched = |lesson: &&LessonProgress| lesson.seen == 0 && lesson.questions > 0;
    let lesson = lessons
        .iter()
        .find(started)
        .or_else(|| lessons.iter().find(untouched));
    let Some(lesson) = lesson else {
        return NextStep {
            text: "every question was right at its latest answer; keep them fresh.".to_owned(),
            command: "kvorum quiz".to_owned(),
        };
    };
    let unseen = lesson.questions - lesson.seen;
    let missed = lesson.seen - lesson.known;
    let name = format!("lesson {}, {}", lesson.lesson, lesson.title);
    let text = match (unseen, missed) {
        (0, missed) => format!("{name}: ask the missed again, {missed} of them."),
        (unseen, 0) => format!("{name}: {unseen} not seen yet."),
        (unseen, missed) => format!("{name}: {unseen} not seen yet, {missed} missed."),
    };
    NextStep {
        text,
        command: format!("kvorum quiz --lesson {}", lesson.lesson),
    }
}
