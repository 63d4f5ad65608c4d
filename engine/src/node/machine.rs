//! The node itself: its state, and what each input is passed to.

use std::sync::Arc;

use bytes::Bytes;

use super::forward::{Forwarding, Reserved};
use super::gossip::GossipTimer;
use super::hints::{Batch, HintQueues};
use super::io::{Answer, Command, Input, Outbox, Output};
use super::message::{Held, Message, Want};
use super::operations::Operations;
use super::paxos::{PaxosStep, Proposals};
use super::peers::Peers;
use super::purge::{PurgeStep, Purging};
use super::read::Reading;
use super::repair::{Repair, RepairStep};
use super::replica::{Content, Recovered, StoreOp, StoreResult};
use super::requests::Requests;
use super::scan::Scanning;
use super::settings::Settings;
use super::stats::{HotKeys, Stats};
use super::table::{StampedBy, Tables, client_key};
use super::topology::{Reshaping, Shape, zones};
use super::write::Writing;
use crate::base::bucket::TokenBucket;
use crate::base::id::{Nodes, RequestId, TimerId};
use crate::base::limits::{OPERATIONS_PENDING_MAX, REQUESTS_PENDING_MAX};
use crate::base::mutant::Mutant;
use crate::base::slab::Slab;
use crate::base::time::{Mono, Now};
use crate::causal::{Actor, Cell, RawWall, Resolve, Stamp, StampClock};
use crate::membership::{Detector, Liveness};
use crate::ring::Placement;
use crate::{NodeId, Result, Zone};

/// The decisions of a node that can be swapped for others. What is kept of concurrent versions is its tables'.
#[derive(Debug)]
pub struct Parts {
    /// Which nodes own a key.
    pub placement: Arc<dyn Placement>,
    /// Where stamps come from.
    pub clock: Box<dyn StampClock>,
    /// Who is alive.
    pub detector: Box<dyn Detector>,
}

/// What a node begins a life with.
#[derive(Debug)]
pub struct Boot {
    /// Who.
    pub id: NodeId,
    /// Which of its lives, from 1: never the same twice.
    pub incarnation: u32,
    /// Its settings.
    pub settings: Settings,
    /// Its parts.
    pub parts: Parts,
    /// What its disk told.
    pub recovered: Recovered,
    /// The epoch that its disk knows, of [`read_topology`](super::read_topology); the founding one otherwise.
    pub shape: Shape,
}

/// Who waits for a request's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Client {
    /// A client of this node.
    Here,
    /// A client of a peer that forwarded the request.
    Through(NodeId),
}

/// Why a storage operation was issued. An epoch is the one that it was asked in: what a disk tells of keys answers
/// nothing that is asked in another.
#[derive(Debug)]
pub(super) enum Reason {
    WriteHere(RequestId),
    ReadHere(RequestId, u64),
    MendHere(RequestId, u64),
    CopyHere(RequestId),
    MendFor(NodeId, RequestId, u64),
    PutFor(NodeId, RequestId, u64),
    HoldFor(NodeId, RequestId, NodeId),
    HintHere(Option<RequestId>, NodeId),
    ReadFor(NodeId, RequestId, Want, Mono, u64),
    ScanHere(RequestId, u64),
    ScanFor(NodeId, RequestId, Mono, u64),
    ReplayFor(NodeId, u64),
    HintsOf(NodeId),
    TakenIn,
    Adopt(u64, Option<(NodeId, RequestId)>),
    Purge(PurgeStep),
    Repair(RepairStep),
    Paxos(NodeId, PaxosStep, u64),
    Adopted(Box<Shape>),
    Dropped,
}

/// Why a timer was armed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Alarm {
    WriteDeadline(RequestId),
    WritePatience(RequestId),
    ReadDeadline(RequestId),
    ReadHedge(RequestId),
    ForwardDeadline(RequestId),
    ForwardSilence(RequestId),
    Reserved(u64),
    ScanDeadline(RequestId),
    Hints,
    Replay(NodeId, u64),
    Gossip,
    Purge,
    PurgeRound(u64),
    Repair,
    Rebuild,
    SerialDeadline(RequestId),
    QueryUnanswered(RequestId),
    Proposal(u64),
    Move,
    Rejoin,
}

