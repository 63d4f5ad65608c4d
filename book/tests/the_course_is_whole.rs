//! Every lesson keeps the skeleton, every link leads somewhere, no page is heavy, nothing is misspelt.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use kvorum_book::{BookSource, build};
use kvorum_lessons::{cheatsheet, lessons};

/// Bytes of one page; the page for printing holds the whole book.
const PAGE_BYTES_MAX: u64 = 300_000;
/// Pages that hold everything at once.
const WHOLE: [&str; 2] = ["print.html", "toc.html"];

const SKELETON: [&str; 12] = [
    "What you will be able to do",
    "Before you start",
    "The problem",
    "Numbers to know",
    "In real systems",
    "What people get wrong",
    "Say it in the interview",
    "The mechanism in the source",
    "Before you go",
    "Exercises",
    "Quiz",
    "Read next",
];

fn built() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let source = BookSource::Folder(Path::new(env!("CARGO_MANIFEST_DIR")).to_owned());
    build(&source, folder.path()).unwrap();
    let path = folder.path().to_owned();
    (folder, path)
}

/// The pages of a built book, by name.
fn pages(folder: &Path) -> BTreeMap<String, String> {
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|kind| kind == "html"))
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(&path).unwrap())
        })
        .collect()
}

#[test]
fn every_lesson_keeps_the_skeleton() {
    let mut labs_in_all = 0;
    for lesson in lessons() {
        let text = lesson.text().unwrap();
        let name = lesson.folder();
        let number = lesson.number;
        assert!(text.starts_with(&format!("# {}\n", lesson.title)), "{name}");
        let mut at = 0;
        for heading in SKELETON {
            let line = format!("\n## {heading}\n");
            let found = text[at..].find(&line);
            at += found
                .unwrap_or_else(|| panic!("{name}: no '## {heading}' after the ones before it"));
        }
        let ideas = text.lines().filter(|line| line.starts_with("## ")).count() - SKELETON.len();
        assert!(ideas >= 4, "{name}: {ideas} sections of ideas");
        for directive in [
            format!("{{{{#poll {number} opening}}}}"),
            format!("{{{{#poll {number} closing}}}}"),
            format!("{{{{#quiz {number}}}}}"),
            "{{#misconceptions ".to_owned(),
            "{{#source ".to_owned(),
            "{{#measured ".to_owned(),
        ] {
            assert!(text.contains(&directive), "{name}: no {directive}");
        }
        let labs: Vec<&str> = text
            .lines()
            .filter(|line| line.starts_with("{{#lab "))
            .collect();
        let asking = labs.iter().filter(|lab| lab.contains(" ask=")).count();
        assert!(asking >= 3, "{name}: {asking} labs ask for a prediction");
        labs_in_all += labs.len();
        let words = text.split_whitespace().count();
        assert!((2_500..=6_500).contains(&words), "{name}: {words} words");
        for language in ["python tab", "java tab", "rust tab"] {
            assert!(
                text.contains(&format!("```{language}")),
                "{name}: no {language}"
            );
        }
        let sheet = cheatsheet(number).unwrap();
        assert!(sheet.contains("## Two sentences to remember"), "{name}");
    }
    println!("{labs_in_all} labs in the ten lessons");
    assert!(labs_in_all >= 35, "{labs_in_all}");
}

#[test]
fn every_link_leads_somewhere() {
    let (_folder, path) = built();
    let pages = pages(&path);
    let ids: BTreeMap<&String, BTreeSet<&str>> = pages
        .iter()
        .map(|(name, page)| (name, values(page, " id=\"").collect()))
        .collect();
    let mut broken = Vec::new();
    let mut checked = 0;
    for (name, page) in &pages {
        if WHOLE.contains(&name.as_str()) || name == "404.html" {
            continue;
        }
        for link in values(page, " href=\"") {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            checked += 1;
            let (file, part) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" | "." => name.clone(),
                file => file.trim_start_matches("./").to_owned(),
            };
            let has_part = match ids.get(&target) {
                Some(ids) => part.is_empty() || ids.contains(part),
                None => path.join(&target).exists() && part.is_empty(),
            };
            if !has_part {
                broken.push(format!("{name}: {link}"));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
    assert!(checked > 100, "{checked}");
}

/// What stands between `before` and the next quote, again and again.
fn values<'p>(page: &'p str, before: &str) -> impl Iterator<Item = &'p str> {
    page.split(before)
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
}

#[test]
fn no_page_is_heavy_and_none_asks_for_a_byte_from_elsewhere() {
    let (_folder, path) = built();
    for (name, page) in pages(&path) {
        if WHOLE.contains(&name.as_str()) {
            continue;
        }
        assert!(
            page.len() as u64 <= PAGE_BYTES_MAX,
            "{name} has {} bytes",
            page.len()
        );
        for attribute in [" src=\"", "<link href=\"", "url("] {
            let outside = values(&page, attribute).find(|value| value.contains("://"));
            assert_eq!(outside, None, "{name}");
        }
        // Whoever does not see a picture is told what is on it.
        let pictures = page.matches("<svg").count();
        let named = page.matches("role=\"img\" aria-label=\"").count();
        let decorative = page.matches("<svg").count() - page.matches("class=\"kv-pic\"").count();
        assert_eq!(pictures, named + decorative, "{name}");
    }
}

#[test]
fn nothing_is_misspelt() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts: Vec<(String, String)> = Vec::new();
    for folder in [root.join("text"), root.join("../lessons")] {
        for path in markdown(&folder) {
            texts.push((
                path.display().to_string(),
                fs::read_to_string(&path).unwrap(),
            ));
        }
    }
    assert!(texts.len() >= 20, "{}", texts.len());
    let mut found = Vec::new();
    for (name, text) in texts {
        for mistake in kvorum_quiz::lint::misspelt_words(&prose(&text)) {
            found.push(format!("{name}{mistake}"));
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

fn markdown(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(markdown(&path));
        } else if path.extension().is_some_and(|kind| kind == "md") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The text without its code and without what Kvorum replaces.
fn prose(text: &str) -> String {
    let mut out = String::new();
    let mut in_fence = false;
    // What is read next keeps the spelling of its titles.
    let text = text.split("\n## Read next\n").next().unwrap_or(text);
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_fence = !in_fence;
        } else if !in_fence && !line.starts_with("{{#") && !line.starts_with("    ") {
            let kept: Vec<&str> = line.split('`').step_by(2).collect();
            out.push_str(&kept.join(" "));
            out.push('\n');
        }
    }
    out
}
