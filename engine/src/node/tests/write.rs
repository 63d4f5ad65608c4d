//! Coordinating a write.

use super::fixture::{KEY, One, TIMEOUT_MS, put, settings};
use crate::Code;
use crate::base::id::RequestId;
use crate::base::mutant::Mutant;
use crate::base::time::Wall;
use crate::causal::Token;
use crate::node::{Message, Promise, Settings};

fn ack(id: u64) -> Message {
    Message::Ack(RequestId(id))
}

#[test]
fn a_write_leaves_the_node_once_it_is_durable_there_and_is_answered_when_the_level_is_met() {
    let mut one = One::new(1);
    let heard = one.ask(1, put("milk"));
    assert!(heard.is_empty(), "its dot is not durable yet: {heard:?}");
    let heard = one.run_disk();
    assert_eq!(heard.sent(), ["n2 put", "n3 put"]);
    let answer = one.peer(3, ack(1)).answer(1);
    assert_eq!(answer.promise, Promise::Strict);
    assert_eq!(answer.dot, one.held().live().dots().next());
    assert!(answer.context.seen.covers(answer.dot.unwrap()));
    assert_eq!(one.held().values(Wall(0)), ["milk"]);
}

#[test]
fn only_owners_acknowledge_and_only_what_was_written() {
    let mut one = One::new(1);
    one.ask(1, put("milk"));
    assert_eq!(
        one.peer(2, ack(1)).reply(1),
        None,
        "nothing has left the node yet"
    );
    assert_eq!(one.run_disk().reply(1), None, "one copy of two is durable");
    assert_eq!(
        one.peer(4, ack(1)).reply(1),
        None,
        "n4 does not own the key"
    );
    assert_eq!(one.peer(1, ack(1)).reply(1), None, "n1 has been counted");
    assert!(one.peer(2, ack(1)).reply(1).unwrap().is_ok());
}

#[test]
fn a_write_that_times_out_is_ambiguous_and_its_owners_get_hints() {
    let mut one = One::new(1);
    one.put(1, "milk");
    assert_eq!(one.pass(TIMEOUT_MS - 1).reply(1), None);
    assert_eq!(one.pass(1).reply(1), Some(Err(Code::Ambiguous)));
    one.run_disk();
    assert_eq!((one.hints_for(2), one.hints_for(3)), (1, 1));
    assert_eq!(
        (one.node.stats().timeouts, one.node.stats().hints_stored),
        (1, 2)
    );
}

#[test]
fn an_owner_that_is_late_after_the_answer_gets_a_hint_too() {
    let mut one = One::new(1);
    one.put(1, "milk");
    assert!(one.peer(2, ack(1)).reply(1).is_some());
    assert_eq!(one.pass(TIMEOUT_MS).reply(1), None, "it was answered");
    one.run_disk();
    assert_eq!((one.hints_for(2), one.hints_for(3)), (0, 1));
}

#[test]
fn with_the_planted_bug_drop_hints_on_timeout_silence_leaves_no_hint() {
    let mut one = One::with(
        1,
        Settings {
            mutant: Some(Mutant::DropHints),
            ..settings()
        },
    );
    one.put(1, "milk");
    one.pass(TIMEOUT_MS);
    one.run_disk();
    assert_eq!((one.hints_for(2), one.hints_for(3)), (0, 0));
}

#[test]
fn a_token_that_comes_again_is_not_written_again() {
    let retried = || {
        let mut request = put("milk");
        request.token = Some(Token(7));
        request
    };
    let again = |settings| {
        let mut one = One::with(1, settings);
        one.ask(1, retried());
        one.run_disk();
        let first = one.peer(2, ack(1)).answer(1);
        let cell = one.held();
        one.ask(2, retried());
        let sent = one.run_disk().sent();
        assert_eq!(sent, ["n2 put", "n3 put"], "the other owners may lack it");
        let second = one.peer(3, ack(2)).answer(2);
        (
            first.dot == second.dot,
            cell == one.held(),
            one.node.stats().repeated,
        )
    };
    assert_eq!(again(settings()), (true, true, 1));
    let broken = Settings {
        mutant: Some(Mutant::IgnoreToken),
        ..settings()
    };
    assert_eq!(again(broken), (false, false, 0));
}

#[test]
fn a_write_whose_disk_is_slower_than_its_deadline_reaches_its_owners_or_leaves_hints() {
    let mut one = One::new(1);
    one.ask(1, put("milk"));
    let heard = one.pass(TIMEOUT_MS);
    assert_eq!(
        (heard.reply(1), heard.sent().len()),
        (Some(Err(Code::Ambiguous)), 0)
    );
    one.pass(TIMEOUT_MS);
    let heard = one.run_disk();
    assert_eq!(
        heard.sent(),
        ["n2 put", "n3 put"],
        "it has happened, so the owners get it"
    );
    let Message::Put(.., left) = heard.to(2) else {
        panic!("{heard:?}")
    };
    assert_eq!(
        left.as_millis(),
        u128::from(TIMEOUT_MS),
        "and their time to take it"
    );
    let late = one.peer(2, ack(1));
    assert_eq!(late.reply(1), None, "its client was told already");
    one.pass(TIMEOUT_MS);
    one.run_disk();
    assert_eq!((one.hints_for(2), one.hints_for(3)), (0, 1));
}

#[test]
fn a_write_that_the_disk_refuses_ends_and_nothing_was_sent() {
    let mut one = One::new(1);
    one.ask(1, put("milk"));
    let full = crate::Error::DiskFull {
        detail: "no room".to_owned(),
    };
    let heard = one.disk_fails(full);
    assert_eq!(
        (heard.reply(1), heard.sent().len()),
        (Some(Err(Code::DiskFull)), 0)
    );
    one.pass(TIMEOUT_MS);
    assert_eq!((one.hints_for(2), one.hints_for(3)), (0, 0));
}

#[test]
fn a_replica_acknowledges_what_is_durable_and_not_before() {
    let cell = crate::node::replica::tests::fixture::cell(2, Some(b"eggs"));
    let put = || {
        Message::Put(
            RequestId(9),
            0,
            KEY,
            cell.clone(),
            core::time::Duration::MAX,
        )
    };
    let mut one = One::new(1);
    assert!(one.peer(2, put()).is_empty());
    assert_eq!(one.run_disk().sent(), ["n2 ack"]);
    assert_eq!(one.held(), cell);
    // What comes again is acknowledged again: the first acknowledgement may be lost.
    one.peer(2, put());
    assert_eq!(one.run_disk().sent(), ["n2 ack"]);
    let early = Settings {
        mutant: Some(Mutant::EarlyAck),
        ..settings()
    };
    assert_eq!(One::with(1, early).peer(2, put()).sent(), ["n2 ack"]);
    let mut stranger = One::new(4);
    let heard = stranger.peer(2, put());
    assert_eq!(heard.events(), ["refused a key that is not owned here"]);
    assert!(stranger.run_disk().is_empty());
}
