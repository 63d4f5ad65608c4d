//! The real book, from the checkout and from inside the program, and a book that must not build.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the tests look at real files, and a failure is a panic"
)]

use std::fs;
use std::path::{Path, PathBuf};

use kvorum_book::{BookError, BookSource, build};

fn checkout() -> BookSource {
    BookSource::Folder(Path::new(env!("CARGO_MANIFEST_DIR")).to_owned())
}

fn page(out_dir: &Path, name: &str) -> String {
    fs::read_to_string(out_dir.join(name)).unwrap()
}

#[test]
fn every_lab_of_the_book_holds_and_its_picture_is_in_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let report = build(&checkout(), folder.path()).unwrap();
    assert!(
        report.labs >= 35 && report.expectations >= 100,
        "{report:?}"
    );
    assert!(report.pages >= 20, "{report:?}");
    let lesson = page(folder.path(), "02-consistent-hashing.html");
    assert!(!lesson.contains("{{#"), "a directive was left over");
    assert!(lesson.matches("<svg").count() >= 4);
    assert!(
        !lesson.contains("id=\"kvorum-live\""),
        "a static page has no server to ask"
    );
    let introduction = page(folder.path(), "introduction.html");
    assert!(introduction.contains("data-name=\"first.kv\""));
}

#[test]
fn the_page_of_the_language_has_a_line_for_every_verb_word_and_setting() {
    let page = include_str!("../text/language.md").replace("\\|", "|");
    for verb in kvorum::script::VERBS {
        let row = page.contains(&format!("| `{}", verb.name));
        assert!(row, "no line for {}", verb.name);
        for word in verb.words {
            let line = format!("{} {word}", verb.name);
            assert!(page.contains(&line), "no line for {line}");
        }
        for setting in verb.options {
            let shown = ['`', ' ', '['].map(|before| format!("{before}{setting}="));
            assert!(
                shown.iter().any(|shown| page.contains(shown)),
                "no line for the setting {setting} of {}",
                verb.name
            );
        }
    }
    for (level, _) in kvorum::node::Level::NAMED {
        assert!(page.contains(&format!("`{level}`")), "no word of {level}");
    }
    for (conflict, _) in kvorum::blocking::Conflict::NAMED {
        assert!(
            page.contains(&format!("`{conflict}`")),
            "no word of {conflict}"
        );
    }
}

#[test]
fn the_quiz_of_a_page_counts_the_questions_that_it_leaves_out() {
    let folder = tempfile::tempdir().unwrap();
    build(&checkout(), folder.path()).unwrap();
    let lesson = page(folder.path(), "02-consistent-hashing.html");
    let bank = kvorum_quiz::Bank::embedded().unwrap();
    let asked = lesson.matches("<section class=\"question\"").count();
    assert_eq!(asked, bank.page_questions(2).len());
    let practised = bank
        .lesson_questions(2)
        .into_iter()
        .filter(|question| !question.is_exam);
    let left = practised.count() - asked;
    let more = format!(
        "{left} more, some with fresh numbers each time: <code>kvorum quiz --lesson 2</code>"
    );
    assert!(left > 0 && lesson.contains(&more), "{more}");
}

#[test]
fn every_question_of_a_page_links_to_a_part_of_the_lesson_that_is_there() {
    let folder = tempfile::tempdir().unwrap();
    build(&checkout(), folder.path()).unwrap();
    let lesson = page(folder.path(), "02-consistent-hashing.html");
    let bank = kvorum_quiz::Bank::embedded().unwrap();
    let links = lesson.split("Read again: <a href=\"").skip(1);
    let links: Vec<_> = links.filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(links.len(), bank.page_questions(2).len());
    for (link, question) in links.iter().zip(bank.page_questions(2)) {
        assert_eq!(link.replace(".html", ""), question.anchor);
        let (file, part) = link.split_once('#').unwrap();
        let target = page(folder.path(), file);
        assert!(target.contains(&format!("id=\"{part}\"")), "{link}");
    }
}

