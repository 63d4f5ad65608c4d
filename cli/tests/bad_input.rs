//! What comes from outside may be wrong in any way: each gets a text that says what would be right, and
//! exit code 2.

#![allow(clippy::unwrap_used, reason = "a test that cannot start has failed")]

mod command;

use command::Place;
use kvorum::base::limits::{KEY_BYTES_MAX, SCRIPT_BYTES_MAX, VALUE_BYTES_MAX};

#[test]
fn an_unknown_command_gets_the_nearest_one() {
    Place::new().run(&["tuor"]).ends_with(2).complains("'tour'");
}

#[test]
fn an_unknown_option_is_refused() {
    Place::new()
        .run(&["ring", "--node", "3"])
        .ends_with(2)
        .complains("--nodes");
}

#[test]
fn a_script_that_is_not_there_is_named() {
    Place::new()
        .run(&["run", "none.kv"])
        .ends_with(2)
        .complains("none.kv: no such file");
}

#[test]
fn a_folder_is_no_script() {
    let place = Place::new();
    let folder = place.folder().display().to_string();
    place
        .run(&["run", &folder])
        .ends_with(2)
        .complains("a folder");
}

#[test]
fn a_script_that_is_not_text_is_refused() {
    let place = Place::new();
    place.write("picture.kv", b"put cart \xff\xfe");
    place
        .run(&["run", "picture.kv"])
        .ends_with(2)
        .complains("picture.kv: not UTF-8 text (byte 9)");
}

#[test]
fn a_script_over_its_limit_is_refused() {
    let place = Place::new();
    place.write("long.kv", "# long\n".repeat(SCRIPT_BYTES_MAX / 7 + 1));
    place
        .run(&["run", "long.kv"])
        .ends_with(2)
        .complains("longer than 1048576 bytes");
}

#[test]
fn an_endless_input_is_cut_off_not_read_into_memory() {
    let place = Place::new();
    place
        .run(&["run", "/dev/zero"])
        .ends_with(2)
        .complains("longer than");
}

/// A script line, and what the message about it must have.
fn refused(line: &str, message: &str) {
    let place = Place::new();
    place.write("bad.kv", line);
    let ran = place
        .run(&["run", "bad.kv"])
        .ends_with(2)
        .complains("bad.kv:1:");
    assert!(ran.err.contains(message), "no '{message}' in {ran:#?}");
}

#[test]
fn a_line_that_makes_no_sense_gets_the_nearest_verb() {
    refused("puut cart milk\n", "did you mean 'put'?");
}

#[test]
fn more_copies_than_nodes_are_refused() {
    refused("cluster nodes=3 replication=5\n", "replication");
}

#[test]
fn quorums_over_the_copies_are_refused() {
    refused("cluster nodes=5 replication=3 read=4\n", "read");
    refused("cluster nodes=5 replication=3 write=4\n", "write");
}

#[test]
fn quorums_over_the_copies_are_refused_as_options_too() {
    let place = Place::new();
    place
        .run(&["cluster", "--nodes", "3", "--read", "4"])
        .ends_with(2)
        .complains("read");
    place
        .run(&["ring", "--nodes", "2", "--replication", "3"])
        .ends_with(2)
        .complains("--replication is 3: must be from 1 to 2");
    place
        .run(&["ring", "--replication", "0"])
        .ends_with(2)
        .complains("--replication is 0: must be from 1 to 5");
}

/// Runs a put of a key and a value of these sizes.
fn put(key_bytes: usize, value_bytes: usize) -> command::Ran {
    let (key, value) = ("k".repeat(key_bytes), "v".repeat(value_bytes));
    let place = Place::new();
    place.write("large.kv", format!("put {key} {value}\n"));
    place.run(&["run", "--check", "large.kv"])
}

#[test]
fn a_key_over_its_limit_is_refused() {
    put(KEY_BYTES_MAX + 1, 1)
        .ends_with(1)
        .says("error too-large")
        .says("too large: key has 1025 bytes, the limit is 1024");
    put(KEY_BYTES_MAX, 1).ends_with(0);
}

#[test]
fn a_value_over_its_limit_is_refused() {
    // A line's own limit lies below a value's, and the script says so first.
    let ran = put(1, VALUE_BYTES_MAX - 100).ends_with(2);
    assert!(ran.err.contains("65536"), "{}", ran.err);
}

#[test]
fn a_key_over_its_limit_has_no_place_on_the_ring() {
    let key = "k".repeat(KEY_BYTES_MAX + 1);
    Place::new()
        .run(&["ring", "--key", &key])
        .ends_with(2)
        .complains("the limit is 1024");
}

#[test]
fn numbers_out_of_their_range_are_refused() {
    let place = Place::new();
    for args in [
        ["ring", "--nodes", "0"],
        ["ring", "--nodes", "129"],
        ["ring", "--tokens", "1025"],
        ["quiz", "--lesson", "11"],
        ["quiz", "--count", "0"],
        ["torture", "--seeds", "0"],
        ["learn", "--port", "65536"],
    ] {
        place.run(&args).ends_with(2).complains(args[2]);
    }
}

#[test]
fn control_characters_do_not_reach_the_terminal() {
    let place = Place::new();
    place.write("hostile.kv", "put cart \x1b[2Jmilk\nget cart\n");
    let output = place.run(&["run", "hostile.kv"]);
    assert!(!output.out.contains('\x1b'), "{output:#?}");
    let forced = place
        .command(&["ring", "--key", "\x1b[2J"])
        .env("CLICOLOR_FORCE", "1")
        .output()
        .unwrap();
    let forced = command::Ran::of(forced).ends_with(0);
    assert!(!forced.out.contains("\x1b[2J"), "{forced:#?}");
}
