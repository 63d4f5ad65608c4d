//! Keys for the placement tests.

/// `count` keys, each once.
pub fn keys(count: u64) -> impl Iterator<Item = Vec<u8>> {
    (0..count).map(|index| format!("key/{index}").into_bytes())
}
