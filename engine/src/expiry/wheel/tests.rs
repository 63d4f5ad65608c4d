//! The wheel against a sorted map.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// The same contract, by a sorted map of (deadline, order of insertion).
#[derive(Default)]
struct Model {
    waiting: BTreeMap<(u64, u64), Due>,
    now_ms: u64,
    inserted: u64,
}

impl Model {
    fn insert(&mut self, deadline_ms: u64, id: Slot) {
        self.inserted += 1;
        let at_ms = deadline_ms.max(self.now_ms);
        let due = Due { id, deadline_ms };
        self.waiting.insert((at_ms, self.inserted), due);
    }

    fn cancel(&mut self, id: Slot) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|_, due| due.id != id);
        self.waiting.len() < before
    }

    fn pop_due(&mut self, now_ms: u64) -> Option<Due> {
        if now_ms < self.now_ms {
            return None;
        }
        let first = self.waiting.first_entry();
        if let Some(first) = first.filter(|first| first.key().0 <= now_ms) {
            self.now_ms = first.key().0;
            return Some(first.remove());
        }
        self.now_ms = now_ms;
        None
    }
}

#[derive(Clone, Debug)]
enum Op {
    Insert { id: Slot, ahead_ms: i64 },
    Cancel { id: Slot },
    Pop { ahead_ms: i64, times: usize },
}

/// Spans from a millisecond to centuries, and into the past.
fn span() -> impl Strategy<Value = i64> {
    prop_oneof![
        8 => (0..48_u32, 0..64_i64).prop_map(|(shift, digit)| digit << shift),
        1 => -100..0_i64,
        1 => Just(i64::MAX),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        5 => (0..40_u32, span()).prop_map(|(id, ahead_ms)| Op::Insert { id, ahead_ms }),
        2 => (0..40_u32).prop_map(|id| Op::Cancel { id }),
        3 => (span(), 1..8_usize).prop_map(|(ahead_ms, times)| Op::Pop { ahead_ms, times }),
    ]
}

proptest! {
    #![proptest_config(crate::seeded::cases(500))]

    #[test]
    fn a_wheel_is_a_sorted_map(start_ms in prop_oneof![Just(0), 1_700_000_000_000..1_800_000_000_000_u64], ops in prop::collection::vec(op(), 1..200)) {
        let mut wheel = Wheel::new(start_ms);
        let mut model = Model { now_ms: start_ms, ..Model::default() };
        for op in ops {
            match op {
                Op::Insert { id, ahead_ms } => {
                    prop_assert_eq!(wheel.cancel(id), model.cancel(id));
                    let deadline_ms = model.now_ms.saturating_add_signed(ahead_ms);
                    wheel.insert(deadline_ms, id);
                    model.insert(deadline_ms, id);
                }
                Op::Cancel { id } => prop_assert_eq!(wheel.cancel(id), model.cancel(id)),
                Op::Pop { ahead_ms, times } => {
                    let now_ms = model.now_ms.saturating_add_signed(ahead_ms);
                    for _ in 0..times {
                        prop_assert_eq!(wheel.pop_due(now_ms), model.pop_due(now_ms));
                    }
                }
            }
            prop_assert_eq!(wheel.len(), model.waiting.len());
        }
        while let Some(due) = model.pop_due(u64::MAX) {
            prop_assert_eq!(wheel.pop_due(u64::MAX), Some(due));
        }
        prop_assert!(wheel.is_empty());
    }
}

#[test]
fn every_millisecond_is_exact_around_each_boundary() {
    for shift in [6, 12, 18, 24, 30, 36, 42, 48, 54, 60] {
        let edge = (1_u64 << 62) + (1 << shift);
        let mut wheel = Wheel::new(edge - 70);
        for (id, deadline_ms) in (edge - 65..edge + 65).enumerate() {
            wheel.insert(deadline_ms, id as Slot);
        }
        for (id, now_ms) in (edge - 65..edge + 65).enumerate() {
            assert_eq!(wheel.advance(now_ms), [id as Slot], "at {now_ms}");
        }
    }
}

#[test]
fn the_end_of_time_is_a_deadline() {
    let mut wheel = Wheel::new(u64::MAX - 1);
    wheel.insert(u64::MAX, 0);
    assert_eq!(wheel.advance(u64::MAX - 1), []);
    assert_eq!(wheel.advance(u64::MAX), [0]);
    wheel.insert(3, 0);
    assert_eq!(wheel.advance(u64::MAX), [0], "the past is due at once");
}

#[test]
fn a_budget_leaves_the_rest_for_the_next_call() {
    let mut wheel = Wheel::new(0);
    for id in 0..10 {
        wheel.insert(u64::from(id) * 100, id);
    }
    let first: Vec<Slot> = (0..4)
        .filter_map(|_| wheel.pop_due(1_000))
        .map(|due| due.id)
        .collect();
    assert_eq!(first, [0, 1, 2, 3]);
    wheel.insert(350, 10);
    assert_eq!(wheel.advance(1_000), [10, 4, 5, 6, 7, 8, 9]);
}
