//! Builds the book in this process, through mdBook as a library.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use mdbook_driver::MDBook;

use crate::preprocess::{Face, KvorumPreprocessor, Tally};
use crate::{BookError, BookSource};

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

/// The file that mdBook leaves in every folder it builds into.
const BUILT_MARK: &str = ".nojekyll";

/// Builds the book into `out_dir`, which is made, or is empty, or holds an earlier build that is replaced.
///
/// # Errors
/// [`BookError::Page`] names file and line of a lab whose `->` does not hold; nothing is written then.
pub fn build(source: &BookSource, out_dir: &Path) -> Result<BuildReport, BookError> {
    let out_dir = std::path::absolute(out_dir).map_err(|wrong| BookError::file(out_dir, wrong))?;
    refuse_foreign(&out_dir)?;
    render(source, &out_dir, Face::Static)
}

/// mdBook empties the folder it builds into, so a folder with other things in it is refused.
fn refuse_foreign(out_dir: &Path) -> Result<(), BookError> {
    let mut entries = match std::fs::read_dir(out_dir) {
        Ok(entries) => entries,
        Err(wrong) if wrong.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(wrong) => return Err(BookError::file(out_dir, wrong)),
    };
    if entries.next().is_none() || out_dir.join(BUILT_MARK).is_file() {
        return Ok(());
    }
    Err(BookError::Render(format!(
        "{} holds something that is not a built book: name an empty folder",
        out_dir.display()
    )))
}

fn render(source: &BookSource, out_dir: &Path, face: Face) -> Result<BuildReport, BookError> {
    let sources = source.files()?;
    let tally = Rc::new(RefCell::new(Tally::default()));
    let mut book = MDBook::load(sources.book()).map_err(BookError::from_mdbook)?;
    book.config.build.build_dir = out_dir.to_owned();
    // Of the same name as the command in book.toml, so it takes that one's place: no PATH is asked.
    book.with_preprocessor(KvorumPreprocessor::new(face, Rc::clone(&tally)));
    book.build().map_err(BookError::from_mdbook)?;
    let Tally { labs, expectations } = *tally.borrow();
    Ok(BuildReport {
        pages: book.book.chapters().count(),
        labs,
        expectations,
        out_dir: out_dir.to_owned(),
    })
}

/// The built files of the live book by their path in the site, all in memory.
pub(crate) fn site(source: &BookSource) -> Result<BTreeMap<String, Vec<u8>>, BookError> {
    let folder = tempfile::Builder::new()
        .prefix("kvorum-site-")
        .tempdir()
        .map_err(|wrong| BookError::file(std::env::temp_dir(), wrong))?;
    let out_dir = folder.path().join("site");
    render(source, &out_dir, Face::Live)?;
    let mut files = BTreeMap::new();
    gather(&out_dir, "", &mut files)?;
    Ok(files)
}

#[expect(
    clippy::disallowed_methods,
    reason = "mdBook writes the site as real files"
)]
fn gather(
    folder: &Path,
    prefix: &str,
    files: &mut BTreeMap<String, Vec<u8>>,
) -> Result<(), BookError> {
    let entries = std::fs::read_dir(folder).map_err(|wrong| BookError::file(folder, wrong))?;
    for entry in entries {
        let entry = entry.map_err(|wrong| BookError::file(folder, wrong))?;
        let path = entry.path();
        let name = format!("{prefix}/{}", entry.file_name().to_string_lossy());
        if path.is_dir() {
            gather(&path, &name, files)?;
        } else {
            let bytes = std::fs::read(&path).map_err(|wrong| BookError::file(&path, wrong))?;
            files.insert(name, bytes);
        }
    }
    Ok(())
}
