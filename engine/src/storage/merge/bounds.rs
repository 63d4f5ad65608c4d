//! The keys that a scan may see.

use core::ops::Bound;

use super::prefix::{Prefix, prefix};

/// A range of keys, `from` inclusive, `to` exclusive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounds {
    from: Vec<u8>,
    from_prefix: Prefix,
    /// None where there is no end.
    to: Option<Vec<u8>>,
    to_prefix: Prefix,
}

impl Bounds {
    /// All keys.
    #[must_use]
    pub fn all() -> Self {
        Self::half_open(Vec::new(), None)
    }

    /// The keys between two bounds. Bounds that cross hold none.
    #[must_use]
    pub fn new(from: Bound<&[u8]>, to: Bound<&[u8]>) -> Self {
        let from = match from {
            Bound::Included(key) => key.to_vec(),
            Bound::Excluded(key) => successor(key),
            Bound::Unbounded => Vec::new(),
        };
        let to = match to {
            Bound::Included(key) => Some(successor(key)),
            Bound::Excluded(key) => Some(key.to_vec()),
            Bound::Unbounded => None,
        };
        Self::half_open(from, to)
    }

    /// The keys that begin with `prefix`.
    #[must_use]
    pub fn prefix(prefix: &[u8]) -> Self {
        Self::half_open(prefix.to_vec(), prefix_end(prefix))
    }

    fn half_open(from: Vec<u8>, to: Option<Vec<u8>>) -> Self {
        Self {
            from_prefix: prefix(&from),
            // Without an end only the keys that begin with sixteen 0xff bytes need a second look.
            to_prefix: to.as_deref().map_or(Prefix::MAX, prefix),
            from,
            to,
        }
    }

    /// The first key that may be seen.
    #[inline]
    #[must_use]
    pub fn from(&self) -> &[u8] {
        &self.from
    }

    /// The first key past them all; none where there is no end.
    #[inline]
    #[must_use]
    pub fn to(&self) -> Option<&[u8]> {
        self.to.as_deref()
    }

    /// Whether `key` lies before them.
    #[inline]
    #[must_use]
    pub fn is_before(&self, key: &[u8]) -> bool {
        let start = prefix(key);
        start < self.from_prefix || (start == self.from_prefix && key < self.from.as_slice())
    }

    /// Whether `key` lies past them.
    #[inline]
    #[must_use]
    pub fn is_past(&self, key: &[u8]) -> bool {
        let start = prefix(key);
        start >= self.to_prefix && self.to.as_deref().is_some_and(|to| to <= key)
    }
}

/// The key right after `key`: nothing lies between them.
#[must_use]
pub fn successor(key: &[u8]) -> Vec<u8> {
    [key, &[0]].concat()
}

/// The first key past all that begin with `prefix`; none where it is all 0xff (or empty).
#[must_use]
pub fn prefix_end(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|&byte| byte < 0xff)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_end_of_a_prefix() {
        assert_eq!(prefix_end(b"ab"), Some(b"ac".to_vec()));
        assert_eq!(prefix_end(b"a\xff\xff"), Some(b"b".to_vec()));
        assert_eq!(prefix_end(b"\xff\xff"), None);
        assert_eq!(prefix_end(b""), None);
    }

    fn key() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![Just(0_u8), Just(0xfe), Just(0xff)];
        prop_oneof![
            prop::collection::vec(byte.clone(), 0..3),
            prop::collection::vec(byte, 14..18)
        ]
    }

    proptest! {
        #![proptest_config(crate::seeded::cases(512))]

        #[test]
        fn a_prefix_bounds_the_keys_that_begin_with_it(prefix in key(), key in key()) {
            let bounds = Bounds::prefix(&prefix);
            let inside = !bounds.is_before(&key) && !bounds.is_past(&key);
            prop_assert_eq!(inside, key.starts_with(&prefix));
        }

        #[test]
        fn bounds_hold_what_the_standard_library_says(from in key(), to in key(), key in key(), kinds in 0..9) {
            let bound = |kind: i32, key: &Vec<u8>| match kind {
                0 => Bound::Included(key.clone()),
                1 => Bound::Excluded(key.clone()),
                _ => Bound::Unbounded,
            };
            let (from, to) = (bound(kinds % 3, &from), bound(kinds / 3, &to));
            let bounds = Bounds::new(
                from.as_ref().map(Vec::as_slice),
                to.as_ref().map(Vec::as_slice),
            );
            let inside = !bounds.is_before(&key) && !bounds.is_past(&key);
            let after_from = match &from {
                Bound::Included(from) => *from <= key,
                Bound::Excluded(from) => *from < key,
                Bound::Unbounded => true,
            };
            let before_to = match &to {
                Bound::Included(to) => key <= *to,
                Bound::Excluded(to) => key < *to,
                Bound::Unbounded => true,
            };
            prop_assert_eq!(inside, after_from && before_to);
        }
    }
}
