//! A session over a pipe: what it asks, what it accepts, what it keeps, and how it ends.

mod desk;

use std::io;

use kvorum_quiz::{
    Asked, AttemptKind, Ending, Line, Lines, Mode, QuizError, SessionOptions, Terminal,
    render_progress,
};
use proptest::prelude::*;

/// When progress is looked at, in these tests: after every answer.
const NOW_MS: i64 = 2_000_000;

use desk::{Desk, Player, options, paragraph, right_line, unwrapped, wrong_line};

#[test]
fn a_learner_who_knows_everything_gets_everything_right() {
    let desk = Desk::new();
    let mut player = Player::new(&desk.bank, |asked| vec!["?".to_owned(), right_line(asked)]);
    let summary = desk.run(&mut player, &options(None, 100)).unwrap();
    let all = summary.chosen;
    assert_eq!(
        (summary.answered, summary.right, summary.ending),
        (all, all, Ending::Done),
        "{}",
        player.screen
    );
    assert!(all > 10 && summary.missed.is_empty());
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
    for (width, plain) in [
        (40, false),
        (80, false),
        (200, false),
        (40, true),
        (80, true),
    ] {
        for is_right in [true, false] {
            let desk = Desk::new();
            let mut player = Player::new(&desk.bank, |asked| match is_right {
                true => vec!["?".to_owned(), "?".to_owned(), right_line(asked)],
                false => {
                    let nonsense = Some("nonsense, surely".to_owned());
                    let nonsense = nonsense.filter(|line| asked.parse(line).is_err());
                    nonsense.into_iter().chain([wrong_line(asked)]).collect()
                }
            });
            // Each question's run is looked at.
            player = player.typing();
            player.pauses = ["s", ""]
                .repeat(50)
                .into_iter()
                .map(str::to_owned)
                .collect();
            let options = SessionOptions {
                width,
                plain,
                colour: plain,
                paragraph: &paragraph,
                ..options(None, 100)
            };
            let summary = desk.run(&mut player, &options).unwrap();
            assert!(summary.answered > 10);
            let progress = render_progress(&desk.record, &desk.bank, NOW_MS, width, false).unwrap();
            for line in player.screen.lines().chain(progress.lines()) {
                // The learner's Enter ends the prompt's line.
                let line = line.strip_prefix("> ").unwrap_or(line);
                let line = line.strip_prefix("Your answer: ").unwrap_or(line);
                let columns = line.trim_end().chars().count();
                assert!(columns <= width.min(80), "{columns} columns: {line}");
                assert!(!line.contains("{{"), "{line}");
            }
        }
    }
}

