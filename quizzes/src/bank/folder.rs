//! A bank in a folder, as its authors write it.

use std::io;
use std::path::{Path, PathBuf};

use super::{Bank, BankError, BankFile};

/// A file's name for messages, and its text.
type Text = (String, String);

pub(super) fn read(folder: &Path) -> Result<Bank, BankError> {
    let misconceptions = text(&folder.join("misconceptions.toml"))?;
    let polls = text(&folder.join("polls.toml"))?;
    let questions: Vec<Text> = toml_files(&folder.join("bank"))?
        .iter()
        .map(|path| text(path))
        .collect::<Result<_, _>>()?;
    let files: Vec<BankFile<'_>> = questions.iter().map(file).collect();
    Bank::read(&files, &file(&misconceptions), &file(&polls))
}

fn file((name, text): &Text) -> BankFile<'_> {
    BankFile { name, text }
}

fn text(path: &Path) -> Result<Text, BankError> {
    let text = std::fs::read_to_string(path).map_err(|error| refused(path, &error))?;
    Ok((path.display().to_string(), text))
}

/// The TOML files of a folder, sorted by name.
fn toml_files(folder: &Path) -> Result<Vec<PathBuf>, BankError> {
    let entries = std::fs::read_dir(folder).map_err(|error| refused(folder, &error))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| refused(folder, &error))?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            files.push(path);
        }
    }
    if files.is_empty() {
        return Err(BankError::File {
            file: folder.display().to_string(),
            message: "no .toml file in it".to_owned(),
        });
    }
    files.sort_unstable();
    Ok(files)
}

fn refused(path: &Path, error: &io::Error) -> BankError {
    let message = match error.kind() {
        io::ErrorKind::NotFound => {
            "it is missing; a bank's folder has misconceptions.toml, polls.toml and bank/*.toml"
                .to_owned()
        }
        io::ErrorKind::InvalidData => "not UTF-8 text".to_owned(),
        _ => format!("cannot be read: {error}"),
    };
    BankError::File {
        file: path.display().to_string(),
        message,
    }
}
