//! The book: the preprocessor that runs its labs, the builder, and the server that shows it.
//!
//! In come the Markdown of `book/` and `lessons/`; out goes HTML whose every lab really ran. The same
//! preprocessor serves the stock `mdbook` (through `kvorum mdbook-preprocess`) and [`build`], which needs
//! no mdbook installed. [`serve`] builds the book and shows it on loopback, with labs that can be edited.

mod error;

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

pub use error::BookError;

/// The port of `kvorum learn` when none is asked for.
pub const PORT_DEFAULT: u16 = 4004;

/// Where the book's sources come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum BookSource {
    /// The copy inside this program: no checkout is needed.
    #[default]
    Embedded,
    /// A folder with a `book.toml`, its lessons in `../lessons`.
    Folder(PathBuf),
}

/// What a build did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildReport {
    /// Pages with text, drafts left out.
    pub pages: usize,
    /// Lab scripts that ran.
    pub labs: usize,
    /// `->` and `expect` lines that held.
    pub expectations: usize,
    /// Where the HTML stands.
    pub out_dir: PathBuf,
}

/// Whether to open a browser.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Browser {
    /// Open the page where there is a browser; none is no error.
    #[default]
    Open,
    /// Only print the address.
    Leave,
}

/// Settings of [`serve`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServeOptions {
    /// The port on 127.0.0.1; [`PORT_DEFAULT`] when none, 0 takes any free one.
    pub port: Option<u16>,
    /// The book to show.
    pub source: BookSource,
    /// The learner's record; the platform's place when none.
    pub record: Option<PathBuf>,
    /// Whether to open a browser.
    pub browser: Browser,
}

/// Builds the book into `out_dir`.
///
/// # Errors
/// [`BookError::Page`] names file and line of a lab whose `->` does not hold; nothing is written then.
#[expect(clippy::todo, unused_variables)]
pub fn build(source: &BookSource, out_dir: &Path) -> Result<BuildReport, BookError> {
    todo!()
}

/// The preprocessor's side of mdBook's protocol: `args` are what follows `mdbook-preprocess`. Returns the
/// exit code: 0 done (or the renderer is supported), 1 not supported.
///
/// # Errors
/// As [`build`], and [`BookError::Protocol`] for input that mdBook would not send.
#[expect(clippy::todo, unused_variables)]
pub fn run_as_preprocessor(
    stdin: impl Read,
    stdout: impl Write,
    args: &[String],
) -> Result<u8, BookError> {
    todo!()
}

/// Builds the book and serves it on 127.0.0.1 until Ctrl-C. `ready` is called once with the address when
/// requests are answered (print it there).
///
/// # Errors
/// [`BookError::PortInUse`], and those of [`build`].
#[expect(clippy::todo, unused_variables)]
pub fn serve(options: &ServeOptions, ready: impl FnOnce(&str)) -> Result<(), BookError> {
    todo!()
}
