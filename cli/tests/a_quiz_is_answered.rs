//! `kvorum quiz` on a terminal: one key is an answer, a line can be edited, and the terminal is given back
//! however the quiz ends. Every mode also runs over a pipe.

#![allow(clippy::unwrap_used, reason = "a test that cannot start has failed")]

mod command;

use command::Place;
use serde_json::Value;

/// How many questions the record has answers to.
fn kept(place: &Place) -> u64 {
    let progress = place.run(&["progress", "--json"]).ends_with(0);
    let progress: Value = serde_json::from_str(&progress.out).unwrap();
    let lessons = progress["lessons"].as_array().unwrap();
    lessons
        .iter()
        .map(|lesson| lesson["asked"].as_u64().unwrap())
        .sum()
}

#[cfg(unix)]
mod on_a_terminal {
    use super::command::Place;
    use super::command::pty::Typist;
    use super::kept;

    const BY_KEY: &str = "Press a number from 1 to ";
    const PAUSE: &str = "Press Enter ";

    fn quiz(place: &Place, args: &[&str], columns: u16) -> Typist {
        let args = [&["quiz", "--seed", "7"], args].concat();
        Typist::start(place.command(&args), columns)
    }

    /// Waits for the next prompt; returns what it asks for.
    fn prompt(typist: &mut Typist) -> String {
        let shown = typist.sees("\n> ").replace('\r', "");
        shown
            .trim_end_matches("\n> ")
            .rsplit("\n\n")
            .next()
            .unwrap()
            .replace('\n', " ")
    }

    /// What answers a prompt: a key, or a line.
    fn answer(prompt: &str) -> String {
        if prompt.starts_with(BY_KEY) {
            "1".to_owned()
        } else if let Some((_, order)) = prompt.split_once("numbers in order, such as ") {
            order.replace('.', "\r")
        } else if prompt.starts_with("Type a number") {
            "50\r".to_owned()
        } else {
            "1\r".to_owned()
        }
    }

    /// Answers what is asked next, and waits for the pause after it.
    fn answers(typist: &mut Typist) -> String {
        let keys = answer(&prompt(typist));
        typist.types(&keys);
        typist.sees("Read on: ");
        typist.sees(PAUSE);
        typist.sees(". ")
    }

    /// A session about lesson 2 that has come to a question whose answer is one key.
    fn at_a_choice(place: &Place, columns: u16) -> Typist {
        for seed in 0..50 {
            let seed = seed.to_string();
            let args = ["quiz", "--lesson", "2", "--count", "2", "--seed", &seed];
            let mut typist = Typist::start(place.command(&args), columns);
            if prompt(&mut typist).starts_with(BY_KEY) {
                return typist;
            }
            typist.types("q\r");
            typist.sees("No question answered.");
            assert_eq!(typist.ends().0, Some(0));
        }
        panic!("no seed begins with a choice");
    }

    #[test]
    fn three_questions_take_a_key_or_a_line_each() {
        let place = Place::new();
        let mut typist = quiz(&place, &["--count", "3"], 80);
        typist.sees("Kvorum quiz: all lessons, 3 questions");
        for number in 1..=3 {
            typist.sees(&format!("Question {number} of 3"));
            let pause = answers(&mut typist);
            assert!(!typist.is_a_shell_s());
            let (rows, overflowed) = typist.rows();
            assert!(!overflowed, "{rows:#?}");
            assert!(
                rows.iter()
                    .any(|row| row.starts_with("Right.") || row.starts_with("Not quite"))
            );
            if pause.contains("s for the diagram") {
                typist.types("s");
                typist.sees("The run, time going down:");
                typist.sees("Press Enter ");
            }
            typist.types("\r");
        }
        typist.sees("3 answered, ");
        let (code, shown) = typist.is_over();
        assert_eq!(code, Some(0), "{shown}");
        assert!(typist.is_a_shell_s());
        assert_eq!(kept(&place), 3);
    }

