//! Completion of the scenario language: verbs first, then the option names of the verb.

use kvorum::script::VERBS;
use rustyline::completion::Completer;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::Validator;
use rustyline::{Context, Helper};

/// Words of the REPL itself.
pub const OWN_WORDS: [&str; 2] = ["help", "exit"];

/// Completes from the engine's verb table.
#[derive(Debug, Default)]
pub struct ScenarioCompleter;

impl Completer for ScenarioCompleter {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        pos: usize,
        _context: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        Ok(candidates(&line[..pos]))
    }
}

impl Hinter for ScenarioCompleter {
    type Hint = String;
}
impl Highlighter for ScenarioCompleter {}
impl Validator for ScenarioCompleter {}
impl Helper for ScenarioCompleter {}

/// Where the word before the cursor starts, and what it may become.
#[must_use]
pub fn candidates(typed: &str) -> (usize, Vec<String>) {
    let start = typed.rfind(char::is_whitespace).map_or(0, |at| {
        at + typed[at..].chars().next().map_or(0, char::len_utf8)
    });
    let word = &typed[start..];
    let mut before = typed[..start].split_whitespace();
    let found = match before.next() {
        None => verbs(word),
        Some("help") => verbs(word),
        Some(verb) => options(verb, word),
    };
    (start, found)
}

fn verbs(word: &str) -> Vec<String> {
    VERBS
        .iter()
        .map(|verb| verb.name)
        .chain(OWN_WORDS)
        .filter(|name| name.starts_with(word))
        .map(|name| format!("{name} "))
        .collect()
}

fn options(verb: &str, word: &str) -> Vec<String> {
    VERBS
        .iter()
        .filter(|known| known.name == verb)
        .flat_map(|known| known.options)
        .filter(|option| option.starts_with(word))
        .map(|option| format!("{option}="))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::candidates;

    #[test]
    fn the_first_word_is_a_verb() {
        assert_eq!(candidates("pu"), (0, vec!["put ".to_owned()]));
        assert_eq!(candidates("help hea").1, ["heal "]);
        assert!(candidates("ex").1.contains(&"exit ".to_owned()));
    }

    #[test]
    fn later_words_are_options_of_the_verb() {
        let (start, found) = candidates("get cart rea");
        assert_eq!(start, 9);
        assert_eq!(found, ["read="]);
        assert!(candidates("nonsense rea").1.is_empty());
    }

    #[test]
    fn wide_blanks_do_not_split_a_character() {
        assert_eq!(candidates("get\u{3000}ca").0, 6);
    }
}
