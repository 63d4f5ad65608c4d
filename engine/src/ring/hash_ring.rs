//! Consistent hashing with virtual nodes: Karger et al. 1997, section 4; Dynamo 2007, sections 4.2 and 4.3.

use std::collections::BTreeMap;

use super::allocate::{self, fair_copies};
use super::lookup::Lookup;
use super::members::Members;
use super::sweep::ZoneRule;
use super::token::RING;
use super::{Member, Placement, Token};
use crate::base::id::Nodes;
use crate::base::limits::{ALLOCATION_TOKENS_MAX, RING_TOKENS_MAX, TOKENS_PER_NODE_MAX};
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
    allocation: Allocation,
    tokens: Vec<(Token, NodeId)>,
    lookup: Lookup,
}

/// How a node that joins a [`Ring`] gets its tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Allocation {
    /// Drawn at random, whatever the others have.
    #[default]
    Random,
    /// Chosen so that all nodes' shares stay even; see [`Ring::allocated`].
    Even {
        /// Of how many copies of each key.
        copies: usize,
    },
}

impl Ring {
    /// A ring of `members`, each with `tokens_per_node` tokens times its weight, drawn from `seed`.
    ///
    /// # Errors
    /// `InvalidArgument` for no members or too many, a node twice, a weight or a number of tokens out of
    /// its limits.
    pub fn new(members: Vec<Member>, tokens_per_node: u32, seed: u64) -> Result<Self> {
        let members = Members::new(members)?;
        check_count(&members, tokens_per_node, Allocation::Random)?;
        let tokens = members
            .as_slice()
            .iter()
            .flat_map(|member| drawn(seed, member, tokens_per_node));
        let tokens = tokens.collect();
        Ok(Self::of(
            members,
            tokens,
            tokens_per_node,
            seed,
            Allocation::Random,
        ))
    }

    /// A ring of `members` whose tokens were allocated, as if they had joined in the order of their ids. The
    /// figures that hold for it stand in [`with`](Self::with). `copies` is the number of copies of each key
    /// whose shares are to be even.
    ///
    /// # Errors
    /// As [`Ring::new`], and for 0 copies, or more than [`ALLOCATION_TOKENS_MAX`] tokens.
    pub fn allocated(
        members: Vec<Member>,
        tokens_per_node: u32,
        copies: usize,
        seed: u64,
    ) -> Result<Self> {
        let members = Members::new(members)?;
        let allocation = Allocation::Even { copies };
        check_count(&members, tokens_per_node, allocation)?;
        let mut tokens = Vec::new();
        for count in 1..=members.as_slice().len() {
            let joined = Members::new(members.as_slice()[..count].to_vec())?;
            let joiner = &members.as_slice()[count - 1];
            tokens.extend(allotted(
                &joined,
                &tokens,
                joiner,
                tokens_per_node,
                copies,
                seed,
            ));
            tokens.sort_unstable();
        }
        Ok(Self::of(members, tokens, tokens_per_node, seed, allocation))
    }

    /// The ring of exactly these tokens, such as another ring's [`tokens`](Self::tokens), in any order: they
    /// and the members say everything about who owns what. The other settings are for nodes that join later.
    ///
    /// # Errors
    /// As [`Ring::new`] or [`Ring::allocated`]; and for a member without a token, a token of a stranger, two
    /// tokens on one position, or more tokens than [`RING_TOKENS_MAX`].
    pub fn with_tokens(
        members: Vec<Member>,
        tokens: Vec<(Token, NodeId)>,
        tokens_per_node: u32,
        allocation: Allocation,
        seed: u64,
    ) -> Result<Self> {
        let members = Members::new(members)?;
        check_count(&members, tokens_per_node, allocation)?;
        check_total(tokens.len() as u64, allocation)?;
        let ring = Self::sorted(&members, tokens)?;
        Ok(Self::of(members, ring, tokens_per_node, seed, allocation))
    }