    #[test]
    fn a_prediction_s_run_is_drawn() {
        let place = Place::new();
        let mut typist = quiz(&place, &["--lesson", "3", "--count", "9"], 80);
        loop {
            let pause = answers(&mut typist);
            if pause.contains("s for the diagram") {
                break;
            }
            typist.types("\r");
        }
        typist.types("s");
        typist.sees("The run, time going down:");
        typist.sees("Press Enter ");
        let (rows, overflowed) = typist.rows();
        assert!(!overflowed, "{rows:#?}");
        assert!(rows.iter().any(|row| row.contains("time  n1")), "{rows:#?}");
        assert!(
            rows.iter()
                .any(|row| row.contains('▶') || row.contains('◀')),
            "{rows:#?}"
        );
        typist.types("q");
        assert_eq!(typist.ends().0, Some(0));
    }

    #[test]
    fn a_hint_a_wrong_key_and_keys_that_mean_nothing() {
        let place = Place::new();
        let mut typist = at_a_choice(&place, 80);
        assert!(!typist.is_a_shell_s());
        typist.types("?");
        typist.sees("?\r\n");
        typist.sees("Hint, from lesson 2, Consistent Hashing: \"");
        typist.sees("\n> ");
        for (wrong, shown) in [("z", "> z"), ("9", "> 9"), ("é", "> é"), ("牛", "> 牛")] {
            typist.types(wrong);
            let refused = typist.sees("That is no answer here: press a number from 1 to 4");
            typist.sees("\n> ");
            let (rows, overflowed) = typist.rows();
            assert!(
                !overflowed && rows.iter().any(|row| row == shown),
                "{refused}: {rows:#?}"
            );
        }
        // Arrows, function keys, Alt and a letter, half a character, Esc alone, Enter alone.
        typist.types("\u{1b}[A\u{1b}[D\u{1b}OP\u{1b}[15~\u{1b}x");
        typist.types("\u{1b}");
        std::thread::sleep(std::time::Duration::from_millis(800));
        typist.types("\r");
        let again = typist.sees("\n> ");
        assert!(!again.contains("no answer"), "{again}");
        typist.types("q");
        let shown = typist.sees("No question answered.");
        assert!(!shown.contains("That is no answer"), "{shown}");
        assert_eq!(typist.is_over().0, Some(0));
        assert!(typist.is_a_shell_s());
    }

    #[test]
    fn a_line_is_edited_where_it_stands() {
        let place = Place::new();
        let mut typist = quiz(&place, &["--lesson", "2", "--count", "40"], 40);
        loop {
            let asks = prompt(&mut typist);
            if asks.starts_with("Type a number in %") {
                break;
            }
            typist.types(&answer(&asks));
            typist.sees(PAUSE);
            typist.types("\r");
        }
        let long = "hello, wörld, and so on past the end of the row";
        typist.types(long);
        typist.types(&"\u{7f}".repeat(long.chars().count() - 2));
        typist.types("\u{1b}[A\u{1b}[D\u{1b}[D\u{1b}[C\u{1b}[F\u{15}x5\u{1b}[Dy\u{8}\u{8}\u{5}0\r");
        typist.sees("Press Enter ");
        let (rows, _) = typist.rows();
        assert!(rows.iter().any(|row| row == "> 50"), "{rows:#?}");
        // The window grows, and the next question fills it.
        typist.is_resized(80);
        typist.types("\r");
        typist.sees("\n> ");
        typist.types("\u{4}");
        assert_eq!(typist.is_over().0, Some(0));
        assert!(typist.is_a_shell_s());
    }

    #[test]
    fn ctrl_c_and_signals_end_the_quiz_and_give_the_terminal_back() {
        for how in ["key", "key in a line", "-INT", "-TERM", "-HUP"] {
            let place = Place::new();
            let mut typist = quiz(&place, &["--lesson", "3", "--count", "9"], 80);
            answers(&mut typist);
            assert_eq!(kept(&place), 1);
            match how {
                "key" => typist.types("\u{3}"),
                "key in a line" => {
                    typist.types("\r");
                    typist.sees("\n> ");
                    typist.types("\u{3}");
                }
                signal => typist.signals(signal),
            }
            typist.sees("1 answered, ");
            let (code, shown) = typist.is_over();
            assert_eq!(code, Some(130), "{how}: {shown}");
            assert!(shown.contains("All saved."), "{how}: {shown}");
            assert!(typist.is_a_shell_s(), "{how}");
            assert_eq!(kept(&place), 1, "{how}");
        }
    }

