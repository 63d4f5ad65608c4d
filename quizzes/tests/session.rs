//! A session over a pipe: what it asks, what it accepts, what it keeps, and how it ends.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::cell::Cell;
use std::collections::VecDeque;
use std::io;

use kvorum_quiz::bank::{Body, Reads};
use kvorum_quiz::{
    AnswerInput, Asked, AttemptFilter, AttemptKind, Bank, BankFile, Clock, Line, Lines, QuizError,
    Record, SessionOptions, Summary, Terminal, render_progress, run_session,
};
use proptest::prelude::*;
use tempfile::TempDir;

/// When progress is looked at, in these tests: after every answer.
const NOW_MS: i64 = 2_000_000;

/// Moves on by a second each time it is asked.
struct Ticking(Cell<i64>);

impl Clock for Ticking {
    fn now_ms(&self) -> i64 {
        self.0.set(self.0.get() + 1000);
        self.0.get()
    }
}

struct Desk {
    _folder: TempDir,
    bank: Bank,
    record: Record,
    clock: Ticking,
}

impl Desk {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let record = Record::open(&folder.path().join("record.sqlite")).unwrap();
        let bank = Bank::embedded().unwrap_or_else(|error| panic!("{error}"));
        Self {
            _folder: folder,
            bank,
            record,
            clock: Ticking(Cell::new(1_000_000)),
        }
    }

    fn run(
        &self,
        terminal: &mut dyn Terminal,
        options: &SessionOptions,
    ) -> Result<Summary, QuizError> {
        run_session(terminal, &self.clock, &self.bank, &self.record, options)
    }

    fn piped(&self, input: &[u8], options: &SessionOptions) -> (Summary, String) {
        let mut output = Vec::new();
        let summary = self
            .run(&mut Lines::new(input, &mut output), options)
            .unwrap();
        (summary, String::from_utf8(output).unwrap())
    }

    fn attempts(&self) -> Vec<kvorum_quiz::Attempt> {
        let kept = self.record.attempts(&AttemptFilter::default()).unwrap();
        kept.into_iter().map(|kept| kept.attempt).collect()
    }
}

fn options(lesson: Option<u8>, count: usize) -> SessionOptions {
    SessionOptions {
        lesson,
        count,
        seed: 5,
        colour: false,
        width: 80,
    }
}

/// Reads the questions off the screen and answers each as `answers` says.
struct Player<'a, F> {
    bank: &'a Bank,
    screen: String,
    shown: String,
    queue: VecDeque<String>,
    answers: F,
}

impl<'a, F: FnMut(&Asked<'_>) -> Vec<String>> Player<'a, F> {
    fn new(bank: &'a Bank, answers: F) -> Self {
        Self {
            bank,
            screen: String::new(),
            shown: String::new(),
            queue: VecDeque::new(),
            answers,
        }
    }

    /// Which question under which seed looks like what stands on the screen.
    fn question_on_screen(&self) -> Asked<'a> {
        // Lines may break after a hyphen too.
        let unwrapped = |text: &str| text.split_whitespace().collect::<String>();
        let screen = unwrapped(&self.shown);
        for question in self.bank.questions() {
            let id = question.id.as_bytes();
            let seed = kvorum::base::hash::hash64_with(5, id) & 0xFFFF_FFFF;
            let asked = Asked::new(question, seed);
            if screen.contains(&unwrapped(&asked.stem())) {
                return asked;
            }
        }
        panic!("no question on the screen: {screen}");
    }
}

