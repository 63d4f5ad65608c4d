//! Places of the course: what the anchors of questions and misconceptions name.

use crate::catalogue::lessons;

/// Whether a place of the course exists: a lesson's folder, and a heading in its text.
#[must_use]
pub fn has_place(anchor: &str) -> bool {
    let (folder, heading) = match anchor.split_once('#') {
        Some((folder, heading)) => (folder, Some(heading)),
        None => (anchor, None),
    };
    let lesson = lessons().iter().find(|lesson| lesson.folder() == folder);
    match (lesson, heading) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(lesson), Some(heading)) => {
            let text = lesson.text();
            text.is_some_and(|text| headings(text).any(|slug| slug == heading))
        }
    }
}

/// What the book calls the headings of a Markdown text.
fn headings(text: &str) -> impl Iterator<Item = String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| slug(line.trim_start_matches('#')))
}

/// What the book calls a heading.
pub(crate) fn slug(title: &str) -> String {
    let is_kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    let title = title.trim().to_lowercase();
    let kept: String = title.chars().filter(is_kept).collect();
    kept.replace(' ', "-")
}

#[cfg(test)]
mod tests {
    use super::has_place;

    #[test]
    fn a_place_is_a_lesson_or_a_heading_of_a_written_one() {
        for place in [
            "02-consistent-hashing",
            "03-replication",
            "02-consistent-hashing#hot-keys-stay-hot",
        ] {
            assert!(has_place(place), "{place}");
        }
        for place in [
            "",
            "04-cap",
            "consistent-hashing",
            "02-consistent-hashing#",
            "02-consistent-hashing#nowhere",
            "03-replication#quorums",
        ] {
            assert!(!has_place(place), "{place}");
        }
    }
}
