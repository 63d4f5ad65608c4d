//! Policies against their models.

use proptest::prelude::*;

use super::*;
use crate::expiry::NEVER_MS;

fn item(key: u64) -> Item {
    Item {
        key_hash: key.wrapping_mul(0x9E37_79B9_7F4A_7C15),
        weight_bytes: 1,
        deadline_ms: NEVER_MS,
    }
}

#[derive(Clone, Debug)]
enum Op {
    Access(u64),
    Remove(u64),
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op =
        prop_oneof![9 => (0..24_u64).prop_map(Op::Access), 1 => (0..24_u64).prop_map(Op::Remove)];
    prop::collection::vec(op, 1..300)
}

/// Runs `ops` on a policy that holds at most `capacity` keys; `model` is told the same, and must name the same
/// victims.
fn agrees(
    ops: &[Op],
    capacity: usize,
    policy: &mut dyn EvictionPolicy,
    model: &mut Vec<u64>,
    renews: bool,
) {
    let mut slots: Vec<Option<u64>> = vec![None; capacity];
    for op in ops {
        match op {
            Op::Access(key) => match slots.iter().position(|held| *held == Some(*key)) {
                Some(slot) => {
                    policy.on_hit(slot as Slot, 0);
                    if renews {
                        model.retain(|held| held != key);
                        model.push(*key);
                    }
                }
                None => {
                    if slots.iter().all(Option::is_some) {
                        let victim = policy.victim(item(*key), 0).unwrap();
                        let expected = model.remove(0);
                        assert_eq!(slots[victim as usize].take(), Some(expected));
                        policy.on_evict(victim);
                    }
                    let free = slots.iter().position(Option::is_none).unwrap();
                    slots[free] = Some(*key);
                    policy.on_insert(free as Slot, item(*key), 0);
                    model.push(*key);
                }
            },
            Op::Remove(key) => {
                if let Some(slot) = slots.iter().position(|held| *held == Some(*key)) {
                    policy.on_remove(slot as Slot);
                    slots[slot] = None;
                    model.retain(|held| held != key);
                }
            }
        }
        assert_eq!(policy.len(), model.len());
    }
}

proptest! {
    #![proptest_config(crate::seeded::cases(200))]

    #[test]
    fn lru_is_the_naive_list(ops in ops(), capacity in 1..12_usize) {
        agrees(&ops, capacity, &mut Lru::default(), &mut Vec::new(), true);
    }

    #[test]
    fn fifo_is_the_naive_queue(ops in ops(), capacity in 1..12_usize) {
        agrees(&ops, capacity, &mut Fifo::default(), &mut Vec::new(), false);
    }
}

#[test]
fn clock_gives_a_used_entry_a_second_chance() {
    let mut clock = Clock::default();
    for slot in 0..3 {
        clock.on_insert(slot, item(u64::from(slot)), 0);
    }
    clock.on_hit(0, 0);
    assert_eq!(clock.victim(item(9), 0), Some(1));
    clock.on_evict(1);
    assert_eq!(clock.victim(item(9), 0), Some(2));
    clock.on_evict(2);
    assert_eq!(clock.victim(item(9), 0), Some(0), "the chance is used up");
}

#[test]
fn s3_fifo_keeps_what_is_used_and_remembers_what_left() {
    let mut policy = S3Fifo::new(10);
    for slot in 0..10 {
        policy.on_insert(slot, item(u64::from(slot)), 0);
    }
    for _ in 0..2 {
        policy.on_hit(0, 0);
    }
    assert_eq!(policy.victim(item(10), 0), Some(1), "0 went to main");
    policy.on_evict(1);
    policy.on_insert(1, item(10), 0);
    for slot in 2..10 {
        assert_eq!(policy.victim(item(1), 0), Some(slot));
        policy.on_evict(slot);
    }
    policy.on_insert(2, item(1), 0);
    assert_eq!(policy.main.len(), 2, "a key in the ghost queue enters main");
    assert_eq!(policy.len(), 3);
}

#[test]
fn a_ghost_remembers_its_limit_and_little_more() {
    let mut ghost = ghost::Ghost::default();
    ghost.reserve(1_000);
    let hash = |key: u64| item(key + 1).key_hash;
    for key in 0..5_000 {
        ghost.push(hash(key));
    }
    let known = (4_000..5_000).filter(|key| ghost.take(hash(*key))).count();
    assert!(known > 900, "{known} of the last 1000 are known");
    let known = (0..3_900).filter(|key| ghost.take(hash(*key))).count();
    assert!(known < 20, "{known} of the first 3900 are known");
    assert!(!ghost.take(hash(4_999)), "a key is taken once");
}
