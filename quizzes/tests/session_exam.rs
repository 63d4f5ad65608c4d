//! An exam: what practice never asks, nothing said until the end, and every answer kept at once.

mod desk;

use std::cell::RefCell;
use std::collections::BTreeSet;

use kvorum_quiz::{Ending, Mode, SessionOptions};
use uuid::Uuid;

use desk::{Desk, Player, options, paragraph, right_line, unwrapped, wrong_line};

fn exam(count: usize) -> SessionOptions<'static> {
    SessionOptions {
        mode: Mode::Exam,
        paragraph: &paragraph,
        ..options(None, count)
    }
}

#[test]
fn nothing_is_said_until_the_end_and_then_everything() {
    let desk = Desk::new();
    let asked_in_exam = RefCell::new(Vec::<Uuid>::new());
    let mut player = Player::new(&desk.bank, |asked| {
        // What is kept so far is what was answered so far.
        let mut met = asked_in_exam.borrow_mut();
        assert_eq!(desk.attempts().len(), met.len());
        met.push(asked.question().id);
        let is_missed = met.len().is_multiple_of(2);
        vec![if is_missed {
            wrong_line(asked)
        } else {
            right_line(asked)
        }]
    });
    let summary = desk.run(&mut player, &exam(100)).unwrap();
    let screen = player.screen;
    let asked = asked_in_exam.take();
    assert!(asked.len() >= 2, "{screen}");
    assert_eq!(
        (summary.chosen, summary.answered),
        (asked.len(), asked.len())
    );
    assert_eq!(summary.right, asked.len().div_ceil(2));
    assert_eq!(summary.missed.len(), asked.len() / 2);
    assert_eq!(desk.attempts().len(), asked.len());
    let (during, report) = screen.split_once("\nExam: ").unwrap();
    for part in [
        "Right.",
        "Not quite",
        "Why: ",
        "Answer: ",
        "Misconception",
        "really returned",
    ] {
        assert!(!during.contains(part), "{part}: {during}");
    }
    assert_eq!(during.matches("Saved.").count(), asked.len());
    assert!(during.contains("Kvorum exam: all lessons"), "{during}");
    assert!(report.starts_with(&format!("{} of {} right.", summary.right, asked.len())));
    for lesson in &summary.lessons {
        let counts = format!("{:>3} of {:<3}", lesson.right, lesson.answered);
        assert!(report.contains(&counts), "{counts}: {report}");
    }
    let bars = report
        .lines()
        .filter(|line| line.contains('%') && line.contains(" of "));
    let bars: Vec<&str> = bars.collect();
    assert!(
        bars.iter()
            .any(|line| line.contains('#') || line.contains("............")),
        "{report}"
    );
    let report = unwrapped(report);
    for missed in &summary.missed {
        assert!(report.contains(&unwrapped(missed)), "{missed}: {report}");
    }
    assert_eq!(
        report.matches("You answered: ").count(),
        summary.missed.len()
    );
    assert_eq!(report.matches(" Why: ").count(), summary.missed.len());

    // Practice asks others.
    let mut practised = BTreeSet::new();
    let mut player = Player::new(&desk.bank, |asked| {
        practised.insert(asked.question().id);
        vec![right_line(asked)]
    });
    desk.run(&mut player, &options(None, 100)).unwrap();
    assert!(practised.len() > 10);
    assert!(asked.iter().all(|id| !practised.contains(id)));
}

#[test]
fn an_exam_gives_no_hints_and_leaving_it_gives_the_report() {
    let desk = Desk::new();
    let mut count = 0;
    let mut player = Player::new(&desk.bank, |asked| {
        count += 1;
        match count {
            1 => vec![wrong_line(asked)],
            _ => vec!["q".to_owned()],
        }
    });
    let summary = desk.run(&mut player, &exam(100)).unwrap();
    assert_eq!((summary.answered, summary.ending), (1, Ending::Stopped));
    let screen = unwrapped(&player.screen);
    let open = format!("of {} stayed open.", summary.chosen);
    for part in [
        "Exam: 0 of 1 right. All saved.",
        &open,
        "Missed 1 (lesson ",
        "Why: ",
    ] {
        assert!(screen.contains(part), "{part}: {screen}");
    }
    let (_, screen) = desk.piped(b"?\n?\n?\n?\n?\nq\n", &exam(1));
    assert!(
        !screen.contains("Hint:") && !screen.contains("Hint, ") && !screen.contains("for a hint"),
        "{screen}"
    );
    assert!(screen.contains("No question answered."), "{screen}");
}

#[test]
fn the_report_fits_its_width_and_can_be_read_out() {
    for (width, plain) in [(40, false), (80, false), (40, true)] {
        let desk = Desk::new();
        let mut player = Player::new(&desk.bank, |asked| vec![wrong_line(asked)]);
        let options = SessionOptions {
            width,
            plain,
            colour: true,
            ..exam(100)
        };
        let summary = desk.run(&mut player, &options).unwrap();
        assert_eq!(summary.right, 0);
        if plain {
            assert!(
                !player.screen.contains(['#', '\u{1b}']),
                "{}",
                player.screen
            );
            let said = format!("Lesson {}, ", summary.lessons[0].lesson);
            assert!(player.screen.contains(&said), "{}", player.screen);
        }
        let bare = player
            .screen
            .replace("\u{1b}[0m", "")
            .replace("\u{1b}[1m", "");
        for line in bare
            .replace("\u{1b}[33m", "")
            .replace("\u{1b}[32m", "")
            .lines()
        {
            assert!(line.trim_end().chars().count() <= width, "{line}");
        }
    }
}
