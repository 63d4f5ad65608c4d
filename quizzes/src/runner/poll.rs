//! A lesson's poll: one answer before the lesson, with no verdict; one after it, and then how the idea moved.

use super::page::{self, topic};
use super::session::{Reply, Session, Wanted};
use super::{Ending, LessonResult, Summary, listed};
use crate::bank::{Bank, Poll, Vote};
use crate::error::QuizError;
use crate::keep::Circumstances;
use crate::lesson::LESSON_COUNT;
use crate::paint::{Paint, Tone};
use crate::progress::NextStep;
use crate::vote::{Choice, When, vote, voted};

pub(super) fn run(session: Session<'_>, bank: &Bank, lesson: u8) -> Result<Summary, QuizError> {
    let Some(poll) = bank.poll(lesson) else {
        let having = (1..=LESSON_COUNT).filter(|lesson| bank.poll(*lesson).is_some());
        return Err(QuizError::NoPoll {
            lesson,
            having: listed(having),
        });
    };
    Polling { session, poll }.run()
}

struct Polling<'s, 'b> {
    session: Session<'s>,
    poll: &'b Poll,
}

impl Polling<'_, '_> {
    fn run(mut self) -> Result<Summary, QuizError> {
        let opening = voted(self.session.record, self.poll, When::Opening)?;
        let closing = voted(self.session.record, self.poll, When::Closing)?;
        let (side, when) = match &opening {
            None => (When::Opening, "before the lesson"),
            Some(_) => (When::Closing, "after the lesson"),
        };
        let title = format!("Kvorum poll: {}, {when}", topic(Some(self.poll.lesson)));
        let paint = self.session.paint();
        self.session.write(&paint.heading(Tone::Strong, &title))?;
        if let (Some(before), Some(after)) = (&opening, &closing) {
            let moved = self.moved(paint, before, after);
            self.session.write(&moved)?;
            self.session
                .say("\nHere is the closing poll once more; q leaves your answer as it is.")?;
        }
        let (answer, ending) = self.ask(side)?;
        let paint = self.session.paint();
        let text = match (&opening, &answer) {
            (None, Some(answer)) => said(paint, answer),
            (Some(before), Some(after)) => self.moved(paint, before, after),
            (_, None) => {
                let text = match closing {
                    Some(_) => "Your closing answer stays as it is.",
                    None => "No answer, so nothing was kept.",
                };
                format!("\n{}", paint.wrapped("", "", text))
            }
        };
        let is_opened = opening.is_some() || answer.is_some();
        let is_closed = closing.is_some() || opening.is_some() && answer.is_some();
        let next = self.next(is_opened, is_closed);
        self.session.write(&(text + &page::next(paint, &next)))?;
        Ok(self.summary(answer.as_ref(), ending, next))
    }

    fn ask(&mut self, when: When) -> Result<(Option<Choice>, Ending), QuizError> {
        let side = when.vote(self.poll);
        let shown = shown(self.session.paint(), side);
        self.session.write(&shown)?;
        let shown_ms = self.session.clock.now_ms();
        let wanted = Wanted {
            by_key: true,
            accepts: "1 or 2".to_owned(),
            parse: &|line: &str| position(line).ok_or_else(|| "type 1 or 2".to_owned()),
            hint: &|_, _| None,
        };
        let chosen = match self.session.reply(&wanted)? {
            Reply::Given((chosen, _)) => chosen,
            Reply::PassedOver => return Ok((None, Ending::Done)),
            Reply::Stopped(ending) => return Ok((None, ending)),
        };
        let at_ms = self.session.clock.now_ms();
        let circumstances = Circumstances {
            at_ms,
            elapsed_ms: u64::try_from(at_ms - shown_ms).unwrap_or(0),
            ..Circumstances::default()
        };
        let choice = vote(self.session.record, self.poll, when, chosen, &circumstances)?;
        Ok((Some(choice), Ending::Done))
    }

    /// From the first answer to the second, and why.
    fn moved(&self, paint: Paint, before: &Choice, after: &Choice) -> String {
        let told = |label: &str, choice: &Choice| {
            let verdict = if choice.holds {
                "holds"
            } else {
                "does not hold"
            };
            let text = format!("you chose \"{}\" ({verdict}).", choice.text);
            paint.labelled(Tone::Strong, label, &text)
        };
        let mut out = String::from("\n");
        out.push_str(&told("Opening", before));
        out.push_str(&told("Closing", after));
        out.push_str(&paint.labelled(Tone::Strong, "Why", &self.poll.because));
        out + &paint.labelled(Tone::Strong, "Source", &self.poll.source)
    }

    fn next(&self, is_opened: bool, is_closed: bool) -> NextStep {
        let lesson = self.poll.lesson;
        let poll = format!("kvorum quiz --poll --lesson {lesson}");
        let (text, command) = match (is_opened, is_closed) {
            (false, _) => (
                format!("answer the poll before you read lesson {lesson}."),
                poll,
            ),
            (true, false) => (
                format!("read lesson {lesson} (kvorum learn), then answer its closing poll."),
                poll,
            ),
            (true, true) => (
                format!("questions about lesson {lesson}."),
                format!("kvorum quiz --lesson {lesson}"),
            ),
        };
        NextStep { text, command }
    }

    fn summary(&self, answer: Option<&Choice>, ending: Ending, next: NextStep) -> Summary {
        let answered = usize::from(answer.is_some());
        let right = usize::from(answer.is_some_and(|answer| answer.holds));
        let lesson = self.poll.lesson;
        let result = LessonResult {
            lesson,
            answered,
            right,
        };
        Summary {
            chosen: 1,
            answered,
            right,
            missed: Vec::new(),
            lessons: answer.map(|_| result).into_iter().collect(),
            ending,
            next,
        }
    }
}

/// The opening answer is taken down, and nothing more.
fn said(paint: Paint, answer: &Choice) -> String {
    let saved = format!("Saved: \"{}\"", ended(&answer.text));
    let told = "Whether it holds, the lesson tells.";
    format!("\n{}", paint.wrapped("", "", &format!("{saved}\n{told}")))
}

/// A text with its full stop.
fn ended(text: &str) -> String {
    match text.ends_with(['.', '!', '?']) {
        true => text.to_owned(),
        false => format!("{text}."),
    }
}

fn shown(paint: Paint, side: &Vote) -> String {
    let mut out = format!("\n{}", paint.wrapped("", "", &side.stem));
    if !paint.is_plain() {
        out.push('\n');
    }
    for (number, option) in (1..).zip(&side.options) {
        out.push_str(&match paint.is_plain() {
            true => paint.wrapped("", "", &format!("Option {number}: {}", option.text)),
            false => paint.wrapped(&format!("  {number}  "), "     ", &option.text),
        });
    }
    out
}

/// `1`, `2`, `a` or `b`, as an index.
fn position(line: &str) -> Option<usize> {
    match line {
        "1" | "a" | "A" => Some(0),
        "2" | "b" | "B" => Some(1),
        _ => None,
    }
}
