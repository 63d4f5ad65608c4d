//! `kvorum tour`: every check holds, a conflict really arises, and piped it does not pause.

mod command;

use command::Place;

#[test]
fn the_tour_ends_with_its_checks_held() {
    let ran = Place::new()
        .run(&["tour"])
        .ends_with(0)
        .says("Every check of the tour held.")
        .says("kvorum learn")
        .says("kvorum quiz ");
    for act in [
        "kill n",
        "partition n",
        "heal",
        "expect no-lost-writes",
        "expect converged",
    ] {
        assert!(ran.out.contains(act), "no '{act}' in {ran:#?}");
    }
    assert!(!ran.out.contains("FAILED"), "{ran:#?}");
}

#[test]
fn the_partition_leads_to_siblings() {
    let ran = Place::new().run(&["tour", "--fast"]).ends_with(0);
    let siblings = |line: &str| line.starts_with("get") && line.contains(", ");
    assert!(ran.out.lines().any(siblings), "{ran:#?}");
}

#[test]
fn the_tour_is_a_script_that_anyone_can_run_and_change() {
    let place = Place::new();
    let script = place.run(&["tour", "--script"]).ends_with(0).out;
    place.write("tour.kv", &script);
    place.run(&["run", "--check", "tour.kv"]).ends_with(0);
    place.write(
        "changed.kv",
        script.replace("-> ok", "-> nothing-of-the-kind"),
    );
    place.run(&["run", "--check", "changed.kv"]).ends_with(1);
}
