//! The first bytes of a key as a number, so that most keys compare without a look at memory.

/// The first 16 bytes of a key, big-endian, filled up with zeros.
pub(super) type Prefix = u128;

/// The prefix of `key`. Where two keys' prefixes differ, the keys compare as the prefixes do.
#[inline]
pub(super) fn prefix(key: &[u8]) -> Prefix {
    match key.first_chunk::<16>() {
        Some(bytes) => u128::from_be_bytes(*bytes),
        None => short(key),
    }
}

fn short(key: &[u8]) -> Prefix {
    let mut bytes = [0; 16];
    bytes[..key.len()].copy_from_slice(key);
    u128::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(crate::seeded::cases(256))]

        #[test]
        fn prefixes_that_differ_compare_as_the_keys_do(
            shared in prop::collection::vec(0_u8..2, 0..20),
            a in prop::collection::vec(0_u8..2, 0..20),
            b in prop::collection::vec(0_u8..2, 0..20),
        ) {
            let a = [shared.clone(), a].concat();
            let b = [shared, b].concat();
            let by_prefix = prefix(&a).cmp(&prefix(&b));
            prop_assert!(by_prefix.is_eq() || by_prefix == a.cmp(&b));
        }
    }
}
