//! Where the learner stands: everything here follows from the record and the bank, nothing is stored.

mod history;
mod readiness;
mod render;

use std::collections::BTreeMap;

use serde::Serialize;

pub use history::{Calibration, Trend};
pub use readiness::Readiness;
pub use render::render_progress;

use crate::bank::{Bank, Question};
use crate::error::QuizError;
use crate::learner::Learner;
use crate::learner::memory::DAY_MS;
use crate::lesson::lesson_title;
use crate::record::{AttemptKind, ItemStanding, LessonCount, Plan, Record};

/// The learner's standing, as text shows it and as JSON tells it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Progress {
    /// Expected share of the whole course that is known tomorrow: what was read a minute ago does not count.
    pub readiness: Readiness,
    /// The plan that holds, if one was made.
    pub plan: Option<Plan>,
    /// Questions due for review now.
    pub due: u32,
    /// What was answered day by day.
    pub trend: Trend,
    /// How well forecasts held.
    pub calibration: Vec<Calibration>,
    /// Lessons with questions or answers, ascending.
    pub lessons: Vec<LessonProgress>,
    /// Misconceptions that the latest answers still show, the most frequent first.
    pub weak: Vec<WeakMisconception>,
    /// What to do next.
    pub next: NextStep,
}

/// One lesson.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LessonProgress {
    /// Its number.
    pub lesson: u8,
    /// Its title.
    pub title: &'static str,
    /// Expected share of its questions that is known tomorrow, those of the exam among them.
    pub readiness: Readiness,
    /// Questions due for review now.
    pub due: u32,
    /// Questions in the bank, without those of the exam.
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
    /// Reads the record, and judges it as of `now_ms`.
    ///
    /// # Errors
    /// [`QuizError::Record`] when it cannot be read.
    pub fn gather(record: &Record, bank: &Bank, now_ms: i64) -> Result<Self, QuizError> {
        let learner = record.learner()?;
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
                let standing = Standing {
                    learner: &learner,
                    items: &standings,
                    now_ms,
                };
                Some(one_lesson(lesson, title, bank, &standing, counts))
            })
            .collect();
        let all: Vec<&Question> = bank.questions().iter().collect();
        Ok(Self {
            readiness: Readiness::of(&learner, &all, now_ms + DAY_MS),
            plan: record.plan()?,
            due: lessons.iter().map(|lesson| lesson.due).sum(),
            trend: Trend::of(&record.days()?, now_ms),
            calibration: Calibration::of(&record.forecasts()?),
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

/// What is known of the learner, and when it is asked.
struct Standing<'a> {
    learner: &'a Learner,
    items: &'a BTreeMap<String, ItemStanding>,
    now_ms: i64,
}

impl Standing<'_> {
    fn is_due(&self, question: &Question) -> bool {
        let state = self.learner.item(&question.id.to_string());
        state.is_some_and(|state| state.is_due(self.now_ms))
    }
}

fn one_lesson(
    lesson: u8,
    title: &'static str,
    bank: &Bank,
    standing: &Standing<'_>,
    (quiz, exercises): (Option<&LessonCount>, Option<&LessonCount>),
) -> LessonProgress {
    let all = bank.lesson_questions(lesson);
    let questions: Vec<&Question> = all
        .iter()
        .copied()
        .filter(|question| !question.is_exam)
        .collect();
    // Only questions that are still in the bank count as seen or known.
    let seen: Vec<&ItemStanding> = questions
        .iter()
        .filter_map(|question| standing.items.get(&question.id.to_string()))
        .collect();
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    LessonProgress {
        lesson,
        title,
        readiness: Readiness::of(standing.learner, &all, standing.now_ms + DAY_MS),
        due: count(
            questions
                .iter()
                .filter(|question| standing.is_due(question))
                .count(),
        ),
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
