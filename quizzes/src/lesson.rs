//! The ten lessons, by number, and places in them.

/// The titles of the course's lessons; lesson 1 comes first. Every other place takes them from here.
pub const LESSON_TITLES: [&str; 10] = [
    "Core Operations & Single-Node Design",
    "Consistent Hashing",
    "Replication",
    "CAP Theorem & Consistency Models",
    "LSM-Tree Storage Engine",
    "Gossip Protocol & Failure Detection",
    "Conflict Resolution",
    "Hinted Handoff & Anti-Entropy",
    "TTL & Eviction",
    "Mock Interview",
];

/// How many lessons there are.
pub const LESSON_COUNT: u8 = LESSON_TITLES.len() as u8;

/// The title of lesson `number`, counted from 1; `None` for a number that no lesson has.
#[must_use]
pub fn lesson_title(number: u8) -> Option<&'static str> {
    let index = usize::from(number).checked_sub(1)?;
    LESSON_TITLES.get(index).copied()
}

/// Where to read about an anchor: `lesson 2, Consistent Hashing: "A ring"`.
pub(crate) fn reading(lesson: u8, anchor: &str) -> String {
    let title = lesson_title(lesson).unwrap_or_default();
    match heading(anchor) {
        Some(heading) => format!("lesson {lesson}, {title}: \"{heading}\""),
        None => format!("lesson {lesson}, {title}"),
    }
}

/// The sentence that ends a hint: it names the heading, since the learner may be on the lesson's page.
pub(crate) fn pointer(lesson: u8, anchor: &str) -> String {
    match heading(anchor) {
        Some(heading) => format!("Lesson {lesson} treats this under \"{heading}\"."),
        None => format!("Lesson {lesson} treats this."),
    }
}

/// The heading that an anchor's fragment names, but for its punctuation: `#a-ring` is "A ring".
fn heading(anchor: &str) -> Option<String> {
    let (_, slug) = anchor.split_once('#')?;
    let words = slug.replace('-', " ");
    let mut chars = words.chars();
    let first = chars.next()?;
    Some(first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::{pointer, reading};

    #[test]
    fn an_anchor_is_told_by_its_heading() {
        assert_eq!(
            reading(2, "02-consistent-hashing#hot-keys-stay-hot"),
            "lesson 2, Consistent Hashing: \"Hot keys stay hot\""
        );
        assert_eq!(
            reading(2, "02-consistent-hashing"),
            "lesson 2, Consistent Hashing"
        );
        assert_eq!(
            pointer(2, "02-consistent-hashing#a-ring"),
            "Lesson 2 treats this under \"A ring\"."
        );
        assert_eq!(pointer(2, "02-consistent-hashing"), "Lesson 2 treats this.");
    }
}
