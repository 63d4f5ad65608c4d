//! When a tombstone may go: the leader's rounds, and what makes a node say no.

use core::time::Duration;

use super::fixture::{Heard, KEY, One, get, put, request, settings};
use crate::NodeId;
use crate::base::id::RequestId;
use crate::base::limits::{PURGE_KEYS_MAX, REPAIR_EPOCH_MAX};
use crate::causal::{Cell, KeepSiblings};
use crate::node::purge::PurgeMessage;
use crate::node::replica::tests::fixture::{actor, cell, version};
use crate::node::{Command, Held, Kind, Level, Message, Purge, ReadRepair, Settings, StoreOp};

const ASKED: RequestId = RequestId(1);
/// That of n1's first round.
const EPOCH: u64 = 257;

fn milk() -> Cell {
    cell(1, Some(b"milk"))
}

/// What is left of a deleted [`milk`].
fn tombstone() -> Cell {
    let mut cell = milk();
    let seen = cell.seen().clone();
    cell.write(actor(1), &seen, version(1, None), None, &KeepSiblings)
        .unwrap();
    cell
}

/// A node that holds the tombstone, as every owner does.
fn holding(id: u32, settings: Settings) -> One {
    let merge = StoreOp::Merge(vec![(KEY, tombstone())]);
    One::boot(id, settings, 1, |replica| {
        if id <= 3 {
            replica.execute(merge);
        }
    })
}

fn say(one: &mut One, from: u32, message: PurgeMessage) -> Heard {
    let mut heard = one.peer(from, Message::Purge(message)).0;
    heard.extend(one.run_disk().0);
    Heard(heard)
}

fn all(what: &str) -> Vec<String> {
    (2..=5).map(|node| format!("n{node} {what}")).collect()
}

/// n1 looks for tombstones, and what follows on its own disk.
fn look(one: &mut One) -> Heard {
    one.command(Command::Purge);
    one.run_disk()
}

/// Every other node says the same; what followed from the last.
fn all_say(one: &mut One, message: &PurgeMessage) -> Heard {
    (2..=4).for_each(|node| assert!(say(one, node, message.clone()).is_empty()));
    say(one, 5, message.clone())
}

fn survey() -> PurgeMessage {
    PurgeMessage::Survey(EPOCH, vec![(KEY, tombstone().digest())])
}

/// What a member answers to n1's survey, or confirmation.
fn answer(heard: &Heard) -> &Vec<bool> {
    let answers = heard.messages().find_map(|(to, message)| match message {
        Message::Purge(PurgeMessage::Surveyed(EPOCH, ok) | PurgeMessage::Confirmed(EPOCH, ok)) => {
            assert_eq!(to, NodeId(1));
            Some(ok)
        }
        _ => None,
    });
    answers.unwrap_or_else(|| panic!("no answer: {heard:?}"))
}

/// The member goes on to the round's epoch, and is asked to confirm.
fn confirm(one: &mut One) -> Heard {
    let heard = say(one, 1, PurgeMessage::Advance(EPOCH));
    assert_eq!(heard.sent(), ["n1 advanced"]);
    say(one, 1, PurgeMessage::Confirm(EPOCH))
}

#[test]
fn a_tombstone_goes_when_every_node_has_surveyed_advanced_and_confirmed() {
    let mut one = holding(1, settings());
    assert_eq!(look(&mut one).sent(), all("survey"));
    let heard = all_say(&mut one, &PurgeMessage::Surveyed(EPOCH, vec![true]));
    assert_eq!(heard.sent(), all("advance"));
    let heard = all_say(&mut one, &PurgeMessage::Advanced(EPOCH));
    assert_eq!(heard.sent(), all("confirm"));
    assert!(!one.held().is_empty());
    let heard = all_say(&mut one, &PurgeMessage::Confirmed(EPOCH, vec![true]));
    assert_eq!(heard.sent(), all("purge"));
    assert!(one.held().is_empty());
    assert_eq!(
        (one.node.stats().purge_rounds, one.node.stats().purged),
        (1, 1)
    );
    // The key is written anew under another name, so that no dot is given twice.
    one.put(1, "tea");
    let dot = one.held().live().dots().next().unwrap();
    assert_eq!((dot.actor.epoch, dot.counter), (1, 1));
    assert!(!tombstone().seen().covers(dot));
}

