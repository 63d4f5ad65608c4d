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
