//! Piped output is plain text of at most 80 columns; colours come where they are wanted.

#![allow(clippy::unwrap_used, reason = "a test that cannot start has failed")]

mod command;

use command::{Place, Ran};

const COMMANDS: [&[&str]; 14] = [
    &[],
    &["--help"],
    &["run", "--help"],
    &["store", "--help"],
    &["store", "dump", "--help"],
    &["tour"],
    &["ring"],
    &["ring", "--compare"],
    &["plan-topology", "--replace", "n2", "n7", "--ranges"],
    &["plan-topology", "--placement", "jump", "--leave", "n2"],
    &["plan-topology", "--help"],
    &["run", "cart.kv"],
    &["progress"],
    &["torture", "--seeds", "2"],
];

fn place() -> Place {
    let place = Place::new();
    place.write("cart.kv", "put cart milk\nget cart -> eggs\nshow ring\n");
    place
}

#[test]
fn piped_output_has_no_escape_codes() {
    let place = place();
    for args in COMMANDS {
        let ran = place.run(args);
        assert!(ran.code == 0 || ran.code == 1, "{args:?}: {ran:#?}");
        assert!(!ran.out.contains('\x1b'), "{args:?}: {ran:#?}");
        assert!(!ran.err.contains('\x1b'), "{args:?}: {ran:#?}");
    }
}

#[test]
fn piped_output_fits_80_columns() {
    let place = place();
    for args in COMMANDS {
        let ran = place.run(args);
        // A path to the learner's record is as long as it is.
        let own = place.folder().display().to_string();
        for line in ran.out.lines().filter(|line| !line.contains(&own)) {
            assert!(line.chars().count() <= 80, "{args:?}: {line}");
        }
    }
}

fn forced(no_color: Option<&str>) -> Ran {
    let place = place();
    let mut command = place.command(&["ring"]);
    command.env("CLICOLOR_FORCE", "1");
    if let Some(value) = no_color {
        command.env("NO_COLOR", value).env_remove("CLICOLOR_FORCE");
    }
    Ran::of(command.output().unwrap()).ends_with(0)
}

#[test]
fn colours_come_when_forced_and_not_against_no_color() {
    assert!(forced(None).out.contains("\x1b["));
    assert!(!forced(Some("1")).out.contains('\x1b'));
}
