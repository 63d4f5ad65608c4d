//! Exchanges between two nodes.

use core::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;

use super::{Few, Weather};
use crate::NodeId;
use crate::base::limits::{REPAIR_BYTES_MAX, REPAIR_GROUPS_MAX, REPAIR_KEYS_MAX};
use crate::base::rng::Rng;
use crate::node::replica::leaf_of;
use crate::node::replica::tests::fixture::{cell, key, keyspace, merge, write};
use crate::seeded::cases;

/// Keys on both nodes, and then some that one of them wrote or deleted alone.
fn diverge(few: &mut Few, rng: &mut Rng, keys: u64, changes: u64) {
    for number in 0..keys {
        let value = vec![b'v'; 20 + (number % 50) as usize];
        let known = cell(3, Some(&value));
        for id in 1..=2 {
            merge(
                &mut few.side(id).replica,
                vec![(key(number), known.clone())],
            );
        }
    }
    for _ in 0..changes {
        let (id, number) = (1 + rng.below(2) as u32, rng.below(keys * 5 / 4 + 2));
        let value = [b'w'; 30];
        let value = rng.chance(0.8).then_some(&value[..]);
        write(&mut few.side(id).replica, &key(number), id, value);
    }
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn one_exchange_makes_two_nodes_agree_and_streams_no_more_than_what_differs(
        seed in any::<u64>(),
        keys in prop_oneof![0_u64..60, 500_u64..4000],
        changes in 0_u64..300,
    ) {
        let mut few = Few::new(2, 5, 0);
        diverge(&mut few, &mut Rng::from_seed(seed), keys, changes);
        let (bytes, differing) = few.differing(1, 2);
        few.exchange(1, 2);
        prop_assert!(few.agree(1, 2));
        let (one, two) = (few.stats(1), few.stats(2));
        prop_assert_eq!((one.keys_differing, one.differing_bytes), (differing, bytes));
        let streamed = one.cell_bytes_sent + two.cell_bytes_sent;
        // Nothing is lost here, so all that differs travels, and nothing else does.
        prop_assert_eq!(streamed, bytes);
        prop_assert_eq!((one.begun, one.ended), (1, 1));
        // The second one finds everything equal, in two messages.
        few.sent.clear();
        few.exchange(2, 1);
        let sent: Vec<_> = few.sent.clone().into_iter().collect();
        prop_assert_eq!(sent, vec![("agreed", 1), ("roots", 1)]);
        let agreed = few.side(2).node.agreed_with(NodeId(1));
        prop_assert!(agreed.is_some());
        prop_assert_eq!(few.side(1).node.agreed_with(NodeId(2)).is_some(), bytes == 0);
    }

    #[test]
    fn they_agree_after_a_few_exchanges_when_messages_are_lost_doubled_and_reordered(
        seed in any::<u64>(),
        keys in 0_u64..3000,
        changes in 0_u64..400,
        lost in 0.0..0.4,
    ) {
        let mut few = Few::new(2, 5, 0);
        few.rng = Rng::from_seed(seed);
        diverge(&mut few, &mut Rng::from_seed(seed), keys, changes);
        few.weather = Weather { lost, twice: 0.2, early: 0.3 };
        let mut rounds = 0;
        while !few.agree(1, 2) {
            rounds += 1;
            prop_assert!(rounds <= 120, "{:?}", few.differing(1, 2));
            let asker = 1 + rounds % 2;
            few.resume(asker, 3 - asker);
        }
    }
}

#[test]
fn a_message_that_comes_twice_does_not_double_an_exchange() {
    let messages = |twice| {
        let mut few = Few::new(2, 3, 0);
        diverge(&mut few, &mut Rng::from_seed(5), 6000, 2000);
        few.weather.twice = twice;
        few.exchange(1, 2);
        assert!(few.agree(1, 2));
        few.sent.values().sum::<u64>()
    };
    let (once, twice) = (messages(0.0), messages(1.0));
    // The peer remembers nothing and answers twice; the asker hears one answer.
    assert!(once > 15 && twice <= 2 * once, "{once} and {twice}");
}

/// Keys that all fall into one leaf.
fn crowded(count: usize) -> Vec<Bytes> {
    let all = (0_u64..).map(|number| Bytes::from(format!("{number}")));
    all.filter(|key| leaf_of(key) == 77).take(count).collect()
}

#[test]
fn a_leaf_of_more_keys_than_a_message_names_is_repaired_whole() {
    let keys = crowded(2 * REPAIR_KEYS_MAX + 500);
    let mut few = Few::new(2, 3, 0);
    for (at, key) in keys.iter().enumerate() {
        let of = |id: u32| at % 3 == 0 || at % 3 == id as usize;
        for id in (1..=2).filter(|id| of(*id)) {
            write(&mut few.side(id).replica, key, 3, Some(b"milk"));
        }
    }
    few.exchange(1, 2);
    assert!(few.agree(1, 2));
    assert_eq!(few.shared(1, 2).len(), keys.len());
    assert!(few.sent["keys"] >= 2 && few.sent["leaves"] == 1);
}

