//! Who belongs to a cluster and owns its keys: one document for each epoch.
//!
//! ```text
//!   epoch 4  Stable          owners by {n1 n2 n3}
//!   epoch 5  Moving          owners by {n1 n2 n3}, coming {n1 n2 n3 n4}      writes need their quorum in both
//!   epoch 6  Stable          owners by {n1 n2 n3 n4}                         or, cancelled, by {n1 n2 n3} as before
//! ```
//!
//! Each document is decided once, by agreement among the members of the one before it (see
//! [`crate::node::topology`]). Gossip decides nothing here: it tells who answers, not who owns.

use std::collections::BTreeMap;

use super::members::Members;
use super::{Member, Placement};
use crate::base::codec::{Reader, put_varint};
use crate::base::limits::{NODES_MAX, TABLES_MAX, TOPOLOGY_PAST_MAX};
use crate::{Error, NodeId, Result, Zone};

/// What an operator asks of the members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reshape {
    /// A node comes in.
    Join(Member),
    /// A node gives away what it owns, and goes.
    Leave(NodeId),
    /// A node that will never come back goes; what it owned is copied from the other owners. Should it be up all the
    /// same and cut off, it goes on by itself with what R=1 or W=1 lets one replica answer, until it hears of this.
    Remove(NodeId),
    /// The second takes the place of the first, which is dead, with its zone and weight.
    Replace(NodeId, NodeId),
    /// A node has another zone or weight from now on.
    Change(Member),
    /// A table has so many copies of each key from now on: its number, and N.
    Copies(u8, usize),
    /// The move under way is given up: all stays as it was before.
    Cancel,
}

/// The members to come, while ranges move to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coming {
    /// The epoch in which the move began; it names the move.
    pub since: u64,
    /// The members then.
    pub members: Vec<Member>,
    /// N of tables that have another one then, by their numbers.
    pub copies: BTreeMap<u8, usize>,
    /// Members that are not waited for: nothing is copied from them.
    pub dead: Vec<NodeId>,
}

/// The document of one epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topology {
    /// Its number: 1 is what the cluster was founded with.
    pub epoch: u64,
    /// The members, by node.
    pub members: Vec<Member>,
    /// N of tables that have another one than they were made with, by their numbers.
    pub copies: BTreeMap<u8, usize>,
    /// The life in which a member that lost its disk was taken in again.
    pub lives: BTreeMap<NodeId, u32>,
    /// The members of each epoch before that ranges had moved in, the oldest first, where the placement goes by what
    /// was; none where it goes by the members alone.
    pub past: Vec<Vec<Member>>,
    /// What comes, while ranges move.
    pub coming: Option<Coming>,
    /// Nodes that have left and may keep writes for others still: nothing is forgotten before they have handed
    /// these over.
    pub draining: Vec<NodeId>,
}

impl Topology {
    /// What a cluster is founded with.
    #[must_use]
    pub fn founding(members: &[Member]) -> Self {
        Self {
            epoch: 1,
            members: members.to_vec(),
            copies: BTreeMap::new(),
            lives: BTreeMap::new(),
            past: Vec::new(),
            coming: None,
            draining: Vec::new(),
        }
    }

    /// Whether a node's word counts: it is a member, will be one, or has not handed over all that it keeps.
    #[must_use]
    pub fn hears(&self, node: NodeId) -> bool {
        self.knows(node) || self.draining.contains(&node)
    }

    /// Whether the node is a member, or will be one.
    #[must_use]
    pub fn knows(&self, node: NodeId) -> bool {
        self.everybody().any(|member| member.node == node)
    }

    /// Whether the node is a member.
    #[must_use]
    pub fn has(&self, node: NodeId) -> bool {
        self.members.iter().any(|member| member.node == node)
    }