#[test]
fn the_contents_name_and_link_all_ten_lessons() {
    let folder = tempfile::tempdir().unwrap();
    build(&checkout(), folder.path()).unwrap();
    let contents = page(folder.path(), "toc.html");
    for lesson in kvorum_lessons::lessons() {
        let title = lesson.title.replace('&', "&amp;");
        assert!(contents.contains(&title), "{title}");
        let link = format!("href=\"{}.html\"", lesson.folder());
        assert!(contents.contains(&link), "{title}");
    }
}

#[test]
fn the_embedded_book_is_the_book_of_the_checkout_and_builds_the_same_twice() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    build(&checkout(), one.path()).unwrap();
    build(&BookSource::Embedded, two.path()).unwrap();
    for name in [
        "introduction.html",
        "02-consistent-hashing.html",
        "02-cheatsheet.html",
        "language.html",
    ] {
        assert_eq!(page(one.path(), name), page(two.path(), name), "{name}");
    }
    // Into the same folder again: an earlier build is replaced.
    build(&BookSource::Embedded, two.path()).unwrap();
}

fn book_with(page: &str, lab: &str) -> (tempfile::TempDir, BookSource, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::create_dir_all(root.join("book/text")).unwrap();
    fs::create_dir_all(root.join("lessons/01-x")).unwrap();
    fs::write(
        root.join("book/book.toml"),
        "[book]\ntitle = \"B\"\nsrc = \"text\"\n",
    )
    .unwrap();
    fs::write(root.join("book/text/SUMMARY.md"), "- [Page](page.md)\n").unwrap();
    fs::write(root.join("book/text/page.md"), page).unwrap();
    fs::write(root.join("lessons/01-x/lab.kv"), lab).unwrap();
    let (source, out) = (BookSource::Folder(root.join("book")), root.join("out"));
    (folder, source, out)
}

#[test]
fn a_lab_that_does_not_hold_fails_the_build_and_writes_nothing() {
    let lab = "cluster nodes=3 seed=1\nput cart milk -> ok\nget cart -> eggs\n";
    let (_folder, source, out) = book_with("# Page\n\n{{#lab 01-x/lab.kv}}\n", lab);
    let wrong = build(&source, &out).unwrap_err();
    assert!(
        matches!(&wrong, BookError::Page { line: 3, .. }),
        "{wrong:?}"
    );
    assert_eq!(
        wrong.to_string(),
        "lessons/01-x/lab.kv:3: 'get cart' gives 'milk', and the page says 'eggs'"
    );
    assert!(!out.exists());
}

#[test]
fn a_folder_with_other_things_in_it_is_never_emptied() {
    let folder = tempfile::tempdir().unwrap();
    let precious = folder.path().join("thesis.txt");
    fs::write(&precious, "years").unwrap();
    let refused = build(&BookSource::Embedded, folder.path()).unwrap_err();
    assert!(refused.to_string().contains("empty folder"), "{refused}");
    assert_eq!(fs::read_to_string(&precious).unwrap(), "years");
}

#[test]
fn a_folder_without_a_book_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = build(
        &BookSource::Folder(folder.path().into()),
        &folder.path().join("out"),
    );
    assert!(refused.unwrap_err().to_string().contains("book.toml"));
}

#[test]
fn every_place_that_a_question_or_a_misconception_names_is_there() {
    let folder = tempfile::tempdir().unwrap();
    build(&checkout(), folder.path()).unwrap();
    let bank = kvorum_quiz::Bank::embedded().unwrap();
    let questions = bank.questions().iter().map(|question| &question.anchor);
    let misconceptions = bank
        .misconceptions()
        .map(|misconception| &misconception.anchor);
    let mut looked_at = 0;
    for anchor in questions.chain(misconceptions) {
        let (lesson, heading) = anchor.split_once('#').unwrap_or((anchor, ""));
        looked_at += 1;
        let text = page(folder.path(), &format!("{lesson}.html"));
        let there = heading.is_empty() || text.contains(&format!("id=\"{heading}\""));
        assert!(there, "{anchor}");
    }
    assert!(looked_at > 0);
}
