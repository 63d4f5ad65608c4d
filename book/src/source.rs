//! The book's sources inside this program, so that a wheel or an installed binary needs no checkout.

use std::path::{Path, PathBuf};

use crate::BookError;

/// Where the book's sources come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum BookSource {
    /// The copy inside this program: no checkout is needed.
    #[default]
    Embedded,
    /// A folder with a `book.toml`, its lessons in `../lessons`.
    Folder(PathBuf),
}

macro_rules! embedded {
    ($($path:literal),* $(,)?) => { &[$(($path, include_str!(concat!("../", $path)))),*] };
}

/// The files of `book/` that make pages.
const FILES: &[(&str, &str)] = embedded![
    "book.toml",
    "text/01-cheatsheet.md",
    "text/01-single-node.md",
    "text/02-cheatsheet.md",
    "text/02-consistent-hashing.md",
    "text/03-cheatsheet.md",
    "text/03-replication.md",
    "text/04-cheatsheet.md",
    "text/04-consistency.md",
    "text/05-cheatsheet.md",
    "text/05-lsm-tree.md",
    "text/06-cheatsheet.md",
    "text/06-gossip.md",
    "text/07-cheatsheet.md",
    "text/07-conflicts.md",
    "text/08-anti-entropy.md",
    "text/08-cheatsheet.md",
    "text/09-cheatsheet.md",
    "text/09-expiry.md",
    "text/10-cheatsheet.md",
    "text/10-mock-interview.md",
    "text/SUMMARY.md",
    "text/cheatsheet.md",
    "text/corrections.md",
    "text/dynamodb.md",
    "text/elsewhere.md",
    "text/five-minutes.md",
    "text/glossary.md",
    "text/introduction.md",
    "text/language.md",
    "text/next.md",
    "text/quiz.md",
    "theme/kvorum.css",
    "theme/kvorum.js",
];

/// A folder that holds `book/` and `lessons/` for as long as this value lives.
#[derive(Debug)]
pub(crate) enum Sources {
    /// Someone else's.
    Borrowed(PathBuf),
    /// Written out of this program; removed at the end.
    Written(tempfile::TempDir),
}

impl Sources {
    /// The folder of `book.toml`.
    pub(crate) fn book(&self) -> PathBuf {
        match self {
            Self::Borrowed(folder) => folder.clone(),
            Self::Written(folder) => folder.path().join("book"),
        }
    }
}

impl BookSource {
    /// The sources as files.
    pub(crate) fn files(&self) -> Result<Sources, BookError> {
        match self {
            Self::Folder(folder) if folder.join("book.toml").is_file() => {
                Ok(Sources::Borrowed(folder.clone()))
            }
            Self::Folder(folder) => Err(BookError::Render(format!(
                "{} holds no book.toml: name the folder of a book",
                folder.display()
            ))),
            Self::Embedded => written(),
        }
    }
}

fn written() -> Result<Sources, BookError> {
    let folder = tempfile::Builder::new()
        .prefix("kvorum-book-")
        .tempdir()
        .map_err(|source| BookError::file(std::env::temp_dir(), source))?;
    for (path, text) in FILES {
        write(&folder.path().join("book").join(path), text)?;
    }
    for (path, text) in kvorum_lessons::files() {
        write(&folder.path().join("lessons").join(path), text)?;
    }
    Ok(Sources::Written(folder))
}

#[expect(
    clippy::disallowed_methods,
    reason = "mdBook reads its sources from real files"
)]
fn write(path: &Path, text: &str) -> Result<(), BookError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|source| BookError::file(folder, source))?;
    }
    std::fs::write(path, text).map_err(|source| BookError::file(path, source))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_file_of_the_book_is_embedded() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut on_disk = BTreeSet::from(["book.toml".to_owned()]);
        for folder in ["text", "theme"] {
            for entry in std::fs::read_dir(root.join(folder)).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                on_disk.insert(format!("{folder}/{name}"));
            }
        }
        let embedded: BTreeSet<String> = FILES.iter().map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(embedded, on_disk);
    }
}
