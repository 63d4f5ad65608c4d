//! What a node does with what peers say of agreement: ballots, documents, and messages of other epochs.

use core::time::Duration;
use std::sync::Arc;

use bytes::Bytes;

use super::fixture::{KEY, One, settings};
use crate::NodeId;
use crate::base::id::RequestId;
use crate::base::limits::{BALLOT_ROUND_MAX, PARKED_MESSAGES_MAX, TOPOLOGY_EPOCH_MAX};
use crate::node::replica::tests::fixture::cell;
use crate::node::topology::log_key;
use crate::node::{Ballot, Input, Message, PaxosMessage, TopologyMessage, Want};
use crate::ring::{Reshape, Topology};

fn ballot(round: u64) -> Ballot {
    Ballot {
        round,
        node: 2,
        life: 1,
    }
}

fn prepare(key: Bytes, round: u64) -> Message {
    Message::Paxos(PaxosMessage::Prepare(7, key, ballot(round)))
}

fn document(topology: Topology) -> Message {
    Message::Topology(TopologyMessage::Document(Arc::new(topology)))
}

fn at(one: &mut One, from: u32, epoch: u64, message: Message) -> Vec<String> {
    one.tell(Input::Peer(NodeId(from), epoch, message)).sent()
}

#[test]
fn a_promise_is_on_the_disk_before_it_is_told() {
    let mut one = One::new(1);
    assert!(one.peer(2, prepare(log_key(2), 5)).is_empty());
    assert_eq!(one.run_disk().sent(), ["n2 promised"]);
    one.peer(3, prepare(log_key(2), 4));
    assert_eq!(one.run_disk().sent(), ["n3 refused"]);
    let mut one = one.restart();
    one.peer(3, prepare(log_key(2), 4));
    assert_eq!(
        one.run_disk().sent(),
        ["n3 refused"],
        "its next life knows it, too"
    );
}

#[test]
fn it_votes_on_the_next_document_alone_and_on_registers_alone() {
    let mut one = One::new(1);
    for key in [
        log_key(1),
        log_key(3),
        KEY,
        Bytes::from_static(b"\xef"),
        Bytes::new(),
    ] {
        assert!(one.peer(2, prepare(key.clone(), 5)).is_empty(), "{key:?}");
        assert!(one.run_disk().is_empty(), "{key:?}");
    }
}

#[test]
fn a_ballot_or_an_epoch_beyond_all_sense_is_not_believed() {
    let mut one = One::new(1);
    let heard = one.peer(2, prepare(log_key(2), BALLOT_ROUND_MAX + 1));
    assert_eq!(
        heard.events(),
        ["refused a 'prepare' of n2: its ballot is beyond the last"]
    );
    let mut forged = one.node.shape().topology.rejoined(NodeId(1), 1);
    forged.epoch = TOPOLOGY_EPOCH_MAX + 1;
    let heard = one.peer(2, document(forged.clone()));
    assert_eq!(heard.events().len(), 1, "{heard:?}");
    forged.epoch = 2;
    forged.members.clear();
    assert_eq!(
        one.peer(2, document(forged)).events().len(),
        1,
        "no members"
    );
    one.run_disk();
    assert_eq!(one.node.epoch(), 1);
}

#[test]
fn who_is_behind_is_told_and_refused_and_who_is_ahead_is_followed() {
    let mut one = One::new(1);
    let second = one.node.shape().topology.rejoined(NodeId(4), 2);
    let read = || Message::Read(RequestId(1), KEY, Want::Cell, Duration::MAX);
    assert_eq!(
        at(&mut one, 2, 2, read()),
        ["n2 which epoch"],
        "and the read waits"
    );
    one.peer(2, document(second));
    let sent = one.run_disk().sent();
    assert!(sent.contains(&"n2 value".to_owned()), "{sent:?}");
    assert_eq!(one.node.epoch(), 2);
    let put = Message::Put(RequestId(2), 0, KEY, cell(2, Some(b"old")), Duration::MAX);
    assert_eq!(at(&mut one, 3, 1, put), ["n3 epoch"]);
    one.run_disk();
    assert!(
        one.held().is_empty(),
        "a put of the last epoch is not taken"
    );
}

#[test]
fn who_is_no_member_is_not_heard_and_what_waits_for_an_epoch_is_bounded() {
    let mut one = One::new(1);
    let put = || Message::Put(RequestId(2), 0, KEY, cell(9, Some(b"x")), Duration::MAX);
    assert_eq!(at(&mut one, 9, 1, put()), ["n9 epoch"]);
    one.run_disk();
    assert!(one.held().is_empty());
    for _ in 0..2 * PARKED_MESSAGES_MAX {
        at(&mut one, 2, 5, put());
    }
    let mut fifth = one.node.shape().topology.rejoined(NodeId(4), 2);
    fifth.epoch = 5;
    one.peer(2, document(fifth));
    let acks = one.run_disk().sent();
    let acks = acks.iter().filter(|sent| *sent == "n2 ack").count();
    assert_eq!(acks, PARKED_MESSAGES_MAX);
}

#[test]
fn a_node_that_was_taken_out_removes_what_it_holds_and_serves_nobody() {
    let mut one = One::boot(1, settings(), 1, |_| {});
    one.peer(
        2,
        Message::Put(RequestId(2), 0, KEY, cell(2, Some(b"milk")), Duration::MAX),
    );
    one.run_disk();
    assert!(!one.held().is_empty());
    let moving = one
        .node
        .shape()
        .topology
        .reshaped(&Reshape::Leave(NodeId(1)), 3)
        .unwrap();
    let gone = moving.committed(false).unwrap();
    one.peer(2, document(moving));
    one.run_disk();
    assert!(
        !one.held().is_empty(),
        "it owns the key until the move is over"
    );
    one.peer(2, document(gone));
    one.run_disk();
    assert!(one.held().is_empty());
    let refused = one.ask(1, super::fixture::get()).reply(1);
    assert_eq!(refused, Some(Err(crate::Code::Unavailable)));
}