    #[test]
    fn a_terminal_that_is_closed_ends_the_quiz_quietly() {
        let place = Place::new();
        for args in [&[][..], &["--plain"]] {
            let mut typist = quiz(&place, &[&["--lesson", "3"], args].concat(), 80);
            typist.sees("Question 1 of");
            let key = if args.is_empty() { "?" } else { "?\r" };
            assert_eq!(typist.hangs_up(key), Some(0), "{args:?}");
        }
        assert_eq!(kept(&place), 0);
    }

    #[test]
    fn plain_leaves_the_terminal_as_it_is() {
        let place = Place::new();
        let mut typist = quiz(&place, &["--plain", "--lesson", "2"], 80);
        typist.sees("Your answer: ");
        assert!(typist.is_a_shell_s());
        typist.types("?\r");
        typist.sees("Hint, from lesson 2");
        typist.sees("Your answer: ");
        typist.types("q\r");
        let (code, shown) = typist.is_over();
        assert_eq!(code, Some(0));
        assert!(!shown.contains('\u{1b}'), "{shown}");
    }

    #[test]
    fn a_poll_takes_one_key() {
        let place = Place::new();
        for (side, rest) in [
            ("before", "Whether it holds"),
            ("after", "Closing: you chose"),
        ] {
            let mut typist = quiz(&place, &["--poll", "--lesson", "2"], 80);
            typist.sees(&format!("{side} the lesson"));
            typist.sees("Press 1 or 2.");
            typist.sees("\n> ");
            typist.types("b");
            typist.sees(rest);
            assert_eq!(typist.ends().0, Some(0));
        }
    }
}

#[test]
fn every_mode_runs_over_a_pipe() {
    let place = Place::new();
    let lines = "1\n".repeat(300);
    let feed = |args: &[&str], input: &str| {
        let args = [&["quiz", "--seed", "7"], args].concat();
        let ran = place.feed(&args, input).ends_with(0);
        assert!(!ran.out.contains(['\u{1b}', '\r']), "{ran:#?}");
        let own = place.folder().display().to_string();
        for line in ran.out.lines().filter(|line| !line.contains(&own)) {
            assert!(line.trim_end().chars().count() <= 80, "{line}");
        }
        ran
    };
    feed(&["--review"], "")
        .says("Nothing is due")
        .says("kvorum quiz");
    feed(&["--count", "3"], &lines)
        .says("Question 3 of 3")
        .says("All saved.");
    feed(&["--exam"], &lines)
        .says("Kvorum exam: ")
        .says("Exam: ")
        .says("All saved.");
    feed(&["--exam"], "q\n").says("No question answered.");
    feed(&["--poll", "--lesson", "2"], "1\n").says("Whether it holds");
    feed(&["--poll", "--lesson", "2"], "1\n").says("Closing: you chose");
    let plain = feed(&["--plain", "--count", "2"], &lines);
    plain
        .says("Question 1 of 2. Lesson ")
        .says("Your answer: ")
        .says("Command: kvorum quiz");
    assert!(kept(&place) > 3);
}

#[test]
fn modes_exclude_each_other_and_a_poll_is_of_a_lesson() {
    let place = Place::new();
    for args in [
        &["--exam", "--review"][..],
        &["--exam", "--poll", "--lesson", "2"],
        &["--review", "--poll", "--lesson", "2"],
        &["--poll"],
    ] {
        let args = [&["quiz"], args].concat();
        place.run(&args).ends_with(2);
    }
    assert!(!place.record().exists());
    place
        .run(&["quiz", "--poll", "--lesson", "11"])
        .ends_with(2)
        .complains("1..=10");
    place
        .run(&["quiz", "--help"])
        .ends_with(0)
        .says("--exam")
        .says("space-time diagram");
}
