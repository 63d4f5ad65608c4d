//! A ring's answers, worked out ahead: which segment a position lies in, and who owns it.

use super::Token;
use super::members::Members;
use super::sweep::{ZoneRule, sweep};
use crate::NodeId;
use crate::base::id::Nodes;

/// Owners that are kept of each segment: as many as [`Nodes`] holds without taking memory.
const LISTED: usize = 5;

/// Two tables beside the tokens, built once.
///
/// ```text
///   position --upper bits--> a handful of tokens --few comparisons--> segment --table--> its first owners
/// ```
///
/// Tokens are spread evenly enough that the upper bits of a position nearly say which token follows it. With at
/// least as many buckets as tokens, a bucket holds one on average, so a search in it looks at one or two where a
/// search in all tokens looks at fourteen of 12,800. Tokens that crowd in one bucket cost a binary search in it.
///
/// Memory: less than 8 bytes a token for the buckets and at most 5 for the owners. At 100 nodes of 128 tokens
/// that is 130 kB, beside 205 kB for the tokens; at the limit of a ring's tokens it is 9.4 MB, beside 16.8 MB.
#[derive(Clone, Debug)]
pub(super) struct Lookup {
    /// How many low bits of a position say nothing about its bucket.
    shift: u32,
    /// For each bucket the number of the first token in it or after it; one more at the end.
    buckets: Vec<u32>,
    /// The first owners of each segment, by their numbers among the members.
    lists: Vec<u8>,
    /// How many owners of each segment are kept.
    listed: usize,
}

impl Lookup {
    /// The tables of a ring of these tokens, which are sorted, at least one.
    pub(super) fn new(members: &Members, tokens: &[(Token, NodeId)]) -> Self {
        let bits = tokens.len().next_power_of_two().trailing_zeros().max(1);
        let shift = u64::BITS - bits;
        let mut buckets = Vec::with_capacity((1 << bits) + 1);
        for (number, (token, _)) in tokens.iter().enumerate() {
            let bucket = (token.0 >> shift) as usize;
            if buckets.len() <= bucket {
                buckets.resize(bucket + 1, number as u32);
            }
        }
        buckets.resize((1 << bits) + 1, tokens.len() as u32);

        let number = |node| members.place_of(node).expect("a token's node is a member") as u8;
        let owners: Vec<u8> = tokens.iter().map(|(_, node)| number(*node)).collect();
        let count = members.as_slice().len();
        let listed = count.min(LISTED);
        let mut lists = vec![0; tokens.len() * listed];
        sweep(
            &owners,
            count,
            &ZoneRule::of(members),
            listed,
            |segment, list, _, _| {
                lists[segment * listed..][..listed].copy_from_slice(&list[..listed]);
            },
        );
        Self {
            shift,
            buckets,
            lists,
            listed,
        }
    }

    /// The number of the first token at or after `position`, around the end if need be.
    pub(super) fn segment(&self, tokens: &[(Token, NodeId)], position: Token) -> usize {
        let bucket = (position.0 >> self.shift) as usize;
        let (low, high) = (
            self.buckets[bucket] as usize,
            self.buckets[bucket + 1] as usize,
        );
        let within = tokens[low..high].partition_point(|(token, _)| *token < position);
        match low + within {
            last if last == tokens.len() => 0,
            segment => segment,
        }
    }

    /// The first `copies` owners of a segment; none if fewer are kept and the members have more.
    pub(super) fn owners(&self, members: &Members, segment: usize, copies: usize) -> Option<Nodes> {
        let members = members.as_slice();
        let wanted = copies.min(members.len());
        let list = self.lists[segment * self.listed..][..self.listed].get(..wanted)?;
        Some(
            list.iter()
                .map(|number| members[usize::from(*number)].node)
                .collect(),
        )
    }

    /// What the tables take, bytes.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&self.buckets[..]) + self.lists.len()
    }
}
