//! A hash of a cell that costs no memory.

use super::cell::Cell;
use super::dot::Dot;
use super::hlc::Stamp;
use crate::base::hash::hash64_with;

/// XXH3 has its fast path up to 240 bytes: one block holds the words of a usual cell.
const BLOCK_BYTES: usize = 240;

/// Words on their way into a hash: each full block is hashed under the hash of the one before.
struct Words {
    hash: u64,
    block: [u8; BLOCK_BYTES],
    filled: usize,
}

impl Words {
    fn put(&mut self, word: u64) {
        if self.filled == BLOCK_BYTES {
            self.hash = hash64_with(self.hash, &self.block);
            self.filled = 0;
        }
        let end = self.filled + size_of::<u64>();
        self.block[self.filled..end].copy_from_slice(&word.to_le_bytes());
        self.filled = end;
    }

    fn put_dot(&mut self, dot: Dot) {
        let Dot { actor, counter } = dot;
        self.put(u64::from(actor.node.0) << 32 | u64::from(actor.incarnation));
        self.put(u64::from(actor.epoch));
        self.put(counter);
    }

    fn put_stamp(&mut self, stamp: Stamp) {
        self.put(stamp.wall_ms);
        self.put(u64::from(stamp.logical) << 32 | u64::from(stamp.node.0));
    }

    fn finish(self) -> u64 {
        hash64_with(self.hash, &self.block[..self.filled])
    }
}

/// Counts come before what they count, so no two different cells give the same words.
pub(super) fn digest(cell: &Cell) -> u64 {
    let mut words = Words {
        hash: 0,
        block: [0; BLOCK_BYTES],
        filled: 0,
    };
    let (seen, live, tokens) = (cell.seen(), cell.live(), cell.tokens.all());
    let counters = seen.counters().count() as u64;
    words.put(counters << 32 | (seen.len() as u64 - counters));
    words.put((live.len() as u64) << 32 | tokens.len() as u64);
    for (actor, counter) in seen.counters() {
        words.put_dot(Dot { actor, counter });
    }
    for dot in seen.beyond() {
        words.put_dot(dot);
    }
    for (dot, version) in live.iter() {
        words.put_dot(dot);
        words.put_stamp(version.stamp);
        words.put(u64::from(version.is_delete()) << 1 | u64::from(version.deadline.is_some()));
        words.put(version.deadline.map_or(0, |deadline| deadline.0));
    }
    for known in tokens {
        words.put_stamp(known.stamp);
        words.put(known.token.0);
        words.put_dot(known.dot);
    }
    words.finish()
}
