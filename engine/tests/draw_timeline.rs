//! Timelines show what a history holds, say what they leave out, and survive any history.

use bytes::Bytes;
use kvorum::base::time::Mono;
use kvorum::check::{Asked, History, Operation, Outcome, Promise, linearizable};
use kvorum::crdt::Change;
use kvorum::draw::{timeline_svg, timeline_text};
use kvorum::node::{Answer, Level, full_key};
use kvorum::{Code, NodeId};
use proptest::prelude::*;

#[expect(dead_code, reason = "the stories are for the other pictures")]
mod common_draw;
mod seeded;
use common_draw::xml::assert_clean;
use seeded::cases;

fn asked(client: u32, node: u32, key: &str, asked: Asked, called_ms: u64) -> Operation {
    Operation {
        client,
        session: None,
        via: NodeId(node),
        key: full_key(0, key.as_bytes()),
        asked,
        token: None,
        level: Level::Count(2),
        quorum: 2,
        expires: false,
        promise: Promise::Strict,
        called: Mono(called_ms * 1_000_000),
        ended: None,
        outcome: Outcome::Open,
    }
}

fn put(client: u32, value: &str, called_ms: u64) -> Operation {
    let value = Bytes::copy_from_slice(value.as_bytes());
    let context = kvorum::causal::Context::default();
    asked(
        client,
        client,
        "cart",
        Asked::Put { value, context },
        called_ms,
    )
}

fn get(client: u32, called_ms: u64) -> Operation {
    asked(client, client, "cart", Asked::Get, called_ms)
}

fn done(operation: Operation, values: &[&str], ended_ms: u64) -> Operation {
    let values = values
        .iter()
        .map(|value| Bytes::copy_from_slice(value.as_bytes()));
    Operation {
        ended: Some(Mono(ended_ms * 1_000_000)),
        outcome: Outcome::Done(Answer {
            values: values.collect(),
            ..Answer::default()
        }),
        ..operation
    }
}

fn history(operations: impl IntoIterator<Item = Operation>) -> History {
    let mut history = History::default();
    for operation in operations {
        history.open(operation).expect("there is room");
    }
    history
}

/// New, then old, as in the lesson, and a put of unknown end.
fn lesson() -> History {
    history([
        done(put(1, "old", 0), &[], 5),
        done(put(1, "new", 10), &[], 60),
        Operation {
            ended: Some(Mono(40_000_000)),
            outcome: Outcome::Failed(Code::Ambiguous),
            ..put(4, "other", 18)
        },
        done(get(2, 20), &["new"], 25),
        done(get(3, 30), &["old"], 35),
    ])
}

