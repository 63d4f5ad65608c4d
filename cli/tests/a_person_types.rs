//! `kvorum cluster` on a terminal: Ctrl-C stops a line and not the session, Tab completes, and every line
//! is kept.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot start has failed")]

mod command;

use command::Place;
use command::pty::Typist;

const PROMPT: &str = "kvorum> ";

/// A session that has come to its prompt.
fn session(place: &Place) -> Typist {
    let mut typist = Typist::start(place.command(&["cluster"]), 80);
    typist.sees(PROMPT);
    typist
}

#[test]
fn ctrl_c_stops_the_line_and_the_cluster_goes_on() {
    let place = Place::new();
    let mut typist = session(&place);
    typist.types("put cart milk\r");
    typist.sees("-> ok");
    // Twice: the first Ctrl-C must not be the last one that is heard.
    for long in ["run 10d", "load 1000000"] {
        typist.types(&format!("{long}\r"));
        typist.sees(long);
        std::thread::sleep(std::time::Duration::from_millis(500));
        typist.interrupts();
        typist.sees("stopped; the cluster stands where it was");
        typist.sees(PROMPT);
        typist.types("get cart\r");
        typist.sees("-> milk");
    }
    typist.types("exit\r");
    assert_eq!(typist.ends().0, Some(0));
}

#[test]
fn every_line_is_kept_at_once_and_the_file_stays_bounded() {
    let place = Place::new();
    let old: String = (0..1_000).map(|line| format!("put old {line}\n")).collect();
    place.write("cluster-history.txt", format!("#V2\n{old}"));
    let mut typist = session(&place);
    for value in ["milk", "eggs"] {
        typist.types(&format!("put cart {value}\r"));
        typist.sees("-> ok");
    }
    // A session that is killed has kept its lines all the same.
    drop(typist);
    let kept = place.read("cluster-history.txt");
    assert!(kept.ends_with("put cart milk\nput cart eggs\n"), "{kept}");
    assert_eq!(kept.lines().count(), 1_001, "the version, and 1000 lines");
}

#[test]
fn lines_fit_a_narrow_terminal_and_stay_at_80_columns_on_a_wide_one() {
    let place = Place::new();
    for args in [&[][..], &["ring"], &["progress"]] {
        for (columns, most) in [(52, 52), (240, 80)] {
            let (code, shown) = Typist::start(place.command(args), columns).ends();
            assert_eq!(code, Some(0), "{shown}");
            let widest = shown.lines().map(|line| line.trim_end().chars().count());
            let widest = widest.max().unwrap();
            assert!(widest <= most, "{args:?} at {columns} columns: {shown}");
            assert!(widest > most / 2, "{args:?} at {columns} columns: {shown}");
        }
    }
}

#[test]
fn a_question_fits_a_narrow_terminal() {
    let place = Place::new();
    let command = place.command(&["quiz", "--lesson", "2", "--seed", "1"]);
    let mut typist = Typist::start(command, 50);
    let mut shown = typist.sees("\n> ");
    typist.types("\u{4}");
    shown.push_str(&typist.ends().1);
    assert!(shown.lines().count() > 5, "{shown}");
    for line in shown.lines() {
        assert!(line.trim_end().chars().count() <= 50, "{line:?} in {shown}");
    }
}

#[test]
fn tab_completes_a_word_and_the_nodes_of_the_cluster_at_hand() {
    let place = Place::new();
    let mut typist = session(&place);
    typist.types("show mem\t\r");
    typist.sees("n5");
    typist.sees(PROMPT);
    typist.types("cluster nodes=1\r");
    typist.sees("-> ok");
    typist.types("kill \t\r");
    typist.sees("kill n1");
    typist.sees("-> ok");
}