#[test]
fn a_leaf_that_one_of_them_has_not_met_at_all_is_repaired_either_way() {
    for asker in [1, 2] {
        let mut few = Few::new(2, 3, 0);
        for key in crowded(REPAIR_KEYS_MAX * 2) {
            write(&mut few.side(1).replica, &key, 3, Some(b"milk"));
        }
        few.exchange(asker, 3 - asker);
        assert!(few.agree(1, 2));
        assert_eq!(few.shared(2, 1).len(), REPAIR_KEYS_MAX * 2);
    }
}

#[test]
fn cells_that_fill_many_messages_come_in_messages_that_their_receiver_can_write() {
    let mut few = Few::new(2, 3, 0);
    for number in 0..40 {
        let (id, large) = (1 + (number % 2) as u32, vec![b'v'; 900_000]);
        write(&mut few.side(id).replica, &key(number), id, Some(&large));
    }
    few.exchange(1, 2);
    assert!(few.agree(1, 2));
    assert!(few.sent["cells"] as usize >= 40 * 900_000 / REPAIR_BYTES_MAX);
}

#[test]
fn groups_that_do_not_fit_one_round_are_dealt_with_in_the_next() {
    let mut few = Few::new(2, 100, 0);
    let keys = keyspace(few.nodes);
    let shared = |key: &Bytes| {
        let owners = keys.owners(key);
        owners.contains(&NodeId(1)) && owners.contains(&NodeId(2))
    };
    let mut written = 0;
    for key in (0..400_000).map(key).filter(shared) {
        write(&mut few.side(1).replica, &key, 1, Some(b"milk"));
        written += 1;
    }
    few.exchange(2, 1);
    assert!(few.agree(1, 2));
    assert_eq!(few.shared(2, 1).len(), written);
    assert!(few.side(1).replica.forest().roots().len() > REPAIR_GROUPS_MAX);
    assert!(few.sent["branches"] > 1);
    assert_eq!(few.stats(2).ended, 1);
}

#[test]
fn an_empty_bucket_pauses_an_exchange_and_the_rate_holds() {
    let (rate, value) = (100_000, vec![b'v'; 50_000]);
    let mut few = Few::new(2, 3, rate);
    let keys = 200;
    for number in 0..keys {
        write(&mut few.side(1).replica, &key(number), 1, Some(&value));
    }
    let (bytes, _) = few.differing(1, 2);
    let mut rounds = 0_u64;
    while !few.agree(1, 2) {
        rounds += 1;
        // Node 1 pushes when it asks, and is asked when node 2 does.
        let asker = 1 + (rounds % 2) as u32;
        few.resume(asker, 3 - asker);
        few.pass(Duration::from_secs(1));
        let sent = few.stats(1).cell_bytes_sent;
        let seconds = few.now.0 / 1_000_000_000;
        let most = REPAIR_BYTES_MAX as u64 + rate * seconds + value.len() as u64 + 100;
        assert!(sent <= most, "{sent} in {seconds} s");
        assert!(rounds < 200);
    }
    let seconds = few.now.0 / 1_000_000_000;
    let least = (bytes - REPAIR_BYTES_MAX as u64) / rate;
    assert!(
        (least..=least * 3 / 2 + 5).contains(&seconds),
        "{seconds} s, not {least}"
    );
    assert_eq!(
        few.stats(1).cell_bytes_sent,
        bytes,
        "nothing was streamed twice"
    );
}

#[test]
fn an_exchange_that_is_under_way_is_not_begun_again_and_one_that_is_lost_is() {
    let mut few = Few::new(1, 2, 0);
    let timer = |few: &mut Few| {
        few.with(NodeId(1), |node, now, out| node.repair_timer(now, out));
        few.settle();
        few.stats(1).begun
    };
    assert_eq!(timer(&mut few), 1);
    few.pass(Duration::from_millis(900));
    assert_eq!(timer(&mut few), 1, "the peer may be slow");
    few.pass(Duration::from_millis(200));
    assert_eq!(timer(&mut few), 2);
}

#[test]
fn an_agreement_is_of_the_whole_and_of_this_life() {
    let mut few = Few::new(2, 5, 0);
    diverge(&mut few, &mut Rng::from_seed(3), 300, 0);
    few.now = few.now.after(Duration::from_secs(5));
    few.exchange(1, 2);
    let began = few.side(1).node.agreed_with(NodeId(2));
    assert_eq!(began, Some(few.now));
    write(&mut few.side(2).replica, &key(3), 2, None);
    write(&mut few.side(2).replica, &key(4), 2, None);
    few.now = few.now.after(Duration::from_secs(5));
    few.exchange(1, 2);
    assert_eq!(
        few.side(1).node.agreed_with(NodeId(2)),
        began,
        "something differed"
    );
    few.now = few.now.after(Duration::from_secs(5));
    few.exchange(1, 2);
    assert_eq!(few.side(1).node.agreed_with(NodeId(2)), Some(few.now));
}
