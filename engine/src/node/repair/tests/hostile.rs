//! Messages that no honest peer would send: refused or answered, never a panic, and never without end.

use crate::node::repair::page_sum;
use crate::node::replica::{Page, StreamWhy};
use bytes::Bytes;
use proptest::prelude::*;

use super::{Few, MemoryDisk};
use crate::NodeId;
use crate::base::limits::REPAIR_KEYS_MAX;
use crate::node::Input;
use crate::node::message::Message;
use crate::node::repair::{Exchange, Next, RepairMessage};
use crate::node::replica::tests::fixture::{cell, key, keyspace, write};
use crate::node::replica::{FANOUT, Group, KeyDigest, LeafSet, Leaves};
use crate::seeded::cases;

fn group() -> impl Strategy<Value = Group> {
    let node = (1_u32..7).prop_map(NodeId);
    prop::collection::vec(node, 0..4).prop_map(Group::new)
}

fn some_key() -> impl Strategy<Value = Bytes> {
    prop_oneof![
        (0_u64..50).prop_map(key),
        prop::collection::vec(any::<u8>(), 0..4).prop_map(Bytes::from),
    ]
}

fn leaves() -> impl Strategy<Value = Leaves> {
    let set = prop::collection::vec(any::<u16>(), 0..6).prop_map(|leaves| {
        let mut set = LeafSet::default();
        leaves.into_iter().for_each(|leaf| set.insert(leaf));
        set
    });
    prop::collection::vec((group(), set), 0..4).prop_map(Leaves::from)
}

fn message() -> impl Strategy<Value = RepairMessage> {
    let exchange = || prop_oneof![Just(Exchange(1 << 32)), any::<u64>().prop_map(Exchange)];
    let digests = prop::collection::vec((some_key(), any::<u64>(), any::<usize>()), 0..5).prop_map(
        |mut keys| {
            keys.sort();
            let each = keys.into_iter();
            each.map(|(key, digest, bytes)| KeyDigest { key, digest, bytes })
                .collect()
        },
    );
    let maybe_key = || prop::option::of(some_key());
    let maybe_group = || prop::option::of(group());
    let life = || prop_oneof![3 => 1_u32..3, 1 => any::<u32>()];
    prop_oneof![
        (
            exchange(),
            maybe_group(),
            maybe_group(),
            prop::collection::vec((group(), any::<u64>()), 0..5)
        )
            .prop_map(|(exchange, after, upto, roots)| RepairMessage::Roots {
                exchange,
                after,
                upto,
                roots
            }),
        (exchange(), maybe_group())
            .prop_map(|(exchange, upto)| RepairMessage::Agreed { exchange, upto }),
        (
            exchange(),
            maybe_group(),
            prop::collection::vec(group(), 0..5)
        )
            .prop_map(|(exchange, upto, groups)| {
                let branches = groups
                    .into_iter()
                    .map(|group| (group, [9; FANOUT]))
                    .collect();
                RepairMessage::Branches {
                    exchange,
                    upto,
                    branches,
                }
            }),
        (
            exchange(),
            maybe_key(),
            prop::collection::vec((group(), any::<u8>()), 0..5)
        )
            .prop_map(|(exchange, after, rows)| {
                let leaves = rows
                    .into_iter()
                    .map(|(group, branch)| (group, branch, [9; FANOUT]))
                    .collect();
                RepairMessage::Leaves {
                    exchange,
                    after,
                    leaves,
                }
            }),
        (exchange(), leaves(), maybe_key(), maybe_key(), digests).prop_map(
            |(exchange, leaves, after, upto, keys)| RepairMessage::Keys {
                exchange,
                leaves,
                after,
                upto,
                keys
            }
        ),
        (exchange(), leaves(), some_key()).prop_map(|(exchange, leaves, after)| {
            RepairMessage::More {
                exchange,
                leaves,
                after,
            }
        }),
        prop::collection::vec(some_key(), 0..5).prop_map(RepairMessage::Want),
        prop::collection::vec(some_key(), 0..5).prop_map(|keys| {
            RepairMessage::Cells(
                keys.into_iter()
                    .map(|key| (key, cell(6, Some(b"forged"))))
                    .collect(),
            )
        }),
        (life(), maybe_key(), any::<usize>()).prop_map(|(life, after, bytes_max)| {
            RepairMessage::StreamAsk {
                life,
                why: StreamWhy::Lost,
                after,
                bytes_max,
            }
        }),
        (life(), maybe_key(), some_key(), maybe_key(), any::<bool>()).prop_map(
            |(life, after, key, next, settled)| {
                let page = Page {
                    cells: vec![(key, cell(6, Some(b"forged")))],
                    registers: Vec::new(),
                    floor: crate::node::paxos::Floor::default(),
                };
                RepairMessage::StreamPage {
                    life,
                    after,
                    sum: page_sum(&page),
                    page,
                    next: next.map_or(Next::End, |key| Next::Behind(Some(key))),
                    settled,
                }
            }
        ),
    ]
}

fn epoch() -> impl Strategy<Value = u64> {
    prop_oneof![3 => Just(0_u64), 1 => 0_u64..1_000, 1 => any::<u64>()]
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn forged_messages_are_refused_or_answered(
        messages in prop::collection::vec((message(), epoch(), 1_u32..7), 1..40),
        life in 1_u32..3,
    ) {
        let mut few = Few::new(1, 5, 0);
        // In its second life the node has lost its disk, and is being filled.
        few.boot(1, MemoryDisk::new(), life);
        prop_assert_eq!(few.side(1).node.is_rebuilding(), life > 1);
        for number in 0..50 {
            write(&mut few.side(1).replica, &key(number), 1, Some(b"milk"));
        }
        for (message, epoch, from) in messages {
            few.with(NodeId(1), |node, now, out| node.start_repair_with(now, NodeId(from), out));
            few.settle();
            let input = Input::Peer(NodeId(from), 1, Message::Repair(epoch, message));
            few.with(NodeId(1), |node, now, out| node.handle(now, input, out));
            few.settle();
        }
        let keys = keyspace(5);
        for (stored, cell) in few.side(1).replica.cells().unwrap() {
            let owned = keys.owners(&stored).contains(&NodeId(1));
            let ours = (0..50).any(|number| key(number) == stored);
            prop_assert!(owned || ours, "{stored:?} belongs elsewhere");
            prop_assert!(owned || cell.shown_values() == ["milk"], "{stored:?} was forged");
        }
    }
}

#[test]
fn a_message_past_a_limit_is_refused() {
    let mut few = Few::new(1, 3, 0);
    let keys = (0..=REPAIR_KEYS_MAX as u64).map(key).collect();
    let want = Input::Peer(NodeId(2), 1, Message::Repair(0, RepairMessage::Want(keys)));
    few.with(NodeId(1), |node, now, out| node.handle(now, want, out));
    few.settle();
    assert_eq!(few.side(1).events, ["refused a 'want' of n2"]);
    let stranger = RepairMessage::Roots {
        exchange: Exchange(0),
        after: None,
        upto: None,
        roots: vec![(Group::new(vec![NodeId(1), NodeId(3)]), 1)],
    };
    let stranger = Input::Peer(NodeId(2), 1, Message::Repair(0, stranger));
    few.with(NodeId(1), |node, now, out| node.handle(now, stranger, out));
    few.settle();
    assert_eq!(few.side(1).events.len(), 2);
    assert!(few.sent.is_empty());
}
