//! From text to a line: tokens, label, options, expectation. Nothing here knows a verb.

use super::ScriptError;
use crate::base::limits::SCRIPT_LINE_BYTES_MAX;

/// A word, with where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) bytes: Vec<u8>,
    pub(super) column: usize,
    pub(super) quoted: bool,
}

impl Word {
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

/// `name=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Setting {
    pub(super) name: String,
    pub(super) column: usize,
    pub(super) value: Word,
}

/// What stands between the verb and the expectation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Argument {
    Word(Word),
    Bar,
}

/// A line, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) label: Option<String>,
    /// `start NAME:` before the command.
    pub(super) start: Option<String>,
    pub(super) verb: Word,
    pub(super) arguments: Vec<Argument>,
    pub(super) settings: Vec<Setting>,
    pub(super) expected: Option<String>,
    /// Where the expectation stands.
    pub(super) expected_column: usize,
    /// The command without label, expectation and comment.
    pub(super) source: String,
    /// Where the line's command ends, for what is missing there.
    pub(super) end: usize,
}

#[derive(Clone, Debug)]
enum Token {
    Word(Word),
    Setting(Setting),
    Bar,
    Arrow,
}

/// Where a text stands, for errors.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub(super) file: &'a str,
    pub(super) line: usize,
}

impl Place<'_> {
    pub(super) fn error(self, column: usize, message: impl Into<String>) -> ScriptError {
        ScriptError {
            file: self.file.to_owned(),
            line: self.line,
            column,
            message: message.into(),
        }
    }
}

