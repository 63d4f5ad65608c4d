//! `kvorum run`: every line shown with what happened, failures with both values and their place.

#![allow(clippy::unwrap_used, reason = "a test that cannot start has failed")]

mod command;

use command::Place;
use serde_json::Value;

const CART: &str = "\
cluster nodes=5 replication=3 read=2 write=2 seed=7
put cart milk via n1 -> ok
get cart -> milk
expect no-lost-writes
";

#[test]
fn a_script_that_holds_passes() {
    let place = Place::new();
    place.write("cart.kv", CART);
    place
        .run(&["run", "cart.kv"])
        .ends_with(0)
        .says("get cart                                -> milk")
        .says("passed  cart.kv: 3 expectations held");
}

#[test]
fn the_last_line_is_the_trace_hash_and_a_second_run_has_the_same() {
    let place = Place::new();
    place.write("cart.kv", CART);
    let first = place.run(&["run", "cart.kv"]).ends_with(0);
    let last = first.out.lines().last().unwrap();
    let hash = last.strip_prefix("trace   ").unwrap();
    assert_eq!(hash.len(), 16, "{last}");
    assert_eq!(place.run(&["run", "cart.kv"]).out, first.out);
    assert!(!first.out.contains("--seed"), "{first:#?}");
    let other = place
        .run(&["run", "cart.kv", "--seed", "8"])
        .ends_with(0)
        .says("seed 8 (from --seed)\n");
    assert_ne!(other.out.lines().last(), Some(last));
}

#[test]
fn a_changed_expectation_fails_with_both_values_and_the_line() {
    let place = Place::new();
    place.write(
        "cart.kv",
        CART.replace("get cart -> milk", "get cart -> eggs"),
    );
    place
        .run(&["run", "cart.kv"])
        .ends_with(1)
        .says("FAILED at cart.kv:3")
        .says("expected  eggs")
        .says("got       milk")
        .says("FAILED  cart.kv: 1 of 3 expectations");
}

#[test]
fn check_prints_only_what_failed() {
    let place = Place::new();
    place.write("good.kv", CART);
    place.write(
        "bad.kv",
        CART.replace("get cart -> milk", "get cart -> eggs"),
    );
    let good = place.run(&["run", "--check", "good.kv"]).ends_with(0);
    assert_eq!(good.out.lines().count(), 2, "{good:#?}");
    let bad = place
        .run(&["run", "--check", "bad.kv"])
        .ends_with(1)
        .says("FAILED at bad.kv:3");
    assert!(!bad.out.contains("put cart milk"), "{bad:#?}");
}

#[test]
fn json_has_every_step() {
    let place = Place::new();
    place.write("cart.kv", CART.replace("get cart", "look: get cart"));
    let ran = place.run(&["run", "--json", "cart.kv"]).ends_with(0);
    let object: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(object["file"], "cart.kv");
    assert_eq!(object["passed"], true);
    assert_eq!(object["failed"], 0);
    assert_eq!(object["trace_hash"].as_str().unwrap().len(), 16);
    let step = &object["steps"][2];
    assert_eq!(step["line"], 3);
    assert_eq!(step["label"], "look");
    assert_eq!(step["source"], "get cart");
    assert_eq!(step["printed"], "milk");
    assert_eq!(step["expected"], "milk");
    assert_eq!(step["ok"], true);
}

#[test]
fn json_of_a_script_with_an_error_says_where() {
    let place = Place::new();
    place.write("cart.kv", "cluster nodes=3\nputt cart milk\n");
    let ran = place.run(&["run", "--json", "cart.kv"]).ends_with(2);
    let object: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(object["passed"], false);
    assert_eq!(object["error"]["line"], 2);
    assert_eq!(object["error"]["column"], 1);
}

#[test]
fn a_script_may_come_from_standard_input() {
    Place::new()
        .feed(&["run", "-"], CART)
        .ends_with(0)
        .says("-> milk");
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_line() {
    let place = Place::new();
    place.write("cart.kv", CART);
    let plain = place.run(&["run", "cart.kv"]).ends_with(0);
    place.write("cart.kv", format!("\u{feff}{CART}"));
    assert_eq!(place.run(&["run", "cart.kv"]).out, plain.out);
}

#[test]
fn a_script_that_states_nothing_has_not_passed_anything() {
    let place = Place::new();
    place.write("quiet.kv", "put cart milk\nget cart\n");
    for check in [&["run", "quiet.kv"][..], &["run", "--check", "quiet.kv"]] {
        let ran = place
            .run(check)
            .ends_with(0)
            .says("ran quiet.kv: it states no expectation (write `-> answer`, or `expect ...`)");
        assert!(!ran.out.contains("passed"), "{ran:#?}");
    }
}

#[test]
fn svg_writes_the_diagram() {
    let place = Place::new();
    place.write("cart.kv", CART);
    place
        .run(&["run", "cart.kv", "--svg", "run.svg"])
        .ends_with(0)
        .says("picture run.svg");
    assert!(place.read("run.svg").contains("<svg"));
}
