//! What to ask next: unseen questions first, then missed ones, then known ones, lessons and types mixed.

use std::collections::BTreeMap;

use kvorum::base::rng::Rng;

use crate::bank::{Bank, Question};
use crate::error::QuizError;
use crate::record::{AttemptKind, Record};

/// Questions of one lesson, or of one type, that may follow each other while others are left.
const IN_A_ROW_MAX: usize = 2;
/// After so long an answer is due again.
const DUE_AFTER_MS: i64 = 24 * 60 * 60 * 1000;

/// What questions are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To learn: what is worth asking most.
    Practice,
    /// To keep: only what is due.
    Review,
    /// To measure: only what practice never asks.
    Exam,
}

/// A question to ask now.
#[derive(Clone, Debug)]
pub struct Pick<'a> {
    /// The question.
    pub question: &'a Question,
    /// Why this one now, one short line.
    pub reason: String,
    /// The chance of a right answer.
    pub forecast: f64,
}

/// Chooses the questions of one session, one at a time.
#[derive(Clone, Debug)]
pub struct Chooser<'a> {
    purpose: Purpose,
    left: Vec<Pick<'a>>,
}

/// How urgent a question is; the least comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Urgency {
    /// Never answered: easier ones first.
    Unseen { difficulty: u8 },
    /// Missed last time: the longest ago first.
    Missed { last_ms: i64 },
    /// Right last time: the longest ago first.
    Known { last_ms: i64 },
}

impl Urgency {
    fn reason(self) -> &'static str {
        match self {
            Self::Unseen { .. } => "new",
            Self::Missed { .. } => "missed last time",
            Self::Known { .. } => "right last time, to keep it fresh",
        }
    }

    fn is_due(self, now_ms: i64) -> bool {
        match self {
            Self::Unseen { .. } => false,
            Self::Missed { .. } => true,
            Self::Known { last_ms } => now_ms - last_ms >= DUE_AFTER_MS,
        }
    }
}

impl<'a> Chooser<'a> {
    /// For one session: questions of `lesson`, or of all lessons.
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
        let standings: BTreeMap<String, (bool, i64)> = record
            .standings(AttemptKind::Quiz)?
            .into_iter()
            .map(|standing| (standing.item, (standing.last_right, standing.last_ms)))
            .collect();
        let urgency = |question: &Question| match standings.get(&question.id.to_string()) {
            None => Urgency::Unseen {
                difficulty: question.difficulty,
            },
            Some(&(true, last_ms)) => Urgency::Known { last_ms },
            Some(&(false, last_ms)) => Urgency::Missed { last_ms },
        };
        let mut rng = Rng::from_seed(seed);
        let mut questions: Vec<(Urgency, u64, &Question)> = bank
            .questions()
            .iter()
            .filter(|question| lesson.is_none_or(|lesson| question.lesson == lesson))
            .filter(|question| question.is_exam == (purpose == Purpose::Exam))
            .map(|question| (urgency(question), rng.next_u64(), question))
            .filter(|(urgency, ..)| purpose != Purpose::Review || urgency.is_due(now_ms))
            .collect();
        questions.sort_by_key(|&(urgency, draw, _)| (urgency, draw));
        let picks = questions.into_iter().map(|(urgency, _, question)| Pick {
            question,
            reason: urgency.reason().to_owned(),
            forecast: 0.5,
        });
        Ok(Self {
            purpose,
            left: mixed(picks.collect()),
        })
    }

    /// The next question; none when all are asked.
    pub fn next(&mut self, _now_ms: i64) -> Option<Pick<'a>> {
        (!self.left.is_empty()).then(|| self.left.remove(0))
    }

    /// Takes note of an answer.
    pub fn answered(&mut self, _question: &Question, _right: bool, _hints: u32, _now_ms: i64) {}

    /// How many questions are due, where that is the question.
    #[must_use]
    pub fn remaining_hint(&self) -> Option<usize> {
        (self.purpose == Purpose::Review).then_some(self.left.len())
    }
}

/// The same questions, as near to their order as it goes without too many alike in a row.
fn mixed(mut left: Vec<Pick<'_>>) -> Vec<Pick<'_>> {
    let mut mixed: Vec<Pick<'_>> = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let alike = |same: &dyn Fn(&Question) -> bool| {
            let mut recent = mixed.iter().rev().take(IN_A_ROW_MAX);
            mixed.len() >= IN_A_ROW_MAX && recent.all(|pick| same(pick.question))
        };
        let burden = |candidate: &Question| {
            let lesson = alike(&|question| question.lesson == candidate.lesson);
            let kind = alike(&|question| question.body.kind() == candidate.body.kind());
            usize::from(lesson) + usize::from(kind)
        };
        let next = (0..left.len()).min_by_key(|&at| burden(left[at].question));
        mixed.push(left.remove(next.unwrap_or(0)));
    }
    mixed
}
