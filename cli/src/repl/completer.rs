//! Completion of the scenario language: verbs first, then what the verb's entry in the engine's table
//! says may follow, and the nodes of the cluster at hand.

use kvorum::script::{VERBS, Verb};
use rustyline::completion::Completer;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::Validator;
use rustyline::{Context, Helper};

/// Words of the REPL itself.
pub const OWN_WORDS: [&str; 2] = ["help", "exit"];

/// Completes from the engine's verb table.
#[derive(Debug, Default)]
pub struct ScenarioCompleter {
    /// The names of the cluster's nodes.
    pub nodes: Vec<String>,
}

impl Completer for ScenarioCompleter {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        pos: usize,
        _context: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        Ok(self.candidates(&line[..pos]))
    }
}

impl Hinter for ScenarioCompleter {
    type Hint = String;
}
impl Highlighter for ScenarioCompleter {}
impl Validator for ScenarioCompleter {}
impl Helper for ScenarioCompleter {}

impl ScenarioCompleter {
    /// Where the word before the cursor starts, and what it may become.
    #[must_use]
    pub fn candidates(&self, typed: &str) -> (usize, Vec<String>) {
        let start = typed.rfind(char::is_whitespace).map_or(0, |at| {
            at + typed[at..].chars().next().map_or(0, char::len_utf8)
        });
        let word = &typed[start..];
        let before: Vec<&str> = typed[..start].split_whitespace().collect();
        let mut found = match command(&before) {
            [] => verbs(),
            ["help"] => verbs(),
            [verb, before @ ..] => VERBS
                .iter()
                .find(|known| known.name == *verb)
                .map_or_else(Vec::new, |verb| self.after(verb, before)),
        };
        found.retain(|candidate| candidate.starts_with(word));
        (start, found)
    }

    /// What may follow the words that stand after a verb already.
    fn after(&self, verb: &Verb, before: &[&str]) -> Vec<String> {
        let used = |word: &str| before.contains(&word);
        let last = before.last().copied().unwrap_or_default();
        if last == "via" || (verb.name == "plan" && last == "leave") {
            return self.nodes(&[]);
        }
        if verb.links.contains(&last) {
            return Vec::new();
        }
        if verb.takes_nodes() {
            return self.nodes(before);
        }
        if verb.name == "expect" && before.len() > 1 && before[0] == "owners" {
            return self.nodes(&before[2..]);
        }
        if before.is_empty() && !verb.words.is_empty() {
            return spaced(verb.words);
        }
        let settings = before.iter().filter(|word| word.contains('='));
        if before.len() - settings.count() < verb.needed() {
            return Vec::new();
        }
        let links = verb.links.iter().filter(|link| !used(link));
        let options = verb.options.iter().map(|option| format!("{option}="));
        let options = options.filter(|option| !before.iter().any(|word| word.starts_with(option)));
        spaced(links).into_iter().chain(options).collect()
    }

    /// The nodes that were not named yet.
    fn nodes(&self, named: &[&str]) -> Vec<String> {
        let left = self
            .nodes
            .iter()
            .filter(|node| !named.contains(&node.as_str()));
        spaced(left)
    }
}

/// The words from the verb on: a label, and `start` with a request's name, may stand before it.
fn command<'a, 'b>(mut words: &'a [&'b str]) -> &'a [&'b str] {
    loop {
        words = match words {
            ["start", name, rest @ ..] if name.ends_with(':') => rest,
            [label, rest @ ..] if label.ends_with(':') => rest,
            _ => return words,
        };
    }
}

fn verbs() -> Vec<String> {
    spaced(VERBS.iter().map(|verb| verb.name).chain(OWN_WORDS))
}

/// Words that a further word follows.
fn spaced<T: std::fmt::Display>(words: impl IntoIterator<Item = T>) -> Vec<String> {
    words.into_iter().map(|word| format!("{word} ")).collect()
}

#[cfg(test)]
mod tests {
    use super::ScenarioCompleter;

    fn candidates(typed: &str) -> Vec<String> {
        let nodes = ["n1", "n2", "n3"].map(str::to_owned).to_vec();
        ScenarioCompleter { nodes }.candidates(typed).1
    }

    #[test]
    fn the_first_word_is_a_verb() {
        assert_eq!(candidates("pu"), ["put "]);
        assert_eq!(candidates("help hea"), ["heal "]);
        assert!(candidates("ex").contains(&"exit ".to_owned()));
    }

    #[test]
    fn fixed_words_come_before_settings() {
        assert_eq!(
            candidates("show "),
            [
                "ring ", "key ", "balance ", "members ", "history ", "trace "
            ]
        );
        assert_eq!(candidates("show k"), ["key "]);
        assert_eq!(candidates("show balance "), ["keys="]);
        assert_eq!(
            candidates("expect "),
            ["converged ", "no-lost-writes ", "owners ", "stat "]
        );
        assert_eq!(candidates("plan "), ["join ", "leave "]);
        assert_eq!(candidates("plan join n6 z"), ["zone="]);
    }

    #[test]
    fn settings_and_links_come_after_the_words_a_verb_needs() {
        let (start, found) = ScenarioCompleter::default().candidates("get cart rea");
        assert_eq!(start, 9);
        assert_eq!(found, ["read="]);
        assert!(candidates("put cart ").is_empty());
        assert_eq!(
            candidates("put cart milk "),
            ["via ", "as ", "write=", "context=", "timeout="]
        );
        assert_eq!(
            candidates("put cart milk via n1 write=2 "),
            ["as ", "context=", "timeout="]
        );
        assert!(candidates("get cart as ").is_empty());
        assert!(candidates("nonsense rea").is_empty());
    }

    #[test]
    fn nodes_are_those_of_the_cluster_and_are_named_once() {
        assert_eq!(candidates("kill "), ["n1 ", "n2 ", "n3 "]);
        assert_eq!(candidates("restart n1 n"), ["n2 ", "n3 "]);
        assert_eq!(candidates("partition n1 | n3 "), ["n2 "]);
        assert_eq!(candidates("get cart via "), ["n1 ", "n2 ", "n3 "]);
        assert_eq!(candidates("plan leave n"), ["n1 ", "n2 ", "n3 "]);
        assert_eq!(candidates("expect owners cart n2 "), ["n1 ", "n3 "]);
    }

    #[test]
    fn a_label_or_a_start_stands_before_the_verb() {
        assert_eq!(candidates("start w1: pu"), ["put "]);
        assert_eq!(candidates("after: show m"), ["members "]);
        assert!(candidates("start ").is_empty());
    }

    #[test]
    fn wide_blanks_do_not_split_a_character() {
        let typed = "get\u{3000}ca";
        assert_eq!(ScenarioCompleter::default().candidates(typed).0, 6);
    }
}
