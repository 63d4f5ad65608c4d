//! A lesson's poll: an answer before it, an answer after it, and how the idea moved.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod desk;

use kvorum_quiz::{AttemptKind, Ending, Lines, Mode, SessionOptions, Terminal as _};

use desk::{Desk, options, unwrapped};

fn poll(lesson: u8, plain: bool) -> SessionOptions<'static> {
    SessionOptions {
        mode: Mode::Poll(lesson),
        plain,
        ..options(Some(lesson), 10)
    }
}

/// The line that chooses what holds, or what does not.
fn line(options: &[kvorum_quiz::bank::Side; 2], holds: bool) -> String {
    let place = options
        .iter()
        .position(|option| option.holds == holds)
        .unwrap();
    format!("{}\n", place + 1)
}

#[test]
fn a_poll_opens_closes_and_tells_how_the_answer_moved() {
    for plain in [false, true] {
        let desk = Desk::new();
        let about = desk.bank.poll(2).unwrap().clone();
        let wrong = line(&about.opening.options, false);
        let right = line(&about.closing.options, true);
        let (summary, screen) = desk.piped(wrong.as_bytes(), &poll(2, plain));
        assert_eq!((summary.answered, summary.ending), (1, Ending::Done));
        assert_eq!(summary.next.command, "kvorum quiz --poll --lesson 2");
        let first = unwrapped(&screen);
        assert!(first.contains(&unwrapped(&about.opening.stem)), "{screen}");
        assert!(
            first.contains("Whether it holds, the lesson tells."),
            "{screen}"
        );
        for verdict in ["does not hold", "(holds)", &unwrapped(&about.because)] {
            assert!(!first.contains(verdict), "{verdict}: {screen}");
        }

        let (summary, screen) = desk.piped(right.as_bytes(), &poll(2, plain));
        assert_eq!((summary.answered, summary.right), (1, 1));
        assert_eq!(summary.next.command, "kvorum quiz --lesson 2");
        let second = unwrapped(&screen);
        assert!(second.contains(&unwrapped(&about.closing.stem)), "{screen}");
        let moved = |end: &str| {
            assert!(second.contains("Opening: you chose \""), "{screen}");
            assert!(
                second.contains("(does not hold). Closing: you chose \""),
                "{screen}"
            );
            assert!(second.contains(end), "{screen}");
        };
        moved("(holds).");
        moved(&unwrapped(&about.because));

        // A third time both answers stand there, and the closing poll is open again.
        let (summary, screen) = desk.piped(b"q\n", &poll(2, plain));
        assert_eq!((summary.answered, summary.ending), (0, Ending::Stopped));
        let third = unwrapped(&screen);
        assert!(
            third.contains("Your closing answer stays as it is."),
            "{screen}"
        );
        let at = |text: &str| {
            third
                .find(text)
                .unwrap_or_else(|| panic!("{text}: {screen}"))
        };
        assert!(at("Opening: you chose") < at(&unwrapped(&about.closing.stem)));
        assert_eq!(summary.next.command, "kvorum quiz --lesson 2");
        let changed = line(&about.closing.options, false);
        let (_, screen) = desk.piped(changed.as_bytes(), &poll(2, plain));
        assert_eq!(
            unwrapped(&screen).matches("(does not hold)").count(),
            3,
            "{screen}"
        );

        let kept = desk.attempts();
        let items: Vec<String> = kept.iter().map(|attempt| attempt.item.clone()).collect();
        let side = |name: &str| format!("{}/{name}", about.id);
        assert_eq!(items, [side("opening"), side("closing"), side("closing")]);
        assert!(
            kept.iter()
                .all(|attempt| attempt.kind == AttemptKind::Poll && attempt.lesson == 2)
        );
        assert_eq!(
            kept.iter().map(|attempt| attempt.right).collect::<Vec<_>>(),
            [false, true, false]
        );
    }
}

#[test]
fn a_poll_without_an_answer_keeps_nothing_and_stays_open() {
    let desk = Desk::new();
    for input in ["", "q\n", "3\n?\nzz\n\n5\n1\n"] {
        let (summary, screen) = desk.piped(input.as_bytes(), &poll(2, false));
        assert_eq!(summary.answered, 0, "{screen}");
        assert_eq!(summary.next.command, "kvorum quiz --poll --lesson 2");
        assert!(screen.contains("nothing was kept"), "{screen}");
        assert!(!screen.contains("for a hint"), "{screen}");
    }
    assert!(desk.attempts().is_empty());
    let mut lines = Lines::new(&b"b\n"[..], Vec::new()).typed();
    assert!(lines.is_typed_into() && !lines.has_keys());
    assert_eq!(desk.run(&mut lines, &poll(2, false)).unwrap().answered, 1);
}

#[test]
fn a_lesson_without_a_poll_says_which_have_one() {
    let desk = Desk::new();
    let none = (1..=10).find(|lesson| desk.bank.poll(*lesson).is_none());
    if let Some(lesson) = none {
        let mut lines = Lines::new(&b""[..], Vec::new());
        let error = desk.run(&mut lines, &poll(lesson, false)).unwrap_err();
        let expected = format!("lesson {lesson} has no poll; lessons with a poll: ");
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
}
