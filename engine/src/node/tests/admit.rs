//! What a node lets in.

use core::time::Duration;

use bytes::Bytes;

use super::fixture::{One, get, put, request, settings};
use crate::base::limits::{KEY_BYTES_MAX, REQUESTS_PENDING_MAX, TTL_MS_MAX, VALUE_BYTES_MAX};
use crate::causal::{Context, HLC_AHEAD_MS_MAX, Stamp};
use crate::node::{Kind, Level, Settings, full_key};
use crate::{Code, NodeId, crdt};

#[test]
fn what_is_too_large_is_refused_and_what_just_fits_is_not() {
    let mut one = One::new(1);
    let keyed = |bytes| {
        let mut request = get();
        request.key = full_key(0, &vec![b'k'; bytes]);
        request
    };
    let valued = |bytes| {
        request(Kind::Put {
            value: Bytes::from(vec![b'v'; bytes]),
            context: Context::default(),
        })
    };
    let refused = Some(Err(Code::TooLarge));
    assert_eq!(one.ask(1, keyed(KEY_BYTES_MAX)).reply(1), None);
    assert_eq!(one.ask(2, keyed(KEY_BYTES_MAX + 1)).reply(2), refused);
    assert_eq!(
        one.ask(3, keyed(0)).reply(3),
        Some(Err(Code::InvalidArgument))
    );
    assert_eq!(one.ask(4, valued(VALUE_BYTES_MAX)).reply(4), None);
    assert_eq!(one.ask(5, valued(VALUE_BYTES_MAX + 1)).reply(5), refused);
}

#[test]
fn a_node_holds_so_many_requests_and_says_overloaded_to_more() {
    let mut one = One::new(1);
    for id in 0..REQUESTS_PENDING_MAX as u64 {
        assert_eq!(one.ask(id, put("milk")).reply(id), None);
    }
    let refused = one.ask(9_999, get());
    assert_eq!(refused.reply(9_999), Some(Err(Code::Overloaded)));
    assert_eq!(one.node.stats().overloaded, 1);
    assert!(
        one.node
            .bounds()
            .iter()
            .all(|(_, count, most)| count <= most)
    );
}

#[test]
fn a_node_admits_its_rate_and_says_overloaded_to_more() {
    let mut one = One::with(
        1,
        Settings {
            admit_rate: 10,
            admit_burst: 2,
            ..settings()
        },
    );
    let mut overloaded = |id| one.ask(id, get()).reply(id) == Some(Err(Code::Overloaded));
    assert_eq!([1, 2, 3].map(&mut overloaded), [false, false, true]);
    one.pass(100);
    let mut overloaded = |id| one.ask(id, get()).reply(id) == Some(Err(Code::Overloaded));
    assert_eq!([4, 5].map(&mut overloaded), [false, true]);
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_sent() {
    let mut one = One::new(1);
    let mut ask = |change: &dyn Fn(&mut crate::node::Request)| {
        let mut request = put("milk");
        change(&mut request);
        let heard = one.ask(1, request);
        assert!(one.waiting.is_empty() && heard.sent().is_empty());
        heard.reply(1)
    };
    let refused = Some(Err(Code::InvalidArgument));
    assert_eq!(ask(&|put| put.level = Level::Count(4)), refused);
    assert_eq!(
        ask(&|put| put.pinned = [NodeId(4)].into_iter().collect()),
        refused
    );
    assert_eq!(ask(&|put| put.ttl = Some(Duration::ZERO)), refused);
    assert_eq!(
        ask(&|put| put.ttl = Some(Duration::from_millis(TTL_MS_MAX + 1))),
        refused
    );
    let add = crdt::Change::Insert(Bytes::from("milk"));
    assert_eq!(ask(&|put| put.kind = Kind::Update(add.clone())), refused);
    // A context whose stamp no sound clock gave.
    let stamp = Stamp {
        wall_ms: 1_000_000 + HLC_AHEAD_MS_MAX + 1,
        logical: 0,
        node: NodeId(2),
    };
    let ahead = |put: &mut crate::node::Request| {
        put.kind = Kind::Delete {
            context: Some(Context {
                stamp,
                ..Context::default()
            }),
        };
    };
    assert_eq!(ask(&ahead), refused);
}
