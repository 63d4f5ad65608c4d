//! The picture that `kvorum store stats` shows.

use core::fmt::Write as _;

use crate::storage::entry::Sequence;
use crate::storage::levels::{Describe, LEVELS_MAX, Levels};

/// Characters of a key that the picture shows: two keys and their words fit a line of 80.
const KEY_CHARS_SHOWN: usize = 28;

/// A line for each level that has tables, and two for each of its runs.
pub(super) fn picture<T: Describe + Clone>(levels: &Levels<T>) -> String {
    let mut text = String::new();
    for level in 0..LEVELS_MAX as u8 {
        let runs = levels.level(level);
        if runs.is_empty() {
            continue;
        }
        let _ = writeln!(
            text,
            "level {level}: {}, {}, {}",
            counted(runs.len() as u64, "run"),
            size(levels.bytes(level)),
            entries(levels.entries(level)),
        );
        for run in runs {
            let _ = writeln!(
                text,
                "  run {}: {}, {}, {}{}",
                run.id(),
                counted(run.tables().len() as u64, "table"),
                size(run.bytes()),
                entries(run.entries()),
                writes(run.sequence_min(), run.sequence_max()),
            );
            let (from, to) = (key(run.smallest()), key(run.end()));
            let _ = writeln!(text, "    keys {from} to {to}");
        }
    }
    if text.is_empty() {
        text.push_str("no tables\n");
    }
    text
}

fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn entries(count: u64) -> String {
    format!("{count} {}", if count == 1 { "entry" } else { "entries" })
}

fn size(bytes: u64) -> String {
    for (unit, shift) in [("GiB", 30), ("MiB", 20), ("KiB", 10)] {
        if bytes >> shift > 0 {
            return format!("{:.1} {unit}", bytes as f64 / f64::from(1 << shift));
        }
    }
    format!("{bytes} B")
}

/// Which writes a run holds. A merge that leaves nothing older beneath forgets their sequences.
fn writes(min: Sequence, max: Sequence) -> String {
    match (min, max) {
        (_, 0) => String::new(),
        (0, _) => format!(", writes up to {max}"),
        _ => format!(", writes {min} to {max}"),
    }
}

/// The start of a key: as text, or as hexadecimal digits where these show more of it.
fn key(bytes: &[u8]) -> String {
    let mut text = String::new();
    let mut as_text = 0;
    for byte in bytes {
        let char = byte.escape_ascii();
        if text.len() + char.len() > KEY_CHARS_SHOWN {
            break;
        }
        let _ = write!(text, "{char}");
        as_text += 1;
    }
    let as_hex = bytes.len().min(KEY_CHARS_SHOWN / 2);
    let more = |shown| if shown < bytes.len() { "..." } else { "" };
    if as_text >= as_hex {
        return format!("\"{text}\"{}", more(as_text));
    }
    let mut digits = "0x".to_owned();
    for byte in &bytes[..as_hex] {
        let _ = write!(digits, "{byte:02x}");
    }
    digits + more(as_hex)
}
