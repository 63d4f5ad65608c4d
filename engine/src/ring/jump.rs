//! Jump consistent hash: Lamping and Veach 2014, "A Fast, Minimal Memory, Consistent Hash Algorithm".

use super::members::Members;
use super::{Member, Placement};
use crate::base::hash::{hash64, hash64_with};
use crate::{NodeId, Result};

/// The bucket of `key` among `buckets`, which must not be 0.
///
/// Think of buckets being added one by one. At the moment bucket `b` arrives, each key moves there with
/// probability 1/(b+1). Instead of tossing at every arrival, one draw says directly at which arrival the
/// key moves next; the last such arrival below `buckets` is where it stays. About ln(`buckets`) draws.
#[must_use]
pub fn jump_hash(key: u64, buckets: u32) -> u32 {
    assert!(buckets > 0, "a key needs at least one bucket");
    let mut state = key;
    let mut bucket = 0;
    loop {
        state = state
            .wrapping_mul(2_862_933_555_777_941_757)
            .wrapping_add(1);
        let stretch = (1_u64 << 31) as f64 / ((state >> 33) + 1) as f64;
        // At most 2^32 * 2^31 comes out, which a u64 holds; one IEEE division and one multiplication
        // round the same on every machine.
        let arrival = (f64::from(bucket) + 1.0) * stretch;
        if arrival as u64 >= u64::from(buckets) {
            return bucket;
        }
        bucket = arrival as u32;
    }
}

/// Draws for one preference list before the rest is taken by number, for each slot. A node is missed by
/// all of them with a probability below e^-64.
const DRAWS_PER_SLOT: u64 = 64;

/// The nodes are numbered buckets, and [`jump_hash`] says which one holds a key. The next copies come
/// from further hashes of the key, one seed each. A node of weight `w` is `w` buckets.
///
/// It stores nothing and is as even as can be, but it can only grow and shrink at the end: buckets are
/// numbered in the order of node ids, so when a node in the middle leaves, all after it are renumbered.
#[derive(Clone, Debug)]
pub struct Jump {
    members: Members,
    slots: Vec<NodeId>,
}

impl Jump {
    /// A placement over `members`.
    ///
    /// # Errors
    /// `InvalidArgument` for no members or too many, a node twice, or a weight out of its limits.
    pub fn new(members: Vec<Member>) -> Result<Self> {
        Ok(Self::of(Members::new(members)?))
    }

    fn of(members: Members) -> Self {
        let slots = members.slots();
        Self { members, slots }
    }

    fn slot(&self, hash: u64) -> NodeId {
        self.slots[jump_hash(hash, self.slots.len() as u32) as usize]
    }
}

impl Placement for Jump {
    fn name(&self) -> &'static str {
        "jump"
    }

    fn members(&self) -> &[Member] {
        self.members.as_slice()
    }

    fn owners(&self, key: &[u8], copies: usize) -> Vec<NodeId> {
        let first = core::iter::once_with(|| self.slot(hash64(key)));
        let draws = 1..DRAWS_PER_SLOT * self.slots.len() as u64;
        let next = draws.map(|salt| self.slot(hash64_with(salt, key)));
        let walk = first.chain(next).chain(self.slots.iter().copied());
        self.members.spread(walk, copies).into_vec()
    }

    fn with(&self, member: Member) -> Result<Box<dyn Placement>> {
        Ok(Box::new(Self::of(self.members.with(member)?)))
    }

    fn without(&self, node: NodeId) -> Result<Box<dyn Placement>> {
        Ok(Box::new(Self::of(self.members.without(node)?)))
    }

    fn table_bytes(&self) -> usize {
        size_of_val(&self.slots[..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same jumps in whole numbers only: arrival = floor((bucket + 1) * 2^31 / draw).
    fn in_whole_numbers(key: u64, buckets: u32) -> u32 {
        let (mut state, mut bucket, mut arrival) = (key, 0, 0);
        while arrival < u64::from(buckets) {
            bucket = arrival;
            state = state
                .wrapping_mul(2_862_933_555_777_941_757)
                .wrapping_add(1);
            arrival = ((bucket + 1) << 31) / ((state >> 33) + 1);
        }
        bucket as u32
    }

    #[test]
    fn it_agrees_with_the_vectors_of_other_implementations() {
        let vectors = [
            (1, 1, 0),
            (42, 57, 43),
            (0xDEAD_10CC, 1, 0),
            (0xDEAD_10CC, 666, 361),
            (256, 1024, 520),
        ];
        for (key, buckets, bucket) in vectors {
            assert_eq!(jump_hash(key, buckets), bucket, "key {key} of {buckets}");
        }
    }

    #[test]
    fn it_agrees_with_whole_number_arithmetic() {
        for index in 0..20_000_u64 {
            let key = hash64(&index.to_le_bytes());
            let buckets = 1 + (index % 500) as u32;
            assert_eq!(
                jump_hash(key, buckets),
                in_whole_numbers(key, buckets),
                "{key}"
            );
        }
    }

    #[test]
    fn a_new_bucket_takes_its_share_and_no_key_moves_elsewhere() {
        const KEYS: u64 = 50_000;
        for buckets in [1, 4, 9, 30] {
            let mut moved = 0;
            for index in 0..KEYS {
                let key = hash64(&index.to_le_bytes());
                let (before, after) = (jump_hash(key, buckets), jump_hash(key, buckets + 1));
                assert!(after == before || after == buckets, "{before} to {after}");
                moved += u64::from(after != before);
            }
            let expected = KEYS / u64::from(buckets + 1);
            let tolerance = expected / 10;
            assert!(
                moved.abs_diff(expected) < tolerance,
                "{moved} of {expected}"
            );
        }
    }
}
