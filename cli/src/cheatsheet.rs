//! `kvorum cheatsheet`.

use std::io::Write as _;

use kvorum_lessons::{cheatsheet, lessons, whole_cheatsheet};

use crate::args::CheatsheetArgs;
use crate::exit::{Exit, Stop};
use crate::terminal::{TITLE, Terminal, wrapped};

/// Prints one lesson's sheet, or the one for the whole course.
///
/// # Errors
/// [`Stop::Usage`] for a lesson that has none yet.
pub fn print(args: &CheatsheetArgs, terminal: &mut Terminal) -> Result<Exit, Stop> {
    let text = match args.lesson {
        None => whole_cheatsheet(),
        Some(number) => cheatsheet(number).ok_or_else(|| {
            let having = lessons()
                .iter()
                .filter(|one| cheatsheet(one.number).is_some());
            let having: Vec<String> = having.map(|one| one.number.to_string()).collect();
            Stop::Usage(format!(
                "lesson {number} has no cheat sheet yet; lessons with one: {}",
                having.join(", ")
            ))
        })?,
    };
    let columns = terminal.columns();
    for line in shown(text, columns) {
        match line {
            Line::Heading(text) => writeln!(terminal, "{TITLE}{text}{TITLE:#}")?,
            Line::Text(text) => writeln!(terminal, "{text}")?,
        }
    }
    Ok(Exit::Done)
}

/// A line as a terminal shows it.
#[derive(Debug, PartialEq, Eq)]
enum Line {
    Heading(String),
    Text(String),
}

/// Markdown for a terminal: headings stand out, tables are aligned, pictures are left to the book.
fn shown(text: &str, columns: usize) -> Vec<Line> {
    let lines: Vec<&str> = text.lines().collect();
    let mut out: Vec<Line> = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at];
        if line.starts_with('|') {
            let end = (at..lines.len())
                .find(|&end| !lines[end].starts_with('|'))
                .unwrap_or(lines.len());
            out.extend(table(&lines[at..end], columns).into_iter().map(Line::Text));
            at = end;
            continue;
        }
        at += 1;
        if line.starts_with("{{#")
            || (line.is_empty() && matches!(out.last(), Some(Line::Text(last)) if last.is_empty()))
        {
            continue;
        }
        if let Some(heading) = line.strip_prefix('#') {
            out.push(Line::Heading(plain(heading.trim_start_matches('#').trim())));
            continue;
        }
        let plain = plain(line);
        match wrapped(&plain, columns) {
            none if none.is_empty() => out.push(Line::Text(String::new())),
            some => out.extend(some.into_iter().map(Line::Text)),
        }
    }
    out
}

/// Without the marks of emphasis and code; a star between blanks multiplies, and stays.
fn plain(text: &str) -> String {
    let text = text.replace("**", "").replace('`', "");
    let chars: Vec<char> = text.chars().collect();
    let is_blank = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_none_or(|c| *c == ' ');
    let kept = chars
        .iter()
        .enumerate()
        .filter(|(at, c)| **c != '*' || (is_blank(at.checked_sub(1)) && is_blank(Some(at + 1))));
    kept.map(|(_, c)| *c).collect()
}

/// A table with aligned columns; the last one is wrapped into what is left.
fn table(rows: &[&str], columns: usize) -> Vec<String> {
    const GAP: usize = 2;
    let cells = |row: &str| -> Vec<String> {
        let inner = row.trim().trim_start_matches('|').trim_end_matches('|');
        inner.split('|').map(|cell| plain(cell.trim())).collect()
    };
    let is_rule = |row: &&str| row.chars().all(|c| matches!(c, '|' | '-' | ':' | ' '));
    let rows: Vec<Vec<String>> = rows
        .iter()
        .filter(|row| !is_rule(row))
        .map(|row| cells(row))
        .collect();
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    // Each column as wide as its longest cell, but for what would leave the last one no room.
    let most = (columns / 2).max(8);
    let width = |column: usize| {
        let longest = rows.iter().filter_map(|row| row.get(column));
        longest.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let mut widths: Vec<usize> = (0..count).map(|column| width(column).min(most)).collect();
    if let Some((last, others)) = widths.split_last_mut() {
        let taken = others.iter().sum::<usize>() + GAP * others.len();
        *last = width(others.len()).min(columns.saturating_sub(taken).max(*last));
    }
    while widths.iter().sum::<usize>() + GAP * count.saturating_sub(1) > columns {
        let Some(widest) = widths.iter_mut().max() else {
            break;
        };
        if *widest <= 8 {
            break;
        }
        *widest -= 1;
    }
    let mut out = Vec::new();
    for row in rows {
        let parts: Vec<Vec<String>> = (0..count)
            .map(|column| wrapped(row.get(column).map_or("", String::as_str), widths[column]))
            .collect();
        let height = parts.iter().map(Vec::len).max().unwrap_or(0).max(1);
        for line in 0..height {
            let mut text = String::new();
            for (column, part) in parts.iter().enumerate() {
                let cell = part.get(line).map_or("", String::as_str);
                text.push_str(cell);
                let fill = (widths[column] + GAP).saturating_sub(cell.chars().count());
                text.extend(std::iter::repeat_n(' ', fill));
            }
            out.push(text.trim_end().to_owned());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Line, shown};

    #[test]
    fn a_sheet_is_readable_in_a_terminal() {
        let sheet = "# A: cheat sheet\n\n{{#ring nodes=3}}\n\n## What moves\n\n| | a node joins |\n|---|---:|\n\
                     | ring | **1/(N+1)**, all to the `newcomer` |\n| modulo | N/(N+1) |\n\nA *hot* key stays hot: 2 * 3.\n";
        let lines = shown(sheet, 30);
        assert_eq!(lines[0], Line::Heading("A: cheat sheet".to_owned()));
        let text: Vec<&str> = lines
            .iter()
            .map(|line| match line {
                Line::Heading(text) | Line::Text(text) => text.as_str(),
            })
            .collect();
        assert!(text.contains(&"A hot key stays hot: 2 * 3."), "{text:?}");
        assert!(text.contains(&"modulo  N/(N+1)"), "{text:?}");
        assert!(
            text.iter()
                .all(|line| line.chars().count() <= 30 && !line.contains("{{")),
            "{text:?}"
        );
    }
}
