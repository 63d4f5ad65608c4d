//! The nearest word that would do.

/// The candidate closest to `word`, when it is close enough to be meant: at most a third of its letters
/// wrong, swapped neighbours counting once.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = |candidate: &&str| distance(word, candidate);
    let best = candidates.into_iter().min_by_key(near)?;
    (distance(word, best) * 3 <= best.chars().count().max(3)).then_some(best)
}

/// Edits between two words: insert, delete, replace, swap neighbours (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) =
        (a.chars().take(64).collect(), b.chars().take(64).collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replace = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replace.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

/// `no WHAT 'word'; did you mean 'x'?`, or the whole list when nothing is near.
pub(super) fn unknown(what: &str, word: &str, candidates: &[&str]) -> String {
    match nearest(word, candidates.iter().copied()) {
        Some(near) => format!("no {what} '{word}'; did you mean '{near}'?"),
        None => format!("no {what} '{word}'; one of: {}", candidates.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_word_and_nonsense_finds_none() {
        assert_eq!(nearest("puut", ["get", "put", "partition"]), Some("put"));
        assert_eq!(
            nearest("replicaiton", ["replication", "read"]),
            Some("replication")
        );
        assert_eq!(nearest("xyzzy", ["get", "put"]), None);
        assert_eq!(nearest("gte", ["get", "put"]), Some("get"));
    }
}
