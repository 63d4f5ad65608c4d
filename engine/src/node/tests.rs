//! One node, called by hand.

use core::time::Duration;
use std::sync::Arc;

use bytes::Bytes;

use super::*;
use crate::base::id::{RequestId, TimerId};
use crate::base::limits::{RECORD_BYTES_MAX, REPAIR_BYTES_MAX, REPAIR_KEYS_MAX, VALUE_BYTES_MAX};
use crate::base::time::{Mono, Now, Wall};
use crate::causal::{
    Actor, Cell, Context, Hlc, KeepSiblings, Resolve, Stamp, Version, VersionVector,
};
use crate::ring::{Member, Modulo, Placement};
use crate::storage::{Options, Store};
use crate::vfs::MemoryDisk;
use crate::{Code, Error, NodeId, Zone};

const KEY: Bytes = Bytes::from_static(b"cart");
const ASKED: RequestId = RequestId(1);

fn placement() -> Modulo {
    let member = |node| Member {
        node: NodeId(node),
        zone: Zone(1),
        weight: 1,
    };
    Modulo::new((1..=4).map(member).collect()).unwrap()
}

fn owners() -> Vec<NodeId> {
    placement().owners(&KEY, 3)
}

fn at(ms: u64) -> Now {
    Now {
        mono: Mono(ms * 1_000_000),
        wall: Wall(1_000_000 + ms),
    }
}

/// A node that a client has asked to put `milk`, and what it did.
fn asked(id: NodeId, quorum: usize) -> (Node, Vec<Output>) {
    let settings = Settings {
        replication: 3,
        readrepair: true,
        repair_every: Duration::ZERO,
    };
    let parts = Parts {
        placement: Arc::new(placement()),
        resolve: Arc::new(KeepSiblings),
        clock: Box::new(Hlc::default()),
    };
    let mut out = Outbox::default();
    let mut node = Node::boot(id, 1, settings, parts, at(0), &mut out);
    let put = Request {
        key: KEY,
        kind: Kind::Put {
            value: Bytes::from("milk"),
            context: Context::default(),
        },
        quorum,
        timeout: Duration::from_millis(500),
    };
    node.handle(at(0), Input::Client(ASKED, put), &mut out);
    let outputs = out.drain().collect();
    (node, outputs)
}

fn told(node: &mut Node, ms: u64, input: Input) -> Vec<Output> {
    let mut out = Outbox::default();
    node.handle(at(ms), input, &mut out);
    out.drain().collect()
}

fn reply(outputs: &[Output]) -> Option<core::result::Result<Answer, Code>> {
    outputs.iter().find_map(|output| match output {
        Output::Reply(ASKED, result) => Some(result.clone().map_err(|error| error.code())),
        _ => None,
    })
}

fn cell() -> Cell {
    let (mut cell, actor) = (
        Cell::default(),
        Actor {
            node: NodeId(9),
            incarnation: 1,
        },
    );
    let version = Version {
        value: Some(Bytes::from("milk")),
        stamp: Stamp::default(),
    };
    cell.write(actor, &VersionVector::default(), version, &KeepSiblings)
        .unwrap();
    cell
}

#[test]
fn a_forwarded_write_goes_to_one_owner_however_many_were_asked() {
    let taker = (1..=4)
        .map(NodeId)
        .find(|node| !owners().contains(node))
        .unwrap();
    let (mut node, outputs) = asked(taker, 2);
    let silence = outputs.iter().rev().find_map(|output| match output {
        Output::Arm(timer, at) if *at == Mono(0).after(FORWARD_PATIENCE) => Some(*timer),
        _ => None,
    });
    let silence: TimerId = silence.expect("the taker waits for the owner");
    told(&mut node, 40, Input::Timer(silence));
    let entrusted = |outputs: &[Output]| -> Vec<NodeId> {
        let sent = outputs.iter().filter_map(|output| match output {
            Output::Send(to, Message::Forward(..)) => Some(*to),
            _ => None,
        });
        sent.collect()
    };
    // The first owner was only slow; both accept now.
    let first = told(
        &mut node,
        41,
        Input::Peer(owners()[0], Message::Accept(ASKED)),
    );
    let second = told(
        &mut node,
        42,
        Input::Peer(owners()[1], Message::Accept(ASKED)),
    );
    assert_eq!(
        (entrusted(&first), entrusted(&second)),
        (vec![owners()[0]], vec![])
    );
    let refusal = || {
        Err(Error::Conflict {
            detail: "full".to_owned(),
        })
    };
    let other = told(
        &mut node,
        43,
        Input::Peer(owners()[1], Message::Outcome(ASKED, refusal())),
    );
    assert_eq!(
        reply(&other),
        None,
        "only the entrusted owner speaks of the write"
    );
    let told_so = told(
        &mut node,
        44,
        Input::Peer(owners()[0], Message::Outcome(ASKED, refusal())),
    );
    assert_eq!(reply(&told_so), Some(Err(Code::Conflict)));
}

