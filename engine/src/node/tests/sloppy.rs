//! Sloppy quorums and the level ANY: other nodes stand in for owners out of reach.

use core::time::Duration;

use super::fixture::{KEY, One, TIMEOUT_MS, put, settings};
use crate::base::id::RequestId;
use crate::base::mutant::Mutant;
use crate::membership::Liveness;
use crate::node::{FORWARD_PATIENCE, Hints, Level, Message, Promise, Quorum, Settings};
use crate::{Code, NodeId};

const ASKED: RequestId = RequestId(1);

fn sloppy() -> One {
    One::with(
        1,
        Settings {
            quorum: Quorum::Sloppy,
            ..settings()
        },
    )
}

fn patience_ms() -> u64 {
    FORWARD_PATIENCE.as_millis() as u64
}

fn holding(target: u32) -> Message {
    Message::Holding(ASKED, NodeId(target))
}

#[test]
fn a_stand_in_s_acknowledgement_counts_and_the_promise_is_sloppy() {
    let mut one = sloppy();
    one.put(1, "milk");
    assert!(one.pass(patience_ms() - 1).is_empty());
    let heard = one.pass(1);
    assert_eq!(
        heard.sent(),
        ["n4 hint", "n5 hint"],
        "the next nodes of the preference list"
    );
    let Message::Hold(.., target, key, cell, left) = heard.to(4) else {
        panic!("{heard:?}")
    };
    assert_eq!((target, key, cell), (&NodeId(2), &KEY, &one.held()));
    assert_eq!(*left, Duration::from_millis(TIMEOUT_MS) - FORWARD_PATIENCE);
    assert_eq!(
        one.peer(5, holding(2)).reply(1),
        None,
        "n5 was asked to stand in for n3"
    );
    assert_eq!(one.peer(4, holding(2)).answer(1).promise, Promise::Sloppy);
    assert_eq!(one.node.stats().stand_ins, 1);
}

#[test]
fn owners_alone_make_a_strict_promise_even_where_sloppy_ones_are_allowed() {
    let mut one = sloppy();
    one.put(1, "milk");
    assert_eq!(
        one.peer(2, Message::Ack(ASKED)).answer(1).promise,
        Promise::Strict
    );
    // And late, after somebody was asked to stand in.
    let mut one = sloppy();
    one.put(1, "milk");
    one.pass(patience_ms());
    assert_eq!(
        one.peer(2, Message::Ack(ASKED)).answer(1).promise,
        Promise::Strict
    );
}

#[test]
fn a_strict_quorum_counts_no_stand_in() {
    let mut one = One::new(1);
    one.sees(2, Liveness::Dead);
    one.sees(3, Liveness::Dead);
    assert_eq!(one.put(1, "milk").reply(1), None);
    assert_eq!((one.hints_for(2), one.hints_for(3)), (1, 1));
    assert_eq!(one.peer(4, holding(2)).reply(1), None);
    assert_eq!(one.pass(TIMEOUT_MS).reply(1), Some(Err(Code::Ambiguous)));

    let mut broken = One::with(
        1,
        Settings {
            mutant: Some(Mutant::SloppyAsStrict),
            ..settings()
        },
    );
    broken.sees(2, Liveness::Dead);
    assert_eq!(
        broken.put(1, "milk").answer(1).promise,
        Promise::Strict,
        "the planted bug"
    );
}

#[test]
fn a_dead_owner_is_stood_in_for_at_once_and_the_dead_stand_in_for_nobody() {
    let mut one = sloppy();
    one.sees(2, Liveness::Dead);
    one.sees(4, Liveness::Dead);
    let heard = one.put(1, "milk");
    assert_eq!(heard.sent(), ["n3 put", "n5 hint"]);
    assert_eq!(one.peer(5, holding(2)).answer(1).promise, Promise::Sloppy);
}

#[test]
fn an_owner_without_an_acknowledged_stand_in_gets_a_hint_here_at_the_deadline() {
    let mut one = sloppy();
    one.put(1, "milk");
    one.pass(patience_ms());
    assert_eq!(one.peer(4, holding(2)).answer(1).promise, Promise::Sloppy);
    one.pass(TIMEOUT_MS);
    one.run_disk();
    assert_eq!(
        (one.hints_for(2), one.hints_for(3)),
        (0, 1),
        "n5 has not said that it keeps n3's"
    );
}

#[test]
fn a_hint_kept_by_the_coordinator_is_no_further_copy() {
    let mut one = sloppy();
    (2..=5).for_each(|node| one.sees(node, Liveness::Dead));
    let heard = one.put(1, "milk");
    assert_eq!((heard.sent().len(), heard.reply(1)), (0, None));
    assert_eq!((one.hints_for(2), one.hints_for(3)), (1, 1));
    assert_eq!(one.pass(TIMEOUT_MS).reply(1), Some(Err(Code::Ambiguous)));
}

#[test]
fn without_hints_nobody_stands_in() {
    let mut one = One::with(
        1,
        Settings {
            quorum: Quorum::Sloppy,
            hints: Hints::Off,
            ..settings()
        },
    );
    one.put(1, "milk");
    assert!(one.pass(TIMEOUT_MS - 1).is_empty());
    assert_eq!(one.pass(1).reply(1), Some(Err(Code::Ambiguous)));
}

fn any() -> crate::node::Request {
    let mut request = put("milk");
    request.level = Level::Any;
    request
}

#[test]
fn at_level_any_a_node_that_reaches_no_owner_keeps_the_write_itself() {
    let mut one = One::new(4);
    assert_eq!(one.ask(1, any()).sent(), ["n1 ask"]);
    assert_eq!(one.pass(patience_ms()).sent(), ["n2 ask"]);
    assert_eq!(one.pass(patience_ms()).sent(), ["n3 ask"]);
    assert!(
        one.pass(patience_ms()).is_empty(),
        "its hints are not durable yet"
    );
    let first = one.run_disk().answer(1);
    assert_eq!(first.promise, Promise::Sloppy);
    assert_eq!([1, 2, 3].map(|owner| one.hints_for(owner)), [1, 1, 1]);
    assert!(one.held().is_empty(), "it owns no copy");
    // It keeps no cell of the key, and yet gives no dot twice.
    one.ask(2, any());
    one.pass(3 * patience_ms());
    let second = one.run_disk().answer(2);
    assert_ne!(first.dot, second.dot);
    assert_eq!(first.dot.unwrap().actor.node, NodeId(4));
}

#[test]
fn at_level_any_one_owner_in_reach_is_enough_and_makes_a_strict_promise() {
    let mut one = One::new(1);
    assert_eq!(one.ask(1, any()).reply(1), None);
    let heard = one.run_disk();
    assert_eq!(heard.answer(1).promise, Promise::Strict);
}

#[test]
fn below_level_any_a_strict_write_without_an_owner_is_unavailable() {
    let mut one = One::new(4);
    let mut request = put("milk");
    request.level = Level::Count(1);
    one.ask(1, request);
    let heard = one.pass(TIMEOUT_MS);
    assert_eq!(heard.reply(1), Some(Err(Code::Unavailable)));
    one.run_disk();
    assert_eq!(one.hints_for(1), 0);
}
