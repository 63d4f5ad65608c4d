//! Passing a write on to an owner, and taking one.

use core::time::Duration;

use bytes::Bytes;

use super::fixture::{KEY, One, TIMEOUT_MS, put, settings};
use crate::base::id::{Nodes, RequestId};
use crate::base::mutant::Mutant;
use crate::base::time::Wall;
use crate::causal::{Context, Stamp};
use crate::node::replica::tests::fixture::stamp;
use crate::node::{Answer, Change, FORWARD_PATIENCE, Forwarded, Level, Message, Settings};
use crate::{Code, Error};

const ASKED: RequestId = RequestId(1);

fn patience_ms() -> u64 {
    FORWARD_PATIENCE.as_millis() as u64
}

fn forwarded(stamp: Stamp) -> Box<Forwarded> {
    Box::new(Forwarded {
        key: KEY,
        change: Change::Value(Some(Bytes::from("milk"))),
        context: Context::default(),
        stamp,
        deadline: None,
        token: None,
        level: Level::Count(1),
        zone: crate::Zone(1),
        pinned: Nodes::new(),
        timeout: Duration::from_millis(TIMEOUT_MS),
    })
}

/// The number under which `one` is ready to coordinate a write of n4.
fn accepted(one: &mut One) -> u64 {
    let heard = one.peer(4, Message::Ask(ASKED, KEY));
    match heard.to(4) {
        Message::Accept(ASKED, number) => *number,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_forwarded_write_goes_to_one_owner_however_many_were_asked() {
    let mut one = One::new(4);
    assert_eq!(one.ask(1, put("milk")).sent(), ["n1 ask"]);
    assert_eq!(one.pass(patience_ms()).sent(), ["n2 ask"]);
    // The first owner was only slow; both accept now.
    assert_eq!(
        one.peer(1, Message::Accept(ASKED, 7)).sent(),
        ["n1 forward"]
    );
    assert!(one.peer(2, Message::Accept(ASKED, 7)).is_empty());
    let refusal = || {
        let detail = "full".to_owned();
        Message::Outcome(ASKED, Box::new(Err(Error::Conflict { detail })))
    };
    let heard = one.peer(2, refusal());
    assert_eq!(
        heard.reply(1),
        None,
        "only the entrusted owner speaks of the write"
    );
    assert_eq!(one.peer(1, refusal()).reply(1), Some(Err(Code::Conflict)));
}

#[test]
fn a_stranger_s_acceptance_is_none() {
    let mut one = One::new(4);
    one.ask(1, put("milk"));
    assert!(one.peer(5, Message::Accept(ASKED, 7)).is_empty());
    assert!(
        one.peer(2, Message::Accept(ASKED, 7)).is_empty(),
        "it was not asked yet"
    );
    let done = Message::Outcome(ASKED, Box::new(Ok(Answer::default())));
    assert_eq!(one.peer(1, done).reply(1), None, "nothing was sent to it");
    assert_eq!(
        one.pass(TIMEOUT_MS).reply(1),
        Some(Err(Code::Unavailable)),
        "no owner was sent it"
    );
}

#[test]
fn a_write_whose_owner_goes_silent_is_ambiguous() {
    let mut one = One::new(4);
    one.ask(1, put("milk"));
    one.peer(1, Message::Accept(ASKED, 7));
    assert_eq!(one.pass(TIMEOUT_MS).reply(1), Some(Err(Code::Ambiguous)));
}

#[test]
fn a_forwarded_write_that_arrives_twice_is_carried_out_once() {
    let twice = |settings| {
        let mut one = One::with(1, settings);
        let number = accepted(&mut one);
        let heard = one.peer(4, Message::Forward(ASKED, number, forwarded(stamp(4))));
        assert!(heard.is_empty());
        // A copy while the first is at work, and one after it has ended.
        one.peer(4, Message::Forward(ASKED, number, forwarded(stamp(4))));
        assert_eq!(one.run_disk().sent(), ["n2 put", "n3 put", "n4 done"]);
        for node in [2, 3] {
            one.peer(node, Message::Ack(ASKED));
        }
        one.peer(4, Message::Forward(ASKED, number, forwarded(stamp(4))));
        one.run_disk();
        let cell = one.held();
        (cell.seen().len(), cell.live().len())
    };
    assert_eq!(twice(settings()), (1, 1));
    let broken = Settings {
        mutant: Some(Mutant::ForwardTwice),
        ..settings()
    };
    assert_eq!(twice(broken).1, 2, "two dots for one write");
}

#[test]
fn an_acceptance_is_good_for_its_asker_for_a_while_and_in_one_life() {
    let mut one = One::new(1);
    let number = accepted(&mut one);
    one.peer(5, Message::Forward(ASKED, number, forwarded(stamp(5))));
    assert!(one.waiting.is_empty(), "it was promised to n4");
    let number = accepted(&mut one);
    one.pass(1_000);
    one.peer(4, Message::Forward(ASKED, number, forwarded(stamp(4))));
    one.run_disk();
    assert!(one.held().is_empty(), "it was promised for a second");
    let number = accepted(&mut one);
    let mut one = one.restart();
    // In its new life the node hands out numbers anew.
    accepted(&mut one);
    one.peer(4, Message::Forward(ASKED, number, forwarded(stamp(4))));
    assert!(one.waiting.is_empty(), "another life had promised it");
    assert!(one.held().is_empty());
}

#[test]
fn a_forwarded_write_keeps_the_stamp_and_the_deadline_of_where_it_was_taken() {
    let mut one = One::new(4);
    one.skew_ms = -5_000;
    let mut request = put("milk");
    request.ttl = Some(Duration::from_secs(10));
    one.ask(1, request);
    let taken = one.now().wall;
    one.pass(20);
    let heard = one.peer(1, Message::Accept(ASKED, 7));
    let Message::Forward(_, 7, write) = heard.to(1) else {
        panic!("{heard:?}")
    };
    assert_eq!(write.stamp.wall_ms, taken.0);
    assert_eq!(write.deadline, Some(Wall(taken.0 + 10_000)));
    assert_eq!(
        write.timeout,
        Duration::from_millis(TIMEOUT_MS - 20),
        "what its client still waits"
    );
    // The owner's own clock has no say.
    let mut owner = One::new(1);
    let number = accepted(&mut owner);
    owner.peer(4, Message::Forward(ASKED, number, write.clone()));
    owner.run_disk();
    let version = owner.held().live().versions().next().unwrap().clone();
    assert_eq!(
        (version.stamp, version.deadline),
        (write.stamp, write.deadline)
    );
}
