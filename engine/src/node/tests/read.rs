//! Coordinating a read, and answering one.

use core::time::Duration;

use super::fixture::{KEY, One, TIMEOUT_MS, get, settings};
use crate::Code;
use crate::base::id::RequestId;
use crate::base::mutant::Mutant;
use crate::causal::{Cell, KeepSiblings};
use crate::node::replica::tests::fixture::{actor, cell, version};
use crate::node::{Hedge, Held, Kind, Level, Message, ReadRepair, Settings, StoreOp, Want};

const ASKED: RequestId = RequestId(1);

/// A node that holds `own`, of 3 copies.
fn holding(settings: Settings, own: &Cell) -> One {
    let merged = StoreOp::Merge(vec![(KEY, own.clone())]);
    One::boot(1, settings, 1, |replica| drop(replica.execute(merged)))
}

fn digest(cell: &Cell) -> Message {
    Message::Value(ASKED, Held::Digest(cell.digest()))
}

fn whole(cell: &Cell) -> Message {
    Message::Value(ASKED, Held::Cell(cell.clone()))
}

/// What stands after a write over `before`.
fn over(before: &Cell, node: u32, value: &'static [u8]) -> Cell {
    let mut after = before.clone();
    let seen = before.seen().clone();
    let mut version = version(node, Some(value));
    version.stamp.wall_ms += 1;
    after
        .write(actor(node), &seen, version, None, &KeepSiblings)
        .unwrap();
    after
}

#[test]
fn equal_digests_are_enough_and_no_cell_is_fetched() {
    let milk = cell(1, Some(b"milk"));
    let mut one = holding(settings(), &milk);
    let heard = one.ask(1, get());
    assert_eq!(
        heard.sent(),
        ["n2 read digest"],
        "two replicas are asked, one of them here"
    );
    assert_eq!(one.run_disk().reply(1), None);
    let heard = one.peer(2, digest(&milk));
    assert_eq!(heard.answer(1).values, ["milk"]);
    assert_eq!(
        (heard.sent().len(), one.node.stats().digest_mismatches),
        (0, 0)
    );
}

#[test]
fn a_digest_that_differs_is_fetched_and_merged() {
    let (milk, eggs) = (cell(1, Some(b"milk")), cell(2, Some(b"eggs")));
    let mut one = holding(settings(), &milk);
    one.ask(1, get());
    one.run_disk();
    let heard = one.peer(2, digest(&eggs));
    assert_eq!(
        (heard.sent(), heard.reply(1)),
        (vec!["n2 read".to_owned()], None)
    );
    assert!(one.peer(2, digest(&eggs)).is_empty(), "once is enough");
    let answer = one.peer(2, whole(&eggs)).answer(1);
    assert_eq!(answer.values, ["eggs", "milk"]);
    assert_eq!(answer.context.seen.len(), 2);
    assert_eq!(one.node.stats().digest_mismatches, 1);
}

#[test]
fn digests_that_come_before_any_cell_wait_for_it_unless_the_level_is_met() {
    let (milk, eggs) = (cell(1, Some(b"milk")), cell(2, Some(b"eggs")));
    let mut one = holding(settings(), &milk);
    let mut request = get();
    request.level = Level::Count(3);
    assert_eq!(
        one.ask(1, request).sent(),
        ["n2 read digest", "n3 read digest"]
    );
    assert!(one.peer(2, digest(&eggs)).is_empty());
    assert!(one.peer(3, digest(&eggs)).is_empty());
    let heard = one.run_disk();
    assert_eq!(heard.sent(), ["n2 read", "n3 read"]);
    // One cell tells what both digests stand for.
    let heard = one.peer(3, whole(&eggs));
    assert_eq!(heard.answer(1).values, ["eggs", "milk"]);
}

#[test]
fn a_hedge_asks_one_more_after_what_99_of_100_answers_took() {
    let milk = cell(1, Some(b"milk"));
    let hedged = Settings {
        hedge: Hedge::Percentile99,
        ..settings()
    };
    let mut one = holding(hedged, &milk);
    for id in 10..80 {
        one.ask(id, get());
        one.run_disk();
        one.pass(3);
        let held = Held::Digest(milk.digest());
        let heard = one.peer(2, Message::Value(RequestId(id), held));
        assert!(heard.reply(id).is_some());
    }
    assert_eq!(one.node.stats().hedges, 0);
    one.ask(1, get());
    one.run_disk();
    assert!(one.pass(3).is_empty(), "n2 may yet answer");
    assert_eq!(one.pass(1).sent(), ["n3 read digest"]);
    assert_eq!(one.peer(3, digest(&milk)).answer(1).values, ["milk"]);
    assert_eq!(one.node.stats().hedges, 1);
    // Who was slow comes last from now on.
    assert_eq!(one.ask(2, get()).sent(), ["n3 read digest"]);
}

