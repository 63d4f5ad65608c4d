//! What to do today, why, and what it is worth: the days until the interview played through in advance.
//!
//! The plan asks the same chooser that a session asks, day by day, with answers drawn from what the learner is
//! foretold to know. So it says what the quiz will do, and what comes of it on the day.

mod dates;
mod render;

use kvorum::base::rng::Rng;
use serde::Serialize;

pub use dates::{DAYS_AHEAD_MAX, day_text, days_between, interview_on};
pub use render::render_plan;

use crate::bank::{Bank, Question};
use crate::choose::{Chooser, Purpose, horizon};
use crate::error::QuizError;
use crate::learner::memory::DAY_MS;
use crate::learner::{Learner, usual_ms};
use crate::lesson::{LESSON_COUNT, lesson_title};
use crate::progress::Readiness;
use crate::record::Record;

/// Times that the days ahead are played through; their mean is told.
const PLAYED: u64 = 4;
/// Days ahead that are played through; those beyond are taken as free.
const DAYS_PLAYED_MAX: i64 = 45;
/// Minutes that reading a lesson takes.
const READING_MINUTES: u32 = 30;
/// Days before the interview from which on the final exam is worth its questions.
const EXAM_DAYS: i64 = 3;
/// Minutes that the final exam takes.
const EXAM_MINUTES: u32 = 30;

/// A plan for today, and what it leads to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outlook {
    /// When the interview is, milliseconds since 1970 UTC.
    pub interview_ms: i64,
    /// Whole days until then.
    pub days: i64,
    /// Minutes a day.
    pub minutes: u32,
    /// What to do today, in order.
    pub today: Vec<Block>,
    /// Expected share of the course's questions that is known tomorrow, when nothing is done.
    pub now: f64,
    /// The same on the day when nothing is done.
    pub on_the_day_without: f64,
    /// The same on the day when every day is used.
    pub on_the_day_with: f64,
    /// The lessons on the day when every day is used, the weakest first.
    pub weakest: Vec<LessonOutlook>,
}

/// A lesson on the day of the interview.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LessonOutlook {
    /// Its number.
    pub lesson: u8,
    /// Expected share of its questions that is known then.
    pub share: f64,
}

/// Something to do today.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Block {
    /// Minutes that it takes.
    pub minutes: u32,
    /// What.
    pub what: String,
    /// Why today.
    pub why: String,
    /// The command that does it.
    pub command: String,
}

impl Outlook {
    /// Plays the days until `interview_ms` through, `minutes` a day.
    ///
    /// # Errors
    /// [`QuizError::Record`] when the record cannot be read.
    pub fn gather(
        record: &Record,
        bank: &Bank,
        interview_ms: Option<i64>,
        minutes: u32,
        now_ms: i64,
    ) -> Result<Self, QuizError> {
        let learner = record.learner()?;
        let interview_ms = horizon(interview_ms, now_ms);
        let days = days_between(now_ms, interview_ms);
        let all: Vec<&Question> = bank.questions().iter().collect();
        let share = |learner: &Learner, at_ms| Readiness::of(learner, &all, at_ms).share;
        let mut with = 0.0;
        let mut lessons = vec![0.0; usize::from(LESSON_COUNT)];
        let mut first_day = Vec::new();
        for round in 0..PLAYED {
            let path = play(bank, &learner, interview_ms, minutes, now_ms, round);
            if round == 0 {
                first_day = path.first_day;
            }
            with += share(&path.learner, interview_ms) / PLAYED as f64;
            for (index, sum) in lessons.iter_mut().enumerate() {
                let lesson = u8::try_from(index + 1).unwrap_or(LESSON_COUNT);
                let questions = bank.lesson_questions(lesson);
                *sum +=
                    Readiness::of(&path.learner, &questions, interview_ms).share / PLAYED as f64;
            }
        }
        let mut weakest: Vec<LessonOutlook> = (1..=LESSON_COUNT)
            .zip(lessons)
            .filter(|(lesson, _)| bank.lessons().contains(lesson))
            .map(|(lesson, share)| LessonOutlook { lesson, share })
            .collect();
        weakest.sort_by(|a, b| a.share.total_cmp(&b.share).then(a.lesson.cmp(&b.lesson)));
        let exam_left = bank
            .questions()
            .iter()
            .any(|question| question.is_exam && learner.item(&question.id.to_string()).is_none());
        Ok(Self {
            interview_ms,
            days,
            minutes,
            today: blocks(
                &learner,
                &first_day,
                minutes,
                days <= EXAM_DAYS && exam_left,
            ),
            now: share(&learner, now_ms + DAY_MS),
            on_the_day_without: share(&learner, interview_ms),
            on_the_day_with: with,
            weakest,
        })
    }
}

