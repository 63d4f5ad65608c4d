//! Reading scripts and writing pictures. Every error names the file and says what to do.

use std::io::{self, Read as _};
use std::path::Path;

use kvorum::base::limits::SCRIPT_BYTES_MAX;

use crate::exit::Stop;

/// The name that stands for standard input.
pub const STANDARD_INPUT: &str = "-";

/// The text of a script; `-` is standard input.
///
/// # Errors
/// [`Stop::Usage`] when it cannot be found, read or decoded, or is over [`SCRIPT_BYTES_MAX`].
#[expect(
    clippy::disallowed_methods,
    reason = "the command reads the learner's own files"
)]
pub fn read_script(path: &Path) -> Result<String, Stop> {
    let shown = path.display();
    let refuse = |error: io::Error| {
        Stop::Usage(match error.kind() {
            io::ErrorKind::NotFound => format!(
                "{shown}: no such file; give the path of a .kv script, or - to read one from standard input"
            ),
            io::ErrorKind::IsADirectory => {
                format!("{shown}: a folder; give the path of a .kv script in it")
            }
            _ => format!("{shown}: cannot be read: {error}"),
        })
    };
    let mut bytes = Vec::new();
    // One byte over the limit is enough to know, however large the file is.
    let enough = SCRIPT_BYTES_MAX as u64 + 1;
    if path == Path::new(STANDARD_INPUT) {
        io::stdin().lock().take(enough).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(enough).read_to_end(&mut bytes))
    }
    .map_err(refuse)?;
    if bytes.len() > SCRIPT_BYTES_MAX {
        return Err(Stop::Usage(format!(
            "{shown}: longer than {SCRIPT_BYTES_MAX} bytes; split it into several scripts"
        )));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Stop::Usage(format!(
            "{shown}: not UTF-8 text (byte {at}); a script is plain text, is this the right file?"
        ))
    })?;
    Ok(text)
}

/// Writes a file whole.
///
/// # Errors
/// [`Stop::Environment`] when it cannot be written.
#[expect(
    clippy::disallowed_methods,
    reason = "the command writes the file the learner asked for"
)]
pub fn write_file(path: &Path, text: &str) -> Result<(), Stop> {
    std::fs::write(path, text).map_err(|error| {
        Stop::Environment(format!(
            "{}: cannot be written: {error}; choose another file or folder",
            path.display()
        ))
    })
}
