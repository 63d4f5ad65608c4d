//! The shared vectors: every script in `tests/conformance` gives the trace hash that stands beside it, here
//! as in Python and Java. `BLESS=1` writes the hashes anew, after a change that is meant to alter runs.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(
    clippy::disallowed_methods,
    reason = "tests read the shared vectors from disk"
)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use kvorum::script::{RunOptions, run};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/conformance")
}

fn scripts() -> Vec<String> {
    let entries = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let names = entries.map(|name| name.into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".kv")).collect();
    names.sort();
    names
}

/// The seed that a script names, and the hash of its run; every expectation in it must hold.
fn seed_and_hash(name: &str) -> (u64, String) {
    let text = fs::read_to_string(folder().join(name)).unwrap();
    let report = run(name, &text, &RunOptions::default()).unwrap();
    for step in &report.steps {
        let (source, printed) = (&step.source, &step.printed);
        assert!(
            step.ok,
            "{name}:{}: {source} -> {printed}, expected {:?}",
            step.line, step.expected
        );
    }
    (report.cluster.config().seed, report.trace_hash())
}

#[test]
fn every_script_gives_the_hash_that_stands_beside_it() {
    let mut found = String::from("file\tseed\thash\n");
    for name in scripts() {
        let (seed, hash) = seed_and_hash(&name);
        writeln!(found, "{name}\t{seed}\t{hash}").unwrap();
    }
    let path = folder().join("trace-hashes.tsv");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &found).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap();
    assert_eq!(
        found, expected,
        "a change that is meant to alter runs is recorded with BLESS=1"
    );
    assert!(expected.lines().count() > 5, "the vectors are there");
}

#[test]
fn the_picture_in_the_readme_is_what_the_engine_draws() {
    let text = fs::read_to_string(folder().join("siblings.kv")).unwrap();
    let drawn = run("siblings.kv", &text, &RunOptions::default())
        .unwrap()
        .svg();
    let path = folder().join("../../book/pictures/siblings.svg");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &drawn).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap();
    assert_eq!(
        kept, drawn,
        "a change that is meant to alter pictures is recorded with BLESS=1"
    );
}
