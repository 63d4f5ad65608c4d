//! The lessons' demonstrations, run: what each says happens, happens.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kvorum::script::{RunOptions, check, run};

/// The lessons whose demonstrations are scripts.
const LESSONS: [u32; 10] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

/// Every script in a lesson's folder, by the lesson's number, in the order of names.
fn scripts() -> BTreeMap<u32, Vec<PathBuf>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../lessons");
    let mut found: BTreeMap<u32, Vec<PathBuf>> = BTreeMap::new();
    for folder in std::fs::read_dir(root).unwrap() {
        let folder = folder.unwrap();
        let name = folder.file_name().into_string().unwrap();
        let number = name
            .split('-')
            .next()
            .and_then(|number| number.parse().ok());
        let Some(number) = number else { continue };
        let files = std::fs::read_dir(folder.path()).unwrap();
        let files = files.map(|file| file.unwrap().path());
        let scripts = files.filter(|path| path.extension().is_some_and(|end| end == "kv"));
        found.entry(number).or_default().extend(scripts);
    }
    found.values_mut().for_each(|paths| paths.sort());
    found
}

/// As a message names it: `03-replication/latency.kv`.
fn named(path: &Path) -> String {
    let parts: Vec<_> = path
        .iter()
        .rev()
        .take(2)
        .map(|part| part.to_string_lossy())
        .collect();
    format!("lessons/{}/{}", parts[1], parts[0])
}

#[test]
fn every_lesson_with_a_demonstration_has_its_script() {
    let found = scripts();
    for lesson in LESSONS {
        assert!(
            found.get(&lesson).is_some_and(|paths| !paths.is_empty()),
            "lesson {lesson} has no script"
        );
    }
}

#[test]
fn every_line_of_every_demonstration_holds() {
    let mut broken = Vec::new();
    for path in scripts().values().flatten() {
        let (name, text) = (named(path), std::fs::read_to_string(path).unwrap());
        let report = match run(&name, &text, &RunOptions::default()) {
            Ok(report) => report,
            Err(wrong) => {
                broken.push(wrong.to_string());
                continue;
            }
        };
        for step in report.steps.iter().filter(|step| !step.ok) {
            let expected = step.expected.as_deref().unwrap_or("ok");
            let detail = step.detail.as_deref().unwrap_or_default();
            broken.push(format!(
                "{name}:{}: {}\n  expected {expected}\n  found    {} {detail}",
                step.line, step.source, step.printed
            ));
        }
    }
    assert!(
        broken.is_empty(),
        "{} lines do not hold:\n{}",
        broken.len(),
        broken.join("\n")
    );
}

#[test]
fn a_demonstration_starts_a_cluster_and_says_what_happens() {
    for path in scripts().values().flatten() {
        let (name, text) = (named(path), std::fs::read_to_string(path).unwrap());
        check(&name, &text).unwrap_or_else(|wrong| panic!("{wrong}"));
        // One that names no seed runs under the usual one, which is fixed too.
        let clusters = text.lines().filter(|line| line.starts_with("cluster "));
        assert!(clusters.count() > 0, "{name} starts no cluster");
        let states = |line: &str| line.starts_with("expect ") || line.contains(" -> ");
        assert!(text.lines().any(states), "{name} states no result");
    }
}

#[test]
fn one_demonstration_is_one_run() {
    for path in scripts().values().flatten() {
        let (name, text) = (named(path), std::fs::read_to_string(path).unwrap());
        let once = || {
            run(&name, &text, &RunOptions::default())
                .unwrap()
                .trace_hash()
        };
        assert_eq!(once(), once(), "{name}");
    }
}