#[test]
fn the_operations_that_show_a_violation_are_marked() {
    let history = lesson();
    let violation = linearizable(&history).expect_err("new, then old");
    let text = timeline_text(&history, &violation.operations, 80);
    let expected = "\
Operations on cart
             0                 10ms              30ms
* client 1   [1 put old ######][2 put new ########################]
* client 2                     [4 get -> new ###]
* client 3                                       [5 get -> old ###]
  client 4                     [3 put other: ambiguous ===========>

*  1  client 1  put old               0 .. 5ms
*  2  client 1  put new               10ms .. 60ms
   3  client 4  put other: ambiguous  18ms .. 40ms
*  4  client 2  get -> new            20ms .. 25ms
*  5  client 3  get -> old            30ms .. 35ms
";
    assert_eq!(text, expected);
    let svg = timeline_svg(&history, &violation.operations);
    assert_clean(&svg);
    for part in [
        ">get -&gt; old<",
        "client 3",
        "10ms .. 60ms",
        "shows the violation",
        "may take effect later",
        "client 2: get -&gt; new, 20ms .. 25ms, marked.",
    ] {
        assert!(svg.contains(part), "no '{part}' in {svg}");
    }
}

#[test]
fn what_has_no_room_is_counted() {
    let many = (0..500).map(|at| done(get(1, 10 * at), &["milk"], 10 * at + 5));
    let history = history(many);
    for (marked, shown) in [(vec![], "0 .. 5ms"), (vec![300, 399], "3.9900s .. 3.9950s")] {
        let text = timeline_text(&history, &marked, 80);
        let svg = timeline_svg(&history, &marked);
        assert_clean(&svg);
        for picture in [text, svg] {
            assert!(picture.contains("more not drawn"), "{picture}");
            assert!(picture.contains(shown), "{picture}");
        }
    }
}

#[test]
fn requests_of_nobody_lie_on_the_lane_of_their_node_and_never_on_each_other() {
    let history = history([
        done(get(0, 0), &[], 20),
        done(get(0, 10), &[], 30),
        done(get(0, 40), &[], 50),
    ]);
    let text = timeline_text(&history, &[], 60);
    let lanes = text
        .lines()
        .filter(|line| line.contains("via n0") && line.contains('['));
    assert_eq!(lanes.count(), 2, "{text}");
}

#[test]
fn nothing_gives_a_picture_that_says_so() {
    let nothing = History::default();
    assert!(timeline_text(&nothing, &[7], 80).contains("nothing was asked"));
    let svg = timeline_svg(&nothing, &[7]);
    assert_clean(&svg);
    assert!(svg.contains("Nothing was asked"));
}

fn change() -> impl Strategy<Value = Change> {
    let text = || any::<String>().prop_map(Bytes::from);
    prop_oneof![
        any::<i64>().prop_map(Change::Add),
        text().prop_map(Change::Insert),
        text().prop_map(Change::Remove),
        (text(), text()).prop_map(|(field, value)| Change::Set { field, value }),
        text().prop_map(|field| Change::Unset { field }),
        text().prop_map(Change::Assign),
    ]
}

fn anything() -> impl Strategy<Value = Operation> {
    let text = || any::<String>();
    let what = prop_oneof![
        Just(Asked::Get),
        text().prop_map(|value| Asked::Put {
            value: value.into(),
            context: kvorum::causal::Context::default()
        }),
        Just(Asked::Delete { context: None }),
        change().prop_map(Asked::Update),
    ];
    let outcome = prop_oneof![
        Just(Outcome::Open),
        Just(Outcome::Failed(Code::Ambiguous)),
        prop::collection::vec(text(), 0..6).prop_map(|values| Outcome::Done(Answer {
            values: values.into_iter().map(Bytes::from).collect(),
            ..Answer::default()
        })),
    ];
    let times = (any::<u64>(), any::<Option<u64>>());
    (0_u32..4, any::<u32>(), text(), what, outcome, times).prop_map(
        |(client, node, key, asked, outcome, (called, ended))| Operation {
            client,
            session: None,
            via: NodeId(node),
            key: key.into(),
            asked,
            token: None,
            level: Level::Count(1),
            quorum: 1,
            expires: false,
            promise: Promise::None,
            called: Mono(called),
            ended: ended.map(Mono),
            outcome,
        },
    )
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn any_history_gives_a_clean_picture_that_is_always_the_same(
        operations in prop::collection::vec(anything(), 0..50),
        marked in prop::collection::vec(0_usize..60, 0..50), width in 0_usize..200,
    ) {
        let history = history(operations);
        let svg = timeline_svg(&history, &marked);
        assert_clean(&svg);
        prop_assert_eq!(&svg, &timeline_svg(&history, &marked));
        for line in timeline_text(&history, &marked, width).lines() {
            prop_assert!(line.is_ascii() && !line.contains(char::is_control), "{}", line);
            prop_assert!(line.len() <= width.max(40), "{}", line);
        }
        for row in kvorum::check::rows(&history) {
            prop_assert!(row.return_ns.is_none_or(|end| end >= row.call_ns));
        }
        let _ = linearizable(&history);
    }
}
