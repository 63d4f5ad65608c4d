//! What to ask next: the question whose asking now most raises the expected recall on the interview day.
//!
//! While there is time, what is about to be forgotten comes before what is new, so that it is kept; in the
//! last days only the gain counts. Around that stand a few rules of practice: no more than two questions of
//! one lesson in a row, a missed question not before three others, lessons open in the order of the
//! course, and the questions that are held back for the final exam are asked in nothing else.
//!
//! `kvorum quiz simulate` shows what these rules are worth beside other schedules.

mod value;

use std::collections::{BTreeMap, BTreeSet};

use kvorum::base::rng::Rng;
use uuid::Uuid;

pub use value::{gain, worth};

use crate::bank::{Bank, Question};
use crate::error::QuizError;
use crate::learner::Learner;
use crate::learner::memory::DAY_MS;
use crate::record::Record;

/// Questions of one lesson that may follow each other while others are left.
const IN_A_ROW_MAX: usize = 2;
/// Questions between a miss and its coming back.
const OTHERS_BETWEEN: usize = 3;
/// How often a miss is brought back in one session where all of them are.
const COMEBACKS_MAX: u32 = 1;
/// Days before the interview from which on only the gain counts.
const FINAL_DAYS: i64 = 10;
/// Answers in a lesson before its hard questions, and the next lesson's, count in full.
const ANSWERS_TO_OPEN: u32 = 3;
/// What an unseen question counts in the lesson after the last open one; in the one after that, as much again.
const NOT_OPEN: f64 = 0.4;
/// Difficulties above this are hard.
const HARD_ABOVE: u8 = 3;
/// How far luck moves the worth of a question, so that two sessions differ.
const JITTER: f64 = 0.05;
/// Days until the interview where nobody said when it is.
const USUAL_DAYS: i64 = 21;

/// What the questions are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Whatever helps most.
    Practice,
    /// Only what was answered before and is due.
    Review,
    /// The questions held back for the final exam.
    Exam,
}

/// A question that was chosen.
#[derive(Clone, Debug)]
pub struct Pick<'a> {
    /// The question.
    pub question: &'a Question,
    /// Why this one now, in a few words.
    pub reason: String,
    /// The foretold chance of a right answer, 0 to 1.
    pub forecast: f64,
}

/// Chooses the questions of one session, one at a time.
#[derive(Clone, Debug)]
pub struct Chooser<'a> {
    purpose: Purpose,
    candidates: Vec<&'a Question>,
    learner: Learner,
    interview_ms: i64,
    rng: Rng,
    /// The questions of this session in the order of their answers, and whether they were right.
    asked: Vec<(&'a Question, bool)>,
    /// Those chosen, answered or not: none is chosen twice but for a miss.
    chosen: BTreeSet<Uuid>,
    comebacks: BTreeMap<Uuid, u32>,
    brings_back: bool,
}

/// What comes first, the higher first.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
struct Score {
    /// Not of the lesson that has been asked too often in a row.
    has_room: bool,
    rank: Rank,
    worth: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Settled,
    New,
    Due,
}

impl<'a> Chooser<'a> {
    /// A chooser for a learner whose answers the record holds.
    ///
    /// # Errors
    /// [`QuizError::Record`] when the record cannot be read.
    pub fn new(
        bank: &'a Bank,
        record: &Record,
        purpose: Purpose,
        lesson: Option<u8>,
        seed: u64,
        now_ms: i64,
    ) -> Result<Self, QuizError> {
        let candidates = bank
            .questions()
            .iter()
            .filter(|question| lesson.is_none_or(|lesson| question.lesson == lesson))
            .filter(|question| question.is_exam == (purpose == Purpose::Exam))
            .collect();
        let interview_ms = record.plan()?.map(|plan| plan.interview_ms);
        let interview_ms = horizon(interview_ms, now_ms);
        Ok(Self::for_learner(
            candidates,
            record.learner()?,
            purpose,
            interview_ms,
            seed,
        ))
    }