impl<F: FnMut(&Asked<'_>) -> Vec<String>> Terminal for Player<'_, F> {
    fn read_line(&mut self) -> io::Result<Line> {
        if self.queue.is_empty() {
            let asked = self.question_on_screen();
            self.shown.clear();
            self.queue = (self.answers)(&asked).into();
        }
        Ok(self.queue.pop_front().map_or(Line::End, Line::Text))
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        self.screen.push_str(text);
        self.shown.push_str(text);
        Ok(())
    }
}

/// The line that answers a question rightly.
fn right_line(asked: &Asked<'_>) -> String {
    let options = asked.options();
    let place = |text: &str| (options.iter().position(|o| o == text).unwrap() + 1).to_string();
    match &asked.question().body {
        Body::Single(_) | Body::Multiple(_) => {
            let chosen = |bits: u32| -> Vec<usize> {
                (1..=options.len())
                    .filter(|at| bits >> at & 1 == 1)
                    .collect()
            };
            let is_right = |chosen: &Vec<usize>| {
                let verdict = asked.grade(&AnswerInput::Choice(chosen.clone()));
                verdict.is_ok_and(|verdict| verdict.right)
            };
            let right = (0..2 << options.len()).map(chosen).find(is_right).unwrap();
            let right: Vec<String> = right.iter().map(usize::to_string).collect();
            right.join(" ")
        }
        Body::Numeric { answer, .. } => asked.evaluate(answer).unwrap().to_string(),
        Body::Ordering { items, .. } => items
            .iter()
            .map(|item| place(item))
            .collect::<Vec<_>>()
            .join(" "),
        Body::Short { points, .. } => {
            let said: Vec<&str> = points.iter().map(|point| point.any[0].as_str()).collect();
            said.join(". ")
        }
        Body::Predict {
            reads: Reads::Number { fair, .. },
            ..
        } => asked.evaluate(fair).unwrap().to_string(),
        Body::Predict { .. } => asked.printed().unwrap().unwrap(),
    }
}

#[test]
fn a_learner_who_knows_everything_gets_everything_right() {
    let desk = Desk::new();
    let mut player = Player::new(&desk.bank, |asked| vec!["?".to_owned(), right_line(asked)]);
    let summary = desk.run(&mut player, &options(None, 500)).unwrap();
    let all = desk.bank.questions().len();
    assert_eq!(
        (summary.chosen, summary.answered, summary.right),
        (all, all, all),
        "{}",
        player.screen
    );
    assert!(summary.missed.is_empty());
    assert_eq!(summary.next.command, "kvorum quiz");
    let attempts = desk.attempts();
    assert_eq!(attempts.len(), all);
    for attempt in &attempts {
        assert!(
            attempt.right && attempt.hints == 1 && attempt.elapsed_ms == 1000,
            "{attempt:?}"
        );
        let question = desk.bank.question(attempt.item.parse().unwrap()).unwrap();
        assert_eq!(attempt.revision, question.revision);
        let again = Asked::new(question, attempt.seed);
        let input = again.parse(&right_line(&again)).unwrap();
        assert_eq!(
            again.grade(&input).unwrap().answer,
            attempt.answer,
            "the seed asks the same again"
        );
    }
}

#[test]
fn everything_on_the_screen_fits_its_width() {
    for width in [40, 80, 200] {
        for is_right in [true, false] {
            let desk = Desk::new();
            let mut player = Player::new(&desk.bank, |asked| match is_right {
                true => vec![right_line(asked)],
                false => vec!["1".to_owned(), "1 2 3 4 5".to_owned(), "q".to_owned()],
            });
            let options = SessionOptions {
                width,
                ..options(None, 500)
            };
            desk.run(&mut player, &options).unwrap();
            let progress = render_progress(&desk.record, &desk.bank, NOW_MS, width, false).unwrap();
            for line in player.screen.lines().chain(progress.lines()) {
                // The learner's Enter ends the prompt's line.
                let line = line.strip_prefix("> ").unwrap_or(line);
                let is_code = line.starts_with("    ") || line.contains("record.sqlite");
                let limit = if is_code { 80 } else { width.min(80) };
                assert!(
                    line.chars().count() <= limit || line.contains("record.sqlite"),
                    "{line}"
                );
                assert!(!line.contains("{{"), "{line}");
            }
        }
    }
}

#[test]
fn a_miss_is_explained_with_its_misconception_and_the_way_on() {
    let desk = Desk::new();
    let mut player = Player::new(&desk.bank, |asked| {
        let right = right_line(asked);
        let wrong = (1..=4)
            .map(|at| at.to_string())
            .find(|at| *at != right)
            .unwrap();
        vec![if asked.question().body.kind() == "single" {
            wrong
        } else {
            right
        }]
    });
    let summary = desk.run(&mut player, &options(Some(2), 100)).unwrap();
    assert!(!summary.missed.is_empty());
    assert_eq!(summary.next.command, "kvorum quiz --lesson 2");
    for part in [
        "Not quite.",
        "Right.",
        "Answer: ",
        "Why: ",
        "Misconception: \"",
        "In an interview: ",
        "Source: ",
        "Read on: lesson 2, Consistent Hashing: \"",
    ] {
        assert!(player.screen.contains(part), "{part}");
    }
    let wrong: Vec<_> = desk
        .attempts()
        .into_iter()
        .filter(|attempt| !attempt.right)
        .collect();
    assert_eq!(wrong.len(), summary.missed.len());
    assert!(
        wrong
            .iter()
            .all(|attempt| attempt.misconceptions.len() == 1)
    );
    let progress = render_progress(&desk.record, &desk.bank, NOW_MS, 80, false).unwrap();
    let first = desk
        .bank
        .misconception(&wrong[0].misconceptions[0])
        .unwrap();
    assert!(
        progress.contains(first.name.split(' ').next().unwrap()),
        "{progress}"
    );
}

#[test]
fn a_lesson_that_is_not_written_is_called_so() {
    let desk = Desk::new();
    let mut player = Player::new(&desk.bank, |asked| vec![right_line(asked)]);
    desk.run(&mut player, &options(Some(3), 1)).unwrap();
    let reading = "Read on: lesson 3, Replication (not written yet)";
    assert!(player.screen.contains(reading), "{}", player.screen);
}

#[test]
fn piped_answers_work_and_the_end_of_the_pipe_ends_the_session() {
    let desk = Desk::new();
    let (summary, screen) = desk.piped(b"2\n2", &options(Some(2), 10));
    assert_eq!(summary.answered, desk.attempts().len());
    assert!(
        screen.contains("Kvorum quiz: lesson 2, Consistent Hashing, 10 questions"),
        "{screen}"
    );
    assert!(screen.ends_with("kvorum quiz --lesson 2\n"), "{screen}");
    let mut output = Vec::new();
    let mut echoing = Lines::new(&b"zzz\n"[..], &mut output).echoing();
    desk.run(&mut echoing, &options(None, 3)).unwrap();
    let transcript = String::from_utf8(output).unwrap();
    assert!(
        transcript.contains("> zzz\nThat is no answer here"),
        "{transcript}"
    );
    let (summary, screen) = desk.piped(b"", &options(None, 3));
    assert_eq!(summary.answered, 0);
    assert!(screen.contains("No question answered."), "{screen}");
}

#[test]
fn q_stops_and_keeps_what_was_answered() {
    let desk = Desk::new();
    let mut asked_so_far = 0;
    let mut player = Player::new(&desk.bank, |asked| {
        asked_so_far += 1;
        vec![if asked_so_far == 3 {
            " q ".to_owned()
        } else {
            right_line(asked)
        }]
    });
    let summary = desk.run(&mut player, &options(None, 10)).unwrap();
    assert_eq!((summary.answered, summary.right), (2, 2));
    assert_eq!(desk.attempts().len(), 2);
}

#[test]
fn a_line_that_is_no_answer_says_what_is_and_does_not_go_on_for_ever() {
    let desk = Desk::new();
    let mut input = "#\n".repeat(4).into_bytes();
    input.extend(vec![b'9'; 5_000_000]);
    input.extend(b"\n\xFF\xFE\n");
    let (summary, screen) = desk.piped(&input, &options(Some(2), 2));
    assert_eq!(summary.answered, 0);
    assert!(desk.attempts().is_empty());
    assert_eq!(
        screen.matches("That is no answer here").count(),
        5,
        "{screen}"
    );
    assert_eq!(
        screen.matches("stays open for another time").count(),
        1,
        "{screen}"
    );
    assert!(screen.len() < 10_000);
}

#[test]
fn unseen_questions_come_first_then_missed_ones_the_oldest_first() {
    let desk = Desk::new();
    let mut order = Vec::new();
    let mut session = |count: usize, fails: bool| {
        let mut asked_now = Vec::new();
        let mut player = Player::new(&desk.bank, |asked| {
            asked_now.push(asked.question().id);
            let wrong_number = "-1".to_owned();
            match asked.question().body.kind() {
                "numeric" if fails => vec![wrong_number],
                _ => vec![right_line(asked)],
            }
        });
        desk.run(&mut player, &options(Some(2), count)).unwrap();
        order.push(asked_now);
    };
    session(10, true);
    session(desk.bank.lesson_questions(2).len() - 10, true);
    session(4, false);
    let all: std::collections::BTreeSet<_> = order[0].iter().chain(&order[1]).collect();
    assert_eq!(
        all.len(),
        desk.bank.lesson_questions(2).len(),
        "no question twice while some are unseen"
    );
    let numeric = |id: &&_| desk.bank.question(**id).unwrap().body.kind() == "numeric";
    let missed: Vec<_> = order[0]
        .iter()
        .chain(&order[1])
        .filter(numeric)
        .copied()
        .collect();
    let third: std::collections::BTreeSet<_> = order[2].iter().collect();
    assert_eq!(
        third,
        missed.iter().take(4).collect(),
        "the four missed longest ago"
    );
}

#[test]
fn lessons_are_mixed() {
    let desk = Desk::new();
    let mut lessons = Vec::new();
    let mut player = Player::new(&desk.bank, |asked| {
        lessons.push(asked.question().lesson);
        vec![right_line(asked)]
    });
    desk.run(&mut player, &options(None, 12)).unwrap();
    let other_left = |at: usize| lessons[at..].iter().any(|lesson| *lesson != lessons[at]);
    for at in 2..lessons.len() {
        let three_alike = lessons[at - 2..=at]
            .iter()
            .all(|lesson| *lesson == lessons[at]);
        assert!(!three_alike || !other_left(at), "{lessons:?}");
    }
}

#[test]
fn a_lesson_without_questions_says_which_have_some() {
    let mut desk = Desk::new();
    let file = |text| BankFile { name: "x", text };
    let question = r#"
[[question]]
id = "7a4e2f0c-3d55-4a0e-9f6b-0d2c8b1e5a10"
type = "numeric"
lesson = 3
difficulty = 2
tags = ["number"]
stem = "How many?"
answer = 3
tolerance = 0
wrong = [{ answer = 0, misconception = "even", feedback = "f" }]
explanation = "e"
interview = "i"
source = "s"
anchor = "03-replication"
"#;
    let misconceptions = r#"
[[misconception]]
id = "even"
name = "n"
tempting = "t"
truth = "t"
where = "03-replication"
"#;
    let other = question
        .replace("lesson = 3", "lesson = 4")
        .replace("03-", "04-");
    let other = other.replace("5a10", "5a11");
    let files = [file(question), file(&other)];
    desk.bank = Bank::read(&files, &file(misconceptions), &file("")).unwrap();
    let error = desk
        .run(&mut Lines::new(&b""[..], Vec::new()), &options(Some(9), 5))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "lesson 9 has no questions; lessons with questions: 3, 4"
    );
}

