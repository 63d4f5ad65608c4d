//! `kvorum quiz` killed in the middle of answers, two hundred times; and two of them on one record at once.
//!
//! When to kill is drawn from a seed, which is printed; `SEED=` plays it again, as far as the machine's speed allows.

#![allow(clippy::unwrap_used, reason = "a test that cannot start has failed")]
#![cfg(unix)]

mod command;

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Stdio};
use std::time::Duration;

use command::Place;
use kvorum::base::rng::Rng;
use kvorum_quiz::{AttemptFilter, Record};

const KILLS: u64 = 200;
/// Ends what is said to an answer; the answer is saved by then.
const SAID: &str = "Read on: ";
/// Answers of one session at most.
const COUNT: &str = "40";

/// A session with more lines on its standard input than it needs.
fn session(place: &Place, seed: u64) -> Child {
    let seed = seed.to_string();
    let mut command = place.command(&["quiz", "--count", COUNT, "--seed", &seed]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    // A sentence fits a text, the rest fit choices, numbers and orders of four or five.
    drop(input.write_all("1\n1 2\n4 3 2 1\n5 4 3 2 1\nok\n".repeat(80).as_bytes()));
    child
}

fn kept(place: &Place) -> usize {
    let record = Record::open(&place.record()).unwrap();
    record.check().unwrap();
    let attempts = record.attempts(&AttemptFilter::default()).unwrap();
    assert_eq!(attempts.len() as u64, record.count().unwrap());
    attempts.len()
}

#[test]
fn two_hundred_kills_lose_no_answer_that_was_shown_as_saved() {
    let seed = std::env::var("SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(1);
    println!("SEED={seed}");
    let mut rng = Rng::from_seed(seed);
    let place = Place::new();
    let (mut shown, mut in_answers) = (0, 0);
    for kill in 0..KILLS {
        let mut child = session(&place, kill);
        let stop_after = rng.below(6) as usize;
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut seen = 0;
        while seen < stop_after {
            match lines.next() {
                Some(line) if line.as_ref().unwrap().starts_with(SAID) => seen += 1,
                Some(_) => {}
                None => break,
            }
        }
        std::thread::sleep(Duration::from_micros(rng.below(12_000)));
        child.kill().unwrap();
        // What had been said when it was killed still stands in the pipe.
        let rest = lines.map_while(Result::ok);
        let late = rest.filter(|line| line.starts_with(SAID)).count();
        let died = child.wait().unwrap();
        in_answers += usize::from(died.code().is_none());
        shown += seen + late;
        if kill % 20 == 19 {
            let kept = kept(&place);
            assert!(
                kept >= shown,
                "{shown} were shown as saved, {kept} are there; SEED={seed}"
            );
        }
    }
    let kept = kept(&place);
    println!(
        "{KILLS} kills, {in_answers} of them before the session's end; {shown} answers shown, {kept} kept"
    );
    assert!(
        in_answers as u64 > KILLS * 9 / 10,
        "most must meet a session at work: {in_answers}"
    );
    assert!(kept >= shown && shown > 300, "{shown} {kept}");
    // One answer a kill may have been kept and not shown any more.
    assert!(kept - shown <= KILLS as usize, "{shown} {kept}");
    let mut record = Record::open(&place.record()).unwrap();
    let before = record.learner().unwrap();
    record.rebuild().unwrap();
    assert_eq!(record.learner().unwrap(), before);
}

#[test]
fn two_sessions_at_once_both_keep_their_answers() {
    let place = Place::new();
    let children: Vec<Child> = (0..2).map(|seed| session(&place, seed)).collect();
    let mut shown = 0;
    for child in children {
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{text}");
        let answers = text.lines().filter(|line| line.starts_with(SAID)).count();
        assert!(answers >= 20, "{text}");
        shown += answers;
    }
    assert_eq!(kept(&place), shown);
}
