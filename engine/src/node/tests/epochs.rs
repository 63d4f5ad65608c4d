//! Repair epochs: what was sent before a purge is not taken in after it.

use core::time::Duration;

use super::fixture::{KEY, One, TIMEOUT_MS, settings};
use crate::NodeId;
use crate::base::id::RequestId;
use crate::base::limits::REPAIR_EPOCH_MAX;
use crate::node::replica::tests::fixture::cell;
use crate::node::{Message, RepairMessage, StoreOp};

const ASKED: RequestId = RequestId(1);
const EPOCH: u64 = 512;

/// n1, which has gone on to [`EPOCH`].
fn later() -> One {
    One::boot(1, settings(), 1, |replica| {
        drop(replica.execute(StoreOp::SetRepairEpoch(EPOCH)))
    })
}

/// Every message that carries cells, of one epoch.
fn with_cells(epoch: u64) -> Vec<Message> {
    let (cell, left) = (cell(2, Some(b"milk")), Duration::MAX);
    vec![
        Message::Put(ASKED, epoch, KEY, cell.clone(), left),
        Message::Mend(ASKED, epoch, KEY, cell.clone(), left),
        Message::Hold(ASKED, epoch, NodeId(3), KEY, cell.clone(), left),
        Message::ReadRepair(epoch, KEY, cell.clone()),
        Message::Replay(epoch, 1, vec![(KEY, cell.clone())]),
        Message::Repair(epoch, RepairMessage::Cells(vec![(KEY, cell)])),
    ]
}

#[test]
fn cells_of_an_earlier_epoch_are_refused_and_their_sender_is_told() {
    let mut one = later();
    for message in with_cells(EPOCH - 1) {
        let write = matches!(message, Message::Put(..)).then_some(ASKED);
        let heard = one.peer(2, message);
        match heard.to(2) {
            Message::Stale(EPOCH, about) => assert_eq!(*about, write),
            other => panic!("{other:?}"),
        }
        assert!(one.waiting.is_empty());
    }
    assert!(one.held().is_empty());
    assert_eq!(one.node.stats().stale_refused, with_cells(0).len() as u64);
    for epoch in [EPOCH, EPOCH + 1] {
        for message in with_cells(epoch) {
            assert!(one.peer(2, message).is_empty());
            assert_eq!(one.waiting.len(), 1);
            one.run_disk();
        }
    }
    assert_eq!(one.held().shown_values(), ["milk"]);
}

#[test]
fn who_is_told_adopts_the_epoch_durably_and_sends_the_write_again() {
    let mut one = One::new(1);
    let heard = one.put(1, "milk");
    assert!(matches!(heard.to(2), Message::Put(_, 0, ..)));
    one.pass(100);
    let heard = one.peer(2, Message::Stale(EPOCH, Some(ASKED)));
    assert!(heard.is_empty(), "the epoch is not durable yet: {heard:?}");
    let heard = one.run_disk();
    assert_eq!(heard.sent(), ["n2 put"], "only who refused gets it again");
    let Message::Put(ASKED, EPOCH, key, cell, left) = heard.to(2) else {
        panic!("{heard:?}")
    };
    assert_eq!((key, cell), (&KEY, &one.held()));
    assert_eq!(*left, Duration::from_millis(TIMEOUT_MS - 100));
    assert!(one.peer(2, Message::Ack(ASKED)).reply(1).is_some());
    // What the third owner refused meanwhile is sent again at once, the epoch is known.
    assert_eq!(
        one.peer(3, Message::Stale(EPOCH, Some(ASKED))).sent(),
        ["n3 put"]
    );

    let mut one = one.restart();
    let heard = one.put(2, "eggs");
    assert!(
        matches!(heard.to(2), Message::Put(_, EPOCH, ..)),
        "it outlives a restart"
    );
}

#[test]
fn an_epoch_past_the_last_one_is_not_believed() {
    let mut one = One::new(1);
    one.put(1, "milk");
    assert!(
        one.peer(2, Message::Stale(REPAIR_EPOCH_MAX + 1, Some(ASKED)))
            .is_empty()
    );
    assert!(one.run_disk().is_empty());
    assert!(matches!(one.put(2, "eggs").to(2), Message::Put(_, 0, ..)));
}

#[test]
fn nobody_but_an_owner_gets_a_write_again() {
    let mut one = One::new(1);
    one.put(1, "milk");
    assert!(one.peer(4, Message::Stale(0, Some(ASKED))).is_empty());
    assert!(
        one.peer(2, Message::Stale(0, Some(RequestId(9))))
            .is_empty()
    );
    assert!(one.peer(2, Message::Stale(0, None)).is_empty());
    assert_eq!(
        one.peer(2, Message::Stale(0, Some(ASKED))).sent(),
        ["n2 put"]
    );
    assert!(
        one.put(2, "eggs").sent().len() == 2,
        "and the epoch is what it was"
    );
}

#[test]
fn hints_are_replayed_under_the_epoch_of_their_replay() {
    let mut one = One::new(4);
    let hold = Message::Hold(
        ASKED,
        0,
        NodeId(3),
        KEY,
        cell(2, Some(b"milk")),
        Duration::MAX,
    );
    one.peer(2, hold);
    one.run_disk();
    one.peer(3, Message::Stale(EPOCH, None));
    one.run_disk();
    one.pass(1_000);
    let heard = one.run_disk();
    assert!(
        matches!(heard.to(3), Message::Replay(EPOCH, ..)),
        "{heard:?}"
    );
}
