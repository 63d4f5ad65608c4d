//! `{{#lab 02-consistent-hashing/move.kv picture=trace}}` and the info strings of fences: words and
//! settings, with quotes around what holds spaces.

/// The words and `name=value` settings after a directive's or a fence's name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Arguments {
    pub(crate) words: Vec<String>,
    pub(crate) settings: Vec<(String, String)>,
}

impl Arguments {
    /// Reads `text`; the error says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut arguments = Self::default();
        for token in tokens(text)? {
            match token.split_once('=') {
                Some((name, value)) if !name.is_empty() => {
                    arguments.settings.push((name.into(), value.into()));
                }
                _ => arguments.words.push(token),
            }
        }
        Ok(arguments)
    }

    /// The value of a setting.
    pub(crate) fn setting(&self, name: &str) -> Option<&str> {
        self.settings
            .iter()
            .find(|(candidate, _)| candidate == name)
            .map(|(_, value)| value.as_str())
    }

    /// An error for a setting that is none of `known`.
    pub(crate) fn only(&self, known: &[&str]) -> Result<(), String> {
        match self
            .settings
            .iter()
            .find(|(name, _)| !known.contains(&name.as_str()))
        {
            Some((name, _)) => Err(format!(
                "no setting '{name}' here; there is {}",
                known.join(", ")
            )),
            None => Ok(()),
        }
    }
}

fn tokens(text: &str) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    let mut token = String::new();
    let mut begun = false;
    let mut quoted = false;
    for character in text.chars() {
        match character {
            '"' => {
                quoted = !quoted;
                begun = true;
            }
            c if c.is_whitespace() && !quoted => {
                if begun {
                    found.push(core::mem::take(&mut token));
                    begun = false;
                }
            }
            c => {
                token.push(c);
                begun = true;
            }
        }
    }
    if quoted {
        return Err("a quote is not closed".into());
    }
    if begun {
        found.push(token);
    }
    Ok(found)
}

/// A directive that fills a whole line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Directive<'a> {
    pub(crate) name: &'a str,
    pub(crate) rest: &'a str,
}

/// The directive on this line, if it is nothing but one.
pub(crate) fn on_line(line: &str) -> Option<Directive<'_>> {
    let inner = line.trim().strip_prefix("{{#")?.strip_suffix("}}")?;
    let (name, rest) = inner.split_once(char::is_whitespace).unwrap_or((inner, ""));
    Some(Directive { name, rest })
}

/// An opening code fence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fence<'a> {
    mark: char,
    length: usize,
    pub(crate) info: &'a str,
}

impl<'a> Fence<'a> {
    /// The fence that this line opens.
    pub(crate) fn open(line: &'a str) -> Option<Self> {
        let text = line.trim_start_matches(' ');
        if line.len() - text.len() > 3 {
            return None;
        }
        let mark = text.chars().next().filter(|c| matches!(c, '`' | '~'))?;
        let length = text.chars().take_while(|c| *c == mark).count();
        let info = text[length..].trim();
        (length >= 3 && !(mark == '`' && info.contains('`'))).then_some(Self { mark, length, info })
    }

    /// Whether this line closes it.
    pub(crate) fn closed_by(&self, line: &str) -> bool {
        let text = line.trim();
        text.chars().count() >= self.length && text.chars().all(|c| c == self.mark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_settings_and_quotes() {
        let arguments = Arguments::parse("a/b.kv picture=trace title=\"One more node\"").unwrap();
        assert_eq!(arguments.words, ["a/b.kv"]);
        assert_eq!(arguments.setting("title"), Some("One more node"));
        assert!(arguments.only(&["picture", "title"]).is_ok());
        assert!(arguments.only(&["picture"]).unwrap_err().contains("title"));
        assert!(Arguments::parse("title=\"One").is_err());
    }

    #[test]
    fn a_directive_fills_its_line() {
        assert_eq!(
            on_line("  {{#quiz 2}} "),
            Some(Directive {
                name: "quiz",
                rest: "2"
            })
        );
        assert_eq!(on_line("see {{#quiz 2}}"), None);
        assert_eq!(on_line("\\{{#quiz 2}}"), None);
    }

    #[test]
    fn a_longer_fence_holds_a_shorter_one() {
        let fence = Fence::open("````kv lab=x").unwrap();
        assert_eq!(fence.info, "kv lab=x");
        assert!(!fence.closed_by("```"));
        assert!(fence.closed_by("````"));
        assert!(Fence::open("``inline`` code").is_none());
        assert!(Fence::open("    ```indented code").is_none());
    }
}
