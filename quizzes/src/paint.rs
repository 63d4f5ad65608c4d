//! Text for a terminal: wrapped, and coloured where the terminal shows colours.

use std::borrow::Cow;

use anstyle::{AnsiColor, Style};

/// Lines longer than this are hard to read, however wide the terminal.
const WIDTH_MAX: usize = 80;
/// Below this, wrapping would tear words apart.
const WIDTH_MIN: usize = 30;

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
}

impl Paint {
    pub(crate) fn new(width: usize, has_colour: bool) -> Self {
        Self {
            width: width.clamp(WIDTH_MIN, WIDTH_MAX),
            has_colour,
        }
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
    /// that begins with four spaces is code and stays as it is.
    pub(crate) fn wrapped(&self, first: &str, rest: &str, text: &str) -> String {
        let mut out = String::new();
        let mut lead = first;
        for line in text.lines() {
            if line.starts_with("    ") {
                out.push_str(line);
            } else {
                let options = textwrap::Options::new(self.width)
                    .initial_indent(lead)
                    .subsequent_indent(rest);
                out.push_str(&textwrap::fill(line, options));
            }
            out.push('\n');
            lead = rest;
        }
        out
    }

    /// A line that stands out, wrapped.
    pub(crate) fn heading(&self, tone: Tone, text: &str) -> String {
        // Coloured after wrapping: the codes have no width on the screen.
        let plain = self.wrapped("", "", text);
        format!("{}\n", self.tone(tone, plain.trim_end()))
    }

    /// `Label: text`, wrapped, the label in `tone`.
    pub(crate) fn labelled(&self, tone: Tone, label: &str, text: &str) -> String {
        let plain = self.wrapped("", "  ", &format!("{label}: {text}"));
        match plain.strip_prefix(label) {
            Some(tail) => format!("{}{tail}", self.tone(tone, label)),
            None => plain,
        }
    }
}
