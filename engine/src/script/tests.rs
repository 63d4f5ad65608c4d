//! The language: what it takes, what it refuses and where, what it prints.

mod lines;
mod registers;

use super::*;
use crate::seeded::cases;

fn error(text: &str) -> String {
    run("cart.kv", text, &RunOptions::default())
        .unwrap_err()
        .to_string()
}

fn last(text: &str) -> Step {
    let report = run("cart.kv", text, &RunOptions::default()).unwrap();
    report.steps.last().unwrap().clone()
}

#[test]
fn an_error_names_line_column_and_the_nearest_word() {
    let table = [
        (
            "\n\npuut cart milk",
            "cart.kv:3:1: no verb 'puut'; did you mean 'put'?",
        ),
        (
            "put cart milk va=1",
            "cart.kv:1:15: no setting of 'put' 'va'; one of: write, context, timeout",
        ),
        (
            "put cart milk wriet=1",
            "cart.kv:1:15: no setting of 'put' 'wriet'; did you mean 'write'?",
        ),
        (
            "put cart",
            "cart.kv:1:9: a value is missing; write: put K V [via n1] [as $c]",
        ),
        (
            "put cart milk eggs",
            "cart.kv:1:15: 'eggs' has no place here",
        ),
        ("get cart via x1", "cart.kv:1:14: 'x1' is not a node"),
        ("kill n0", "cart.kv:1:6: 'n0' is not a node"),
        ("run 10", "cart.kv:1:5: '10' is no time"),
        ("put \"cart milk", "cart.kv:1:5: this quote is never closed"),
        ("put cart \"a\\q\"", "cart.kv:1:12: an escape is one of"),
        ("get cart ->", "cart.kv:1:12: nothing stands after '->'"),
        (
            "get cart -> # milk",
            "cart.kv:1:13: nothing stands after '->'",
        ),
        (
            "expect convergd",
            "cart.kv:1:8: no choice 'convergd'; did you mean 'converged'?",
        ),
        (
            "cluster nodes=3 replication=5",
            "cart.kv:1:1: invalid argument: replication=5",
        ),
        (
            "cluster nodes=5 read=4",
            "cart.kv:1:1: invalid argument: read=4: it must be from 1 to 3",
        ),
        ("cluster nodes=0", "cart.kv:1:1: invalid argument: nodes=0"),
        (
            "cluster nodes=99999999999",
            "cart.kv:1:15: nodes: '99999999999' is no whole number",
        ),
        ("cluster loss=nan", "cart.kv:1:14: loss: 'nan' is no share"),
        ("wait w1", "cart.kv:1:8: nothing was started as 'w1'"),
        ("put cart milk context=$c", "cart.kv:1:23: no context $c"),
        ("start put cart milk", "cart.kv:1:10: 'start' needs a name"),
        (
            "start w1: kill n1",
            "cart.kv:1:11: only a request for one key can be started",
        ),
        (
            "partition n1 n2 |",
            "cart.kv:1:18: a group of nodes is missing",
        ),
        (
            "get cart -> error unavailabel",
            "cart.kv:1:13: no error 'unavailabel'; did you mean 'unavailable'?",
        ),
        ("here:", "cart.kv:1:6: label 'here:' has no command"),
        ("heal now", "cart.kv:1:6: 'now' has no place here"),
        ("=3", "cart.kv:1:1: a name is missing before '='"),
        ("| put", "cart.kv:1:1: a line begins with a verb"),
    ];
    for (text, expected) in table {
        let found = error(text);
        assert!(
            found.starts_with(expected),
            "{text:?}\n  found    {found}\n  expected {expected}"
        );
    }
}

#[test]
fn a_byte_order_mark_is_passed_over() {
    let report = run(
        "cart.kv",
        "\u{feff}get cart -> (nothing)",
        &RunOptions::default(),
    );
    assert!(report.unwrap().passed());
}

#[test]
fn nothing_runs_when_a_later_line_is_wrong() {
    assert!(error("cluster nodes=3\nput cart milk\nfrobnicate").starts_with("cart.kv:3:1"));
}

#[test]
fn what_is_printed_can_stand_after_the_arrow() {
    for value in [
        "milk",
        "\"two words\"",
        "\"a, b\"",
        "\"# no comment\"",
        "\"\\x00\\\\\\\"\\n\"",
        "\"->\"",
        "\"(nothing)\"",
    ] {
        let text = format!("put k {value}\nget k -> {value} # and a comment");
        let step = last(&text);
        assert!(
            step.ok,
            "{value}: {} against {:?}",
            step.printed, step.expected
        );
    }
}

