//! The ten lessons, by number.

/// The titles; lesson 1 comes first.
const TITLES: [&str; 10] = [
    "Core operations and single-node design",
    "Consistent hashing",
    "Replication",
    "CAP and consistency models",
    "LSM-tree storage engine",
    "Gossip and failure detection",
    "Conflict resolution",
    "Hinted handoff and anti-entropy",
    "TTL and eviction",
    "Mock interview",
];

/// How many lessons there are.
pub const LESSON_COUNT: u8 = TITLES.len() as u8;

/// The title of lesson `number`, counted from 1; `None` for a number that no lesson has.
#[must_use]
pub fn lesson_title(number: u8) -> Option<&'static str> {
    let index = usize::from(number).checked_sub(1)?;
    TITLES.get(index).copied()
}
