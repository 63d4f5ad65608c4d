use std::collections::BTreeSet;
use std::path::Path;

use kvorum::script::{RunOptions, run};

use super::*;

#[test]
fn there_are_ten_lessons_in_order() {
    let numbers: Vec<u8> = lessons().iter().map(|lesson| lesson.number).collect();
    assert_eq!(numbers, (1..=10).collect::<Vec<u8>>());
    for lesson in lessons() {
        assert_eq!(by_slug(lesson.slug), Some(lesson));
        assert_eq!(super::lesson(lesson.number), Some(lesson));
    }
    assert_eq!(super::lesson(0), None);
    assert_eq!(super::lesson(11), None);
}

#[test]
fn every_lesson_has_text_labs_and_a_cheat_sheet() {
    for lesson in lessons() {
        let complete = lesson.text().is_some()
            && cheatsheet(lesson.number).is_some()
            && !labs(lesson.number).is_empty();
        assert!(complete, "{}", lesson.title);
    }
}

#[test]
fn every_file_of_a_lesson_is_embedded() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut on_disk = BTreeSet::from(["cheatsheet.md".to_owned()]);
    for folder in std::fs::read_dir(root).unwrap() {
        let folder = folder.unwrap();
        let name = folder.file_name().into_string().unwrap();
        if !name.starts_with(|first: char| first.is_ascii_digit()) {
            continue;
        }
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let file = file.unwrap().file_name().into_string().unwrap();
            on_disk.insert(format!("{name}/{file}"));
        }
    }
    let embedded: BTreeSet<String> = files().map(|(path, _)| path.to_owned()).collect();
    assert_eq!(embedded, on_disk);
    for lesson in lessons() {
        assert!(
            lesson
                .files
                .iter()
                .all(|(path, _)| path.starts_with(&lesson.folder()))
        );
    }
}

#[test]
fn every_lab_holds() {
    for lesson in lessons() {
        for lab in labs(lesson.number) {
            let report = run(lab.path, lab.script, &RunOptions::default())
                .unwrap_or_else(|wrong| panic!("{wrong}"));
            let broken: Vec<_> = report.steps.iter().filter(|step| !step.ok).collect();
            assert!(broken.is_empty(), "{}: {broken:#?}", lab.path);
            let stated = report
                .steps
                .iter()
                .filter(|step| step.expected.is_some() || step.source.starts_with("expect "))
                .count();
            assert!(stated > 0, "{} states no result", lab.path);
        }
    }
}

#[test]
fn a_lab_runs_the_same_way_twice() {
    for lab in labs(2) {
        let once = run(lab.path, lab.script, &RunOptions::default()).unwrap();
        let again = run(lab.path, lab.script, &RunOptions::default()).unwrap();
        assert_eq!(once.trace_hash(), again.trace_hash(), "{}", lab.path);
        assert_eq!(once.steps, again.steps, "{}", lab.path);
    }
}