#[test]
fn a_changed_expectation_fails_its_line_and_no_other() {
    let report = run(
        "cart.kv",
        "put cart milk\nget cart -> eggs\nget cart -> milk",
        &RunOptions::default(),
    )
    .unwrap();
    let oks: Vec<bool> = report.steps.iter().map(|step| step.ok).collect();
    assert_eq!(oks, [true, false, true]);
    assert!(!report.passed());
}

#[test]
fn errors_are_answers_only_where_faults_explain_them() {
    let step = last("cluster nodes=3\nkill n1\nget cart via n1");
    assert_eq!(
        (step.printed.as_str(), step.ok),
        ("error unavailable", true)
    );
    let step = last("cluster nodes=3\nget cart via n8");
    assert_eq!(
        (step.printed.as_str(), step.ok),
        ("error invalid-argument", false)
    );
    assert!(step.detail.unwrap().contains("n1 to n3"));
}

#[test]
fn requests_that_overlap_are_waited_for_by_name() {
    let step = last(
        "cluster nodes=3\nstart w1: put cart milk via n1\nstart w2: put cart eggs via n2\nwait w1\nwait w2\nget cart read=all",
    );
    assert_eq!(step.printed, "eggs, milk");
}

#[test]
fn a_context_joins_the_siblings_it_has_seen() {
    let text = "cluster nodes=3\nput cart milk\nput cart eggs\nget cart as $c -> eggs, milk\nput cart both context=$c\nget cart read=all -> both";
    assert!(
        run("cart.kv", text, &RunOptions::default())
            .unwrap()
            .passed()
    );
}

#[test]
fn an_expectation_may_say_that_a_check_fails() {
    let apart = "cluster nodes=3 repair=off hints=off\nkill n3\nput cart milk\n";
    for (line, printed, ok) in [
        ("expect converged", None, false),
        ("expect not converged", Some("ok"), true),
        ("expect linearizable cart", Some("ok"), true),
        (
            "expect not linearizable cart",
            Some("failed: it holds"),
            false,
        ),
        (
            "expect not linearizable cart -> failed: it holds",
            Some("failed: it holds"),
            true,
        ),
    ] {
        let step = last(&format!("{apart}{line}"));
        assert_eq!(step.ok, ok, "{line}: {}", step.printed);
        if let Some(printed) = printed {
            assert_eq!(step.printed, printed, "{line}");
        }
    }
    assert!(error("expect not").starts_with("cart.kv:1:11: a check is missing"));
    assert!(error("expect not not converged").starts_with("cart.kv:1:12: 'not' stands once"));
}

#[test]
fn what_a_request_took_is_that_of_the_one_waited_for_last() {
    let cluster = "cluster nodes=3 delay=1ms detector=off repair=off\nlink n1 n3 delay=50ms\n";
    let waits = "start slow: put a 1 write=3 via n1\nstart quick: put b 1 write=2 via n1\n";
    for (lines, ok) in [
        ("wait slow\nwait quick\nexpect took < 3ms", true),
        ("wait quick\nwait slow\nexpect took > 100ms", true),
        ("wait quick\nwait slow\nexpect took < 3ms", false),
        (
            "wait slow\nkill n2 n3\nget a via n1\nexpect took is 500ms",
            true,
        ),
    ] {
        let step = last(&format!("{cluster}{waits}{lines}"));
        assert_eq!(step.ok, ok, "{lines}: {}", step.printed);
    }
    assert_eq!(
        last("cluster nodes=3\nexpect took < 3ms").printed,
        "error invalid-argument"
    );
    assert!(error("expect took < 3").starts_with("cart.kv:1:15: '3' is no time"));
}

#[test]
fn copies_behind_are_counted_one_for_each_key_and_owner() {
    let cluster = "cluster nodes=3 repair=off hints=off readrepair=off\nput a 1 write=3\n";
    let steps = [
        ("expect stat behind is 0", true),
        ("kill n3\nput a 2\nput b 1\nexpect stat behind is 2", true),
        ("kill n2 n3\nput a 2 write=1\nexpect stat behind is 2", true),
        (
            "kill n3\nput a 2\nrestart n3\nrepair\nrun 2s\nexpect stat behind is 0",
            true,
        ),
        ("expect stat behind > 0", false),
    ];
    for (lines, ok) in steps {
        let step = last(&format!("{cluster}{lines}"));
        assert_eq!(step.ok, ok, "{lines}: {}", step.printed);
    }
}