    /// A chooser among `candidates` for a learner who is examined at `interview_ms`.
    #[must_use]
    pub fn for_learner(
        candidates: Vec<&'a Question>,
        learner: Learner,
        purpose: Purpose,
        interview_ms: i64,
        seed: u64,
    ) -> Self {
        Self {
            purpose,
            candidates,
            learner,
            interview_ms,
            rng: Rng::from_seed(seed),
            asked: Vec::new(),
            chosen: BTreeSet::new(),
            comebacks: BTreeMap::new(),
            brings_back: false,
        }
    }

    /// Brings every miss back after three others, in the same session. The simulation shows what it costs.
    #[must_use]
    pub fn bringing_back(self) -> Self {
        Self {
            brings_back: true,
            ..self
        }
    }

    /// The next question; `None` when none is left for this purpose.
    pub fn next(&mut self, now_ms: i64) -> Option<Pick<'a>> {
        let (question, reason) = match self.comeback() {
            Some(question) => (question, "missed a few questions ago".to_owned()),
            None => {
                let question = self.best(now_ms)?;
                (question, self.reason(question, now_ms))
            }
        };
        self.chosen.insert(question.id);
        Some(Pick {
            question,
            reason,
            forecast: self.learner.right(question, now_ms),
        })
    }

    /// Takes in the answer to the question that was chosen.
    pub fn answered(&mut self, question: &Question, right: bool, hints: u32, now_ms: i64) {
        self.learner.answered(question, right, hints, now_ms);
        let known = self.candidates.iter().find(|one| one.id == question.id);
        self.asked.extend(known.map(|&question| (question, right)));
    }

    /// Questions that are due for review and were not chosen yet.
    #[must_use]
    pub fn due(&self, now_ms: i64) -> usize {
        let left = self.candidates.iter();
        left.filter(|question| !self.chosen.contains(&question.id))
            .filter(|question| self.is_due(question, now_ms))
            .count()
    }

    /// The learner, with the answers of this session.
    #[must_use]
    pub fn learner(&self) -> &Learner {
        &self.learner
    }

    /// Goes on to another day with what was learnt: every question may be asked again.
    pub fn next_day(&mut self) {
        self.asked.clear();
        self.chosen.clear();
        self.comebacks.clear();
    }

    fn is_due(&self, question: &Question, now_ms: i64) -> bool {
        self.learner
            .item(&question.id.to_string())
            .is_some_and(|state| state.is_due(now_ms))
    }

    /// A missed question that has waited long enough, where misses are brought back.
    fn comeback(&mut self) -> Option<&'a Question> {
        if !self.brings_back {
            return None;
        }
        let missed = self.waiting_misses();
        let question = missed.into_iter().find(|question| {
            let times = self.comebacks.get(&question.id).copied();
            times.unwrap_or(0) < COMEBACKS_MAX
        })?;
        *self.comebacks.entry(question.id).or_default() += 1;
        Some(question)
    }

    /// The questions whose latest answer in this session was wrong, with enough others since.
    fn waiting_misses(&self) -> Vec<&'a Question> {
        let Some(recent) = self.asked.len().checked_sub(OTHERS_BETWEEN) else {
            return Vec::new();
        };
        let is_latest = |place: usize| {
            let id = self.asked[place].0.id;
            self.asked[place + 1..]
                .iter()
                .all(|(later, _)| later.id != id)
        };
        (0..recent)
            .filter(|&place| !self.asked[place].1 && is_latest(place))
            .map(|place| self.asked[place].0)
            .collect()
    }

    fn best(&mut self, now_ms: i64) -> Option<&'a Question> {
        let crowded = self.crowded_lesson();
        let again: BTreeSet<Uuid> = match self.purpose {
            Purpose::Exam => BTreeSet::new(),
            _ => self
                .waiting_misses()
                .iter()
                .map(|question| question.id)
                .collect(),
        };
        let mut best: Option<(Score, &Question)> = None;
        for at in 0..self.candidates.len() {
            let question = self.candidates[at];
            let is_over = self.chosen.contains(&question.id) && !again.contains(&question.id);
            if is_over || (self.purpose == Purpose::Review && !self.is_due(question, now_ms)) {
                continue;
            }
            let luck = 1.0 + JITTER * (2.0 * self.rng.unit() - 1.0);
            let rank = self.rank(question, now_ms);
            let score = Score {
                has_room: crowded != Some(question.lesson),
                rank,
                worth: luck * self.worth(question, rank, now_ms),
            };
            if best.is_none_or(|(most, _)| score > most) {
                best = Some((score, question));
            }
        }
        best.map(|(_, question)| question)
    }

    fn rank(&self, question: &Question, now_ms: i64) -> Rank {
        let is_final = self.interview_ms - now_ms <= FINAL_DAYS * DAY_MS;
        let state = self.learner.item(&question.id.to_string());
        match state {
            // In the last days, and in an exam, all are alike.
            _ if is_final || self.purpose == Purpose::Exam => Rank::Settled,
            None => Rank::New,
            Some(state) if state.is_due(now_ms) => Rank::Due,
            Some(_) => Rank::Settled,
        }
    }

    fn worth(&self, question: &Question, rank: Rank, now_ms: i64) -> f64 {
        match self.purpose {
            // The exam is the same for everybody, but for its order.
            Purpose::Exam => 1.0,
            Purpose::Practice | Purpose::Review => {
                self.opening(question)
                    * worth(
                        &self.learner,
                        question,
                        rank == Rank::New,
                        now_ms,
                        self.interview_ms,
                    )
            }
        }
    }

    /// What a question counts, 0 to 1, by how far the learner has come: lessons open one after another, and
    /// each begins with what is not hard.
    fn opening(&self, question: &Question) -> f64 {
        if self.learner.item(&question.id.to_string()).is_some() {
            return 1.0;
        }
        let is_met = |lesson: u8| self.learner.lesson(lesson).answers >= ANSWERS_TO_OPEN;
        let open = (1..question.lesson)
            .rev()
            .find(|&lesson| is_met(lesson))
            .map_or(1, |last| last + 1);
        let beyond = i32::from(question.lesson.saturating_sub(open));
        let early = i32::from(question.difficulty > HARD_ABOVE && !is_met(question.lesson));
        let steps = if is_met(question.lesson) {
            0
        } else {
            beyond + early
        };
        NOT_OPEN.powi(steps)
    }

    /// The lesson of which no more may follow now.
    fn crowded_lesson(&self) -> Option<u8> {
        let recent = self.asked.len().checked_sub(IN_A_ROW_MAX)?;
        let mut lessons = self.asked[recent..]
            .iter()
            .map(|(question, _)| question.lesson);
        let first = lessons.next()?;
        lessons.all(|lesson| lesson == first).then_some(first)
    }

    fn reason(&self, question: &Question, now_ms: i64) -> String {
        match self.learner.item(&question.id.to_string()) {
            _ if self.purpose == Purpose::Exam => "held back until now".to_owned(),
            None => "new".to_owned(),
            Some(_) if self.asked.iter().any(|(asked, _)| asked.id == question.id) => {
                "missed a few questions ago".to_owned()
            }
            Some(state) if !state.last_right => "missed last time".to_owned(),
            Some(state) => {
                let recall = (100.0 * state.memory.recall(now_ms)).floor();
                format!("recall has fallen to {recall}%")
            }
        }
    }
}

/// When recall is to be best: the interview, or in three weeks where it is over or nobody said when.
#[must_use]
pub fn horizon(interview_ms: Option<i64>, now_ms: i64) -> i64 {
    match interview_ms {
        Some(interview_ms) if interview_ms > now_ms => interview_ms,
        _ => now_ms.saturating_add(USUAL_DAYS * DAY_MS),
    }
}
