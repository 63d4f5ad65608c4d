//! Text from outside, made fit for a picture.

use unicode_width::UnicodeWidthChar as _;

pub(super) use crate::base::time::clock;

/// Columns that a character takes in a terminal.
fn columns_of(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// Columns that `text` takes.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(columns_of).sum()
}

/// True for what would break a line, hide text, pile up on what stands before it or turn its direction, or
/// is no XML.
fn unfit(c: char) -> bool {
    c.is_control()
        || columns_of(c) == 0
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// `text` with what is unfit replaced by `·`, cut to at most `columns_max` columns, the last one an
/// ellipsis then.
pub(super) fn fit(text: &str, columns_max: usize) -> String {
    let mut fitted = String::new();
    let (mut taken, mut keep) = (0, 0);
    for c in text.chars() {
        let c = if unfit(c) { '·' } else { c };
        taken += columns_of(c);
        if taken > columns_max {
            fitted.truncate(keep);
            if columns_max > 0 {
                fitted.push('…');
            }
            return fitted;
        }
        fitted.push(c);
        if taken < columns_max {
            keep = fitted.len();
        }
    }
    fitted
}

/// `text` as at most `lines_max` lines of `columns_max` columns, broken at spaces where there are some.
pub(super) fn wrap(text: &str, columns_max: usize, lines_max: usize) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split_whitespace() {
        let room = lines.last().map_or(0, |line| columns(line));
        if room > 0 && room + 1 + columns(word) > columns_max && lines.len() < lines_max {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.iter().map(|line| fit(line, columns_max)).collect()
}

/// A key as text: its UTF-8 where it is some.
pub(super) fn key_text(key: &[u8], columns_max: usize) -> String {
    // Enough bytes for every column, so that a long key costs no more than a short one.
    let head = &key[..key.len().min(4 * columns_max + 4)];
    match key {
        [] => "(empty key)".to_owned(),
        _ => fit(&String::from_utf8_lossy(head), columns_max),
    }
}

/// `1st`, `2nd`, `3rd`, `4th`.
pub(super) fn ordinal(number: usize) -> String {
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

/// `1 message`, `2 messages`.
pub(super) fn counted(number: usize, what: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {what}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Mono;

    #[test]
    fn long_texts_end_in_an_ellipsis_within_their_columns() {
        assert_eq!(fit("milk", 4), "milk");
        assert_eq!(fit("milks", 4), "mil…");
        assert_eq!(fit("牛奶牛奶", 5), "牛奶…");
        assert_eq!(fit("牛奶", 4), "牛奶");
        assert_eq!(fit("x", 0), "");
        for columns_max in 0..12 {
            assert!(columns(&fit("a牛b奶c\u{1}d🥛e", columns_max)) <= columns_max);
        }
    }

    #[test]
    fn what_would_break_or_turn_a_line_is_replaced() {
        assert_eq!(fit("a\nb\u{202e}c\u{0}\u{ffff}", 20), "a·b·c··");
    }

    #[test]
    fn wrapping_keeps_every_word_until_the_last_line_is_full() {
        assert_eq!(
            wrap("one two three four", 9, 3),
            ["one two", "three", "four"]
        );
        assert_eq!(wrap("one two three four", 9, 2), ["one two", "three fo…"]);
        assert_eq!(wrap("", 9, 2), [""]);
    }

    #[test]
    fn keys_that_are_no_text_still_show() {
        assert_eq!(key_text(b"", 9), "(empty key)");
        assert_eq!(key_text(b"\xff\x00a", 9), "\u{fffd}·a");
        assert!(columns(&key_text(&[b'x'; 5000], 9)) <= 9);
    }

    #[test]
    fn clocks_tell_near_points_apart_late_in_a_run() {
        assert_eq!(clock(Mono(1_250_000)), "1.25ms");
        assert_eq!(clock(Mono(10_001_200_000)), "10.0012s");
    }
}
