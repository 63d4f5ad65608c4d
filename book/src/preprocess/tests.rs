use std::path::Path;

use super::*;

fn expand(text: &str) -> Result<String, String> {
    let lessons = Path::new(env!("CARGO_MANIFEST_DIR")).join("../lessons");
    Expansion::new(lessons)
        .expand("page.md", text)
        .map_err(|wrong| wrong.to_string())
}

#[test]
fn a_page_without_directives_stays_as_it_is() {
    let page = "# Title\n\nText `{{#lab x}}` here.\n\n```text\n{{#lab not/run.kv}}\n```\n{{#include a.md}}\n";
    assert_eq!(expand(page).unwrap(), page);
}

#[test]
fn a_directive_that_cannot_be_understood_names_its_line() {
    for (page, complaint) in [
        ("\n{{#labb x.kv}}\n", "page.md:2: no directive '#labb'"),
        (
            "{{#lab ../Cargo.toml}}",
            "page.md:1: '../Cargo.toml' leaves the folder",
        ),
        (
            "{{#lab /etc/passwd}}",
            "page.md:1: '/etc/passwd' leaves the folder",
        ),
        (
            "{{#lab 02-x/none.kv}}",
            "page.md:1: cannot read lessons/02-x/none.kv",
        ),
        ("{{#lab}}", "page.md:1: one path in lessons/"),
        ("{{#lab a.kv colour=red}}", "page.md:1: no setting 'colour'"),
        (
            "text\n\n```kv\nno end\n",
            "page.md:3: this code fence is not closed",
        ),
    ] {
        let wrong = expand(page).unwrap_err();
        assert!(wrong.starts_with(complaint), "{wrong}");
    }
}

#[test]
fn neighbouring_tabs_are_one_group() {
    let page = "```python tab\nprint(1)\n```\n\n```java tab\nint a;\n```\n\ntext\n\n```rust tab\nlet a;\n```\n";
    let html = expand(page).unwrap();
    assert_eq!(html.matches("class=\"tabs\"").count(), 2);
    assert_eq!(html.matches("class=\"tab\"").count(), 3);
    let python = html.find("```python\nprint(1)\n```").unwrap();
    assert!(html.find("```java\nint a;\n```").unwrap() > python);
    assert!(html.find("text").unwrap() < html.find("Rust").unwrap());
}

#[test]
fn a_poll_has_a_reply_to_each_of_two_answers() {
    let html = expand("```poll\nWhich `one`?\n- A => Yes.\n- B => No.\n```\n").unwrap();
    assert!(html.contains("Which <code>one</code>?"));
    assert_eq!(html.matches("<details").count(), 2);
    let wrong = expand("```poll\nWhich?\n- A => Yes.\n```\n").unwrap_err();
    assert_eq!(wrong, "page.md:1: a poll has two answers, not 1");
    let wrong = expand("```poll\nWhich?\n- A\n- B => No.\n```\n").unwrap_err();
    assert!(wrong.starts_with("page.md:3:"), "{wrong}");
}

#[test]
fn a_lab_is_run_and_shows_what_happened_below_the_prediction() {
    let html =
        expand("```kv lab=x\ncluster nodes=3 seed=1\nput cart milk -> ok\nget cart -> milk\n```\n")
            .unwrap();
    let (before, after) = html.split_once("Predict, then run").unwrap();
    let shown = before.split_once("<pre").unwrap().1;
    assert!(
        !shown.contains("-&gt;"),
        "the script gives its result away: {shown}"
    );
    assert!(after.contains("<samp>milk</samp>"));
    assert_eq!(
        expand("```kv lab=x\nget a\n```\n"),
        expand("```kv lab=x\nget a\n```\n")
    );
}

#[test]
fn a_lab_whose_statement_is_false_fails_with_line_and_both_values() {
    let page =
        "# Page\n\n```kv lab=x\ncluster nodes=3 seed=1\nput cart milk\nget cart -> eggs\n```\n";
    let wrong = expand(page).unwrap_err();
    assert_eq!(
        wrong,
        "page.md:6: 'get cart' gives 'milk', and the page says 'eggs'"
    );
    let wrong = expand("```kv lab=x\ncluster nodes=3 seed=1\nputt cart milk\n```\n").unwrap_err();
    assert!(
        wrong.starts_with("page.md:3: ") && wrong.contains("putt"),
        "{wrong}"
    );
}

#[test]
fn a_ring_is_drawn_by_the_engine() {
    let html = expand("{{#ring nodes=5 tokens=1 seed=7 title=\"One token each\"}}\n").unwrap();
    assert!(html.contains("<svg") && html.contains("One token each"));
    let wrong = expand("\n{{#ring nodes=nine}}\n").unwrap_err();
    assert!(wrong.starts_with("page.md:2: "), "{wrong}");
}

#[test]
fn the_stock_mdbook_is_asked_to_render_html_only() {
    let supports = |renderer: &str| {
        let args = ["supports".to_owned(), renderer.to_owned()];
        run_as_preprocessor(std::io::empty(), Vec::new(), &args).unwrap()
    };
    assert_eq!((supports("html"), supports("epub")), (0, 1));
    let wrong = run_as_preprocessor(&b"not a book"[..], Vec::new(), &[]).unwrap_err();
    assert!(matches!(wrong, BookError::Protocol(_)));
    let stray = run_as_preprocessor(std::io::empty(), Vec::new(), &["build".to_owned()]);
    assert!(matches!(stray, Err(BookError::Protocol(_))));
}

#[test]
fn what_mdbook_sends_comes_back_as_a_book() {
    let chapter = Chapter::new(
        "Page",
        "```poll\nQ?\n- A => a\n- B => b\n```\n".into(),
        "page.md",
        Vec::new(),
    );
    let book = Book::new_with_items(vec![chapter.into()]);
    let context = PreprocessorContext::new(".".into(), Default::default(), "html".into());
    let input = serde_json::to_vec(&(&context, &book)).unwrap();
    let mut output = Vec::new();
    assert_eq!(
        run_as_preprocessor(&input[..], &mut output, &[]).unwrap(),
        0
    );
    let book: Book = serde_json::from_slice(&output).unwrap();
    let page = book.chapters().next().unwrap();
    assert!(page.content.contains("class=\"poll\""));
}
