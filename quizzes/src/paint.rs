//! Text for a terminal: wrapped, and coloured where the terminal shows colours.

use std::borrow::Cow;

use anstyle::{AnsiColor, Style};

/// Lines longer than this are hard to read, however wide the terminal.
const WIDTH_MAX: usize = 80;
/// Below this, wrapping would tear words apart.
const WIDTH_MIN: usize = 30;

/// How far code stands from the left edge, and the rest of a line of it that was broken.
const CODE_INDENT: &str = "    ";
const CODE_MORE: &str = "        ";

/// What a piece of text is, so that colour always means the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Strong,
    Good,
    Bad,
}

/// How text is laid out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint {
    width: usize,
    has_colour: bool,
    is_plain: bool,
}

impl Paint {
    pub(crate) fn new(width: usize, has_colour: bool) -> Self {
        Self {
            width: width.clamp(WIDTH_MIN, WIDTH_MAX),
            has_colour,
            is_plain: false,
        }
    }

    /// For a screen reader: no colour, and each thing said in words.
    pub(crate) fn plain(width: usize) -> Self {
        Self {
            is_plain: true,
            ..Self::new(width, false)
        }
    }

    pub(crate) fn is_plain(&self) -> bool {
        self.is_plain
    }

    pub(crate) fn width(&self) -> usize {
        self.width
    }

    pub(crate) fn tone<'t>(&self, tone: Tone, text: &'t str) -> Cow<'t, str> {
        if !self.has_colour {
            return Cow::Borrowed(text);
        }
        let style = match tone {
            Tone::Strong => Style::new().bold(),
            Tone::Good => AnsiColor::Green.on_default().bold(),
            Tone::Bad => AnsiColor::Yellow.on_default().bold(),
        };
        Cow::Owned(format!("{style}{text}{style:#}"))
    }

    /// Each paragraph of `text` wrapped; the first line begins with `first`, the others with `rest`. A line
    /// that begins with four spaces is code and stays as it is, where it fits.
    pub(crate) fn wrapped(&self, first: &str, rest: &str, text: &str) -> String {
        let mut out = String::new();
        let mut lead = first;
        for line in text.lines() {
            if let Some(code) = line.strip_prefix(CODE_INDENT) {
                out.push_str(&self.code(code));
            } else {
                let options = textwrap::Options::new(self.width)
                    .initial_indent(lead)
                    .subsequent_indent(rest);
                out.push_str(&textwrap::fill(line, options));
                out.push('\n');
            }
            lead = rest;
        }
        out
    }

    /// A line of code or a command: set in, and broken only where it does not fit.
    pub(crate) fn code(&self, line: &str) -> String {
        if self.is_plain {
            return format!("{}\n", textwrap::fill(line, self.width));
        }
        if CODE_INDENT.len() + line.chars().count() <= self.width {
            return format!("{CODE_INDENT}{line}\n");
        }
        let options = textwrap::Options::new(self.width)
            .initial_indent(CODE_INDENT)
            .subsequent_indent(CODE_MORE);
        format!("{}\n", textwrap::fill(line, options))
    }

    /// A line that stands out, wrapped.
    pub(crate) fn heading(&self, tone: Tone, text: &str) -> String {
        // Coloured after wrapping: the codes have no width on the screen.
        let plain = self.wrapped("", "", text);
        format!("{}\n", self.tone(tone, plain.trim_end()))
    }

    /// `Label: text`, wrapped, the label in `tone`.
    pub(crate) fn labelled(&self, tone: Tone, label: &str, text: &str) -> String {
        let rest = if self.is_plain { "" } else { "  " };
        let plain = self.wrapped("", rest, &format!("{label}: {text}"));
        match plain.strip_prefix(label) {
            Some(tail) => format!("{}{tail}", self.tone(tone, label)),
            None => plain,
        }
    }
}
