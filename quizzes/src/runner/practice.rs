//! Practice and review: each answer is explained at once.

use super::session::{Reply, Session, Tally};
use super::{Ending, Summary, page};
use crate::bank::Bank;
use crate::choose::{Chooser, Purpose};
use crate::error::QuizError;
use crate::progress::Progress;

pub(super) fn run(
    mut session: Session<'_>,
    bank: &Bank,
    purpose: Purpose,
) -> Result<Summary, QuizError> {
    let options = session.options;
    let mut chooser = Chooser::new(
        bank,
        session.record,
        purpose,
        options.lesson,
        options.seed,
        session.clock.now_ms(),
    )?;
    let pool = bank.questions().iter().filter(|question| {
        !question.is_exam
            && options
                .lesson
                .is_none_or(|lesson| question.lesson == lesson)
    });
    let all = match purpose {
        Purpose::Review => chooser.due(session.clock.now_ms()),
        Purpose::Practice | Purpose::Exam => pool.count(),
    };
    let mut chosen = all.min(options.count);
    let path = session.record.path().display().to_string();
    let welcome = page::welcome(session.paint(), session.keys(), options, chosen, &path);
    if chosen > 0 {
        session.write(&welcome)?;
    }
    let mut tally = Tally::default();
    let mut ending = Ending::Done;
    let mut number = 0;
    while number < options.count {
        let now_ms = session.clock.now_ms();
        if purpose == Purpose::Review {
            chosen = (number + chooser.due(now_ms)).min(options.count);
        }
        let Some(pick) = chooser.next(now_ms) else {
            break;
        };
        number += 1;
        // What was missed may come back within one sitting.
        chosen = chosen.max(number);
        let heading = page::Heading {
            number,
            of: chosen,
            reason: Some(&pick.reason),
        };
        let asked = session.draw(pick.question);
        let answered = match session.ask(asked, &heading, true)? {
            Reply::Given(answered) => answered,
            Reply::PassedOver => continue,
            Reply::Stopped(stopped) => {
                ending = stopped;
                break;
            }
        };
        let right = answered.verdict.right;
        tally.count(&answered.asked, right);
        let now_ms = session.clock.now_ms();
        chooser.answered(pick.question, right, answered.hints, now_ms);
        let verdict = page::verdict(session.paint(), &answered)?;
        session.write(&verdict)?;
        session.remember_run(&answered.asked);
        // What was missed may come back: only the choice itself knows.
        let is_last = number == options.count || chooser.clone().next(now_ms).is_none();
        if let Some(stopped) = session.pause(is_last)? {
            // Nothing was left to stop.
            ending = if is_last && stopped == Ending::Stopped {
                Ending::Done
            } else {
                stopped
            };
            break;
        }
    }
    let next = Progress::gather(session.record, bank, session.clock.now_ms())?.next;
    let summary = tally.summary(chosen, ending, next);
    let text = match (purpose, chosen) {
        (Purpose::Review, 0) => page::nothing_due(session.paint(), options, &summary.next),
        _ => page::summary(session.paint(), &summary),
    };
    session.write(&text)?;
    Ok(summary)
}
