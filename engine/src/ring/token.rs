//! A place on the ring.

use core::fmt;

use crate::NodeId;
use crate::base::hash::{hash64, hash64_with};

/// A position on the ring of 2^64 positions, which closes: after the highest comes 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token(pub u64);

impl Token {
    /// Where a key lies: its XXH3.
    #[must_use]
    pub fn of_key(key: &[u8]) -> Self {
        Self(hash64(key))
    }

    /// The `index`-th token of `node` on the ring of `seed`. It depends on nothing else, so no change of
    /// the other members ever moves it.
    #[must_use]
    pub fn of_node(seed: u64, node: NodeId, index: u32) -> Self {
        Self(hash64_with(seed, format!("{node}/{index}").as_bytes()))
    }

    /// How many positions lie in the range from `self`, exclusive, forward to `end`, inclusive. From a
    /// token to itself is once around: all 2^64.
    #[must_use]
    pub fn positions_to(self, end: Self) -> u128 {
        match end.0.wrapping_sub(self.0) {
            0 => 1 << 64,
            positions => u128::from(positions),
        }
    }

    /// The position as a fraction of the whole ring, 0 up to 1.
    #[must_use]
    pub fn turn(self) -> f64 {
        self.0 as f64 / RING
    }
}

/// The positions of the whole ring.
pub(super) const RING: f64 = (1_u128 << 64) as f64;

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_close_around_the_ring() {
        assert_eq!(Token(10).positions_to(Token(15)), 5);
        assert_eq!(Token(u64::MAX).positions_to(Token(4)), 5);
        assert_eq!(Token(7).positions_to(Token(7)), 1 << 64);
    }

    #[test]
    fn tokens_differ_by_seed_node_and_index() {
        let one = Token::of_node(7, NodeId(1), 0);
        assert_ne!(one, Token::of_node(8, NodeId(1), 0));
        assert_ne!(one, Token::of_node(7, NodeId(2), 0));
        assert_ne!(one, Token::of_node(7, NodeId(1), 1));
        assert_eq!(one, Token::of_node(7, NodeId(1), 0));
    }
}