/// Fails as soon as a verdict is to be shown, like a terminal that is closed at that moment.
struct Closing<'a>(&'a mut dyn Terminal);

impl Terminal for Closing<'_> {
    fn read_line(&mut self) -> io::Result<Line> {
        self.0.read_line()
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        if text.contains("In an interview") {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.0.write(text)
    }
}

#[test]
fn an_answer_is_kept_before_its_feedback_is_shown() {
    let desk = Desk::new();
    let mut player = Player::new(&desk.bank, |asked| vec![right_line(asked)]);
    let error = desk
        .run(&mut Closing(&mut player), &options(None, 5))
        .unwrap_err();
    assert!(matches!(error, QuizError::Terminal(_)), "{error}");
    assert_eq!(desk.attempts().len(), 1);
}

#[test]
fn exercises_and_quiz_answers_stand_side_by_side_in_progress() {
    let desk = Desk::new();
    let mut player = Player::new(&desk.bank, |asked| vec![right_line(asked)]);
    desk.run(&mut player, &options(Some(2), 5)).unwrap();
    let exercise = kvorum_quiz::Attempt {
        kind: AttemptKind::Exercise,
        item: "02-ring".to_owned(),
        ..desk.attempts()[0].clone()
    };
    desk.record.append(&exercise).unwrap();
    let text = render_progress(&desk.record, &desk.bank, NOW_MS, 80, false).unwrap();
    let known = format!("5/{} known", desk.bank.lesson_questions(2).len());
    assert!(text.contains(&known), "{text}");
    assert!(text.contains("exercises: 1 passed of 1 tried"), "{text}");
    assert!(text.contains("kvorum quiz --lesson 2"), "{text}");
    let coloured = render_progress(&desk.record, &desk.bank, NOW_MS, 80, true).unwrap();
    assert!(coloured.contains("\u{1b}[") && !text.contains('\u{1b}'));
    let progress = kvorum_quiz::Progress::gather(&desk.record, &desk.bank, NOW_MS).unwrap();
    let json = serde_json::to_value(&progress).unwrap();
    assert_eq!(json["lessons"][1]["known"], 5);
    assert_eq!(json["lessons"][1]["exercises_passed"], 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]
    /// Any bytes through the pipe end in a summary, and only whole answers are kept.
    #[test]
    fn any_input_ends_in_a_summary(input in prop::collection::vec(any::<u8>(), 0..400)) {
        let desk = Desk::new();
        let (summary, _) = desk.piped(&input, &options(None, 5));
        prop_assert_eq!(summary.answered, desk.attempts().len());
    }
}