#[test]
fn only_owners_acknowledge_and_only_what_was_written() {
    let (first, second) = (owners()[0], owners()[1]);
    let stranger = (1..=4)
        .map(NodeId)
        .find(|node| !owners().contains(node))
        .unwrap();
    let (mut node, outputs) = asked(first, 2);
    let ack = |from| Input::Peer(from, Message::Ack(ASKED));
    assert_eq!(reply(&told(&mut node, 1, ack(second))), None);
    assert_eq!(reply(&told(&mut node, 1, ack(stranger))), None);
    let op = outputs.iter().find_map(|output| match output {
        Output::Store(op, StoreOp::Write { .. }) => Some(*op),
        _ => None,
    });
    let cell = cell();
    let dot = *cell.live().keys().next().unwrap();
    let written = Input::Stored(op.unwrap(), StoreResult::Written(dot, cell));
    assert_eq!(
        reply(&told(&mut node, 2, written)),
        None,
        "one copy of two is durable"
    );
    assert_eq!(reply(&told(&mut node, 3, ack(stranger))), None);
    let done = reply(&told(&mut node, 4, ack(second)));
    assert_eq!(done.unwrap().unwrap().dot, Some(dot));
}

#[test]
fn what_a_failed_sync_left_in_memory_is_not_acknowledged() {
    let disk = MemoryDisk::new();
    let mut store = Store::open(Arc::new(disk.clone()), Options::small()).unwrap();
    let resolve: &dyn Resolve = &KeepSiblings;
    let mut merge = || execute(&mut store, StoreOp::Merge(vec![(KEY, cell())]), resolve);
    assert!(matches!(merge(), (StoreResult::Merged, Disk::Dirty)));
    assert!(matches!(merge(), (StoreResult::Merged, Disk::Clean)));
    disk.fail_next_sync();
    assert!(store.sync().is_err());
    let again = execute(&mut store, StoreOp::Merge(vec![(KEY, cell())]), resolve);
    assert!(matches!(again, (StoreResult::Failed(_), Disk::Clean)));
}

#[test]
fn repair_sends_no_message_that_its_receiver_could_not_write() {
    let (mut node, _) = asked(owners()[0], 1);
    let want = Message::Want(vec![KEY]);
    let asked = told(&mut node, 1, Input::Peer(owners()[1], want));
    let op = asked.iter().find_map(|output| match output {
        Output::Store(op, StoreOp::ReadMany(_)) => Some(*op),
        _ => None,
    });
    let version = Version {
        value: Some(Bytes::from(vec![b'v'; VALUE_BYTES_MAX])),
        stamp: Stamp::default(),
    };
    let (mut large, actor) = (
        Cell::default(),
        Actor {
            node: NodeId(9),
            incarnation: 1,
        },
    );
    large
        .write(actor, &VersionVector::default(), version, &KeepSiblings)
        .unwrap();
    let cells =
        (0..REPAIR_KEYS_MAX).map(|number| (Bytes::from(format!("key-{number}")), large.clone()));
    let read = Input::Stored(op.unwrap(), StoreResult::Cells(cells.collect()));
    let sent: Vec<usize> = told(&mut node, 2, read)
        .iter()
        .filter_map(|output| match output {
            Output::Send(to, Message::Cells(cells)) if *to == owners()[1] => Some(cells.len()),
            _ => None,
        })
        .collect();
    assert_eq!(sent.iter().sum::<usize>(), REPAIR_KEYS_MAX);
    let most = sent.iter().max().unwrap() * VALUE_BYTES_MAX;
    assert!(most <= REPAIR_BYTES_MAX && REPAIR_BYTES_MAX < RECORD_BYTES_MAX);
}