#[test]
fn without_a_hedge_nobody_else_is_asked() {
    let mut one = holding(settings(), &cell(1, Some(b"milk")));
    one.ask(1, get());
    one.run_disk();
    let heard = one.pass(TIMEOUT_MS);
    assert_eq!(
        (heard.sent().len(), heard.reply(1)),
        (0, Some(Err(Code::Unavailable)))
    );
}

#[test]
fn blocking_read_repair_answers_once_the_stale_replica_has_acknowledged() {
    let milk = cell(1, Some(b"milk"));
    let eggs = over(&milk, 1, b"eggs");
    let blocking = Settings {
        read_repair: ReadRepair::Blocking,
        ..settings()
    };
    let mut one = holding(blocking, &eggs);
    one.ask(1, get());
    one.run_disk();
    one.peer(2, digest(&milk));
    let heard = one.peer(2, whole(&milk));
    assert_eq!(
        (heard.sent(), heard.reply(1)),
        (vec!["n2 read repair".to_owned()], None)
    );
    let Message::Mend(.., sent, _) = heard.to(2) else {
        panic!("{heard:?}")
    };
    assert_eq!(*sent, eggs);
    assert_eq!(
        one.peer(3, Message::Mended(RequestId(2))).reply(1),
        None,
        "of another request"
    );
    assert_eq!(
        one.peer(4, Message::Mended(ASKED)).reply(1),
        None,
        "of no owner"
    );
    assert_eq!(
        one.peer(2, Message::Mended(ASKED)).answer(1).values,
        ["eggs"]
    );
    // Where the acknowledgement stays out, the read fails: a later one could miss what it returned.
    one.ask(1, get());
    one.run_disk();
    one.peer(2, whole(&milk));
    assert_eq!(one.pass(TIMEOUT_MS).reply(1), Some(Err(Code::Unavailable)));
}

#[test]
fn blocking_read_repair_mends_this_node_s_own_disk_too() {
    let milk = cell(1, Some(b"milk"));
    let eggs = over(&milk, 2, b"eggs");
    let blocking = Settings {
        read_repair: ReadRepair::Blocking,
        ..settings()
    };
    let mut one = holding(blocking, &milk);
    one.ask(1, get());
    one.run_disk();
    one.peer(2, digest(&eggs));
    let heard = one.peer(2, whole(&eggs));
    assert!(
        heard.is_empty(),
        "its own disk has not taken it in: {heard:?}"
    );
    assert_eq!(one.run_disk().answer(1).values, ["eggs"]);
    assert_eq!(one.held(), eggs);
}

#[test]
fn read_repair_that_does_not_block_follows_the_answer() {
    let milk = cell(1, Some(b"milk"));
    let eggs = over(&milk, 1, b"eggs");
    let mended = |read_repair, mutant| {
        let mut one = holding(
            Settings {
                read_repair,
                mutant,
                ..settings()
            },
            &eggs,
        );
        one.ask(1, get());
        one.run_disk();
        let heard = one.peer(2, whole(&milk));
        assert_eq!(heard.answer(1).values, ["eggs"]);
        heard.messages().find_map(|(_, message)| match message {
            Message::ReadRepair(_, _, cell) => Some(cell.clone()),
            _ => None,
        })
    };
    assert_eq!(mended(ReadRepair::Async, None), Some(eggs.clone()));
    assert_eq!(mended(ReadRepair::Off, None), None);
    let backward = mended(ReadRepair::Async, Some(Mutant::BackwardRepair));
    assert_eq!(
        backward,
        Some(milk),
        "the planted bug sends the older one back"
    );
}

