//! The picture that `kvorum store dump` shows.

use core::fmt::Write as _;

use crate::storage::levels::{Describe, LEVELS_MAX, Levels};

/// Bytes of a key that the picture shows.
const KEY_BYTES_SHOWN: usize = 24;

/// A line for each level that has tables, and one for each of its runs.
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
                "  run {}: {}, {}, {}, sequences {} to {}, keys {} to {}",
                run.id(),
                counted(run.tables().len() as u64, "table"),
                size(run.bytes()),
                entries(run.entries()),
                run.sequence_min(),
                run.sequence_max(),
                key(run.smallest()),
                key(run.end()),
            );
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

fn key(bytes: &[u8]) -> String {
    let shown = &bytes[..bytes.len().min(KEY_BYTES_SHOWN)];
    let more = if shown.len() < bytes.len() { "..." } else { "" };
    format!("\"{}\"{more}", shown.escape_ascii())
}