    /// The members, then those to come that are none yet.
    pub fn everybody(&self) -> impl Iterator<Item = Member> + '_ {
        let coming = self.coming.iter().flat_map(|coming| &coming.members);
        let coming = coming.filter(|member| !self.has(member.node));
        self.members.iter().chain(coming).copied()
    }

    fn next(&self) -> Self {
        Self {
            epoch: self.epoch + 1,
            ..self.clone()
        }
    }

    /// The next document: the move under way has ended, and its members own their keys. `by_past` says whether the
    /// placement goes by what was.
    #[must_use]
    pub fn committed(&self, by_past: bool) -> Option<Self> {
        let coming = self.coming.clone()?;
        let mut past = self.past.clone();
        if by_past {
            past.push(self.members.clone());
        }
        let stays = |node: NodeId| coming.members.iter().any(|member| member.node == node);
        let left = self.members.iter().map(|member| member.node);
        let left = left.filter(|node| !stays(*node) && !coming.dead.contains(node));
        let mut draining: Vec<NodeId> = self.draining.iter().copied().chain(left).collect();
        draining.retain(|node| !stays(*node));
        draining.sort_unstable();
        draining.dedup();
        Some(Self {
            past,
            draining,
            members: coming.members,
            copies: coming.copies,
            coming: None,
            ..self.next()
        })
    }

    /// The next document: a node that has left has handed over all that it kept.
    #[must_use]
    pub fn drained(&self, node: NodeId) -> Option<Self> {
        let mut next = self.next();
        next.draining.retain(|other| *other != node);
        (next.draining.len() < self.draining.len()).then_some(next)
    }

    /// The next document: a member that lost its disk is taken in again, in this life.
    #[must_use]
    pub fn rejoined(&self, node: NodeId, life: u32) -> Self {
        let mut next = self.next();
        next.lives.insert(node, life);
        next
    }

    /// The next document, as an operator asks for it.
    ///
    /// # Errors
    /// [`Error::Conflict`] while another move is under way, or none to be cancelled;
    /// [`Error::InvalidArgument`] for a change that makes no sense.
    pub fn reshaped(&self, reshape: &Reshape, copies_max: usize) -> Result<Self> {
        let mut next = self.next();
        if *reshape == Reshape::Cancel {
            if next.coming.take().is_none() {
                return Err(conflict("no move is under way, so there is none to cancel"));
            }
            return Ok(next);
        }
        if let Some(coming) = &self.coming {
            return Err(conflict(format!(
                "a move is under way since epoch {}: wait for its end, or cancel it",
                coming.since
            )));
        }
        if self.past.len() >= TOPOLOGY_PAST_MAX {
            return Err(Error::Overloaded {
                detail: format!(
                    "ranges have moved {TOPOLOGY_PAST_MAX} times, and this placement remembers each: use placement=ring"
                ),
            });
        }
        let mut coming = Coming {
            since: next.epoch,
            members: self.members.clone(),
            copies: self.copies.clone(),
            dead: Vec::new(),
        };
        self.reshape(reshape, &mut coming)?;
        Members::new(coming.members.clone())?;
        coming.members.sort_by_key(|member| member.node);
        if coming.members.len() < copies_max {
            return Err(Error::invalid(format!(
                "{} members cannot keep {copies_max} copies of each key: let others join first, or lower N",
                coming.members.len()
            )));
        }
        next.coming = Some(coming);
        Ok(next)
    }

    fn reshape(&self, reshape: &Reshape, coming: &mut Coming) -> Result<()> {
        match reshape {
            Reshape::Join(member) => coming.members.push(*member),
            Reshape::Leave(node) => self.take_out(*node, coming)?,
            Reshape::Remove(node) => {
                self.take_out(*node, coming)?;
                coming.dead.push(*node);
            }
            Reshape::Replace(old, new) => {
                let place = self.member(*old)?;
                self.take_out(*old, coming)?;
                coming.members.push(Member {
                    node: *new,
                    ..place
                });
                coming.dead.push(*old);
            }
            Reshape::Change(member) => {
                if self.member(member.node)? == *member {
                    return Err(Error::invalid(format!(
                        "{} has this zone and weight already",
                        member.node
                    )));
                }
                self.take_out(member.node, coming)?;
                coming.members.push(*member);
            }
            Reshape::Copies(table, copies) => {
                if *copies == 0 || *copies > self.members.len() {
                    return Err(Error::invalid(format!(
                        "N={copies}: it must be from 1 to {}, the number of members",
                        self.members.len()
                    )));
                }
                coming.copies.insert(*table, *copies);
            }
            Reshape::Cancel => unreachable!("a cancelled move has no members to come"),
        }
        Ok(())
    }

    fn member(&self, node: NodeId) -> Result<Member> {
        let mut members = self.members.iter();
        let found = members.find(|member| member.node == node).copied();
        found.ok_or_else(|| Error::invalid(format!("{node} is no member")))
    }

    fn take_out(&self, node: NodeId, coming: &mut Coming) -> Result<()> {
        self.member(node)?;
        coming.members.retain(|member| member.node != node);
        Ok(())
    }

    /// Its bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        put_varint(&mut out, self.epoch);
        put_members(&mut out, &self.members);
        put_copies(&mut out, &self.copies);
        put_varint(&mut out, self.lives.len() as u64);
        for (node, life) in &self.lives {
            put_varint(&mut out, u64::from(node.0));
            put_varint(&mut out, u64::from(*life));
        }
        put_varint(&mut out, self.past.len() as u64);
        for members in &self.past {
            put_members(&mut out, members);
        }
        put_varint(&mut out, self.draining.len() as u64);
        for node in &self.draining {
            put_varint(&mut out, u64::from(node.0));
        }
        match &self.coming {
            None => out.push(0),
            Some(coming) => {
                out.push(1);
                put_varint(&mut out, coming.since);
                put_members(&mut out, &coming.members);
                put_copies(&mut out, &coming.copies);
                put_varint(&mut out, coming.dead.len() as u64);
                for node in &coming.dead {
                    put_varint(&mut out, u64::from(node.0));
                }
            }
        }
        out
    }

    /// The document behind its bytes.
    ///
    /// # Errors
    /// [`Error::Corruption`] when they make no sense.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let read = Self {
            epoch: reader.varint()?,
            members: members(&mut reader)?,
            copies: copies(&mut reader)?,
            lives: {
                let count = count(&mut reader, NODES_MAX as usize)?;
                let mut lives = BTreeMap::new();
                for _ in 0..count {
                    lives.insert(NodeId(reader.varint32()?), reader.varint32()?);
                }
                lives
            },
            past: {
                let count = count(&mut reader, TOPOLOGY_PAST_MAX)?;
                let past = (0..count).map(|_| members(&mut reader));
                past.collect::<Result<Vec<_>>>()?
            },
            draining: nodes(&mut reader)?,
            coming: match reader.byte()? {
                0 => None,
                1 => Some(coming(&mut reader)?),
                other => return Err(Error::corruption(format!("a topology of kind {other}"))),
            },
        };
        reader.end()?;
        Ok(read)
    }
}

