//! How the commands speak: standard output and error, in colours on a terminal that wants them, plain
//! when piped or when `NO_COLOR` is set.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, IsTerminal as _, Write};
use std::time::Duration;

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::exit::Stop;

/// A heading.
pub const TITLE: Style = Style::new().bold();
/// Something to type.
pub const COMMAND: Style = AnsiColor::Cyan.on_default();
/// What held.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// What did not hold.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// Said aside.
pub const ASIDE: Style = Style::new().dimmed();

/// Columns of plain text at most.
pub const COLUMNS_MAX: usize = 80;
/// Columns that lines are laid out for at least; a narrower terminal breaks them itself.
pub const COLUMNS_MIN: usize = 40;
/// Characters of one printed answer shown to a person; `--json` shows all of it.
pub const ANSWER_CHARS_MAX: usize = 4_000;

/// Standard output and error.
#[derive(Debug)]
pub struct Terminal {
    out: AutoStream<io::Stdout>,
    err: AutoStream<io::Stderr>,
    watched: bool,
}

impl Terminal {
    /// The process's own streams. Colours follow the stream, `NO_COLOR` and `CLICOLOR_FORCE`.
    #[must_use]
    pub fn standard() -> Self {
        Self {
            out: anstream::stdout(),
            err: anstream::stderr(),
            watched: io::stdout().is_terminal(),
        }
    }

    /// True when a person looks on: pauses and moving bars make sense.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        self.watched
    }

    /// The columns to lay lines out for: the terminal's own, from [`COLUMNS_MIN`] to [`COLUMNS_MAX`];
    /// the latter where there is no terminal.
    #[must_use]
    pub fn columns(&self) -> usize {
        terminal_size::terminal_size_of(io::stdout()).map_or(COLUMNS_MAX, |(width, _)| {
            usize::from(width.0).clamp(COLUMNS_MIN, COLUMNS_MAX)
        })
    }

    /// True when a person types.
    #[must_use]
    pub fn is_typed_into(&self) -> bool {
        io::stdin().is_terminal() && self.watched
    }

    /// True when output may carry colours.
    #[must_use]
    pub fn is_coloured(&self) -> bool {
        AutoStream::choice(&io::stdout()) != ColorChoice::Never
    }

    /// A bar on standard error with `count` beside it, such as `{pos}/{len} seeds`, where somebody looks on;
    /// else a hidden one.
    #[must_use]
    pub fn bar(&self, count: &str) -> ProgressBar {
        if !self.watched {
            return ProgressBar::hidden();
        }
        let template = format!("{{bar:40}} {count}, {{eta}} left");
        let style = ProgressStyle::with_template(&template).expect("the template is well formed");
        ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr()).with_style(style)
    }

    /// Waits, when a person looks on.
    ///
    /// # Errors
    /// As any write: what was said so far is shown first.
    pub fn pause(&mut self, span: Duration) -> Result<(), Stop> {
        if self.watched {
            self.out.flush()?;
            std::thread::sleep(span);
        }
        Ok(())
    }

    /// A heading between two parts of an output.
    ///
    /// # Errors
    /// As any write.
    pub fn title(&mut self, text: impl fmt::Display) -> Result<(), Stop> {
        writeln!(self, "{TITLE}{text}{TITLE:#}")?;
        Ok(())
    }

    /// A remark on standard error, so that it does not mix with the answer.
    pub fn remark(&mut self, text: impl fmt::Display) {
        // Standard error has no second place to complain to.
        drop(writeln!(self.err, "{text}"));
    }

    /// Says on standard error why a command stopped.
    pub fn complain(&mut self, stop: &Stop) {
        self.remark(format_args!(
            "{BAD}error:{BAD:#} {}",
            printable(&stop.to_string())
        ));
    }

    /// Shows everything written so far.
    ///
    /// # Errors
    /// As any write.
    pub fn finish(&mut self) -> Result<(), Stop> {
        self.out.flush()?;
        Ok(())
    }
}

impl Write for Terminal {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Text from outside, with control characters spelt out: a key or a script must not move the cursor.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    let hidden = |c: char| c.is_control() && c != '\n';
    if !text.contains(hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\t' => shown.push(' '),
            c if hidden(c) => shown.push_str(&format!("\\x{:02X}", u32::from(c))),
            c => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

/// The first [`ANSWER_CHARS_MAX`] characters of an answer, and how many more there are.
#[must_use]
pub fn clipped(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(ANSWER_CHARS_MAX) {
        None => Cow::Borrowed(text),
        Some((end, _)) => {
            let more = text[end..].chars().count();
            Cow::Owned(format!("{} ... ({more} more characters)", &text[..end]))
        }
    }
}

/// `text` in lines of at most `columns` characters, broken between words.
#[must_use]
pub fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let taken = line.chars().count();
        if taken > 0 && taken + 1 + word.chars().count() > columns {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{ANSWER_CHARS_MAX, clipped, printable, wrapped};

    #[test]
    fn control_characters_are_spelt_out() {
        assert_eq!(printable("a\x1b[2Jb\n"), "a\\x1B[2Jb\n");
        assert_eq!(printable("\u{9b}2J"), "\\x9B2J");
    }

    #[test]
    fn a_long_answer_says_how_much_is_left_out() {
        let long = "ä".repeat(ANSWER_CHARS_MAX + 7);
        assert!(clipped(&long).ends_with("ä ... (7 more characters)"));
        assert_eq!(clipped("short"), "short");
    }

    #[test]
    fn wrapping_keeps_every_word_and_the_width() {
        let text = "one  two three\nfour five six seven";
        let lines = wrapped(text, 9);
        assert!(lines.iter().all(|line| line.chars().count() <= 9));
        assert_eq!(
            lines.join(" "),
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        );
    }
}
