//! A node that lost its disk: what it does, and leaves, until its peers have filled it.

use core::time::Duration;
use std::sync::Arc;

use super::fixture::{KEY, One, get, put, settings};
use crate::NodeId;
use crate::base::id::RequestId;
use crate::base::mutant::Mutant;
use crate::node::repair::{Next, page_sum};
use crate::node::replica::Page;
use crate::node::replica::tests::fixture::cell;
use crate::node::{Held, Message, RepairMessage, Settings, StreamWhy, TopologyMessage, Want};

const ASKED: RequestId = RequestId(1);
const EPOCH: u64 = 512;

/// n1 in its second life, on a blank disk.
fn lost(settings: Settings) -> One {
    let mut one = One::boot(1, settings, 2, |_| {});
    assert!(one.node.is_rebuilding());
    taken_in(&mut one, 2);
    one
}

/// The others have agreed to take it in again, in this life.
fn taken_in(one: &mut One, life: u32) {
    let document = one.node.shape().topology.rejoined(NodeId(1), life);
    let message = TopologyMessage::Document(Arc::new(document));
    one.peer(2, Message::Topology(message));
    one.run_disk();
}

fn page(life: u32, epoch: u64, settled: bool) -> Message {
    let cells = Page {
        cells: vec![(KEY, cell(2, Some(b"milk")))],
        registers: Vec::new(),
        floor: crate::node::paxos::Floor::default(),
    };
    let page = RepairMessage::StreamPage {
        life,
        after: None,
        sum: page_sum(&cells),
        page: cells,
        next: Next::End,
        settled,
    };
    Message::Repair(epoch, page)
}

fn written(epoch: u64) -> Message {
    Message::Put(ASKED, epoch, KEY, cell(3, Some(b"eggs")), Duration::MAX)
}

#[test]
fn it_takes_no_cells_in_before_it_knows_the_repair_epoch() {
    let mut one = lost(settings());
    let heard = one.peer(3, written(EPOCH));
    assert!(
        matches!(heard.to(3), Message::Stale(0, None)),
        "it cannot say under which epoch to send it again: {heard:?}"
    );
    // A peer that lost its own disk knows no epoch either; what an earlier life asked for is none of this one's.
    one.peer(2, page(2, 3 * EPOCH, false));
    one.run_disk();
    one.peer(3, page(1, 3 * EPOCH, true));
    assert_eq!(one.peer(3, written(EPOCH)).sent(), ["n3 stale"]);
    assert_eq!(
        one.held().shown_values(),
        ["milk"],
        "what is streamed to it is never stale"
    );

    one.peer(3, page(2, EPOCH, true));
    one.run_disk();
    let heard = one.peer(4, written(EPOCH - 1));
    assert!(
        matches!(heard.to(4), Message::Stale(EPOCH, Some(ASKED))),
        "{heard:?}"
    );
    one.peer(4, written(EPOCH));
    assert_eq!(one.run_disk().sent(), ["n4 ack"]);
    assert!(one.node.is_rebuilding(), "others have not given all yet");
    // It is durable, too: the next life, which goes on rebuilding, has it from its disk.
    let mut one = one.restart();
    assert!(one.node.is_rebuilding());
    assert_eq!(one.peer(4, written(EPOCH)).sent(), ["n4 stale"]);
}

#[test]
fn it_does_not_vote() {
    let votes = |settings| {
        let mut one = lost(settings);
        one.peer(2, Message::Read(ASKED, KEY, Want::Cell, Duration::MAX));
        one.run_disk().sent() == ["n2 value"]
    };
    assert!(!votes(settings()));
    let eager = Settings {
        mutant: Some(Mutant::EagerRebuild),
        ..settings()
    };
    assert!(votes(eager));
    let mut one = lost(settings());
    let read = Message::Read(ASKED, KEY, Want::Digest, Duration::MAX);
    assert_eq!(one.peer(2, read).sent(), ["n2 busy"]);
    assert!(
        one.peer(2, Message::Scan(ASKED, KEY, None, 1, Duration::MAX))
            .is_empty()
    );
    assert!(
        one.peer(4, Message::Ask(ASKED, KEY)).is_empty(),
        "nor does it coordinate"
    );
}

#[test]
fn its_own_clients_are_served_by_others() {
    let mut one = lost(settings());
    assert_eq!(one.ask(1, get()).sent(), ["n2 read", "n3 read digest"]);
    assert!(one.waiting.is_empty());
    let milk = cell(2, Some(b"milk"));
    one.peer(2, Message::Value(ASKED, Held::Cell(milk.clone())));
    let heard = one.peer(3, Message::Value(ASKED, Held::Digest(milk.digest())));
    assert_eq!(heard.answer(1).values, ["milk"]);
    assert_eq!(
        one.ask(2, put("eggs")).sent(),
        ["n2 ask"],
        "though it owns the key"
    );
}

#[test]
fn it_is_whole_when_the_last_peer_has_given_all_and_votes_then() {
    let mut one = lost(settings());
    for peer in 2..=5 {
        assert!(one.node.is_rebuilding());
        one.peer(peer, page(2, EPOCH, true));
        one.run_disk();
    }
    assert!(!one.node.is_rebuilding());
    one.peer(2, Message::Read(ASKED, KEY, Want::Cell, Duration::MAX));
    assert_eq!(one.run_disk().sent(), ["n2 value"]);
    assert_eq!(one.node.stats().rebuilt_cells, 4);
    assert!(!one.restart().node.is_rebuilding());
}

#[test]
fn one_that_is_being_rebuilt_gives_what_it_has_and_says_that_it_knows_no_epoch() {
    let mut one = lost(settings());
    let ask = RepairMessage::StreamAsk {
        life: 7,
        why: StreamWhy::Lost,
        after: None,
        bytes_max: 1 << 20,
    };
    one.peer(2, Message::Repair(0, ask));
    let heard = one.run_disk();
    let Message::Repair(
        _,
        RepairMessage::StreamPage {
            life: 7,
            next,
            settled,
            ..
        },
    ) = heard.to(2)
    else {
        panic!("{heard:?}")
    };
    assert_eq!(
        (next, *settled),
        (&Next::End, false),
        "it keeps nobody waiting"
    );
}

#[test]
fn a_blank_disk_in_a_first_life_is_a_new_node_s() {
    let one = One::new(1);
    assert!(!one.node.is_rebuilding());
    // From then on a blank disk would be a lost one, and this one is not blank.
    assert!(!one.restart().node.is_rebuilding());
}