fn conflict(detail: impl Into<String>) -> Error {
    Error::Conflict {
        detail: detail.into(),
    }
}

fn put_members(out: &mut Vec<u8>, members: &[Member]) {
    put_varint(out, members.len() as u64);
    for member in members {
        put_varint(out, u64::from(member.node.0));
        put_varint(out, u64::from(member.zone.0));
        put_varint(out, u64::from(member.weight));
    }
}

fn put_copies(out: &mut Vec<u8>, copies: &BTreeMap<u8, usize>) {
    put_varint(out, copies.len() as u64);
    for (table, copies) in copies {
        out.push(*table);
        put_varint(out, *copies as u64);
    }
}

fn count(reader: &mut Reader<'_>, limit: usize) -> Result<usize> {
    let count = reader.varint()?;
    match usize::try_from(count) {
        Ok(count) if count <= limit => Ok(count),
        _ => Err(Error::corruption(format!(
            "a topology with {count} of what there are at most {limit}"
        ))),
    }
}

fn members(reader: &mut Reader<'_>) -> Result<Vec<Member>> {
    let count = count(reader, NODES_MAX as usize)?;
    let mut list = Vec::with_capacity(count);
    for _ in 0..count {
        list.push(Member {
            node: NodeId(reader.varint32()?),
            zone: Zone(reader.varint32()?),
            weight: reader.varint32()?,
        });
    }
    Members::new(list.clone()).map_err(|why| Error::corruption(format!("a topology: {why}")))?;
    Ok(list)
}

fn copies(reader: &mut Reader<'_>) -> Result<BTreeMap<u8, usize>> {
    let count = count(reader, TABLES_MAX)?;
    let mut copies = BTreeMap::new();
    for _ in 0..count {
        copies.insert(reader.byte()?, self::count(reader, NODES_MAX as usize)?);
    }
    Ok(copies)
}

fn coming(reader: &mut Reader<'_>) -> Result<Coming> {
    Ok(Coming {
        since: reader.varint()?,
        members: members(reader)?,
        copies: copies(reader)?,
        dead: nodes(reader)?,
    })
}

