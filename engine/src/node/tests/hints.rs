//! Hinted handoff: what is kept for an owner that is away, and how it gets it.

use core::time::Duration;
use std::collections::BTreeMap;

use bytes::Bytes;

use super::fixture::{KEY, One, TIMEOUT_MS, put, settings};
use crate::NodeId;
use crate::base::id::RequestId;
use crate::base::limits::{HINT_BATCH_BYTES, HINTS_PER_TARGET_MAX, REPLAY_CELLS_MAX};
use crate::membership::Liveness;
use crate::node::replica::tests::fixture::cell;
use crate::node::{HintCount, Hints, Message, Settings};

const TARGET: u32 = 3;

/// Another node asks `one` to keep a write for the target.
fn keep(one: &mut One, id: u64, value: &[u8]) {
    let cell = cell(2, Some(value));
    let left = Duration::from_millis(TIMEOUT_MS);
    let hold = Message::Hold(RequestId(id), 0, NodeId(TARGET), KEY, cell, left);
    assert!(
        one.peer(2, hold).is_empty(),
        "nothing is said before it is durable"
    );
    assert_eq!(one.run_disk().sent(), ["n2 hinted"]);
}

/// The next look at the hints: the batch's number and the values in it, if one is sent.
fn replayed(one: &mut One) -> Option<(u64, Vec<Bytes>)> {
    one.pass(1_000);
    batch_in(&one.run_disk())
}

fn batch_in(heard: &super::fixture::Heard) -> Option<(u64, Vec<Bytes>)> {
    heard.messages().find_map(|(to, message)| match message {
        Message::Replay(_, batch, cells) => {
            assert_eq!(to, NodeId(TARGET));
            let values = cells.iter().flat_map(|(_, cell)| cell.shown_values());
            Some((*batch, values.collect()))
        }
        _ => None,
    })
}

#[test]
fn a_dead_owner_is_sent_nothing_and_gets_its_hint_at_once() {
    let mut one = One::new(1);
    one.sees(TARGET, Liveness::Dead);
    let heard = one.put(1, "milk");
    assert_eq!(heard.sent(), ["n2 put"]);
    assert_eq!(one.hints_for(TARGET), 1);
    assert_eq!(
        heard.reply(1),
        None,
        "a hint counts towards no strict quorum"
    );
    assert!(one.peer(2, Message::Ack(RequestId(1))).reply(1).is_some());
    one.pass(TIMEOUT_MS);
    one.run_disk();
    assert_eq!(
        (one.hints_for(2), one.hints_for(TARGET)),
        (0, 1),
        "one is enough"
    );
}

#[test]
fn without_hints_a_dead_owner_is_tried_like_any_other() {
    let mut one = One::with(
        1,
        Settings {
            hints: Hints::Off,
            ..settings()
        },
    );
    one.sees(TARGET, Liveness::Dead);
    assert_eq!(one.put(1, "milk").sent(), ["n2 put", "n3 put"]);
    one.pass(TIMEOUT_MS);
    one.run_disk();
    assert_eq!((one.hints_for(2), one.hints_for(TARGET)), (0, 0));
}

#[test]
fn hints_are_replayed_in_their_order_one_batch_at_a_time() {
    let mut one = One::new(4);
    let value = |letter: u8| vec![letter; HINT_BATCH_BYTES / 2 - 1_000];
    for (id, letter) in (1..).zip(*b"dacb") {
        keep(&mut one, id, &value(letter));
    }
    let (first, values) = replayed(&mut one).unwrap();
    assert_eq!(
        values,
        [value(b'd'), value(b'a')],
        "as many as one message takes, the oldest first"
    );
    assert_eq!(
        replayed(&mut one),
        None,
        "the target has not acknowledged that batch"
    );
    assert_eq!(
        one.hints_for(TARGET),
        4,
        "each stays until the target has it on its disk"
    );
    // Nobody else can acknowledge it.
    one.peer(2, Message::Replayed(first));
    assert_eq!(
        (batch_in(&one.run_disk()), one.hints_for(TARGET)),
        (None, 4)
    );

    one.peer(TARGET, Message::Replayed(first));
    let (second, values) = batch_in(&one.run_disk()).expect("the next one follows at once");
    assert_eq!(values, [value(b'c'), value(b'b')]);
    assert_eq!(one.hints_for(TARGET), 2);
    one.peer(TARGET, Message::Replayed(second));
    one.run_disk();
    assert_eq!(
        (one.hints_for(TARGET), one.node.stats().hints_replayed),
        (0, 4)
    );
    assert_eq!(replayed(&mut one), None);
}

#[test]
fn a_late_acknowledgement_of_an_earlier_batch_drops_nothing() {
    let mut one = One::new(4);
    keep(&mut one, 1, b"milk");
    let (first, _) = replayed(&mut one).unwrap();
    keep(&mut one, 2, b"eggs");
    // The first batch is given up, and the next one holds more.
    one.pass(2_000);
    let (second, values) = match batch_in(&one.run_disk()) {
        Some(found) => found,
        None => replayed(&mut one).unwrap(),
    };
    assert_eq!(values, ["milk", "eggs"]);
    one.peer(TARGET, Message::Replayed(first));
    one.run_disk();
    assert_eq!(
        one.hints_for(TARGET),
        2,
        "the target may never have got the second hint"
    );
    one.peer(TARGET, Message::Replayed(second));
    one.run_disk();
    assert_eq!(one.hints_for(TARGET), 0);
}