#[test]
fn a_statistic_and_a_view_are_those_of_one_node_or_of_all() {
    let cluster = "cluster nodes=3 repair=off\nput a 1 via n1\nput b 1 via n2\n";
    for (lines, ok) in [
        ("expect stat writes is 2", true),
        ("expect stat writes is 1 via n1", true),
        ("expect stat writes is 0 via n3", true),
        ("expect stat writes is 2 via n1", false),
        ("expect member n3 alive", true),
        ("kill n3\nrun 30s\nexpect member n3 dead", true),
        ("kill n3\nrun 30s\nexpect member n3 dead via n1", true),
        ("isolate n3\nrun 90s\nexpect member n1 dead via n3", true),
        ("isolate n3\nrun 30s\nexpect member n1 dead", false),
    ] {
        let step = last(&format!("{cluster}{lines}"));
        assert_eq!(step.ok, ok, "{lines}: {}", step.printed);
    }
    let down = last("cluster nodes=3\nkill n3\nexpect stat writes is 0 via n3");
    assert_eq!(down.printed, "error unavailable");
}

#[test]
fn a_seed_from_outside_replaces_the_script_s() {
    let hash = |seed| {
        run(
            "cart.kv",
            "cluster seed=1\nput cart milk",
            &RunOptions {
                seed,
                ..RunOptions::default()
            },
        )
        .unwrap()
        .trace_hash()
    };
    assert_eq!(hash(None), hash(Some(1)));
    assert_ne!(hash(None), hash(Some(2)));
}

#[test]
fn labels_name_steps() {
    let step = last("after-heal: get cart -> (nothing)");
    assert_eq!(
        (step.label.as_deref(), step.source.as_str(), step.ok),
        (Some("after-heal"), "get cart", true)
    );
}

#[test]
fn every_verb_is_listed_with_a_usage_that_starts_with_it() {
    for verb in VERBS {
        assert!(verb.usage.starts_with(verb.name), "{}", verb.name);
    }
}

#[test]
fn the_words_listed_for_a_verb_are_the_words_it_takes() {
    let listed = VERBS.iter().filter(|verb| !verb.words.is_empty());
    let mut names = Vec::new();
    for verb in listed {
        let refused = error(&format!("{} xyzzy-xyzzy", verb.name));
        let taken = refused.split_once("one of: ").unwrap().1;
        assert_eq!(taken, verb.words.join(", "), "{}", verb.name);
        names.push(verb.name);
    }
    assert_eq!(names, ["lease", "plan", "expect", "show"]);
}

#[test]
fn the_links_listed_for_a_verb_are_taken_after_the_words_it_needs() {
    for verb in VERBS {
        let words = verb.usage.split(' ').take(1 + verb.needed());
        let words = words.collect::<Vec<_>>().join(" ");
        for link in verb.links {
            let line = format!("{words} {link} n1").replace("as n1", "as $c");
            let report = run("cart.kv", &line, &RunOptions::default());
            assert!(report.is_ok(), "{line}: {report:?}");
        }
    }
    let needs = |name| verbs::find(name).unwrap().needed();
    assert_eq!(["put", "get", "cluster", "plan"].map(needs), [2, 1, 0, 2]);
}

proptest::proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn no_text_makes_the_parser_panic(text in "(put|get|cluster|start|expect|partition|-> |n1|\\||\"|\\\\|=|#|:|\\$c| |\\n|[a-z0-9.%]){0,40}") {
        // What parses is not run: a random script may ask for days of virtual time.
        for (number, line) in (1..).zip(text.lines()) {
            let place = syntax::Place { file: "fuzz.kv", line: number };
            if let Ok(Some(line)) = syntax::line(place, line) {
                let _ = command::command(place, &line);
            }
        }
    }
}

#[test]
fn a_script_is_checked_without_being_run() {
    assert_eq!(
        check("cart.kv", "\u{feff}put cart milk\nrun 10d"),
        Ok("put cart milk\nrun 10d")
    );
    let wrong = check("cart.kv", "put cart milk\n\n# a note\n->").unwrap_err();
    assert_eq!((wrong.line, wrong.column), (4, 1));
}
