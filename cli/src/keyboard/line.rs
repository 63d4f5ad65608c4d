//! A line while it is typed: what each key does to it, and how it is drawn over the rows that it takes.

use unicode_width::UnicodeWidthChar as _;

use super::decode::Key;

/// Characters of one line; more are not taken.
const CHARS_MAX: usize = 4_000;

/// What a key did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Edited {
    Nothing,
    Changed,
    /// Enter: the whole line.
    Done(String),
    Interrupted,
    /// Ctrl-D on an empty line.
    Closed,
}

/// A line being typed behind a prompt.
#[derive(Clone, Debug)]
pub(super) struct LineEditor {
    prompt: String,
    text: Vec<char>,
    cursor: usize,
    /// The cursor's row on the screen, below the prompt's.
    row: usize,
}

impl LineEditor {
    /// The prompt stands on the screen already.
    pub(super) fn new(prompt: &str) -> Self {
        Self {
            prompt: prompt.to_owned(),
            text: Vec::new(),
            cursor: 0,
            row: 0,
        }
    }

    pub(super) fn press(&mut self, key: Key) -> Edited {
        let before = (self.cursor, self.text.len());
        match key {
            Key::Char(c) => {
                // What has no width would stand on its neighbour.
                if self.text.len() < CHARS_MAX && c.width().is_some_and(|width| width > 0) {
                    self.text.insert(self.cursor, c);
                    self.cursor += 1;
                }
            }
            Key::Enter => {
                self.cursor = self.text.len();
                return Edited::Done(self.text.iter().collect());
            }
            Key::Backspace => self.cut(self.cursor.saturating_sub(1)),
            Key::Delete => {
                if self.cursor < self.text.len() {
                    self.text.remove(self.cursor);
                }
            }
            Key::Left => self.cursor = self.cursor.saturating_sub(1),
            Key::Right => self.cursor = (self.cursor + 1).min(self.text.len()),
            Key::Home => self.cursor = 0,
            Key::End => self.cursor = self.text.len(),
            Key::KillLine => self.cut(0),
            Key::KillWord => {
                let head = &self.text[..self.cursor];
                let word = head.iter().rposition(|c| *c != ' ').unwrap_or(0);
                let space = head[..word].iter().rposition(|c| *c == ' ');
                self.cut(space.map_or(0, |space| space + 1));
            }
            Key::Interrupt => return Edited::Interrupted,
            Key::Close if self.text.is_empty() => return Edited::Closed,
            Key::Close | Key::Suspend => {}
        }
        match before == (self.cursor, self.text.len()) {
            true => Edited::Nothing,
            false => Edited::Changed,
        }
    }

    /// Takes away what stands from `from` to the cursor.
    fn cut(&mut self, from: usize) {
        self.text.drain(from..self.cursor);
        self.cursor = from;
    }

    /// The codes that draw the line anew, from wherever the last drawing left the cursor.
    pub(super) fn draw(&mut self, columns: usize) -> String {
        let mut out = up(self.row);
        out.push_str("\r\x1b[J");
        out.push_str(&self.prompt);
        out.extend(&self.text);
        let (end, is_full) = self.place(self.text.len(), columns);
        let (at, _) = self.place(self.cursor, columns);
        if is_full {
            // The cursor hangs behind the last column until something follows.
            out.push_str("\r\n");
        }
        out.push_str(&up(end.0 - at.0));
        out.push('\r');
        if at.1 > 0 {
            out.push_str(&format!("\x1b[{}C", at.1));
        }
        self.row = at.0;
        out
    }

    /// The same, where the prompt stands on a line of its own once more.
    pub(super) fn draw_again(&mut self, columns: usize) -> String {
        self.row = 0;
        self.draw(columns)
    }

    /// Row and column behind the first `count` characters, and whether they fill their row.
    fn place(&self, count: usize, columns: usize) -> ((usize, usize), bool) {
        let (mut row, mut column) = (0, 0);
        for c in self
            .prompt
            .chars()
            .chain(self.text[..count].iter().copied())
        {
            let width = c.width().unwrap_or(0);
            if column + width > columns {
                row += 1;
                column = 0;
            }
            column += width;
        }
        if column >= columns {
            return ((row + 1, 0), true);
        }
        ((row, column), false)
    }
}

