//! `kvorum cluster` with lines from a pipe: an error does not end it, and the exit code tells of it.

mod command;

use command::Place;

#[test]
fn lines_are_executed_in_order() {
    Place::new()
        .feed(
            &["cluster"],
            "put cart milk via n1\nget cart -> milk\nexit\nget cart -> eggs\n",
        )
        .ends_with(0)
        .says("cluster nodes=5 replication=3 read=2 write=2 seed=7")
        .says("get cart                                -> milk");
}

#[test]
fn an_error_does_not_end_it() {
    Place::new()
        .feed(&["cluster"], "putt cart milk\nput cart milk\nget cart\n")
        .ends_with(1)
        .says("cluster:2:1: ")
        .says("did you mean 'put'?")
        .says("get cart                                -> milk");
}

#[test]
fn an_expectation_that_fails_is_told() {
    Place::new()
        .feed(
            &["cluster"],
            "put cart milk\nget cart -> eggs\nget cart -> milk",
        )
        .ends_with(1)
        .says("FAILED at cluster:3")
        .says("expected  eggs");
}

#[test]
fn settings_come_from_options() {
    Place::new()
        .feed(&["cluster", "--nodes", "1"], "put cart milk -> ok\n")
        .ends_with(0)
        .says("cluster nodes=1 replication=1 read=1 write=1 seed=7");
}

#[test]
fn help_speaks_of_every_verb() {
    let ran = Place::new().feed(&["cluster"], "help\n").ends_with(0);
    for verb in kvorum::script::VERBS {
        assert!(ran.out.contains(verb.name), "{}: {ran:#?}", verb.name);
        let one = Place::new()
            .feed(&["cluster"], format!("help {}\n", verb.name))
            .ends_with(0);
        for line in ran.out.lines().chain(one.out.lines()) {
            assert!(line.chars().count() <= 80, "wider than 80 columns: {line}");
        }
    }
    Place::new()
        .feed(&["cluster"], "help partition\nhelp prtition\n")
        .ends_with(0)
        .says("|")
        .says("did you mean 'partition'?");
    Place::new()
        .feed(&["cluster"], "help plan\n")
        .ends_with(0)
        .says("one of   join leave")
        .says("options  keys= placement= zone= weight=");
}

#[test]
fn an_endless_line_is_refused() {
    Place::new()
        .feed(&["cluster"], "x".repeat(1 << 17))
        .ends_with(2)
        .complains("longer than 65536 bytes");
}

#[test]
fn input_that_is_not_text_is_refused() {
    Place::new()
        .feed(&["cluster"], b"put cart \xff\n")
        .ends_with(2)
        .complains("not UTF-8");
}
