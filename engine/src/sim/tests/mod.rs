//! What each fault does, on a cluster of five nodes.

mod clocks;
mod disks;
mod network;
mod processes;
mod reach;
mod speed;
mod together;

use core::time::Duration;
use std::sync::Arc;

use bytes::Bytes;

use super::trace::{MessageId, What};
use super::{DetectorKind, FaultKind, NetworkConfig, World, WorldConfig};
use crate::base::id::RequestId;
use crate::base::stop::Stop;
use crate::causal::Context;
use crate::membership::Health;
use crate::node::{
    Answer, Hedge, Hints, Kind, Level, Message, Policy, Purge, Quorum, ReadRepair, Reads, Request,
    Settings, StampedBy, Table, Tables, client_key, full_key,
};
use crate::ring::{Member, Ring};
use crate::{NodeId, Result, Zone};

pub(super) const N1: NodeId = NodeId(1);
pub(super) const N2: NodeId = NodeId(2);
pub(super) const N3: NodeId = NodeId(3);
pub(super) const N4: NodeId = NodeId(4);
pub(super) const N5: NodeId = NodeId(5);

pub(super) fn ms(number: u64) -> Duration {
    Duration::from_millis(number)
}

/// One table of three copies; no repair, and no purging.
fn settings() -> Settings {
    let table = Table {
        name: String::new(),
        replication: 3,
        policy: Policy::Siblings,
        stamped_by: StampedBy::Hybrid,
        ttl: None,
    };
    Settings {
        tables: Arc::new(Tables::new(table)),
        quorum: Quorum::Strict,
        read_repair: ReadRepair::Async,
        reads: Reads::Digests,
        hedge: Hedge::Percentile99,
        hints: Hints::On,
        hint_window: Duration::from_secs(3_600),
        hint_rate: 0,
        repair_every: Duration::ZERO,
        repair_rate: 0,
        purge: Purge::Off,
        purge_every: Duration::from_secs(1),
        grace: Duration::from_secs(1),
        admit_rate: 0,
        admit_burst: 1,
        mutant: None,
    }
}

/// Five nodes, three copies, no repair, nobody probes; every message takes a millisecond.
pub(super) fn config(seed: u64) -> WorldConfig {
    let member = |node| Member {
        node: NodeId(node),
        zone: Zone(1),
        weight: 1,
    };
    let members = (1..=5).map(member).collect();
    WorldConfig {
        placement: Arc::new(Ring::new(members, 16, 7).unwrap()),
        settings: settings(),
        detector: DetectorKind::Off,
        gossip: Duration::from_secs(1),
        health: Health::On,
        network: NetworkConfig {
            delay_min: ms(1),
            delay_max: ms(1),
            ..NetworkConfig::default()
        },
        seed,
        stop: Stop::default(),
    }
}

pub(super) fn world() -> World {
    World::new(config(7)).unwrap()
}

/// A full key of the default table.
pub(super) fn full(key: &str) -> Bytes {
    full_key(0, key.as_bytes())
}

/// A full key that a node owns, as the first of its owners.
pub(super) fn key_of(world: &World, node: NodeId) -> Bytes {
    let owned = |key: &Bytes| world.config.placement.owners(client_key(key), 3)[0] == node;
    (0..)
        .map(|number| full(&format!("key-{number}")))
        .find(owned)
        .unwrap()
}

/// One of many keys beside `key`.
pub(super) fn beside(key: &Bytes, number: usize) -> Bytes {
    [key, format!("-{number}").as_bytes()].concat().into()
}

pub(super) fn submit(
    world: &mut World,
    via: NodeId,
    key: &[u8],
    kind: Kind,
    quorum: usize,
) -> Result<RequestId> {
    ask(world, via, request(key, kind, quorum))
}

/// Hands a request to a node.
pub(super) fn ask(world: &mut World, via: NodeId, request: Request) -> Result<RequestId> {
    world.submit(via, request, || "asked".to_owned(), |_| "told".to_owned())
}

pub(super) fn request(key: &[u8], kind: Kind, quorum: usize) -> Request {
    Request {
        key: Bytes::copy_from_slice(key),
        kind,
        level: Level::Count(quorum),
        timeout: ms(500),
        pinned: crate::base::id::Nodes::new(),
        floor: Context::default(),
        token: None,
        ttl: None,
    }
}

pub(super) fn start_put(
    world: &mut World,
    via: NodeId,
    key: &[u8],
    value: &'static str,
    quorum: usize,
) -> RequestId {
    let kind = Kind::Put {
        value: value.into(),
        context: Context::default(),
    };
    submit(world, via, key, kind, quorum).unwrap()
}

/// Lets the world go on until a request has ended.
pub(super) fn finish(world: &mut World, request: RequestId) -> Result<Answer> {
    loop {
        for (id, ended) in world.take_ended() {
            if id == request {
                return ended.result;
            }
        }
        assert!(world.step().unwrap(), "an open request ends");
    }
}

pub(super) fn put(
    world: &mut World,
    via: NodeId,
    key: &[u8],
    value: &'static str,
    quorum: usize,
) -> Result<Answer> {
    let request = start_put(world, via, key, value, quorum);
    finish(world, request)
}

pub(super) fn get(world: &mut World, via: NodeId, key: &[u8], quorum: usize) -> Result<Vec<Bytes>> {
    let request = submit(world, via, key, Kind::Get, quorum).unwrap();
    Ok(finish(world, request)?.values)
}

/// Sends messages that nobody waits for.
pub(super) fn send(world: &mut World, from: NodeId, to: NodeId, count: usize) {
    for _ in 0..count {
        world.send(from, to, 1, Message::Ack(RequestId(u64::MAX)));
    }
}

/// What arrived at a node, in its order.
pub(super) fn arrived(world: &World, node: NodeId) -> Vec<MessageId> {
    let events = world.trace().events().iter();
    let arrived = events.filter_map(|event| match &event.what {
        What::Deliver { message, to, .. } if *to == node => Some(*message),
        _ => None,
    });
    arrived.collect()
}

pub(super) fn struck(world: &World, kind: FaultKind) -> u64 {
    world.faults().of(kind)
}

pub(super) fn run_for(world: &mut World, span: Duration) {
    world.run_until(world.now().after(span)).unwrap();
}
