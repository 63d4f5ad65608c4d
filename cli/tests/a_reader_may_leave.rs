//! `kvorum ring | head -1` and the like: a reader that has seen enough is no failure and no panic.

#![allow(clippy::unwrap_used, reason = "a test that cannot start has failed")]

mod command;

use std::io::{BufRead as _, BufReader, Read as _};

use command::Place;

fn leaves_after_one_line(args: &[&str]) {
    let place = Place::new();
    let mut child = place.command(args).spawn().unwrap();
    let mut first = String::new();
    BufReader::with_capacity(1, child.stdout.take().unwrap())
        .read_line(&mut first)
        .unwrap();
    // The reader is dropped here, and the pipe with it.
    let code = child.wait().unwrap().code();
    let mut said = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert_eq!(code, Some(0), "{args:?}: {said}");
    assert_eq!(said, "", "{args:?}");
}

#[test]
fn a_reader_may_leave_early() {
    leaves_after_one_line(&["ring", "--nodes", "100", "--tokens", "8"]);
    // More than a pipe holds: the command is still writing when its reader goes.
    leaves_after_one_line(&["torture", "--seed", "1", "--steps", "16384", "--script"]);
    leaves_after_one_line(&["completions", "bash"]);
    leaves_after_one_line(&["man"]);
    leaves_after_one_line(&["tour"]);
    leaves_after_one_line(&["--help"]);
}