/// One node of a cluster.
#[derive(Debug)]
pub struct Node {
    pub(super) id: NodeId,
    pub(super) actor: Actor,
    pub(super) settings: Settings,
    pub(super) tables: Arc<Tables>,
    pub(super) parts: Parts,
    /// For tables that are stamped by the wall clock.
    raw_clock: RawWall,
    /// Each member's zone, by node number.
    pub(super) zones: Vec<Zone>,
    pub(super) writes: Requests<Writing>,
    pub(super) reads: Requests<Reading>,
    pub(super) scans: Requests<Scanning>,
    pub(super) forwards: Requests<Forwarding>,
    pub(super) proposals: Proposals,
    pub(super) reserved: Slab<Reserved>,
    pub(super) peers: Peers,
    pub(super) admission: TokenBucket,
    pub(super) hot: HotKeys,
    pub(super) stats: Stats,
    pub(super) hints: HintQueues,
    pub(super) gossip: GossipTimer,
    /// The epoch, and who owns what in it.
    pub(super) shape: Shape,
    pub(super) reshaping: Reshaping,
    pub(super) repair: Repair,
    pub(super) purging: Purging,
    /// Rises with each purge; what was sent in an earlier one is refused.
    pub(super) repair_epoch: u64,
    /// False after a lost disk, until a peer has told the epoch.
    pub(super) epoch_known: bool,
    /// True after a lost disk, until every peer has streamed what it shares with this node.
    pub(super) rebuilding: bool,
    operations: Operations<Reason>,
    alarms: Slab<Alarm>,
}

impl Node {
    /// A node at the start of a life.
    pub fn boot(boot: Boot, now: Now, out: &mut Outbox) -> Self {
        let Boot {
            id,
            incarnation,
            settings,
            mut parts,
            recovered,
            shape,
        } = boot;
        parts.placement = Arc::clone(&shape.owners);
        let members = parts.placement.members();
        // A blank disk in a first life is a new node's; in a later one it is a lost disk.
        let rebuilding = members.len() > 1
            && match recovered.content {
                Some(content) => content == Content::Rebuilding,
                None => incarnation > 1,
            };
        let mut node = Self {
            id,
            actor: Actor::new(id, incarnation),
            tables: Arc::clone(&settings.tables),
            raw_clock: RawWall::default(),
            zones: zones(shape.topology.everybody()),
            writes: Requests::default(),
            reads: Requests::default(),
            scans: Requests::default(),
            forwards: Requests::default(),
            proposals: Proposals::default(),
            reserved: Slab::default(),
            peers: Peers::default(),
            admission: TokenBucket::new(settings.admit_rate, settings.admit_burst),
            hot: HotKeys::default(),
            stats: Stats::default(),
            hints: HintQueues::new(&recovered, &settings, incarnation),
            gossip: GossipTimer::default(),
            reshaping: Reshaping::new(&recovered, rebuilding),
            shape,
            repair: Repair::new(settings.repair_rate),
            purging: Purging::default(),
            repair_epoch: recovered.repair_epoch,
            epoch_known: !rebuilding,
            rebuilding,
            operations: Operations::default(),
            alarms: Slab::default(),
            settings,
            parts,
        };
        node.schedule_repair(now, out);
        node.schedule_hints(now, out);
        node.schedule_purge(now, out);
        node.schedule_gossip(now, out);
        if rebuilding {
            node.start_rebuild(now, out);
        }
        node.ask_to_rejoin(now, out);
        node.look_at_move(now, out);
        node
    }