#[test]
fn an_acknowledgement_for_an_earlier_life_drops_nothing() {
    let mut one = One::new(4);
    keep(&mut one, 1, b"milk");
    let (first, _) = replayed(&mut one).unwrap();
    let mut one = one.restart();
    keep(&mut one, 2, b"eggs");
    let (second, values) = replayed(&mut one).unwrap();
    assert_eq!(values, ["milk", "eggs"], "hints outlive a restart");
    one.peer(TARGET, Message::Replayed(first));
    one.run_disk();
    assert_eq!(one.hints_for(TARGET), 2);
    one.peer(TARGET, Message::Replayed(second));
    one.run_disk();
    assert_eq!(one.hints_for(TARGET), 0);
}

#[test]
fn nothing_is_replayed_to_the_dead() {
    let mut one = One::new(4);
    keep(&mut one, 1, b"milk");
    one.sees(TARGET, Liveness::Dead);
    assert_eq!(replayed(&mut one), None);
    one.sees(TARGET, Liveness::Alive);
    assert!(replayed(&mut one).is_some());
}

#[test]
fn hints_past_the_window_are_dropped_and_counted() {
    let mut one = One::with(
        1,
        Settings {
            hint_window: Duration::from_secs(10),
            ..settings()
        },
    );
    one.sees(TARGET, Liveness::Dead);
    let put = |one: &mut One, id, value| {
        let heard = one.put(id, value);
        one.peer(2, Message::Ack(RequestId(id)));
        heard
    };
    put(&mut one, 1, "milk");
    one.pass(9_000);
    put(&mut one, 2, "eggs");
    assert_eq!(
        (one.hints_for(TARGET), one.node.stats().hints_dropped),
        (2, 0)
    );
    one.pass(1_500);
    let heard = put(&mut one, 3, "tea");
    assert_eq!(
        heard.events(),
        ["keeps no hint for n3: it has been away for longer than the window"]
    );
    assert_eq!(
        (one.hints_for(TARGET), one.node.stats().hints_dropped),
        (2, 1)
    );
    one.sees(TARGET, Liveness::Alive);
    one.pass(1_000);
    let heard = one.run_disk();
    assert_eq!(
        heard.events(),
        ["dropped 1 hints for n3: older than the window"]
    );
    let (batch, values) = batch_in(&heard).unwrap();
    assert_eq!(values, ["eggs", "milk"], "the second write's cell has both");
    let dropped = one.node.stats().hints_dropped;
    assert_eq!(
        (one.hints_for(TARGET), dropped),
        (1, 2),
        "each counts once, also past its write's deadline"
    );
    one.peer(TARGET, Message::Replayed(batch));
    one.run_disk();
    // It is back, so its next absence has a window of its own.
    one.sees(TARGET, Liveness::Dead);
    put(&mut one, 4, "salt");
    assert_eq!(
        (one.hints_for(TARGET), one.node.stats().hints_dropped),
        (1, 2)
    );
}

#[test]
fn hints_past_the_limit_are_dropped_and_counted() {
    let mut one = One::new(1);
    one.sees(TARGET, Liveness::Dead);
    let full = HintCount {
        count: HINTS_PER_TARGET_MAX,
        bytes: 1,
    };
    one.finds_hints(BTreeMap::from([(NodeId(TARGET), full)]));
    let heard = one.put(1, "milk");
    assert_eq!(
        heard.events(),
        ["keeps no hint for n3: there are as many as may be"]
    );
    assert_eq!(
        (one.hints_for(TARGET), one.node.stats().hints_dropped),
        (0, 1)
    );
    // A stand-in says so, that another one may be found.
    let hold = Message::Hold(
        RequestId(9),
        0,
        NodeId(TARGET),
        KEY,
        cell(2, None),
        Duration::MAX,
    );
    assert_eq!(one.peer(2, hold).sent(), ["n2 busy"]);
}

#[test]
fn a_hint_that_the_disk_refuses_is_counted_as_dropped() {
    let mut one = One::new(1);
    one.sees(TARGET, Liveness::Dead);
    one.ask(1, put("milk"));
    // The write is durable, and then there is no room for its hint.
    one.run_one();
    let full = crate::Error::DiskFull {
        detail: "no room".to_owned(),
    };
    let heard = one.disk_fails(full);
    assert_eq!(heard.events(), ["dropped a hint: disk full: no room"]);
    assert_eq!(one.node.stats().hints_dropped, 1);
}

#[test]
fn an_owner_takes_its_hints_in_and_says_so_when_they_are_durable() {
    let mut one = One::new(3);
    let cells = vec![(KEY, cell(1, Some(b"milk"))), (KEY, cell(2, Some(b"eggs")))];
    assert!(one.peer(4, Message::Replay(0, 7, cells)).is_empty());
    let heard = one.run_disk();
    assert!(matches!(heard.to(4), Message::Replayed(7)), "{heard:?}");
    assert_eq!(one.held().shown_values(), ["eggs", "milk"]);
    let many = vec![(KEY, cell(1, None)); REPLAY_CELLS_MAX + 1];
    let heard = one.peer(4, Message::Replay(0, 8, many));
    assert_eq!(
        heard.events(),
        [format!("refused {} hints at once", REPLAY_CELLS_MAX + 1)]
    );
    assert!(one.run_disk().is_empty());
}
