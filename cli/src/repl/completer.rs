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
        if verb.name == "expect" && before.len() > 1 && before[0] == "owners" {
            return self.nodes(&before[2..]);
        }
        if before.is_empty() && !verb.words.is_empty() {
            return spaced(verb.words);
        }
        let plain = before.iter().filter(|word| !word.contains('=')).count();
        match next(verb, plain) {
            Some(Next::Node) => return self.nodes(before),
            Some(Next::Choices(choices)) if plain == before.len() => return choices,
            _ => {}
        }
        if plain < verb.needed() {
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

/// What a verb's usage shows in the place of the next plain word.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    Node,
    /// One of several words; a setting's name ends in `=`.
    Choices(Vec<String>),
}

/// What the usage shows after so many plain words; of verbs with fixed words, those say it.
fn next(verb: &Verb, plain: usize) -> Option<Next> {
    if !verb.words.is_empty() {
        return None;
    }
    let shown = verb.usage.split(' ').skip(1);
    let shown: Vec<&str> = shown
        .take_while(|word| !["[via", "[as"].contains(word))
        .collect();
    let is_node = |word: &str| {
        let digits = word.trim_matches(['[', ']']).strip_prefix('n');
        digits.is_some_and(|digits| digits.starts_with(|first: char| first.is_ascii_digit()))
    };
    let repeats = |word: &str| word == "|" || word.starts_with("...");
    let mut words = shown.iter().filter(|word| !word.contains('='));
    if !shown.is_empty() && words.all(|word| is_node(word) || repeats(word)) {
        let named = shown.iter().filter(|word| is_node(word)).count();
        return (plain < named || shown.iter().any(|word| repeats(word))).then_some(Next::Node);
    }
    let word = shown.get(plain)?;
    if is_node(word) {
        return Some(Next::Node);
    }
    if shown.get(plain + 1) != Some(&"|") {
        return None;
    }
    let choices = shown[plain..]
        .chunks(2)
        .take_while(|pair| pair.get(1).is_none_or(|bar| *bar == "|"));
    let choices: Vec<String> = choices
        .filter(|pair| pair[0].starts_with(|first: char| first.is_ascii_lowercase()))
        .map(|pair| match pair[0].split_once('=') {
            Some((name, _)) => format!("{name}="),
            None => format!("{} ", pair[0]),
        })
        .collect();
    (!choices.is_empty()).then_some(Next::Choices(choices))
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
    use super::{ScenarioCompleter, VERBS};

    fn candidates(typed: &str) -> Vec<String> {
        let nodes = ["n1", "n2", "n3"].map(str::to_owned).to_vec();
        ScenarioCompleter { nodes }.candidates(typed).1
    }

    #[test]
    fn the_first_word_is_a_verb() {
        assert_eq!(candidates("pu"), ["put ", "purge "]);
        assert_eq!(candidates("help hea"), ["heal "]);
        assert!(candidates("ex").contains(&"exit ".to_owned()));
    }

    #[test]
    fn fixed_words_come_before_settings() {
        assert_eq!(candidates("show k"), ["key "]);
        assert_eq!(candidates("show balance "), ["keys=", "table="]);
        assert_eq!(
            candidates("expect no-"),
            ["no-lost-writes ", "no-resurrection "]
        );
        assert_eq!(candidates("plan "), ["join ", "leave "]);
        assert_eq!(candidates("plan join n6 z"), ["zone="]);
        for name in ["show", "expect"] {
            let verb = VERBS.iter().find(|verb| verb.name == name).unwrap();
            let words: Vec<String> = verb.words.iter().map(|word| format!("{word} ")).collect();
            assert_eq!(candidates(&format!("{name} ")), words);
        }
    }

    #[test]
    fn settings_and_links_come_after_the_words_a_verb_needs() {
        let (start, found) = ScenarioCompleter::default().candidates("get cart rea");
        assert_eq!(start, 9);
        assert_eq!(found, ["read="]);
        assert!(candidates("put cart ").is_empty());
        assert_eq!(
            candidates("put cart milk "),
            [
                "via ", "as ", "write=", "context=", "timeout=", "table=", "ttl=", "token=", "to=",
                "session=", "client=", "if="
            ]
        );
        let after = candidates("put cart milk via n1 write=2 ");
        assert!(!after.contains(&"via ".to_owned()) && !after.contains(&"write=".to_owned()));
        assert!(after.contains(&"as ".to_owned()) && after.contains(&"ttl=".to_owned()));
        assert!(candidates("get cart as ").is_empty());
        assert!(candidates("nonsense rea").is_empty());
        assert_eq!(candidates("cluster readr"), ["readrepair="]);
    }

    #[test]
    fn nodes_are_those_of_the_cluster_and_are_named_once() {
        assert_eq!(candidates("kill "), ["n1 ", "n2 ", "n3 "]);
        assert_eq!(candidates("restart n1 n"), ["n2 ", "n3 "]);
        assert_eq!(candidates("partition n1 | n3 "), ["n2 "]);
        assert_eq!(candidates("bridge n3 n1 | "), ["n2 "]);
        assert_eq!(candidates("oneway n2 "), ["n1 ", "n3 "]);
        assert_eq!(candidates("repair "), ["n1 ", "n2 ", "n3 "]);
        assert_eq!(candidates("pause n"), ["n1 ", "n2 ", "n3 "]);
        assert_eq!(candidates("get cart via "), ["n1 ", "n2 ", "n3 "]);
        assert_eq!(candidates("plan leave n"), ["n1 ", "n2 ", "n3 "]);
        assert_eq!(candidates("expect owners cart n2 "), ["n1 ", "n3 "]);
    }

    #[test]
    fn what_may_befall_a_node_comes_after_it() {
        assert_eq!(candidates("link n1 n3 l"), ["loss="]);
        assert_eq!(candidates("network du"), ["duplicate="]);
        assert_eq!(candidates("clock n2 "), ["fine ", "drift="]);
        assert_eq!(
            candidates("disk n2 "),
            [
                "full ",
                "room ",
                "lie ",
                "failsync ",
                "flip ",
                "backup ",
                "restore ",
                "fine ",
                "slow="
            ]
        );
        assert!(candidates("isolate n2 ").is_empty() && candidates("hold n1 n2 ").is_empty());
        assert!(
            candidates("pause n2 ").is_empty()
                && candidates("scan ").contains(&"prefix=".to_owned())
        );
    }

    #[test]
    fn a_label_or_a_start_stands_before_the_verb() {
        assert_eq!(candidates("start w1: pu"), ["put ", "purge "]);
        assert_eq!(candidates("after: show m"), ["members "]);
        assert!(candidates("start ").is_empty());
    }

    #[test]
    fn wide_blanks_do_not_split_a_character() {
        let typed = "get\u{3000}ca";
        assert_eq!(ScenarioCompleter::default().candidates(typed).0, 6);
    }
}
