//! Who belongs to the cluster, and how that changes while it runs.

use core::time::Duration;
use std::collections::BTreeSet;

use bytes::Bytes;

use super::cluster::{Cluster, Started};
use super::options::Ticket;
use crate::check::{Verdict, Violation};
use crate::node::{Kind, Level, Request, full_key};
use crate::ring::{Member, Reshape, Topology};
use crate::{Error, NodeId, Result, Zone};

/// How long the members may take to agree, where nobody says.
const AGREED_WITHIN: Duration = Duration::from_secs(5);
/// Keys whose owners are counted.
const PLACES_LOOKED_AT: u32 = 64;
/// The step in which a cluster is looked at while a move is waited for.
const LOOK_EVERY: Duration = Duration::from_millis(100);

impl Cluster {
    /// The newest epoch that a node has entered: 1 is what the cluster was founded with.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.world.shape().epoch()
    }

    /// The document of the newest epoch: members, zones, weights, and what is to come.
    #[must_use]
    pub fn topology(&self) -> &Topology {
        &self.world.shape().topology
    }

    /// Whether ranges move.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        self.topology().coming.is_some()
    }

    /// Moves that have ended: those whose members then own their keys, and those that were cancelled.
    #[must_use]
    pub fn moves(&self) -> (u64, u64) {
        self.world.moves()
    }

    /// Starts a machine for a node that shall join, with an empty disk. It belongs to the cluster once
    /// [`Cluster::reshape`] has let it in.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when there is such a node already, or too many.
    pub fn add_machine(&mut self, node: NodeId) -> Result<()> {
        self.world.add_machine(node)
    }

    /// A member as it joins: in this zone, or in the one that has fewest members, and of this weight, or 1.
    #[must_use]
    pub fn newcomer(&self, node: NodeId, zone: Option<Zone>, weight: Option<u32>) -> Member {
        let members = &self.topology().members;
        let of = |zone: Zone| members.iter().filter(|member| member.zone == zone).count();
        let zones = members.iter().map(|member| member.zone);
        let fewest = zones.min_by_key(|zone| (of(*zone), *zone));
        Member {
            node,
            zone: zone.or(fewest).unwrap_or(Zone(1)),
            weight: weight.unwrap_or(1),
        }
    }

    /// The change by which a node joins, as [`Cluster::newcomer`] says. A node that has no machine yet gets one.
    ///
    /// # Errors
    /// As [`Cluster::add_machine`].
    pub fn joining(
        &mut self,
        node: NodeId,
        zone: Option<Zone>,
        weight: Option<u32>,
    ) -> Result<Reshape> {
        self.have_machine(node)?;
        Ok(Reshape::Join(self.newcomer(node, zone, weight)))
    }

    /// The change by which a node takes the place of a dead one. A node that has no machine yet gets one.
    ///
    /// # Errors
    /// As [`Cluster::add_machine`].
    pub fn replacing(&mut self, old: NodeId, new: NodeId) -> Result<Reshape> {
        self.have_machine(new)?;
        Ok(Reshape::Replace(old, new))
    }

    /// The change by which a member gets another zone or weight; what is not given stays.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when the node is no member.
    pub fn changing(
        &self,
        node: NodeId,
        zone: Option<Zone>,
        weight: Option<u32>,
    ) -> Result<Reshape> {
        let mut members = self.topology().members.iter();
        let member = members.find(|member| member.node == node);
        let member = member.ok_or_else(|| Error::invalid(format!("{node} is no member")))?;
        Ok(Reshape::Change(Member {
            zone: zone.unwrap_or(member.zone),
            weight: weight.unwrap_or(member.weight),
            ..*member
        }))
    }

    fn have_machine(&mut self, node: NodeId) -> Result<()> {
        match self.nodes().contains(&node) {
            true => Ok(()),
            false => self.add_machine(node),
        }
    }

    /// Lets the members agree on a change of who owns what, and returns the epoch in which its ranges begin to move.
    /// Reads and writes go on; [`Cluster::run_until_moved`] waits for the end.
    ///
    /// # Errors
    /// [`Error::Conflict`] while another move is under way, or when the members agreed on another change;
    /// [`Error::InvalidArgument`] for a change that makes no sense; [`Error::Unavailable`] when no majority of the
    /// members answers; [`Error::Ambiguous`] when time ran out with the change proposed: look at the topology.
    pub fn reshape(&mut self, reshape: &Reshape, via: Option<NodeId>) -> Result<u64> {
        let ticket = self.start_reshape(reshape, via, None)?;
        Ok(self.wait(ticket)?.version)
    }

    /// Starts such a change and returns at once.
    ///
    /// # Errors
    /// For what can be refused at once.
    pub fn start_reshape(
        &mut self,
        reshape: &Reshape,
        via: Option<NodeId>,
        timeout: Option<Duration>,
    ) -> Result<Ticket> {
        if let Reshape::Remove(dead) | Reshape::Replace(dead, _) = reshape {
            // What it held is not copied from it.
            self.lost.insert(*dead, self.world.now());
        }
        let via = match via {
            Some(node) => node,
            None => self.any_member()?,
        };
        let request = Request {
            key: Bytes::from_static(&[0]),
            kind: Kind::Reshape(reshape.clone()),
            level: Level::Serial,
            timeout: timeout.unwrap_or(AGREED_WITHIN),
            pinned: crate::base::id::Nodes::new(),
            floor: crate::causal::Context::default(),
            token: None,
            ttl: None,
        };
        let (key, called) = (request.key.clone(), self.world.now());
        let text = format!("{reshape:?}");
        let id = self.world.submit(
            via,
            request,
            || text,
            |answer| format!("epoch {}", answer.version),
        )?;
        let started = Started {
            place: None,
            scans: false,
            key,
            session: None,
            called,
        };
        self.open.insert(Ticket(id), started);
        Ok(Ticket(id))
    }

    /// The first member that is up.
    fn any_member(&self) -> Result<NodeId> {
        let mut members = self.topology().members.iter().map(|member| member.node);
        let up = members.find(|node| self.world.is_up(*node));
        up.ok_or_else(|| Error::Unavailable {
            detail: "every member is down; restart one".to_owned(),
        })
    }

    /// Lets time pass until no range moves and every member that is up is in the newest epoch.
    ///
    /// # Errors
    /// In words, what is still to come after `within`.
    pub fn run_until_moved(&mut self, within: Duration) -> Result<Verdict> {
        let until = self.now().after(within);
        loop {
            let verdict = self.check_moved();
            if verdict.is_ok() || self.now() >= until {
                return Ok(verdict);
            }
            self.run_for(LOOK_EVERY)?;
        }
    }

    /// Whether no range moves, and every member that is up is in the newest epoch.
    ///
    /// # Errors
    /// In words, what is still to come.
    pub fn check_moved(&self) -> Verdict {
        const RULE: &str = "moves end";
        let topology = self.topology();
        if let Some(coming) = &topology.coming {
            let words = format!("ranges move since epoch {}", coming.since);
            return Err(Violation::new(RULE, words));
        }
        for member in &topology.members {
            let Some(node) = self.world.node(member.node) else {
                continue;
            };
            if node.epoch() != topology.epoch {
                let words = format!(
                    "{} is in epoch {}, the newest is {}",
                    member.node,
                    node.epoch(),
                    topology.epoch
                );
                return Err(Violation::new(RULE, words));
            }
        }
        Ok(())
    }

    /// Whether no two nodes ever believed in different owners for one epoch, and every key has its N owners in each.
    ///
    /// # Errors
    /// In words, the first epoch in which it was otherwise.
    pub fn check_topology(&self) -> Verdict {
        if let Some(words) = self.world.split_epoch() {
            return Err(Violation::new("one topology an epoch", words));
        }
        let shape = self.world.shape();
        for (id, table) in
            (0..).zip((0..self.tables.len()).filter_map(|id| self.tables.get(id as u8)))
        {
            for number in 0..PLACES_LOOKED_AT {
                let key = full_key(id, &number.to_le_bytes());
                let copies = shape.copies(&key, table.replication);
                let owners: BTreeSet<NodeId> = shape
                    .owners_of(&key, table.replication)
                    .into_iter()
                    .collect();
                if owners.len() != copies {
                    let words = format!("a key has the owners {owners:?}, and N is {copies}");
                    return Err(Violation::new("N owners for every key", words));
                }
            }
        }
        Ok(())
    }
}