struct Path<'a> {
    first_day: Vec<&'a Question>,
    learner: Learner,
}

/// One way that the days until the interview may go.
fn play<'a>(
    bank: &'a Bank,
    learner: &Learner,
    interview_ms: i64,
    minutes: u32,
    now_ms: i64,
    round: u64,
) -> Path<'a> {
    let candidates = bank
        .questions()
        .iter()
        .filter(|question| !question.is_exam)
        .collect();
    let mut luck = Rng::from_seed(round);
    let mut chooser = Chooser::for_learner(
        candidates,
        learner.clone(),
        Purpose::Practice,
        interview_ms,
        round,
    );
    let budget_ms = i64::from(minutes) * 60_000;
    let days = days_between(now_ms, interview_ms).clamp(1, DAYS_PLAYED_MAX);
    let mut first_day = Vec::new();
    for day in 0..days {
        let mut spent_ms = 0;
        while let Some(pick) = chooser.next(now_ms + day * DAY_MS + spent_ms) {
            let took_ms = usual_ms(pick.question);
            if spent_ms + took_ms > budget_ms {
                break;
            }
            spent_ms += took_ms;
            if day == 0 {
                first_day.push(pick.question);
            }
            let right = luck.unit() < pick.forecast;
            chooser.answered(pick.question, right, 0, now_ms + day * DAY_MS + spent_ms);
        }
        chooser.next_day();
    }
    Path {
        first_day,
        learner: chooser.learner().clone(),
    }
}

/// Today's questions as a few things to do.
fn blocks(learner: &Learner, today: &[&Question], minutes: u32, exam: bool) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut left = minutes;
    if exam && left >= EXAM_MINUTES {
        left -= EXAM_MINUTES;
        blocks.push(Block {
            minutes: EXAM_MINUTES,
            what: "the final exam".to_owned(),
            why: "its questions were held back for these last days: it shows what is still weak"
                .to_owned(),
            command: "kvorum quiz --exam".to_owned(),
        });
    }
    let new_lesson = today
        .iter()
        .map(|question| question.lesson)
        .find(|&lesson| learner.lesson(lesson).answers == 0);
    if let Some(lesson) = new_lesson.filter(|_| left > READING_MINUTES) {
        left -= READING_MINUTES;
        blocks.push(Block {
            minutes: READING_MINUTES,
            what: format!(
                "read lesson {lesson}, {}",
                lesson_title(lesson).unwrap_or_default()
            ),
            why: "you have not answered anything in it yet".to_owned(),
            command: "kvorum learn".to_owned(),
        });
    }
    let mut spent_ms = 0;
    let asked: Vec<&&Question> = today
        .iter()
        .take_while(|question| {
            spent_ms += usual_ms(question);
            spent_ms <= i64::from(left) * 60_000
        })
        .collect();
    let is_new = |question: &&&&Question| learner.item(&question.id.to_string()).is_none();
    let new = asked.iter().filter(is_new).count();
    let falling = asked.len() - new;
    if !asked.is_empty() {
        let why = match (new, falling) {
            (0, _) => "their recall has fallen, and asking them now lifts it most".to_owned(),
            (_, 0) => "none of them was asked yet, and each is worth more than a review".to_owned(),
            (new, falling) => format!(
                "{new} new, and {falling} whose recall has fallen: in the order in which asking helps most"
            ),
        };
        let taken: i64 = asked.iter().map(|question| usual_ms(question)).sum();
        let plural = if asked.len() == 1 {
            "question"
        } else {
            "questions"
        };
        blocks.push(Block {
            minutes: u32::try_from((taken + 30_000) / 60_000)
                .unwrap_or(u32::MAX)
                .max(1),
            what: format!("{} {plural}, {}", asked.len(), lessons_text(&asked)),
            why,
            command: format!("kvorum quiz --count {}", asked.len()),
        });
    }
    blocks
}

fn lessons_text(asked: &[&&Question]) -> String {
    let mut lessons: Vec<u8> = asked.iter().map(|question| question.lesson).collect();
    lessons.sort_unstable();
    lessons.dedup();
    let names: Vec<String> = lessons.iter().map(u8::to_string).collect();
    match names.as_slice() {
        [one] => format!("lesson {one}"),
        [most @ .., last] => format!("lessons {} and {last}", most.join(", ")),
        [] => String::new(),
    }
}