    /// Takes one input and puts what follows from it into `out`.
    pub fn handle(&mut self, now: Now, input: Input, out: &mut Outbox) {
        match input {
            Input::Client(id, request) => {
                if let Err(error) = self.admit(now, id, request, out) {
                    out.push(Output::Reply(id, Err(error)));
                }
            }
            Input::Peer(from, epoch, message) => {
                self.peers.heard(from);
                self.hear(now, from, epoch, message, out);
            }
            Input::Stored(op, result) => {
                if let Some(reason) = self.operations.done(op) {
                    self.stored(now, reason, result, out);
                }
            }
            Input::Timer(timer) => {
                if let Some(alarm) = self.alarms.remove(timer.0) {
                    self.ring(now, alarm, out);
                }
            }
            Input::Admin(command) => self.command(now, command, out),
        }
    }

    /// What this life has counted.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let repair = self.repair_stats();
        Stats {
            repairs: repair.begun,
            repair_bytes: repair.cell_bytes_sent,
            repair_differing_bytes: repair.differing_bytes,
            repair_tree_bytes: repair.tree_bytes_sent,
            ..self.stats.clone()
        }
    }

    /// The keys that clients ask this node for most.
    #[must_use]
    pub fn hot_keys(&self) -> &HotKeys {
        &self.hot
    }

    /// How this node sees the others.
    #[must_use]
    pub fn detector(&self) -> &dyn Detector {
        &*self.parts.detector
    }

    /// Whether this node lost its disk and has not got its data back yet.
    #[must_use]
    pub fn is_rebuilding(&self) -> bool {
        self.rebuilding
    }

    /// Sizes that must stay within their limits: name, value, limit.
    #[must_use]
    pub fn bounds(&self) -> [(&'static str, usize, usize); 3] {
        [
            ("requests", self.under_way(), 2 * REQUESTS_PENDING_MAX),
            (
                "operations",
                self.operations.len(),
                2 * OPERATIONS_PENDING_MAX,
            ),
            ("reserved", self.reserved.len(), REQUESTS_PENDING_MAX),
        ]
    }

    fn command(&mut self, now: Now, command: Command, out: &mut Outbox) {
        match command {
            Command::Repair => self.repair_with_everybody(now, out),
            Command::Purge => self.start_purge(now, out),
            Command::Tables(tables) => self.tables = tables,
        }
    }

    pub(super) fn receive(&mut self, now: Now, from: NodeId, message: Message, out: &mut Outbox) {
        match message {
            Message::Ask(id, key) => self.asked_to_coordinate(now, from, id, &key, out),
            Message::Accept(id, number) => self.forward_accepted(now, from, id, number, out),
            Message::Forward(id, number, write) => {
                self.take_forwarded(now, from, id, number, *write, out);
            }
            Message::Outcome(id, result) => self.forward_reported(now, from, id, *result, out),
            Message::Put(id, epoch, key, cell, left) => {
                self.take_put(now, (from, id), epoch, (key, cell), left, out);
            }
            Message::Ack(id) => self.acknowledged(id, from, out),
            Message::Mend(id, epoch, key, cell, _) => {
                if self.fresh(from, epoch, None, out) && self.takes(now, &key, &cell, out) {
                    let reason = Reason::MendFor(from, id, self.epoch());
                    self.store(StoreOp::MergeOne(key, cell), reason, out);
                }
            }
            Message::Mended(id) => self.mended(now, id, from, out),
            Message::Hold(id, epoch, target, key, cell, _) => {
                self.take_hold(now, (from, id), epoch, target, (key, cell), out);
            }
            Message::Holding(id, target) => self.held(id, from, target, out),
            Message::Read(id, key, want, left) => {
                self.take_read(now, (from, id), key, want, left, out)
            }
            Message::Value(id, held) => self.read_answered(now, id, from, held, out),
            Message::Busy(id) => self.read_refused(now, id, from, out),
            Message::ReadRepair(epoch, key, cell) => {
                if self.fresh(from, epoch, None, out) {
                    self.take_in(now, vec![(key, cell)], out);
                }
            }
            Message::Replay(epoch, batch, cells) => {
                if self.fresh(from, epoch, None, out) {
                    self.take_replay(now, from, batch, cells, out);
                }
            }
            Message::Replayed(batch) => self.replayed(now, from, Batch(batch), out),
            Message::Scan(id, key, to, limit, left) => {
                self.take_scan(now, (from, id), (key, to, limit), left, out);
            }
            Message::ScanPage(id, cells, after) => {
                self.scan_answered(now, id, from, cells, after, out)
            }
            Message::Stale(epoch, write) => self.told_stale(now, from, epoch, write, out),
            Message::Gossip(gossip) => self.gossiped(now, from, gossip, out),
            Message::Repair(epoch, message) => {
                self.heed_epoch(&message, epoch, out);
                if !message.carries_cells()
                    || self.takes_stream(&message)
                    || self.fresh(from, epoch, None, out)
                {
                    self.repair_received(now, from, message, out);
                }
            }
            Message::Purge(message) => self.purge_received(now, from, message, out),
            Message::Topology(message) => self.topology_received(now, from, message, out),
            Message::Paxos(message) => self.paxos_received(now, from, message, out),
        }
    }

    fn stored(&mut self, now: Now, reason: Reason, result: StoreResult, out: &mut Outbox) {
        match (reason, result) {
            (
                Reason::ReadHere(_, epoch)
                | Reason::MendHere(_, epoch)
                | Reason::PutFor(_, _, epoch)
                | Reason::MendFor(_, _, epoch)
                | Reason::ReadFor(.., epoch)
                | Reason::ScanHere(_, epoch)
                | Reason::ScanFor(.., epoch)
                | Reason::Paxos(.., epoch),
                _,
            ) if epoch != self.epoch() && !self.settings.has(Mutant::SkipEpoch) => {}
            (Reason::Adopted(shape), StoreResult::Done) => self.entered(now, *shape, out),
            (Reason::Adopted(_), StoreResult::Failed(error)) => {
                out.push(Output::Event(format!("topology: {error}")));
                self.not_adopted(error, out);
            }
            (Reason::Dropped, StoreResult::Done) => self.dropped(now, out),
            (Reason::CopyHere(id), StoreResult::Merged { .. }) => {
                let me = self.id;
                self.acknowledged(id, me, out);
            }
            (Reason::WriteHere(id), StoreResult::Written(wrote, cell)) => {
                self.written_here(now, id, wrote, cell, out);
            }
            (Reason::WriteHere(id), StoreResult::Failed(error)) => {
                self.end_write(id, Err(error), out);
            }
            (Reason::ReadHere(id, _), StoreResult::Cell(cell)) => {
                let me = self.id;
                self.read_answered(now, id, me, Held::Cell(cell), out);
            }
            (Reason::MendHere(id, _), StoreResult::Merged { .. }) => {
                let me = self.id;
                self.mended(now, id, me, out);
            }
            (Reason::MendFor(peer, id, _), StoreResult::Merged { .. }) => {
                out.push(Output::Send(peer, Message::Mended(id)));
            }
            (Reason::PutFor(peer, id, _), StoreResult::Merged { .. }) => {
                if !self.settings.has(Mutant::EarlyAck) {
                    out.push(Output::Send(peer, Message::Ack(id)));
                }
            }
            (Reason::HoldFor(peer, id, target), StoreResult::Hinted(hinted)) => {
                self.hints.stored(target, hinted, now.wall);
                self.schedule_hints(now, out);
                self.stats.hints_stored += 1;
                out.push(Output::Send(peer, Message::Holding(id, target)));
            }
            (Reason::HintHere(id, target), StoreResult::Hinted(hinted)) => {
                self.hints.stored(target, hinted, now.wall);
                self.schedule_hints(now, out);
                self.stats.hints_stored += 1;
                if let Some(id) = id {
                    let me = self.id;
                    self.held(id, me, target, out);
                }
            }
            (Reason::HintHere(..) | Reason::HoldFor(..), StoreResult::Failed(error)) => {
                self.stats.hints_dropped += 1;
                out.push(Output::Event(format!("dropped a hint: {error}")));
            }
            (Reason::HintsOf(target), StoreResult::Failed(error)) => {
                self.hints_unreadable(target);
                out.push(Output::Event(format!("hints for {target}: {error}")));
            }
            (Reason::ReadFor(peer, id, want, until, _), StoreResult::Cell(cell)) => {
                // Whoever asked has given up by then.
                if now.mono <= until {
                    let held = match want {
                        Want::Cell => Held::Cell(cell),
                        Want::Digest => Held::Digest(cell.digest()),
                    };
                    out.push(Output::Send(peer, Message::Value(id, held)));
                }
            }
            (Reason::ScanHere(id, _), StoreResult::Page { cells, more }) => {
                let (me, after) = (self.id, last_key(&cells, more));
                self.scan_answered(now, id, me, cells, after, out);
            }
            (Reason::ScanFor(peer, id, until, _), StoreResult::Page { cells, more }) => {
                if now.mono <= until {
                    let after = last_key(&cells, more);
                    out.push(Output::Send(peer, Message::ScanPage(id, cells, after)));
                }
            }
            (Reason::ReplayFor(peer, batch), StoreResult::Merged { .. }) => {
                out.push(Output::Send(peer, Message::Replayed(batch)));
            }
            (Reason::HintsOf(target), StoreResult::Hints(hints)) => {
                self.send_hints(now, target, hints, out);
            }
            (Reason::Adopt(epoch, resend), StoreResult::Done) => {
                self.adopted(now, epoch, resend, out);
            }
            (Reason::Purge(step), result) => self.purge_stored(now, step, result, out),
            (Reason::Repair(step), result) => self.repair_stored(now, step, result, out),
            (Reason::Paxos(to, step, _), StoreResult::Register(result)) => {
                self.paxos_stored(now, (to, step), *result, out);
            }
            (
                Reason::TakenIn | Reason::HintsOf(_),
                StoreResult::Merged { .. } | StoreResult::Done,
            ) => {}
            // A replica whose disk fails stays silent, as a dead one would: its peers go on without it.
            (reason, StoreResult::Failed(error)) => {
                out.push(Output::Event(format!("{reason:?}: {error}")));
            }
            (reason, result) => unreachable!("{reason:?} was answered with {result:?}"),
        }
    }

    fn ring(&mut self, now: Now, alarm: Alarm, out: &mut Outbox) {
        match alarm {
            Alarm::WriteDeadline(id) => self.write_timed_out(now, id, out),
            Alarm::WritePatience(id) => self.write_lost_patience(now, id, out),
            Alarm::ReadDeadline(id) => self.read_timed_out(id, out),
            Alarm::ReadHedge(id) => self.read_lost_patience(now, id, out),
            Alarm::ForwardDeadline(id) => self.forward_timed_out(id, out),
            Alarm::ForwardSilence(id) => self.forward_unanswered(now, id, out),
            Alarm::Reserved(number) => drop(self.reserved.remove(number)),
            Alarm::ScanDeadline(id) => self.scan_timed_out(id, out),
            Alarm::Hints => {
                self.replay_hints(now, out);
                self.schedule_hints(now, out);
            }
            Alarm::Replay(target, batch) => self.replay_unanswered(target, Batch(batch)),
            Alarm::Gossip => self.gossip_due(now, out),
            Alarm::Purge => {
                self.start_purge(now, out);
                self.look_for_dead_registers(now, out);
                self.schedule_purge(now, out);
            }
            Alarm::PurgeRound(round) => self.purge_timed_out(round, out),
            Alarm::Repair => self.repair_timer(now, out),
            Alarm::Rebuild => self.rebuild_timer(now, out),
            Alarm::SerialDeadline(id) => self.serial_timed_out(now, id, out),
            Alarm::QueryUnanswered(id) => self.query_unanswered(now, id, out),
            Alarm::Move => self.move_due(now, out),
            Alarm::Rejoin => self.ask_to_rejoin(now, out),
            Alarm::Proposal(number) => self.proposal_due(now, number, out),
        }
    }

    /// Requests that this node carries out.
    fn under_way(&self) -> usize {
        let plain = self.writes.len() + self.reads.len() + self.forwards.len() + self.scans.len();
        plain + self.proposals.len()
    }

    /// Whether one more request can be coordinated.
    pub(super) fn has_room(&self) -> bool {
        self.under_way() < REQUESTS_PENDING_MAX
    }

    /// Whether the disk has so much to do that a peer had better ask somebody else.
    pub(super) fn is_swamped(&self) -> bool {
        self.operations.len() >= OPERATIONS_PENDING_MAX
    }

    /// N owners of a full key, the preferred one first.
    pub(super) fn owners(&self, key: &[u8]) -> Nodes {
        let copies = self.shape.copies(key, self.tables.of(key).replication);
        self.preferred(key, copies)
    }

    /// The first `count` nodes of a full key's preference list: owners, then stand-ins.
    pub(super) fn preferred(&self, key: &[u8], count: usize) -> Nodes {
        let mut nodes = self.parts.placement.preference(client_key(key), count);
        if self.settings.has(Mutant::RepeatOwner) && nodes.len() > 1 {
            nodes[1] = nodes[0];
        }
        nodes
    }

    pub(super) fn owns(&self, key: &[u8]) -> bool {
        self.owners(key).contains(&self.id)
    }

    pub(super) fn zone_of(&self, node: NodeId) -> Zone {
        self.zones.get(node.0 as usize).copied().unwrap_or(Zone(0))
    }

    /// Every other member, also those to come.
    pub(super) fn others(&self) -> impl Iterator<Item = NodeId> + '_ {
        let members = self.shape.topology.everybody();
        members
            .map(|member| member.node)
            .filter(|node| *node != self.id)
    }

    pub(super) fn is_dead(&self, node: NodeId) -> bool {
        // Who is no member hears of nobody, and holds nothing against anybody.
        node != self.id && self.is_member() && self.parts.detector.liveness(node) == Liveness::Dead
    }

    pub(super) fn resolve(&self, key: &[u8]) -> &'static dyn Resolve {
        self.tables.of(key).resolve()
    }

    /// A stamp for a write of this full key.
    pub(super) fn stamp(&mut self, now: Now, key: &[u8]) -> Stamp {
        match self.tables.of(key).stamped_by {
            StampedBy::Hybrid if !self.settings.has(Mutant::RawClock) => {
                self.parts.clock.stamp(now.wall, self.id)
            }
            StampedBy::Hybrid | StampedBy::Wall => self.raw_clock.stamp(now.wall, self.id),
        }
    }

    /// Takes note of a stamp that a peer, or a client, has shown of this full key.
    ///
    /// # Errors
    /// As [`StampClock::observe`].
    pub(super) fn heed(&mut self, now: Now, key: &[u8], stamp: Stamp) -> Result<()> {
        match self.tables.of(key).stamped_by {
            StampedBy::Hybrid => self.parts.clock.observe(stamp, now.wall),
            StampedBy::Wall => Ok(()),
        }
    }

    pub(super) fn store(&mut self, op: StoreOp, reason: Reason, out: &mut Outbox) {
        let id = self.operations.issue(reason);
        out.push(Output::Store(id, op));
    }

    pub(super) fn arm(&mut self, at: Mono, alarm: Alarm, out: &mut Outbox) -> TimerId {
        let id = TimerId(self.alarms.insert(alarm));
        out.push(Output::Arm(id, at));
        id
    }

    pub(super) fn cancel(&mut self, timer: TimerId, out: &mut Outbox) {
        if self.alarms.remove(timer.0).is_some() {
            out.push(Output::Cancel(timer));
        }
    }

    pub(super) fn answer(client: Client, id: RequestId, result: Result<Answer>, out: &mut Outbox) {
        out.push(match client {
            Client::Here => Output::Reply(id, result),
            Client::Through(node) => Output::Send(node, Message::Outcome(id, Box::new(result))),
        });
    }
}

/// Where the next page goes on, if there is more.
fn last_key(cells: &[(Bytes, Cell)], more: bool) -> Option<Bytes> {
    more.then(|| cells.last().map(|(key, _)| key.clone()))
        .flatten()
}
