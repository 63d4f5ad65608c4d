//! Files of the engine that lessons show lines of. They stand in the program, so that the book of an installed
//! command shows them too.

macro_rules! sources {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../", $path)))),*]
    };
}

const SOURCES: &[(&str, &str)] = sources![
    "engine/src/causal/cell.rs",
    "engine/src/causal/hlc.rs",
    "engine/src/expiry/cache/active.rs",
    "engine/src/membership/incarnation.rs",
    "engine/src/membership/phi/accrual.rs",
    "engine/src/node/level.rs",
    "engine/src/node/read.rs",
    "engine/src/node/replica/forest/tree.rs",
    "engine/src/node/write.rs",
    "engine/src/ring/hash_ring.rs",
    "engine/src/storage/compact/expired.rs",
    "engine/src/storage/compact/older.rs",
    "engine/src/storage/options.rs",
    "engine/src/storage/store/read.rs",
    "engine/src/storage/store/write.rs",
];

/// The text of a file of the engine, `engine/src/ring/hash_ring.rs`, where some lesson shows it.
#[must_use]
pub fn source(path: &str) -> Option<&'static str> {
    let found = SOURCES.iter().find(|(name, _)| *name == path)?;
    Some(found.1)
}
