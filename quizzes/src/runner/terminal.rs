//! Where a session reads and writes: a keyboard, a pipe, or a test.

use std::io::{self, BufRead, Read as _, Write};

/// Bytes of one line that are taken in; a longer one is no answer.
const LINE_BYTES_MAX: u64 = 16 * 1024;

/// A line that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// Its text, without the line's end.
    Text(String),
    /// Longer than any answer; it was passed over.
    TooLong,
    /// No more lines come.
    End,
    /// Ctrl-C, or a signal that asks the program to end.
    Interrupted,
}

/// Reads lines and keys, and writes text.
pub trait Terminal {
    /// The next line.
    ///
    /// # Errors
    /// Whatever the source reports.
    fn read_line(&mut self) -> io::Result<Line>;

    /// Shows text at once.
    ///
    /// # Errors
    /// Whatever the target reports.
    fn write(&mut self, text: &str) -> io::Result<()>;

    /// One key, as a line of that one character; Enter is an empty one. Where keys do not come one by one,
    /// the next line.
    ///
    /// # Errors
    /// Whatever the source reports.
    fn read_key(&mut self) -> io::Result<Line> {
        self.read_line()
    }

    /// Whether keys come one by one, without Enter: a session then says "press" and not "type".
    fn has_keys(&self) -> bool {
        false
    }

    /// Whether a person types: a session then waits between two questions, and asks as often as it takes.
    fn is_typed_into(&self) -> bool {
        false
    }

    /// Its columns by now, where they can change.
    fn columns(&self) -> Option<usize> {
        None
    }
}

/// A terminal over any reader and writer: standard input and output, or two buffers.
#[derive(Debug)]
pub struct Lines<R, W> {
    input: R,
    output: W,
    echoes: bool,
    typed: bool,
}

impl<R: BufRead, W: Write> Lines<R, W> {
    /// Reads from `input`, writes to `output`.
    pub fn new(input: R, output: W) -> Self {
        Self {
            input,
            output,
            echoes: false,
            typed: false,
        }
    }

    /// Writes each line that it reads: for a pipe, where no keyboard has put it on the screen.
    #[must_use]
    pub fn echoing(self) -> Self {
        Self {
            echoes: true,
            ..self
        }
    }

    /// Takes its input for a person's.
    #[must_use]
    pub fn typed(self) -> Self {
        Self {
            typed: true,
            ..self
        }
    }
}

impl<R: BufRead, W: Write> Terminal for Lines<R, W> {
    fn read_line(&mut self) -> io::Result<Line> {
        let mut bytes = Vec::new();
        self.input
            .by_ref()
            .take(LINE_BYTES_MAX)
            .read_until(b'\n', &mut bytes)?;
        if bytes.is_empty() {
            return Ok(Line::End);
        }
        if !bytes.ends_with(b"\n") && bytes.len() as u64 == LINE_BYTES_MAX {
            self.input.skip_until(b'\n')?;
            return Ok(Line::TooLong);
        }
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_end_matches(['\n', '\r']).to_owned();
        if self.echoes {
            let shown: String = text.chars().filter(|c| !c.is_control()).collect();
            self.write(&format!("{shown}\n"))?;
        }
        Ok(Line::Text(text))
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        self.output.write_all(text.as_bytes())?;
        self.output.flush()
    }

    fn is_typed_into(&self) -> bool {
        self.typed
    }
}
