//! The ten lessons, by number.

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