fn up(rows: usize) -> String {
    match rows {
        0 => String::new(),
        rows => format!("\x1b[{rows}A"),
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZero;

    use super::*;

    fn typed(keys: &[Key], columns: u16) -> (String, vt100::Parser) {
        let mut editor = LineEditor::new("> ");
        let count = |number| NonZero::new(number).expect("there is a screen");
        let mut screen = vt100::Parser::new(count(6), count(columns), 0);
        screen.process(b"Say it\r\n> ");
        for key in keys {
            if editor.press(*key) == Edited::Changed {
                screen.process(editor.draw(usize::from(columns)).as_bytes());
            }
        }
        let Edited::Done(line) = editor.press(Key::Enter) else {
            panic!("Enter ends a line");
        };
        (line, screen)
    }

    fn chars(text: &str) -> Vec<Key> {
        text.chars().map(Key::Char).collect()
    }

    fn rows(screen: &vt100::Parser) -> Vec<String> {
        let columns = screen.screen().size().1.get();
        screen.screen().rows(0, columns).collect()
    }

    #[test]
    fn a_line_goes_over_several_rows_and_back() {
        let (line, screen) = typed(&chars("one two three four"), 10);
        assert_eq!(line, "one two three four");
        assert_eq!(
            rows(&screen)[..4],
            ["Say it", "> one two ", "three four", ""]
        );
        assert_eq!(screen.screen().cursor_position(), (3, 0));
        let mut keys = chars("one two three four");
        keys.extend([Key::Backspace; 12]);
        let (line, screen) = typed(&keys, 10);
        assert_eq!(line, "one tw");
        assert_eq!(rows(&screen)[1..3], ["> one tw", ""]);
        assert_eq!(screen.screen().cursor_position(), (1, 8));
    }

    #[test]
    fn keys_edit_where_the_cursor_stands() {
        let mut keys = chars("milk");
        keys.extend([
            Key::Home,
            Key::Delete,
            Key::Char('s'),
            Key::Right,
            Key::Left,
            Key::Left,
        ]);
        keys.extend([
            Key::Right,
            Key::End,
            Key::Char('y'),
            Key::Delete,
            Key::Right,
        ]);
        let (line, screen) = typed(&keys, 20);
        assert_eq!(line, "silky");
        assert_eq!(rows(&screen)[1], "> silky");
        let mut keys = chars("one two  ");
        keys.push(Key::KillWord);
        assert_eq!(typed(&keys, 20).0, "one ");
        keys.extend([Key::KillWord, Key::KillWord, Key::Backspace, Key::Left]);
        assert_eq!(typed(&keys, 20).0, "");
        let mut keys = chars("one two");
        keys.extend([Key::Left, Key::KillLine]);
        assert_eq!(typed(&keys, 20).0, "o");
    }

    #[test]
    fn wide_characters_take_two_columns_and_marks_none() {
        let (line, screen) = typed(&chars("牛奶牛奶e\u{301}"), 7);
        assert_eq!(line, "牛奶牛奶e");
        assert_eq!(rows(&screen)[1..3], ["> 牛奶", "牛奶e"]);
        let mut keys = chars("牛奶牛奶");
        keys.extend([Key::Backspace, Key::Backspace, Key::Left]);
        let (line, screen) = typed(&keys, 7);
        assert_eq!(line, "牛奶");
        assert_eq!(rows(&screen)[1..3], ["> 牛奶", ""]);
        assert_eq!(screen.screen().cursor_position(), (1, 4));
    }

    #[test]
    fn a_line_ends_by_enter_ctrl_c_or_ctrl_d() {
        let mut editor = LineEditor::new("> ");
        assert_eq!(editor.press(Key::Close), Edited::Closed);
        assert_eq!(editor.press(Key::Char('x')), Edited::Changed);
        assert_eq!(editor.press(Key::Close), Edited::Nothing);
        assert_eq!(editor.press(Key::Interrupt), Edited::Interrupted);
        for _ in 0..CHARS_MAX + 10 {
            editor.press(Key::Char('x'));
        }
        assert_eq!(
            editor.press(Key::Enter),
            Edited::Done("x".repeat(CHARS_MAX))
        );
    }
}
