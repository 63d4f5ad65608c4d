//! `kvorum book build` and the stock `mdbook build`, which calls `kvorum` as its preprocessor, give the same pages.

#![allow(clippy::disallowed_methods, reason = "the test reads real files")]
#![allow(clippy::unwrap_used, reason = "a test that cannot start has failed")]
#![cfg(unix)]

mod command;

use std::collections::BTreeMap;
use std::path::Path;

use command::Place;
use mdbook_driver::MDBook;

fn pages(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|kind| kind == "html"))
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read(&path).unwrap())
        })
        .collect()
}

#[test]
fn mdbook_build_and_kvorum_book_build_give_the_same_pages() {
    let place = Place::new();
    place
        .run(&["book", "build", "--out", "ours"])
        .ends_with(0)
        .says("pages in");
    let book = Path::new(env!("CARGO_MANIFEST_DIR")).join("../book");
    let mut stock = MDBook::load(&book).unwrap();
    // What `mdbook build --dest-dir` does.
    stock.config.build.build_dir = place.path("stock");
    let command = format!("{} mdbook-preprocess", env!("CARGO_BIN_EXE_kvorum"));
    stock
        .config
        .set("preprocessor.kvorum.command", command)
        .unwrap();
    let book = MDBook::load_with_config(&book, stock.config).unwrap();
    book.build().unwrap();
    let (ours, theirs) = (pages(&place.path("ours")), pages(&place.path("stock")));
    assert!(ours.len() >= 28, "{:?}", ours.keys());
    assert_eq!(
        ours.keys().collect::<Vec<_>>(),
        theirs.keys().collect::<Vec<_>>()
    );
    for (name, page) in ours {
        assert!(theirs[&name] == page, "{name} differs");
    }
}

#[test]
fn the_sheets_and_the_worksheet_are_printed() {
    let place = Place::new();
    place
        .run(&["cheatsheet"])
        .ends_with(0)
        .says("The whole course: cheat sheet");
    for lesson in 1..=10 {
        let ran = place.run(&["cheatsheet", &lesson.to_string()]).ends_with(0);
        assert!(ran.out.contains("cheat sheet"), "{ran:#?}");
        assert!(!ran.out.contains("{{#"), "{ran:#?}");
        for line in ran.out.lines() {
            assert!(line.chars().count() <= 80, "lesson {lesson}: {line}");
        }
    }
    place.run(&["cheatsheet", "11"]).ends_with(2);
    place
        .run(&["estimate"])
        .ends_with(0)
        .says("34.7k/s")
        .says("9 nodes, decided by: nodes by disk I/O.");
    place
        .run(&["estimate", "--users", "10M", "--write-amp", "6"])
        .ends_with(0)
        .says("decided by: ");
    for (args, part) in [
        (["estimate", "--users", "many"], "'many' is no number"),
        (["estimate", "--writes", "2"], "it is a share"),
    ] {
        place.run(&args).ends_with(2).complains(part);
    }
}

/// Every text of the course: its name and Markdown.
fn texts() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut folders = vec![root.join("book/text"), root.join("lessons")];
    let mut texts = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "md") {
                texts.push((
                    path.display().to_string(),
                    std::fs::read_to_string(&path).unwrap(),
                ));
            }
        }
    }
    texts.push((
        "README.md".to_owned(),
        std::fs::read_to_string(root.join("README.md")).unwrap(),
    ));
    texts.sort();
    texts
}

/// The commands that a text tells: lines of shell, and `kvorum ...` in a sentence.
fn commands(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut in_shell = false;
    for line in text.lines() {
        if let Some(info) = line.trim_start().strip_prefix("```") {
            in_shell = !in_shell && matches!(info.trim(), "sh" | "console");
        } else if in_shell {
            found.push(line.split('#').next().unwrap_or_default().trim().to_owned());
        } else {
            found.extend(line.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    found.retain(|command| command.starts_with("kvorum ") && !command.contains('|'));
    found
}

#[test]
fn every_command_that_the_course_tells_is_one() {
    let place = Place::new();
    let mut told: Vec<(String, String)> = Vec::new();
    for (name, text) in texts() {
        told.extend(
            commands(&text)
                .into_iter()
                .map(|command| (command, name.clone())),
        );
    }
    told.sort();
    told.dedup_by(|later, earlier| later.0 == earlier.0);
    assert!(told.len() >= 15, "{told:?}");
    for (command, name) in told {
        let redirected = command.split('>').next().unwrap_or_default();
        // `[N]` stands for what may be left out, `...` for what may follow.
        let words = redirected.split_whitespace().skip(1);
        let mut args: Vec<&str> = words
            .filter(|word| !word.starts_with('[') && *word != "...")
            .map(|word| match word {
                "N" | "SEED" => "2",
                "NAME" => "skip-fsync",
                other => other,
            })
            .collect();
        // Reads the line as if it were to be run, and then tells what it would do.
        args.push("--help");
        let ran = place.run(&args);
        assert_eq!(ran.code, 0, "{name}: `{command}`: {}", ran.err);
    }
}

/// What stands in a fence is run or compiled: a lab, a program taken from its file, a vote. Sketches and shell
/// lines are the exceptions, and few; the test above reads every shell line.
#[test]
fn every_fence_of_the_course_runs_or_is_marked() {
    let (mut sketches, mut shell, mut run) = (0, 0, 0);
    for (name, text) in texts().into_iter().filter(|(name, _)| name != "README.md") {
        let lines: Vec<&str> = text.lines().collect();
        let mut at = 0;
        while at < lines.len() {
            let Some(info) = lines[at].strip_prefix("```") else {
                at += 1;
                continue;
            };
            let end = (at + 1..lines.len())
                .find(|&end| lines[end].starts_with("```"))
                .unwrap();
            let body = lines[at + 1..end].join("\n");
            let is_from_file = body.trim().starts_with("{{#include ");
            match info.split_whitespace().next() {
                Some("kv") if info.contains("lab=") => run += 1,
                Some("rust" | "python" | "java") if is_from_file => run += 1,
                Some("poll") => run += 1,
                Some("text") => sketches += 1,
                Some("sh") => shell += 1,
                _ => panic!("{name}: a fence that nothing runs: ```{info}"),
            }
            at = end + 1;
        }
    }
    println!("{run} fences run, {sketches} sketches, {shell} of shell");
    assert!(
        run >= 40 && sketches <= 16 && shell <= 8,
        "{run} {sketches} {shell}"
    );
}