#[test]
fn a_node_that_is_silent_in_any_stage_stops_the_round_and_a_later_one_may_do() {
    let stages = [
        PurgeMessage::Surveyed(EPOCH, vec![true]),
        PurgeMessage::Advanced(EPOCH),
        PurgeMessage::Confirmed(EPOCH, vec![true]),
    ];
    for silent in 0..stages.len() {
        let mut one = holding(1, settings());
        look(&mut one);
        stages[..silent]
            .iter()
            .for_each(|stage| drop(all_say(&mut one, stage)));
        (2..=4).for_each(|node| drop(say(&mut one, node, stages[silent].clone())));
        // Who speaks twice does not speak for another, and nobody speaks of another round.
        assert!(say(&mut one, 4, stages[silent].clone()).is_empty());
        assert!(say(&mut one, 5, PurgeMessage::Surveyed(EPOCH + 256, vec![true])).is_empty());
        assert!(look(&mut one).is_empty(), "a round is under way");
        one.pass(2_000);
        assert!(
            say(&mut one, 5, stages[silent].clone()).is_empty(),
            "it comes too late"
        );
        assert_eq!(one.held(), tombstone());
        assert_eq!(
            look(&mut one).sent(),
            all("survey"),
            "after a while it is tried again"
        );
    }
}

#[test]
fn one_no_is_enough_and_ends_the_round() {
    let mut one = holding(1, settings());
    look(&mut one);
    assert!(say(&mut one, 3, PurgeMessage::Surveyed(EPOCH, vec![false])).is_empty());
    assert!(all_say(&mut one, &PurgeMessage::Surveyed(EPOCH, vec![true])).is_empty());
    look(&mut one);
    let heard = all_say(&mut one, &PurgeMessage::Surveyed(EPOCH, vec![true]));
    assert_eq!(heard.sent(), all("advance"));
    all_say(&mut one, &PurgeMessage::Advanced(EPOCH));
    assert!(say(&mut one, 2, PurgeMessage::Confirmed(EPOCH, vec![false])).is_empty());
    assert_eq!(one.held(), tombstone());
}

#[test]
fn only_the_first_owner_leads_and_only_what_is_older_than_the_grace() {
    let mut second = holding(2, settings());
    assert!(look(&mut second).is_empty());
    let mut one = holding(
        1,
        Settings {
            grace: Duration::from_secs(10),
            ..settings()
        },
    );
    assert!(look(&mut one).is_empty());
    one.pass(9_999);
    assert!(look(&mut one).is_empty());
    one.pass(1);
    assert_eq!(look(&mut one).sent(), all("survey"));
}

#[test]
fn with_the_grace_alone_as_a_gate_nobody_is_asked() {
    let mut second = holding(
        2,
        Settings {
            purge: Purge::Grace,
            grace: Duration::from_secs(10),
            ..settings()
        },
    );
    look(&mut second);
    assert!(!second.held().is_empty());
    second.pass(10_000);
    assert!(look(&mut second).is_empty());
    assert!(second.held().is_empty());
}

#[test]
fn a_member_says_yes_only_to_a_tombstone_that_it_holds_just_so() {
    for id in 2..=5 {
        let mut one = holding(id, settings());
        assert_eq!(*answer(&say(&mut one, 1, survey())), [true]);
        assert_eq!(*answer(&confirm(&mut one)), [true]);
    }
    let mut lacks = One::new(2);
    assert_eq!(*answer(&say(&mut lacks, 1, survey())), [false]);
    let mut alive = One::boot(2, settings(), 1, |replica| {
        replica.execute(StoreOp::Merge(vec![(KEY, milk())]));
    });
    let value = PurgeMessage::Survey(EPOCH, vec![(KEY, milk().digest())]);
    assert_eq!(
        *answer(&say(&mut alive, 1, value)),
        [false],
        "that is no tombstone"
    );
    // Or something came in between.
    let mut one = holding(2, settings());
    assert_eq!(*answer(&say(&mut one, 1, survey())), [true]);
    one.peer(
        3,
        Message::Put(ASKED, 0, KEY, cell(3, Some(b"eggs")), Duration::MAX),
    );
    one.run_disk();
    assert_eq!(*answer(&confirm(&mut one)), [false]);
}

#[test]
fn a_member_that_keeps_any_hint_says_no() {
    let mut one = holding(4, settings());
    let key = crate::node::full_key(0, b"k2");
    let hold = Message::Hold(ASKED, 0, NodeId(3), key, cell(2, None), Duration::MAX);
    one.peer(2, hold.clone());
    one.run_disk();
    assert_eq!(*answer(&say(&mut one, 1, survey())), [false]);
    // Also one that came after the survey.
    let mut one = holding(4, settings());
    assert_eq!(*answer(&say(&mut one, 1, survey())), [true]);
    one.peer(2, hold);
    one.run_disk();
    assert_eq!(*answer(&confirm(&mut one)), [false]);
}