struct Scanner<'a> {
    place: Place<'a>,
    chars: Vec<char>,
    at: usize,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn column(&self) -> usize {
        self.at + 1
    }

    fn starts_arrow(&self) -> bool {
        self.peek() == Some('-') && self.chars.get(self.at + 1) == Some(&'>')
    }

    fn skip_blanks(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    /// The next token; none at the end or at a comment.
    fn token(&mut self) -> Result<Option<Token>, ScriptError> {
        self.skip_blanks();
        let column = self.column();
        match self.peek() {
            None | Some('#') => return Ok(None),
            Some('|') => {
                self.at += 1;
                return Ok(Some(Token::Bar));
            }
            _ => {}
        }
        if self.starts_arrow() {
            self.at += 2;
            return Ok(Some(Token::Arrow));
        }
        if self.peek() == Some('"') {
            return Ok(Some(Token::Word(self.quoted()?)));
        }
        let name = self.bare(true);
        if self.peek() != Some('=') {
            let bytes = name.into_bytes();
            return Ok(Some(Token::Word(Word {
                bytes,
                column,
                quoted: false,
            })));
        }
        if name.is_empty() {
            return Err(self
                .place
                .error(column, "a name is missing before '=', like seed=7"));
        }
        self.at += 1;
        let value = if self.peek() == Some('"') {
            self.quoted()?
        } else {
            let column = self.column();
            Word {
                bytes: self.bare(false).into_bytes(),
                column,
                quoted: false,
            }
        };
        if value.bytes.is_empty() && !value.quoted {
            let message =
                format!("a value is missing after '{name}='; an empty one is written \"\"");
            return Err(self.place.error(self.column(), message));
        }
        Ok(Some(Token::Setting(Setting {
            name,
            column,
            value,
        })))
    }

    fn bare(&mut self, stop_at_equals: bool) -> String {
        let mut text = String::new();
        while let Some(c) = self.peek() {
            if c.is_whitespace() || c == '"' || c == '|' || (stop_at_equals && c == '=') {
                break;
            }
            text.push(c);
            self.at += 1;
        }
        text
    }

    fn quoted(&mut self) -> Result<Word, ScriptError> {
        let column = self.column();
        self.at += 1;
        let mut bytes = Vec::new();
        loop {
            let here = self.column();
            let c = self
                .peek()
                .ok_or_else(|| self.place.error(column, "this quote is never closed"))?;
            self.at += 1;
            match c {
                '"' => {
                    return Ok(Word {
                        bytes,
                        column,
                        quoted: true,
                    });
                }
                '\\' => bytes.push(self.escape(here)?),
                c => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
    }

    fn escape(&mut self, column: usize) -> Result<u8, ScriptError> {
        let c = self.peek();
        self.at += 1;
        let byte = match c {
            Some('n') => Some(b'\n'),
            Some('"') => Some(b'"'),
            Some('\\') => Some(b'\\'),
            Some('x') => {
                let digits: String = self.chars.iter().skip(self.at).take(2).collect();
                self.at += 2;
                let hex = digits.len() == 2 && digits.chars().all(|c| c.is_ascii_hexdigit());
                hex.then(|| u8::from_str_radix(&digits, 16).ok()).flatten()
            }
            _ => None,
        };
        byte.ok_or_else(|| {
            self.place
                .error(column, "an escape is one of \\n \\\" \\\\ \\xNN")
        })
    }
}

/// Takes a line apart; none when it holds no command.
pub(super) fn line(place: Place<'_>, text: &str) -> Result<Option<Line>, ScriptError> {
    if text.len() > SCRIPT_LINE_BYTES_MAX {
        let message = format!(
            "a line of {} bytes, the limit is {SCRIPT_LINE_BYTES_MAX}",
            text.len()
        );
        return Err(place.error(1, message));
    }
    let mut scanner = Scanner {
        place,
        chars: text.chars().collect(),
        at: 0,
    };
    let mut label = None;
    let mut begin = 0;
    let mut first = scanner.token()?;
    if let Some(Token::Word(word)) = &first
        && let Some(name) = label_of(word)
    {
        label = Some(name);
        scanner.skip_blanks();
        begin = scanner.at;
        first = scanner.token()?;
    }
    let Some(mut verb) = first else {
        return match label {
            None => Ok(None),
            Some(name) => {
                Err(place.error(scanner.column(), format!("label '{name}:' has no command")))
            }
        };
    };
    let mut start = None;
    if let Token::Word(word) = &verb
        && word.bytes == b"start"
    {
        let named = scanner.token()?;
        start = named.as_ref().and_then(|token| match token {
            Token::Word(word) => label_of(word),
            _ => None,
        });
        if start.is_none() {
            let message = "'start' needs a name, like: start w1: put cart milk";
            return Err(place.error(scanner.column(), message));
        }
        verb = scanner
            .token()?
            .ok_or_else(|| place.error(scanner.column(), "'start' needs a command"))?;
    }
    let Token::Word(verb) = verb else {
        return Err(place.error(begin + 1, "a line begins with a verb, like: put cart milk"));
    };
    let mut line = Line {
        label,
        start,
        verb,
        arguments: Vec::new(),
        settings: Vec::new(),
        expected: None,
        expected_column: 0,
        source: String::new(),
        end: 0,
    };
    loop {
        let end = scanner.at;
        let token = scanner.token()?;
        match token {
            Some(Token::Word(word)) => line.arguments.push(Argument::Word(word)),
            Some(Token::Bar) => line.arguments.push(Argument::Bar),
            Some(Token::Setting(setting)) => line.settings.push(setting),
            Some(Token::Arrow) | None => {
                line.source = scanner.chars[begin..end]
                    .iter()
                    .collect::<String>()
                    .trim()
                    .to_owned();
                line.end = end + 1;
                if token.is_some() {
                    scanner.skip_blanks();
                    line.expected_column = scanner.column();
                    line.expected = Some(expectation(&mut scanner)?);
                }
                return Ok(Some(line));
            }
        }
    }
}

/// The name in `name:`.
fn label_of(word: &Word) -> Option<String> {
    let text = word.text();
    let name = text.strip_suffix(':')?;
    (!word.quoted && !name.is_empty()).then(|| name.to_owned())
}

/// What stands after `->`, to the end or a comment outside quotes.
fn expectation(scanner: &mut Scanner<'_>) -> Result<String, ScriptError> {
    scanner.skip_blanks();
    let (column, begin) = (scanner.column(), scanner.at);
    let mut blank_before = false;
    while let Some(c) = scanner.peek() {
        match c {
            '#' if blank_before => break,
            '"' => {
                scanner.quoted()?;
            }
            _ => scanner.at += 1,
        }
        blank_before = c.is_whitespace();
    }
    let text: String = scanner.chars[begin..scanner.at].iter().collect();
    let text = text.trim().to_owned();
    if text.is_empty() || text.starts_with('#') {
        return Err(scanner.place.error(
            column,
            "nothing stands after '->'; no value is written (nothing)",
        ));
    }
    Ok(text)
}

/// A value as it is written after `->`: bare when it can be, quoted otherwise.
pub(super) fn written(bytes: &[u8]) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:+@".contains(c);
    if let Ok(text) = core::str::from_utf8(bytes)
        && !text.is_empty()
        && text.chars().all(plain)
        && !text.contains("->")
    {
        return text.to_owned();
    }
    let mut out = String::from('"');
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\n' => out.push_str("\\n"),
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                c if c.is_control() => {
                    c.encode_utf8(&mut [0; 4])
                        .bytes()
                        .for_each(|byte| out.push_str(&format!("\\x{byte:02x}")));
                }
                c => out.push(c),
            }
        }
        chunk
            .invalid()
            .iter()
            .for_each(|byte| out.push_str(&format!("\\x{byte:02x}")));
    }
    out.push('"');
    out
}
