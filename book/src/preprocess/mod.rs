//! The mdBook preprocessor. In comes a book as Markdown with Kvorum's directives and fences; out goes a
//! book as Markdown and HTML, in which every lab was run.
//!
//! | in a page | becomes |
//! |---|---|
//! | `{{#lesson 02-x/lesson.md}}` | the text of that file in `lessons/`, itself expanded |
//! | `{{#lab 02-x/move.kv}}`, or a fence `kv lab=NAME` | script, a fold with what really happened, pictures |
//! | `{{#ring nodes=5 tokens=1}}` | the ring of such a cluster, drawn by the engine |
//! | `{{#poll 3 opening}}` | one of the two votes of a lesson's poll |
//! | `{{#misconceptions id id}}` | what people get wrong, as the bank tells it |
//! | `{{#source engine/src/x.rs from="fn walk" lines=10}}` | these lines of the engine's own file |
//! | `{{#measured 16.4% lab=02-x/move.kv step=moved tolerance=0.5}}`, anywhere in a line | the figure, checked against a run |
//! | `{{#quiz 2}}` | the questions of lesson 2, graded in the page |
//! | `{{#bank}}` | the figures of the question bank, with their limits |
//! | `{{#simulation}}` | what simulated learners recall under several schedules |
//! | consecutive fences `python tab`, `java tab` | one block with a tab for each language |
//! | a fence `poll` | a question with two answers, each with its reply |
//!
//! A `->` that does not hold, and any directive that cannot be understood, fails the build with file
//! and line.

mod directive;
mod expand;
mod figures;
pub(crate) mod lab;
mod measured;
mod poll;
mod quiz;
mod source;
mod tabs;

pub(crate) use quiz::PAGE_SEED;

use std::cell::RefCell;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::rc::Rc;

use mdbook_preprocessor::book::{Book, Chapter};
use mdbook_preprocessor::errors::Result as MdResult;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};

use crate::BookError;
use expand::Expansion;

/// Who will show the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Face {
    /// Files on a disk or any web server: pages grade themselves.
    Static,
    /// `kvorum learn`: labs can be edited and answers go to the record.
    Live,
}

/// What the labs of a build amounted to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) labs: usize,
    pub(crate) expectations: usize,
}

/// The preprocessor `kvorum` of `book.toml`.
#[derive(Debug)]
pub(crate) struct KvorumPreprocessor {
    face: Face,
    tally: Rc<RefCell<Tally>>,
}

impl KvorumPreprocessor {
    pub(crate) const NAME: &'static str = "kvorum";

    /// A preprocessor that adds what it ran to `tally`.
    pub(crate) fn new(face: Face, tally: Rc<RefCell<Tally>>) -> Self {
        Self { face, tally }
    }

    fn expand_chapter(
        &self,
        chapter: &mut Chapter,
        expansion: &mut Expansion,
    ) -> Result<(), BookError> {
        let Some(source) = chapter.source_path.as_deref() else {
            return Ok(());
        };
        let file = source.to_string_lossy().replace('\\', "/");
        let mut text = expansion.expand(&file, &chapter.content)?;
        if self.face == Face::Live {
            text.push_str("\n\n<div id=\"kvorum-live\" hidden></div>\n");
        }
        chapter.content = text;
        Ok(())
    }
}

impl Preprocessor for KvorumPreprocessor {
    fn name(&self) -> &str {
        Self::NAME
    }

    fn supports_renderer(&self, renderer: &str) -> MdResult<bool> {
        Ok(renderer == "html")
    }

    fn run(&self, context: &PreprocessorContext, mut book: Book) -> MdResult<Book> {
        let lessons: Option<PathBuf> = context.config.get("preprocessor.kvorum.lessons")?;
        let lessons = context
            .root
            .join(lessons.unwrap_or_else(|| "../lessons".into()));
        let mut expansion = Expansion::new(lessons);
        let mut outcome = Ok(());
        book.for_each_chapter_mut(|chapter| {
            if outcome.is_ok() {
                outcome = self.expand_chapter(chapter, &mut expansion);
            }
        });
        outcome?;
        *self.tally.borrow_mut() = expansion.tally();
        Ok(book)
    }
}

/// The preprocessor's side of mdBook's protocol: `args` are what follows `mdbook-preprocess`. Returns the
/// exit code: 0 done (or the renderer is supported), 1 not supported.
///
/// # Errors
/// [`BookError::Page`] for a lab that does not hold, [`BookError::Protocol`] for input that mdBook would
/// not send. Nothing was written to `stdout` then.
pub fn run_as_preprocessor(
    stdin: impl Read,
    mut stdout: impl Write,
    args: &[String],
) -> Result<u8, BookError> {
    let preprocessor = KvorumPreprocessor::new(Face::Static, Rc::default());
    match args {
        [] => {
            let (context, book) = mdbook_preprocessor::parse_input(stdin)
                .map_err(|error| BookError::Protocol(format!("{error:#}")))?;
            let book = preprocessor
                .run(&context, book)
                .map_err(BookError::from_mdbook)?;
            let json = serde_json::to_vec(&book)
                .map_err(|error| BookError::Protocol(error.to_string()))?;
            stdout
                .write_all(&json)
                .map_err(|source| BookError::file("standard output", source))?;
            Ok(0)
        }
        [word, renderer] if word == "supports" => Ok(u8::from(renderer != "html")),
        other => Err(BookError::Protocol(format!(
            "expected no arguments, or 'supports RENDERER', not '{}'",
            other.join(" ")
        ))),
    }
}

#[cfg(test)]
mod tests;