fn nodes(reader: &mut Reader<'_>) -> Result<Vec<NodeId>> {
    let count = count(reader, NODES_MAX as usize)?;
    let nodes = (0..count).map(|_| reader.varint32().map(NodeId));
    nodes.collect()
}

/// The placement of other members, by the same rules and with as few moves as these allow.
///
/// # Errors
/// As [`Placement::with`] and [`Placement::without`].
pub fn placed(placement: &dyn Placement, members: &[Member]) -> Result<Option<Box<dyn Placement>>> {
    let mut placed: Option<Box<dyn Placement>> = None;
    let now = |placed: &Option<Box<dyn Placement>>| {
        let placement = placed.as_deref().unwrap_or(placement);
        placement.members().to_vec()
    };
    for member in members {
        let known = now(&placed);
        if known.iter().all(|other| other.node != member.node) {
            let next = placed.as_deref().unwrap_or(placement).with(*member)?;
            placed = Some(next);
        }
    }
    for member in now(&placed) {
        let wanted = members.iter().find(|other| other.node == member.node);
        if wanted == Some(&member) {
            continue;
        }
        let next = placed
            .as_deref()
            .unwrap_or(placement)
            .without(member.node)?;
        placed = Some(match wanted {
            Some(changed) => next.with(*changed)?,
            None => next,
        });
    }
    Ok(placed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ring::Ring;

    fn member(node: u32) -> Member {
        Member {
            node: NodeId(node),
            zone: Zone(1),
            weight: 1,
        }
    }

    fn founding() -> Topology {
        let members: Vec<Member> = (1..=3).map(member).collect();
        Topology::founding(&members)
    }

    #[test]
    fn a_document_comes_back_from_its_bytes_and_damage_is_noticed() {
        let mut moving = founding()
            .reshaped(&Reshape::Replace(NodeId(2), NodeId(7)), 3)
            .unwrap();
        moving = moving.rejoined(NodeId(1), 4);
        moving.copies.insert(3, 2);
        let bytes = moving.encode();
        assert_eq!(Topology::decode(&bytes).unwrap(), moving);
        for cut in 0..bytes.len() {
            assert!(Topology::decode(&bytes[..cut]).is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn one_move_at_a_time_which_is_committed_or_cancelled() {
        let moving = founding().reshaped(&Reshape::Join(member(4)), 3).unwrap();
        assert_eq!((moving.epoch, moving.members.len()), (2, 3));
        let second = moving.reshaped(&Reshape::Leave(NodeId(1)), 3).unwrap_err();
        assert!(second.to_string().contains("epoch 2"), "{second}");
        let ended = moving.committed(false).unwrap();
        assert_eq!(
            (ended.epoch, ended.members.len(), ended.coming.clone()),
            (3, 4, None)
        );
        let cancelled = moving.reshaped(&Reshape::Cancel, 3).unwrap();
        assert_eq!(
            (
                cancelled.epoch,
                cancelled.members.len(),
                cancelled.coming.clone()
            ),
            (3, 3, None)
        );
        assert!(cancelled.reshaped(&Reshape::Cancel, 3).is_err());
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let refused = |reshape: &Reshape| founding().reshaped(reshape, 3).unwrap_err().code();
        for reshape in [
            Reshape::Join(member(2)),
            Reshape::Leave(NodeId(9)),
            Reshape::Leave(NodeId(3)),
            Reshape::Replace(NodeId(1), NodeId(2)),
            Reshape::Change(member(1)),
            Reshape::Copies(0, 4),
            Reshape::Copies(0, 0),
        ] {
            assert_eq!(
                refused(&reshape),
                crate::Code::InvalidArgument,
                "{reshape:?}"
            );
        }
    }

    #[test]
    fn a_placement_of_other_members_is_the_one_that_was_made_so() {
        let members: Vec<Member> = (1..=5).map(member).collect();
        let ring = Ring::new(members.clone(), 8, 7).unwrap();
        let mut wanted = members;
        wanted.remove(1);
        wanted.push(member(9));
        wanted[0].weight = 3;
        let placed = placed(&ring, &wanted).unwrap().unwrap();
        let made = Ring::new(wanted, 8, 7).unwrap();
        for key in 0..100_u32 {
            let key = key.to_le_bytes();
            assert_eq!(placed.owners(&key, 3), made.owners(&key, 3));
        }
    }
}
