//! What a screen reader is given: sentences with labels, and nothing that only the eye sees.

mod desk;

use kvorum_quiz::{Lines, Mode, SessionOptions};

use desk::{Desk, Player, options, paragraph, right_line, unwrapped, wrong_line};

fn plain(mode: Mode) -> SessionOptions<'static> {
    SessionOptions {
        mode,
        plain: true,
        colour: true,
        paragraph: &paragraph,
        ..options(None, 100)
    }
}

#[test]
fn every_thing_is_said_in_a_sentence_with_its_label() {
    let desk = Desk::new();
    for mode in [Mode::Practice, Mode::Exam] {
        for is_right in [true, false] {
            let mut player = Player::new(&desk.bank, |asked| {
                vec![if is_right {
                    right_line(asked)
                } else {
                    wrong_line(asked)
                }]
            });
            let summary = desk.run(&mut player, &plain(mode)).unwrap();
            let screen = unwrapped(&player.screen);
            for number in 1..=summary.chosen {
                let head = format!("Question {number} of {}. Lesson ", summary.chosen);
                assert!(screen.contains(&head), "{head}: {screen}");
            }
            for part in [". Difficulty ", " of 5. ", "Option 1: ", "Your answer: "] {
                assert!(screen.contains(part), "{part}: {screen}");
            }
            for line in player.screen.lines() {
                assert!(!line.starts_with([' ', '#', '>']), "{line}");
            }
            // Key names such as t' are ASCII; boxes, bars and colours are not.
            let odd = |c: &char| matches!(c, '\u{2500}'..='\u{25ff}' | '\u{1b}');
            assert_eq!(player.screen.chars().find(odd), None, "{screen}");
        }
    }
    let (_, screen) = desk.piped(b"q\n", &plain(Mode::Practice));
    assert!(screen.contains("Command: kvorum quiz"), "{screen}");
}

#[test]
fn a_script_is_read_line_by_line() {
    let desk = Desk::new();
    let mut player = Player::new(&desk.bank, |asked| vec![right_line(asked)]);
    desk.run(&mut player, &plain(Mode::Practice)).unwrap();
    let screen = unwrapped(&player.screen);
    assert!(screen.contains("The script has "), "{screen}");
    assert!(
        screen.contains(" lines. Line 1: cluster nodes="),
        "{screen}"
    );
}

#[test]
fn lines_that_are_typed_are_waited_for_in_words() {
    let desk = Desk::new();
    let mut output = Vec::new();
    let mut typed = Lines::new(&b"?\nq\n"[..], &mut output).typed();
    desk.run(&mut typed, &plain(Mode::Practice)).unwrap();
    let screen = unwrapped(&String::from_utf8(output).unwrap());
    assert!(
        screen.contains(", then press Enter. Or type ? for a hint, or q to stop."),
        "{screen}"
    );
}
