//! Consistent hashing with virtual nodes: Karger et al. 1997, section 4; Dynamo 2007, sections 4.2 and 4.3.

use std::collections::BTreeMap;

use super::members::Members;
use super::token::RING;
use super::{Member, Placement, Token};
use crate::base::id::Nodes;
use crate::base::limits::{RING_TOKENS_MAX, TOKENS_PER_NODE_MAX};
use crate::{Error, NodeId, Result};

/// A ring of tokens. A key belongs to the node of the first token at or after the key's own position,
/// around the end if need be; the next copies go to the nodes that the walk onward meets.
///
/// A node of weight `w` has `w` times `tokens_per_node` tokens, so its share grows with `w`; the more
/// tokens, the closer each share is to its mean (its deviation falls with the square root of their number).
///
/// Should two nodes draw the same token, the one with the lower id stands first and the other's range is
/// empty. That needs no second draw, and so a node's tokens depend on no other node.
///
/// ```
/// use kvorum::ring::{Member, Placement, Ring};
/// use kvorum::{NodeId, Zone};
///
/// let members = (1..=5).map(|id| Member { node: NodeId(id), zone: Zone(1), weight: 1 }).collect();
/// let ring = Ring::new(members, 64, 7)?;
/// let owners = ring.owners(b"cart", 3);
/// assert_eq!(owners.len(), 3);
///
/// let smaller = ring.without(owners[0])?;
/// assert_eq!(smaller.owners(b"cart", 2), &owners[1..], "the others keep their places");
/// # Ok::<(), kvorum::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Ring {
    members: Members,
    tokens_per_node: u32,
    seed: u64,
    tokens: Vec<(Token, NodeId)>,
}

impl Ring {
    /// A ring of `members`, each with `tokens_per_node` tokens times its weight, drawn from `seed`.
    ///
    /// # Errors
    /// `InvalidArgument` for no members or too many, a node twice, a weight or a number of tokens out of
    /// its limits.
    pub fn new(members: Vec<Member>, tokens_per_node: u32, seed: u64) -> Result<Self> {
        Self::of(Members::new(members)?, tokens_per_node, seed)
    }

    fn of(members: Members, tokens_per_node: u32, seed: u64) -> Result<Self> {
        if !(1..=TOKENS_PER_NODE_MAX).contains(&tokens_per_node) {
            return Err(Error::invalid(format!(
                "{tokens_per_node} tokens a node: give 1 to {TOKENS_PER_NODE_MAX}"
            )));
        }
        let count = |member: &Member| u64::from(tokens_per_node) * u64::from(member.weight);
        let total: u64 = members.as_slice().iter().map(count).sum();
        if total > RING_TOKENS_MAX {
            return Err(Error::invalid(format!(
                "the ring would have {total} tokens, the limit is {RING_TOKENS_MAX}: take fewer tokens or lower weights"
            )));
        }
        let mut tokens = Vec::with_capacity(total as usize);
        for member in members.as_slice() {
            let drawn = (0..tokens_per_node * member.weight)
                .map(|index| (Token::of_node(seed, member.node, index), member.node));
            tokens.extend(drawn);
        }
        tokens.sort_unstable();
        Ok(Self {
            members,
            tokens_per_node,
            seed,
            tokens,
        })
    }

    /// The ring after `member` has joined. No token of another node moves, so only the new node gains keys.
    ///
    /// # Errors
    /// As [`Ring::new`].
    pub fn with(&self, member: Member) -> Result<Self> {
        Self::of(self.members.with(member)?, self.tokens_per_node, self.seed)
    }

    /// The ring after `node` has left. No token of another node moves, so only its keys find a new owner.
    ///
    /// # Errors
    /// `InvalidArgument` when the node is no member, or the last one.
    pub fn without(&self, node: NodeId) -> Result<Self> {
        Self::of(self.members.without(node)?, self.tokens_per_node, self.seed)
    }

    /// Every token with its node, in ring order.
    #[must_use]
    pub fn tokens(&self) -> &[(Token, NodeId)] {
        &self.tokens
    }

    /// Tokens of a node of weight 1.
    #[must_use]
    pub fn tokens_per_node(&self) -> u32 {
        self.tokens_per_node
    }