#[test]
fn a_miss_is_explained_with_its_misconception_and_the_way_on() {
    let desk = Desk::new();
    let mut player = Player::new(&desk.bank, |asked| {
        vec![match asked.question().body.kind() {
            "single" => wrong_line(asked),
            _ => right_line(asked),
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
        "Why it tempts: ",
        "What is true: ",
        "The engine really returned: moved ",
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
    let progress = unwrapped(&progress);
    let told =
        |id: &String| progress.contains(&unwrapped(&desk.bank.misconception(id).unwrap().name));
    assert!(
        wrong.iter().any(|attempt| told(&attempt.misconceptions[0])),
        "{progress}"
    );
}

#[test]
fn a_person_is_asked_until_an_answer_comes_and_waits_between_two_questions() {
    let desk = Desk::new();
    let mut numbers = 0;
    let mut player = Player::new(&desk.bank, |asked| {
        let mut lines = match asked.question().body.kind() {
            "numeric" => nonsense(7),
            _ => Vec::new(),
        };
        numbers += usize::from(!lines.is_empty());
        lines.push(right_line(asked));
        lines
    });
    player = player.typing();
    // What means nothing between two questions is passed over.
    player.pauses = ["x", "?", ""].map(str::to_owned).into();
    let summary = desk.run(&mut player, &options(Some(2), 100)).unwrap();
    let screen = player.screen;
    assert!(numbers > 1, "{screen}");
    assert_eq!(
        (summary.answered, summary.ending),
        (summary.chosen, Ending::Done)
    );
    let count = |text: &str| screen.matches(text).count();
    // Enter alone is no wrong answer.
    assert_eq!(count("That is no answer here"), 6 * numbers, "{screen}");
    assert_eq!(count("stays open"), 0, "{screen}");
    assert_eq!(count("Press Enter "), summary.answered + 2, "{screen}");
    assert_eq!(count("Press Enter to finish"), 1, "{screen}");
    let mut player = Player::new(&desk.bank, |asked| vec![right_line(asked)]).typing();
    player.pauses = ["", "q"].map(str::to_owned).into();
    let summary = desk.run(&mut player, &options(Some(2), 100)).unwrap();
    assert_eq!((summary.answered, summary.ending), (2, Ending::Stopped));
}

#[test]
fn s_shows_the_run_of_the_prediction_that_was_answered() {
    for (plain, parts) in [
        (false, ["time", "put", "│", "▶"].as_slice()),
        (
            true,
            &[
                "The run, in its order.",
                "a client asks n",
                " sends put to n",
                "Line 1, cluster",
            ],
        ),
    ] {
        let desk = Desk::new();
        let mut player = Player::new(&desk.bank, |asked| vec![right_line(asked)]).typing();
        player.pauses = ["s", ""]
            .repeat(50)
            .into_iter()
            .map(str::to_owned)
            .collect();
        let options = SessionOptions {
            plain,
            ..options(Some(3), 100)
        };
        desk.run(&mut player, &options).unwrap();
        for part in parts {
            assert!(player.screen.contains(part), "{part}: {}", player.screen);
        }
        let title = if plain {
            "The run, in its order."
        } else {
            "The run, time going down:"
        };
        let picture = player.screen.split(title).nth(1).unwrap();
        let picture = picture.split("\nPress Enter").next().unwrap();
        assert!(picture.lines().count() <= 40 || plain, "{picture}");
        // In a pipe nobody waits, and s still shows the run, at the next question.
        let mut has_run = false;
        let mut piped = Player::new(&desk.bank, |asked| {
            let mut lines = vec![right_line(asked)];
            if std::mem::replace(&mut has_run, asked.script().is_some()) {
                lines.insert(0, "s".to_owned());
            }
            lines
        });
        desk.run(&mut piped, &options).unwrap();
        assert!(piped.screen.contains(title), "{}", piped.screen);
        assert!(!piped.screen.contains("Press Enter"), "{}", piped.screen);
    }
}

#[test]
fn a_hint_is_what_the_lesson_says_and_then_the_question_s_own() {
    let desk = Desk::new();
    let mut player = Player::new(&desk.bank, |asked| {
        vec!["?".to_owned(), "?".to_owned(), right_line(asked)]
    });
    let with_text = SessionOptions {
        paragraph: &paragraph,
        ..options(Some(2), 3)
    };
    desk.run(&mut player, &with_text).unwrap();
    assert!(desk.attempts().iter().all(|attempt| attempt.hints == 2));
    for part in [
        "\nHint, from lesson 2, Consistent Hashing: \"",
        "\nThis is what 02-consistent-hashing#",
        "\n    node = 1\n",
        "\nAnother ? gives a nudge.\n",
        "> Hint: ",
    ] {
        assert!(player.screen.contains(part), "{part}: {}", player.screen);
    }
    let mut player = Player::new(&desk.bank, |asked| vec!["?".to_owned(), right_line(asked)]);
    desk.run(&mut player, &options(Some(3), 1)).unwrap();
    let screen = unwrapped(&player.screen);
    assert!(
        screen.contains("Hint: ") && !screen.contains("Hint, from"),
        "{screen}"
    );
}

#[test]
fn a_review_asks_what_is_due_and_says_when_nothing_is() {
    let desk = Desk::new();
    let review = SessionOptions {
        mode: Mode::Review,
        ..options(Some(2), 10)
    };
    let (summary, screen) = desk.piped(b"", &review);
    assert_eq!((summary.chosen, summary.ending), (0, Ending::Done));
    assert!(
        screen.starts_with("Nothing is due: lesson 2, Consistent Hashing."),
        "{screen}"
    );
    assert!(
        screen.ends_with(&format!("    {}\n", summary.next.command)),
        "{screen}"
    );
    let mut player = Player::new(&desk.bank, |asked| vec![wrong_line(asked)]);
    desk.run(&mut player, &options(Some(2), 3)).unwrap();
    // A month later.
    desk.clock.0.set(desk.clock.0.get() + 30 * 24 * 3_600_000);
    let mut player = Player::new(&desk.bank, |asked| vec![right_line(asked)]);
    let summary = desk.run(&mut player, &review).unwrap();
    assert_eq!((summary.chosen, summary.answered, summary.right), (3, 3, 3));
    assert!(
        player.screen.contains("Question 3 of 3"),
        "{}",
        player.screen
    );
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
    // Some of them are answered by a sentence, for which anything will do; most are not.
    let lines = "zzz\n".repeat(60);
    let mut echoing = Lines::new(lines.as_bytes(), &mut output).echoing();
    desk.run(&mut echoing, &options(None, 10)).unwrap();
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
    assert_eq!(summary.ending, Ending::Stopped);
    assert_eq!(desk.attempts().len(), 2);
}

/// Ctrl-C where an answer is wanted.
struct Interrupting;

impl Terminal for Interrupting {
    fn read_line(&mut self) -> io::Result<Line> {
        Ok(Line::Interrupted)
    }

    fn write(&mut self, _text: &str) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn ctrl_c_stops_and_is_told_apart() {
    let desk = Desk::new();
    for mode in [Mode::Practice, Mode::Exam, Mode::Poll(2)] {
        let options = SessionOptions {
            mode,
            ..options(None, 10)
        };
        let summary = desk.run(&mut Interrupting, &options).unwrap();
        assert_eq!((summary.answered, summary.ending), (0, Ending::Interrupted));
    }
}

/// Lines that no question about a number takes.
fn nonsense(times: usize) -> Vec<String> {
    let lines = ["#", "", "nan", "1,000", "\u{fffd}", "\u{1b}[A", "many"];
    lines
        .map(str::to_owned)
        .into_iter()
        .cycle()
        .take(times)
        .collect()
}

#[test]
fn a_line_that_is_no_answer_says_what_is_and_does_not_go_on_for_ever() {
    let desk = Desk::new();
    let mut passed_over = 0;
    let mut player = Player::new(&desk.bank, |asked| match asked.question().body.kind() {
        "numeric" => {
            passed_over += 1;
            nonsense(5)
        }
        _ => vec![right_line(asked)],
    });
    let summary = desk.run(&mut player, &options(Some(2), 100)).unwrap();
    let screen = player.screen;
    assert!(passed_over > 1, "{screen}");
    assert_eq!(summary.ending, Ending::Done);
    assert_eq!(summary.answered, desk.attempts().len());
    let count = |text: &str| screen.matches(text).count();
    assert_eq!(
        count("stays open for another time"),
        passed_over,
        "{screen}"
    );
    assert_eq!(count("That is no answer here"), 4 * passed_over, "{screen}");
    // A line without end is no answer either, and takes no room.
    let desk = Desk::new();
    let mut input = vec![b'9'; 5_000_000];
    input.extend(b"\n\xFF\xFE\nq\n");
    let (summary, screen) = desk.piped(&input, &options(Some(2), 2));
    assert_eq!((summary.answered, summary.ending), (0, Ending::Stopped));
    assert!(
        screen.len() < 10_000 && screen.contains("That is no answer here"),
        "{screen}"
    );
}

#[test]
fn a_lesson_without_questions_says_which_have_some() {
    let desk = Desk::new();
    let error = desk
        .run(&mut Lines::new(&b""[..], Vec::new()), &options(Some(11), 5))
        .unwrap_err();
    let having: Vec<String> = desk.bank.lessons().iter().map(u8::to_string).collect();
    let having = having.join(", ");
    assert_eq!(
        error.to_string(),
        format!("lesson 11 has no questions; lessons with questions: {having}")
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
    let mut pool = desk.bank.lesson_questions(2);
    pool.retain(|question| !question.is_exam);
    let pool = pool.len();
    assert!(text.contains(&format!("5/{pool} known")), "{text}");
    assert!(text.contains("exercises: 1 passed of 1 tried"), "{text}");
    assert!(text.contains("kvorum quiz --lesson 2"), "{text}");
    let coloured = render_progress(&desk.record, &desk.bank, NOW_MS, 80, true).unwrap();
    assert!(coloured.contains("\u{1b}[") && !text.contains('\u{1b}'));
    let progress = kvorum_quiz::Progress::gather(&desk.record, &desk.bank, NOW_MS).unwrap();
    let json = serde_json::to_value(&progress).unwrap();
    let lessons = json["lessons"].as_array().unwrap();
    let second = lessons.iter().find(|lesson| lesson["lesson"] == 2).unwrap();
    assert_eq!(
        (&second["known"], &second["exercises_passed"]),
        (&5.into(), &1.into())
    );
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