#[test]
fn a_session_s_floor_waits_for_a_replica_that_knows_as_much() {
    let milk = cell(1, Some(b"milk"));
    let eggs = over(&milk, 3, b"eggs");
    let mut floored = get();
    floored.floor = eggs.context();
    let mut one = holding(settings(), &milk);
    let heard = one.ask(1, floored.clone());
    assert_eq!(
        heard.sent(),
        ["n2 read", "n3 read"],
        "every owner is asked, for all it holds"
    );
    one.run_disk();
    assert_eq!(
        one.peer(2, whole(&milk)).reply(1),
        None,
        "two agree, and both know too little"
    );
    assert_eq!(one.peer(3, whole(&eggs)).answer(1).values, ["eggs"]);

    one.ask(2, floored.clone());
    one.run_disk();
    one.peer(2, Message::Value(RequestId(2), Held::Cell(milk.clone())));
    assert_eq!(one.pass(TIMEOUT_MS).reply(2), Some(Err(Code::Unavailable)));

    let ignores = Settings {
        mutant: Some(Mutant::IgnoreSession),
        ..settings()
    };
    let mut broken = holding(ignores, &milk);
    broken.ask(1, floored);
    broken.run_disk();
    assert_eq!(broken.peer(2, whole(&milk)).answer(1).values, ["milk"]);
}

#[test]
fn a_replica_that_is_busy_is_passed_over_at_once() {
    let milk = cell(1, Some(b"milk"));
    let mut one = holding(settings(), &milk);
    one.ask(1, get());
    one.run_disk();
    assert_eq!(one.peer(2, Message::Busy(ASKED)).sent(), ["n3 read digest"]);
    assert_eq!(one.peer(3, digest(&milk)).answer(1).values, ["milk"]);
}

#[test]
fn strangers_answer_no_read() {
    let milk = cell(1, Some(b"milk"));
    let mut one = holding(settings(), &milk);
    one.ask(1, get());
    one.run_disk();
    assert_eq!(one.peer(4, digest(&milk)).reply(1), None);
    assert_eq!(one.peer(5, whole(&milk)).reply(1), None);
    assert!(one.peer(2, digest(&milk)).reply(1).is_some());
}

#[test]
fn a_read_whose_asker_has_given_up_is_not_answered() {
    let milk = cell(1, Some(b"milk"));
    let mut one = holding(settings(), &milk);
    let read = |want| Message::Read(ASKED, KEY, want, Duration::from_millis(10));
    one.peer(2, read(Want::Cell));
    one.pass(10);
    assert_eq!(one.run_disk().sent(), ["n2 value"], "it still waits");
    one.peer(2, read(Want::Digest));
    one.pass(11);
    assert!(one.run_disk().is_empty());
    let scan = |left| Message::Scan(ASKED, KEY, None, 10, Duration::from_millis(left));
    one.peer(2, scan(10));
    one.pass(11);
    assert!(one.run_disk().is_empty());
    one.peer(2, scan(20));
    one.pass(11);
    assert_eq!(one.run_disk().sent(), ["n2 page"]);
}

#[test]
fn what_a_read_has_left_of_its_time_goes_with_it() {
    let (milk, eggs) = (cell(1, Some(b"milk")), cell(2, Some(b"eggs")));
    let mut one = holding(settings(), &milk);
    one.ask(1, get());
    one.run_disk();
    one.pass(200);
    let heard = one.peer(2, digest(&eggs));
    let Message::Read(_, _, Want::Cell, left) = heard.to(2) else {
        panic!("{heard:?}")
    };
    assert_eq!(*left, Duration::from_millis(TIMEOUT_MS - 200));
}

#[test]
fn a_delete_without_a_context_removes_what_a_read_has_seen_and_no_more() {
    let milk = cell(1, Some(b"milk"));
    let mut one = holding(settings(), &milk);
    let delete = super::fixture::request(Kind::Delete { context: None });
    one.ask(1, delete);
    one.run_disk();
    one.pass(100);
    let heard = one.peer(2, digest(&milk));
    assert_eq!(heard.reply(1), None, "it has only read");
    // Meanwhile another write comes in, which the delete has not seen.
    let eggs = cell(3, Some(b"eggs"));
    one.peer(3, Message::Put(RequestId(9), 0, KEY, eggs, Duration::MAX));
    let heard = one.run_disk();
    let Message::Put(.., left) = heard.to(2) else {
        panic!("{heard:?}")
    };
    assert_eq!(*left, Duration::from_millis(TIMEOUT_MS - 100));
    assert_eq!(one.held().values(one.now().wall), ["eggs"]);
    let answer = one.peer(2, Message::Ack(ASKED)).answer(1);
    assert!(answer.context.seen.includes(milk.seen()));
}