    /// The seed that the tokens are drawn from.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Once around the ring, from the first token at or after `position`.
    pub fn walk(&self, position: Token) -> impl Iterator<Item = (Token, NodeId)> + '_ {
        let first = self.tokens.partition_point(|(token, _)| *token < position);
        let (before, after) = self.tokens.split_at(first);
        after.iter().chain(before).copied()
    }

    /// The preference list of a position, as [`Placement::owners`] gives it for a key.
    #[must_use]
    pub fn owners_at(&self, position: Token, copies: usize) -> Vec<NodeId> {
        self.nodes_at(position, copies).into_vec()
    }

    fn nodes_at(&self, position: Token, copies: usize) -> Nodes {
        let walk = self.walk(position).map(|(_, node)| node);
        self.members.spread(walk, copies)
    }

    /// The share of the ring's positions whose first owner is `node`, 0 up to 1; 0 for a stranger.
    #[must_use]
    pub fn share(&self, node: NodeId) -> f64 {
        self.positions()
            .get(&node)
            .map_or(0.0, |own| *own as f64 / RING)
    }

    /// Every member's [`share`](Self::share). They sum to 1.
    #[must_use]
    pub fn shares(&self) -> BTreeMap<NodeId, f64> {
        let shares = self.positions().into_iter();
        shares
            .map(|(node, own)| (node, own as f64 / RING))
            .collect()
    }

    fn positions(&self) -> BTreeMap<NodeId, u128> {
        let members = self.members.as_slice().iter();
        let mut positions: BTreeMap<_, _> = members.map(|member| (member.node, 0)).collect();
        let mut add = |node: NodeId, own: u128| {
            *positions
                .get_mut(&node)
                .expect("a token's node is a member") += own;
        };
        let (last, _) = self.tokens[self.tokens.len() - 1];
        let (first, node) = self.tokens[0];
        add(node, last.positions_to(first));
        for pair in self.tokens.windows(2) {
            let ((start, _), (end, node)) = (pair[0], pair[1]);
            if start != end {
                add(node, start.positions_to(end));
            }
        }
        positions
    }
}

impl Placement for Ring {
    fn name(&self) -> &'static str {
        "ring"
    }

    fn members(&self) -> &[Member] {
        self.members.as_slice()
    }

    fn owners(&self, key: &[u8], copies: usize) -> Vec<NodeId> {
        self.owners_at(Token::of_key(key), copies)
    }

    fn preference(&self, key: &[u8], copies: usize) -> Nodes {
        self.nodes_at(Token::of_key(key), copies)
    }

    fn with(&self, member: Member) -> Result<Box<dyn Placement>> {
        Ok(Box::new(Self::with(self, member)?))
    }

    fn without(&self, node: NodeId) -> Result<Box<dyn Placement>> {
        Ok(Box::new(Self::without(self, node)?))
    }

    fn as_ring(&self) -> Option<&Ring> {
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Zone;

    fn members(count: u32) -> Vec<Member> {
        let member = |id| Member {
            node: NodeId(id),
            zone: Zone(1),
            weight: 1,
        };
        (1..=count).map(member).collect()
    }

    #[test]
    fn a_key_on_a_token_belongs_to_that_token_and_past_the_last_to_the_first() {
        let ring = Ring::new(members(4), 3, 7).unwrap();
        for window in ring.tokens().windows(2) {
            let ((before, _), (token, node)) = (window[0], window[1]);
            assert_eq!(ring.owners_at(token, 1), [node]);
            assert_eq!(ring.owners_at(Token(before.0 + 1), 1), [node]);
        }
        let (last, _) = ring.tokens()[11];
        assert_eq!(ring.owners_at(Token(last.0 + 1), 1), [ring.tokens()[0].1]);
    }

    #[test]
    fn two_nodes_on_one_token_share_it_the_same_way_whoever_came_first() {
        let mut ring = Ring::new(members(3), 1, 7).unwrap();
        let token = Token(1 << 40);
        ring.tokens = vec![
            (token, NodeId(2)),
            (token, NodeId(3)),
            (Token(1 << 63), NodeId(1)),
        ];
        assert_eq!(ring.owners_at(token, 3), [NodeId(2), NodeId(3), NodeId(1)]);
        assert_eq!(ring.share(NodeId(3)), 0.0);
        assert!((ring.shares().values().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn one_token_owns_everything() {
        let ring = Ring::new(members(1), 1, 7).unwrap();
        assert_eq!(ring.share(NodeId(1)), 1.0);
        assert_eq!(ring.share(NodeId(9)), 0.0);
    }

    #[test]
    fn token_counts_out_of_their_limits_are_refused() {
        assert!(Ring::new(members(3), 0, 7).is_err());
        assert!(Ring::new(members(3), TOKENS_PER_NODE_MAX + 1, 7).is_err());
        let mut heavy = members(128);
        heavy.iter_mut().for_each(|member| member.weight = 64);
        let error = Ring::new(heavy, 1024, 7).unwrap_err().to_string();
        assert!(error.contains("fewer tokens"), "{error}");
    }
}
