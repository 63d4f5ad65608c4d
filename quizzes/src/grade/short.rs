//! Short answers, judged by the points that they make. Keywords cannot follow an argument, so the verdict
//! always tells every point, and the learner sees what was looked for.

use super::{Judged, Note, Partial};
use crate::bank::Point;

/// A word that denies what follows it. `t` is what is left of "don't".
const DENIALS: [&str; 13] = [
    "no", "not", "t", "never", "cannot", "nor", "neither", "nothing", "hardly", "dont", "doesnt",
    "wont", "wouldnt",
];

/// Words that take a claim back within its sentence, as in "they help, but not here".
const CONTRASTS: [&str; 5] = ["but", "however", "although", "though", "only"];

/// Phrases that hold a word of denial and deny nothing.
const AFFIRMATIONS: [&str; 5] = ["no doubt", "no question", "not only", "not just", "why not"];

/// How many words may lie between a denial and what it denies: "does not, for one key, help".
const DENIAL_WORDS_MAX: usize = 6;

pub(super) fn judge(points: &[Point], need: usize, text: &str) -> Judged {
    let sentences: Vec<String> = text.split(['.', '!', '?', ';', '\n']).map(normal).collect();
    let (made, missed): (Vec<&Point>, Vec<&Point>) =
        points.iter().partition(|point| is_made(point, &sentences));
    let right = made.len() >= need && missed.iter().all(|point| !point.required);
    let told = |point: &&Point, right: bool| Note {
        about: point.point.clone(),
        right,
        text: if right {
            "You made this point.".to_owned()
        } else {
            point.missing.clone()
        },
    };
    let mut notes: Vec<Note> = made.iter().map(|point| told(point, true)).collect();
    notes.extend(missed.iter().map(|point| told(point, false)));
    let key: Vec<&str> = points.iter().map(|point| point.point.as_str()).collect();
    let key = key.join("; ");
    Judged {
        right,
        partial: Some(Partial {
            hit: made.len(),
            of: points.len(),
        }),
        answer: text.trim().to_owned(),
        told: key.clone(),
        key,
        notes,
        misconceptions: missed
            .iter()
            .filter(|point| !right && shows_misconception(point, &sentences))
            .filter_map(|point| point.misconception.clone())
            .collect(),
    }
}

fn is_made(point: &Point, sentences: &[String]) -> bool {
    let is_said = |sentence: &String| {
        point.any.iter().any(|phrase| has(sentence, phrase))
            || point.denied.iter().any(|phrase| denies(sentence, phrase))
    };
    sentences.iter().any(is_said) && !claims_opposite(point, sentences)
}

/// Who leaves a point out may just have been brief. Where the bank lists claims of the opposite, only such
/// a claim shows the misconception.
fn shows_misconception(point: &Point, sentences: &[String]) -> bool {
    point.opposite.is_empty() || claims_opposite(point, sentences)
}

fn claims_opposite(point: &Point, sentences: &[String]) -> bool {
    sentences.iter().any(|sentence| {
        let is_taken_back = sentence
            .split(' ')
            .any(|word| DENIALS.contains(&word) || CONTRASTS.contains(&word));
        !is_taken_back && point.opposite.iter().any(|phrase| has(sentence, phrase))
    })
}

/// Whether a normal sentence holds a phrase, its last word perhaps only begun.
fn has(sentence: &str, phrase: &str) -> bool {
    sentence.contains(normal(phrase).trim_end())
}

/// Whether a word of denial stands shortly before the phrase.
fn denies(sentence: &str, phrase: &str) -> bool {
    let phrase = normal(phrase);
    sentence.match_indices(phrase.trim_end()).any(|(at, _)| {
        let before = sentence[..at]
            .split(' ')
            .rev()
            .filter(|word| !word.is_empty());
        before
            .take(DENIAL_WORDS_MAX)
            .any(|word| DENIALS.contains(&word))
    })
}

/// Lower case, one space before each word and after the last: a keyword then matches where a word begins.
fn normal(text: &str) -> String {
    let lower = text.to_lowercase();
    let mut normal = String::from(" ");
    for word in lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        normal.push_str(word);
        normal.push(' ');
    }
    for affirmation in AFFIRMATIONS {
        normal = normal.replace(&format!(" {affirmation} "), " ");
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::{denies, has, normal};

    #[test]
    fn a_keyword_matches_where_a_word_begins() {
        let made = |text: &str, keyword: &str| has(&normal(text), keyword);
        assert!(made("It RESURFACES.", "resurfac"));
        assert!(made("one hot-key", "hot key"));
        assert!(!made("a shot key", "hot key"));
        assert!(!made("", "hot"));
    }

    #[test]
    fn a_denial_stands_shortly_before_what_it_denies() {
        let denied = |text: &str| denies(&normal(text), "help");
        for text in [
            "They don't help",
            "No, that is no help",
            "it would not really help here",
        ] {
            assert!(denied(text), "{text}");
        }
        for text in [
            "They help",
            "They help, no less",
            "No doubt they help",
            "Not only do they help",
            "I know no other way to say it than that more of them help",
        ] {
            assert!(!denied(text), "{text}");
        }
    }
}
