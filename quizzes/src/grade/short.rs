//! Short answers, judged by the points that they make. Keywords cannot follow an argument, so the verdict
//! always tells every point, and the learner sees what was looked for.

use super::{Judged, Note, Partial};
use crate::bank::Point;

pub(super) fn judge(points: &[Point], need: usize, text: &str) -> Judged {
    let words = normal(text);
    let is_made = |point: &Point| {
        point
            .any
            .iter()
            .any(|keyword| words.contains(normal(keyword).trim_end()))
    };
    let (made, missed): (Vec<&Point>, Vec<&Point>) =
        points.iter().partition(|point| is_made(point));
    let right = made.len() >= need;
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
            .filter(|_| !right)
            .filter_map(|point| point.misconception.clone())
            .collect(),
    }
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
    normal
}

#[cfg(test)]
mod tests {
    use super::normal;

    #[test]
    fn a_keyword_matches_where_a_word_begins() {
        let made = |text: &str, keyword: &str| normal(text).contains(normal(keyword).trim_end());
        assert!(made("It RESURFACES.", "resurfac"));
        assert!(made("one hot-key", "hot key"));
        assert!(!made("a shot key", "hot key"));
        assert!(!made("", "hot"));
    }
}