    fn sorted(members: &Members, mut tokens: Vec<(Token, NodeId)>) -> Result<Vec<(Token, NodeId)>> {
        let mut has_token = vec![false; members.as_slice().len()];
        for (token, node) in &tokens {
            let place = members.place_of(*node).ok_or_else(|| {
                Error::invalid(format!(
                    "token {token} belongs to {node}, which is no member"
                ))
            })?;
            has_token[place] = true;
        }
        if let Some(place) = has_token.iter().position(|has| !has) {
            let node = members.as_slice()[place].node;
            return Err(Error::invalid(format!(
                "{node} has no token: each member has at least one"
            )));
        }
        tokens.sort_unstable();
        match tokens.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            None => Ok(tokens),
            Some(pair) => Err(Error::invalid(format!(
                "token {} is given twice, to {} and to {}: each position has one token",
                pair[0].0, pair[0].1, pair[1].1
            ))),
        }
    }

    fn of(
        members: Members,
        mut tokens: Vec<(Token, NodeId)>,
        tokens_per_node: u32,
        seed: u64,
        allocation: Allocation,
    ) -> Self {
        tokens.sort_unstable();
        Self {
            lookup: Lookup::new(&members, &tokens),
            members,
            tokens_per_node,
            seed,
            allocation,
            tokens,
        }
    }

    /// The ring after `member` has joined. No token of another node moves, so only the new node gains keys.
    ///
    /// On a ring of [`Allocation::Even`] the new tokens are chosen. At 16 tokens a node and three copies, while
    /// nodes join one by one up to 100, no node is further off its due than
    ///
    /// | | copies | first owners |
    /// |---|---:|---:|
    /// | weights alike, one zone or three | 7% | 6% |
    /// | weights of 1 to 4, three zones | 4% | 5% |
    /// | weights of 1 to 4, one zone, from 8 nodes on | 3% | 5% |
    ///
    /// (`engine/tests/ring_allocation.rs` measures it on three seeds and holds it below 10%). The due is a node's
    /// part by weight, as far as [`fair_shares`](Self::fair_shares) allow. Four to seven nodes of mixed weights
    /// and three copies in one zone leave little choice, and may be off by more. What a join takes is printed by
    /// `cargo bench -p kvorum --bench ring`.
    ///
    /// # Errors
    /// As [`Ring::new`] or [`Ring::allocated`].
    pub fn with(&self, member: Member) -> Result<Self> {
        let members = self.members.with(member)?;
        check_count(&members, self.tokens_per_node, self.allocation)?;
        let mut tokens = self.tokens.clone();
        match self.allocation {
            Allocation::Random => tokens.extend(drawn(self.seed, &member, self.tokens_per_node)),
            Allocation::Even { copies } => tokens.extend(allotted(
                &members,
                &self.tokens,
                &member,
                self.tokens_per_node,
                copies,
                self.seed,
            )),
        }
        check_total(tokens.len() as u64, self.allocation)?;
        Ok(Self::of(
            members,
            tokens,
            self.tokens_per_node,
            self.seed,
            self.allocation,
        ))
    }

    /// The ring after `node` has left. No token of another node moves, so only its keys find a new owner.
    ///
    /// Whoever stands behind the leaver's tokens takes its keys, so shares of a ring of [`Allocation::Even`]
    /// are less even afterwards. Of 100 nodes in one zone, one gone leaves copies off by up to 8% and ten gone
    /// by 19%; in three zones, where only a third of the nodes can take over, by 38% and 66%. Later joins take
    /// from the fullest and mend it: after ten others have come it is 4% and 6%.
    ///
    /// # Errors
    /// `InvalidArgument` when the node is no member, or the last one.
    pub fn without(&self, node: NodeId) -> Result<Self> {
        let members = self.members.without(node)?;
        let mut tokens = self.tokens.clone();
        tokens.retain(|(_, owner)| *owner != node);
        Ok(Self::of(
            members,
            tokens,
            self.tokens_per_node,
            self.seed,
            self.allocation,
        ))
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

    /// How a node that joins gets its tokens.
    #[must_use]
    pub fn allocation(&self) -> Allocation {
        self.allocation
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

    /// The number of the token that `position` belongs to: the first of the [`walk`](Self::walk). Positions of
    /// one token have the same owners.
    #[must_use]
    pub fn segment(&self, position: Token) -> usize {
        self.lookup.segment(&self.tokens, position)
    }

    /// The preference list of a position, as [`Placement::owners`] gives it for a key.
    #[must_use]
    pub fn owners_at(&self, position: Token, copies: usize) -> Vec<NodeId> {
        self.nodes_at(position, copies).into_vec()
    }

    /// What the walk to distinct nodes and zones would find, from the table of what it finds.
    fn nodes_at(&self, position: Token, copies: usize) -> Nodes {
        let listed = self
            .lookup
            .owners(&self.members, self.segment(position), copies);
        listed.unwrap_or_else(|| {
            let walk = self.walk(position).map(|(_, node)| node);
            self.members.spread(walk, copies)
        })
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

    /// Each member's part of all copies, at `copies` copies of each key, exactly; they sum to 1.
    #[must_use]
    pub fn copy_shares(&self, copies: usize) -> BTreeMap<NodeId, f64> {
        let members = self.members.as_slice().iter();
        let mut held: BTreeMap<_, u128> = members.map(|member| (member.node, 0)).collect();
        let mut all = 0;
        let mut start = self.tokens[self.tokens.len() - 1].0;
        for (end, _) in &self.tokens {
            // Of two tokens on one position the second has no keys.
            if start != *end || self.tokens.len() == 1 {
                for node in self.nodes_at(*end, copies.max(1)) {
                    *held.entry(node).or_insert(0) += start.positions_to(*end);
                    all += start.positions_to(*end);
                }
            }
            start = *end;
        }
        let share = |held: u128| held as f64 / all as f64;
        held.into_iter()
            .map(|(node, held)| (node, share(held)))
            .collect()
    }

    /// What each member's part of all copies should be: by weight, as far as a node holds a key once at most
    /// and the zone rule allows. They sum to 1.
    #[must_use]
    pub fn fair_shares(&self, copies: usize) -> BTreeMap<NodeId, f64> {
        let copies = copies.clamp(1, self.members.as_slice().len());
        let fair = fair_copies(&self.members, &ZoneRule::of(&self.members), copies);
        let members = self.members.as_slice().iter();
        members
            .zip(fair)
            .map(|(member, fair)| (member.node, fair / copies as f64))
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

/// The random tokens of a member.
fn drawn(
    seed: u64,
    member: &Member,
    tokens_per_node: u32,
) -> impl Iterator<Item = (Token, NodeId)> + use<> {
    let node = member.node;
    (0..tokens_per_node * member.weight).map(move |index| (Token::of_node(seed, node, index), node))
}

/// The allocated tokens of a member, which has none among `tokens`.
fn allotted(
    members: &Members,
    tokens: &[(Token, NodeId)],
    member: &Member,
    tokens_per_node: u32,
    copies: usize,
    seed: u64,
) -> Vec<(Token, NodeId)> {
    let count = tokens_per_node * member.weight;
    let chosen = allocate::choose(members, tokens, member.node, count, copies, seed);
    chosen
        .into_iter()
        .map(|token| (token, member.node))
        .collect()
}

fn check_count(members: &Members, tokens_per_node: u32, allocation: Allocation) -> Result<()> {
    if !(1..=TOKENS_PER_NODE_MAX).contains(&tokens_per_node) {
        return Err(Error::invalid(format!(
            "{tokens_per_node} tokens a node: give 1 to {TOKENS_PER_NODE_MAX}"
        )));
    }
    if let Allocation::Even { copies: 0 } = allocation {
        return Err(Error::invalid(
            "tokens are allocated for the copies of each key: give 1 or more",
        ));
    }
    let count = |member: &Member| u64::from(tokens_per_node) * u64::from(member.weight);
    check_total(members.as_slice().iter().map(count).sum(), allocation)
}

fn check_total(total: u64, allocation: Allocation) -> Result<()> {
    let (limit, what) = match allocation {
        Allocation::Random => (RING_TOKENS_MAX, "the limit"),
        Allocation::Even { .. } => (ALLOCATION_TOKENS_MAX, "the limit where they are allocated"),
    };
    if total > limit {
        return Err(Error::invalid(format!(
            "the ring would have {total} tokens, {what} is {limit}: take fewer tokens or lower weights"
        )));
    }
    Ok(())
}

impl Placement for Ring {
    fn name(&self) -> &'static str {
        match self.allocation {
            Allocation::Random => "ring",
            Allocation::Even { .. } => "allocated",
        }
    }

    fn goes_by_past(&self) -> bool {
        !matches!(self.allocation, Allocation::Random)
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

    fn table_bytes(&self) -> usize {
        size_of_val(&self.tokens[..]) + self.lookup.bytes()
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
        let token = Token(1 << 40);
        let tokens = vec![
            (Token(1 << 63), NodeId(1)),
            (token, NodeId(3)),
            (token, NodeId(2)),
        ];
        let members = Members::new(members(3)).unwrap();
        let ring = Ring::of(members, tokens, 1, 7, Allocation::Random);
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
