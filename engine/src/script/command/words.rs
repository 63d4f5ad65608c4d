//! A cursor over a line's words, and how single values are read.

use super::super::ScriptError;
use super::super::nearest::unknown;
use super::super::syntax::{Argument, Line, Place, Setting, Word};
use super::super::values::name;
use crate::NodeId;

/// A cursor over a line's words.
pub(super) struct Words<'a> {
    pub(super) place: Place<'a>,
    pub(super) line: &'a Line,
    pub(super) usage: &'static str,
    pub(super) next: usize,
}

pub(super) type Parsed<T> = Result<T, ScriptError>;

impl<'a> Words<'a> {
    pub(super) fn next(&mut self) -> Option<&'a Argument> {
        let argument = self.line.arguments.get(self.next)?;
        self.next += 1;
        Some(argument)
    }

    pub(super) fn word(&mut self, what: &str) -> Parsed<&'a Word> {
        match self.next() {
            Some(Argument::Word(word)) => Ok(word),
            Some(Argument::Bar) | None => Err(self.missing(what)),
        }
    }

    pub(super) fn missing(&self, what: &str) -> ScriptError {
        self.place.error(
            self.line.end,
            format!("{what} is missing; write: {}", self.usage),
        )
    }

    pub(super) fn read<T>(
        &mut self,
        what: &str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Parsed<T> {
        let word = self.word(what)?;
        read(&word.text()).map_err(|message| self.place.error(word.column, message))
    }

    /// Takes the next word when it is this one.
    pub(super) fn take(&mut self, keyword: &str) -> bool {
        let found = self.next_is(keyword);
        self.next += usize::from(found);
        found
    }

    /// Whether the next word is this one.
    pub(super) fn next_is(&self, keyword: &str) -> bool {
        let next = self.line.arguments.get(self.next);
        matches!(next, Some(Argument::Word(word)) if !word.quoted && word.bytes == keyword.as_bytes())
    }

    /// A node, if one is named.
    pub(super) fn node(&mut self) -> Parsed<Option<NodeId>> {
        match self.left() {
            0 => Ok(None),
            _ => self.read("a node", name).map(Some),
        }
    }

    pub(super) fn left(&self) -> usize {
        self.line.arguments.len() - self.next
    }

    pub(super) fn end(&self) -> Parsed<()> {
        match self.line.arguments.get(self.next) {
            None => Ok(()),
            Some(Argument::Bar) => Err(self.place.error(
                self.line.end,
                format!("'|' has no place here; write: {}", self.usage),
            )),
            Some(Argument::Word(word)) => {
                let message = format!("'{}' has no place here; write: {}", word.text(), self.usage);
                Err(self.place.error(word.column, message))
            }
        }
    }

    pub(super) fn nodes(&mut self) -> Parsed<Vec<NodeId>> {
        let mut nodes = vec![self.read("a node", name)?];
        while self.left() > 0 {
            nodes.push(self.read("a node", name)?);
        }
        Ok(nodes)
    }

    pub(super) fn via(&mut self) -> Parsed<Option<NodeId>> {
        if self.take("via") {
            self.read("a node", name).map(Some)
        } else {
            Ok(None)
        }
    }

    pub(super) fn bind(&mut self) -> Parsed<Option<String>> {
        if self.take("as") {
            self.read("a variable", variable).map(Some)
        } else {
            Ok(None)
        }
    }
}

/// Reads a setting's value; what is wrong is told with its name.
pub(super) fn value<T>(
    place: Place<'_>,
    setting: &Setting,
    read: impl FnOnce(&str) -> Result<T, String>,
) -> Parsed<T> {
    let told = |message| place.error(setting.value.column, format!("{}: {message}", setting.name));
    read(&setting.value.text()).map_err(told)
}

/// One of these words.
pub(super) fn one_of<T: Copy>(text: &str, choices: &[(&str, T)]) -> Result<T, String> {
    let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
    let found = choices.iter().find(|(name, _)| *name == text);
    found
        .map(|(_, value)| *value)
        .ok_or_else(|| unknown("choice", text, &names))
}

/// `$c`.
pub(super) fn variable(text: &str) -> Result<String, String> {
    match text.strip_prefix('$') {
        Some(name) if !name.is_empty() => Ok(name.to_owned()),
        _ => Err(format!(
            "'{text}' is no variable: write it with a dollar sign, like $c"
        )),
    }
}