#[test]
fn a_member_that_works_on_the_key_says_no() {
    let asks = [get(), put("milk"), request(Kind::Delete { context: None })];
    for (id, ask) in [
        (2, &asks[0]),
        (2, &asks[1]),
        (4, &asks[0]),
        (4, &asks[1]),
        (4, &asks[2]),
    ] {
        let mut one = holding(id, settings());
        one.ask(1, ask.clone());
        assert_eq!(
            *answer(&say(&mut one, 1, survey())),
            [false],
            "n{id}: {ask:?}"
        );
    }
    let mut one = holding(4, settings());
    let mut other = get();
    other.key = crate::node::full_key(0, b"other");
    one.ask(1, other);
    assert_eq!(
        *answer(&say(&mut one, 1, survey())),
        [true],
        "work on another key is none on this"
    );
}

/// n4 reads between survey and confirmation, and mends what is stale.
fn read_between(found: &Cell) -> bool {
    let mut one = holding(
        4,
        Settings {
            read_repair: ReadRepair::Async,
            ..settings()
        },
    );
    assert_eq!(*answer(&say(&mut one, 1, survey())), [true]);
    let mut request = get();
    request.level = Level::Count(2);
    one.ask(1, request);
    one.peer(1, Message::Value(ASKED, Held::Cell(tombstone())));
    let heard = one.peer(2, Message::Value(ASKED, Held::Cell(found.clone())));
    assert!(heard.reply(1).is_some());
    assert!(heard.sent().contains(&"n2 read repair".to_owned()));
    *answer(&confirm(&mut one)) == [true]
}

#[test]
fn a_member_that_has_sent_something_else_of_the_key_in_between_says_no() {
    assert!(
        !read_between(&cell(5, Some(b"old"))),
        "a version that the tombstone does not cover"
    );
    assert!(
        read_between(&milk()),
        "what it sent was the tombstone itself"
    );
}

#[test]
fn an_epoch_is_durable_before_it_is_acknowledged_and_never_goes_back() {
    let mut one = holding(2, settings());
    say(&mut one, 1, survey());
    assert!(
        one.peer(1, Message::Purge(PurgeMessage::Advance(EPOCH)))
            .is_empty()
    );
    assert_eq!(one.run_disk().sent(), ["n1 advanced"]);
    let stale = Message::Put(ASKED, EPOCH - 1, KEY, milk(), Duration::MAX);
    assert_eq!(one.peer(3, stale.clone()).sent(), ["n3 stale"]);
    for epoch in [EPOCH - 1, EPOCH, REPAIR_EPOCH_MAX + 1] {
        assert!(say(&mut one, 1, PurgeMessage::Advance(epoch)).is_empty());
    }
    let mut one = one.restart();
    assert_eq!(one.peer(3, stale).sent(), ["n3 stale"]);
    let heard = say(&mut one, 1, PurgeMessage::Confirm(EPOCH));
    assert!(heard.is_empty(), "a new life has not watched: {heard:?}");
}

#[test]
fn a_member_that_went_on_for_another_round_does_not_confirm() {
    let mut one = holding(2, settings());
    say(&mut one, 1, survey());
    say(&mut one, 1, PurgeMessage::Advance(EPOCH));
    say(&mut one, 3, PurgeMessage::Advance(2 * EPOCH));
    assert!(say(&mut one, 1, PurgeMessage::Confirm(EPOCH)).is_empty());
    // Nor does it purge in the name of a round that is over.
    let purge = PurgeMessage::Purge(EPOCH, vec![(KEY, tombstone().digest())]);
    say(&mut one, 1, purge);
    assert_eq!(one.held(), tombstone());
}

#[test]
fn a_round_of_too_many_keys_or_of_an_earlier_epoch_is_not_answered() {
    let mut one = holding(2, settings());
    let many = vec![(KEY, tombstone().digest()); PURGE_KEYS_MAX + 1];
    assert!(say(&mut one, 1, PurgeMessage::Survey(EPOCH, many)).is_empty());
    say(&mut one, 1, PurgeMessage::Advance(EPOCH));
    assert!(say(&mut one, 1, survey()).is_empty());
    let mut lost = One::boot(2, settings(), 2, |_| {});
    assert!(
        say(&mut lost, 1, survey()).is_empty(),
        "one that is being rebuilt knows too little"
    );
}

#[test]
fn a_member_purges_what_is_still_just_so() {
    let mut one = holding(2, settings());
    say(&mut one, 1, survey());
    confirm(&mut one);
    let purge = |digest| PurgeMessage::Purge(EPOCH, vec![(KEY, digest)]);
    say(&mut one, 1, purge(milk().digest()));
    assert_eq!(one.held(), tombstone());
    say(&mut one, 1, purge(tombstone().digest()));
    assert!(one.held().is_empty());
}
