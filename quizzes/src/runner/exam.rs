//! The exam: questions that practice never asks, no hints, and no word about an answer until the end. Each
//! answer is in the record at once, so leaving early costs nothing that was answered.

use super::page::{self, counted, topic};
use super::session::{Answered, Reply, Session, Tally};
use super::{Ending, LessonResult, Summary};
use crate::bank::Bank;
use crate::choose::{Chooser, Purpose};
use crate::error::QuizError;
use crate::lesson::{lesson_title, reading};
use crate::paint::{Paint, Tone};
use crate::progress::Progress;

const BAR_COLUMNS: usize = 12;
/// Columns beside the title and the bar: the lesson's number, spaces, the counts.
const COUNT_COLUMNS: usize = 21;
const TITLE_MIN: usize = 6;

pub(super) fn run(mut session: Session<'_>, bank: &Bank) -> Result<Summary, QuizError> {
    let options = session.options;
    let held = bank.questions().iter().filter(|question| {
        question.is_exam
            && options
                .lesson
                .is_none_or(|lesson| question.lesson == lesson)
    });
    let chosen = held.count().min(options.count);
    let mut chooser = Chooser::new(
        bank,
        session.record,
        Purpose::Exam,
        options.lesson,
        options.seed,
        session.clock.now_ms(),
    )?;
    if chosen > 0 {
        let welcome = welcome(&session, chosen);
        session.write(&welcome)?;
    }
    let mut tally = Tally::default();
    let mut all = Vec::new();
    let mut ending = Ending::Done;
    for number in 1..=chosen {
        let Some(pick) = chooser.next(session.clock.now_ms()) else {
            break;
        };
        let heading = page::Heading {
            number,
            of: chosen,
            reason: None,
        };
        let asked = session.draw(pick.question);
        let answered = match session.ask(asked, &heading, false)? {
            Reply::Given(answered) => answered,
            Reply::PassedOver => continue,
            Reply::Stopped(stopped) => {
                ending = stopped;
                break;
            }
        };
        let right = answered.verdict.right;
        tally.count(&answered.asked, right);
        chooser.answered(pick.question, right, 0, session.clock.now_ms());
        session.say("Saved.")?;
        all.push(answered);
    }
    let next = Progress::gather(session.record, bank, session.clock.now_ms())?.next;
    let summary = tally.summary(chosen, ending, next);
    let paint = session.paint();
    let mut text = report(paint, &summary);
    for (number, missed) in (1..).zip(all.iter().filter(|answered| !answered.verdict.right)) {
        text.push_str(&explained(paint, number, missed)?);
    }
    if chosen > 0 {
        text.push('\n');
    }
    text.push_str(&page::next(paint, &summary.next));
    session.write(&text)?;
    Ok(summary)
}

fn welcome(session: &Session<'_>, chosen: usize) -> String {
    let topic = topic(session.options.lesson);
    let title = format!("Kvorum exam: {topic}, {}", counted(chosen, "question"));
    let text = format!(
        "No hints, and the verdict comes at the end; q ends the exam and shows it. \
         Every answer is saved at once in {}.",
        session.record.path().display()
    );
    let paint = session.paint();
    paint.heading(Tone::Strong, &title) + &paint.wrapped("", "", &text)
}

/// How the exam went, lesson by lesson.
fn report(paint: Paint, summary: &Summary) -> String {
    let Summary {
        chosen,
        answered,
        right,
        ..
    } = *summary;
    if chosen == 0 {
        let text = "No question is held back for an exam here.";
        return paint.heading(Tone::Strong, text);
    }
    let mut out = String::from("\n");
    if answered == 0 {
        out.push_str(&paint.heading(Tone::Strong, "No question answered."));
        return out;
    }
    let title = format!("Exam: {right} of {answered} right. All saved.");
    out.push_str(&paint.heading(Tone::Strong, &title));
    if answered < chosen {
        let open = counted(chosen - answered, "question");
        out.push_str(&paint.wrapped("", "", &format!("{open} of {chosen} stayed open.")));
    }
    if !paint.is_plain() {
        out.push('\n');
    }
    for lesson in &summary.lessons {
        let title = lesson_title(lesson.lesson).unwrap_or_default();
        out.push_str(&row(
            paint,
            &format!("{:>2} {title}", lesson.lesson),
            lesson,
        ));
    }
    if summary.lessons.len() > 1 && !paint.is_plain() {
        let all = LessonResult {
            lesson: 0,
            answered,
            right,
        };
        out.push_str(&row(paint, "   all", &all));
    }
    out
}

/// ` 2 Consistent Hashing  #########...   3 of  4   75%`
fn row(paint: Paint, name: &str, result: &LessonResult) -> String {
    let LessonResult {
        lesson,
        answered,
        right,
    } = *result;
    let share = 100 * right / answered.max(1);
    if paint.is_plain() {
        let title = lesson_title(lesson).unwrap_or_default();
        let text =
            format!("Lesson {lesson}, {title}: {right} of {answered} right, {share} per cent.");
        return paint.wrapped("", "", &text);
    }
    let columns = paint
        .width()
        .saturating_sub(BAR_COLUMNS + COUNT_COLUMNS)
        .clamp(TITLE_MIN, 42);
    let name = match name.chars().count() > columns {
        true => format!("{}..", name.chars().take(columns - 2).collect::<String>()),
        false => name.to_owned(),
    };
    let filled = BAR_COLUMNS * right / answered.max(1);
    let full = "#".repeat(filled);
    let empty = ".".repeat(BAR_COLUMNS - filled);
    let bar = paint.tone(Tone::Good, &full);
    format!("{name:<columns$}  {bar}{empty}  {right:>3} of {answered:<3} {share:>3}%\n")
}

/// A missed question with all that a verdict would have said.
fn explained(paint: Paint, number: usize, missed: &Answered<'_>) -> Result<String, QuizError> {
    let verdict = &missed.verdict;
    let title = format!("Missed {number} (lesson {})", verdict.lesson);
    let mut out = format!("\n{}", paint.heading(Tone::Bad, &title));
    out.push_str(&paint.wrapped("", "", &missed.asked.stem()));
    let given = page::apart(&missed.asked, &verdict.answer);
    out.push_str(&paint.labelled(Tone::Strong, "You answered", &given));
    out.push_str(&page::truth(paint, missed)?);
    out.push_str(&paint.labelled(Tone::Strong, "Why", &verdict.explanation));
    for misconception in &verdict.misconceptions {
        out.push_str(&page::told(paint, misconception));
    }
    let place = reading(verdict.lesson, &verdict.anchor);
    out.push_str(&paint.labelled(Tone::Strong, "Read on", &place));
    Ok(out)
}
