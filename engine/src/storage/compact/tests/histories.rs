//! Random histories under every picker: whatever happens in whatever order, reads find what was written, plans
//! are sound and the picker comes to rest.

use proptest::prelude::*;

use super::*;
use crate::base::rng::Rng;
use crate::seeded::cases;

const KEYS: u64 = 600;

#[derive(Clone, Debug)]
enum Step {
    /// So many puts of random keys.
    Scatter(u64, u16),
    /// So many puts of ascending keys from here on.
    Ascend(u64, u16),
    /// Puts that expire after so many ms.
    Lease(u64, u16, u64),
    /// So many deletes of ascending keys.
    Delete(u64, u16),
    Flush,
    Start,
    Finish(usize),
    Settle,
    Wait(u64),
    Snapshot,
    Release,
    Compact(u64, u64, u8),
    Picker(usize),
}

fn step(pickers: usize) -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (any::<u64>(), 1_u16..150).prop_map(|(seed, count)| Step::Scatter(seed, count)),
        4 => (0..KEYS, 1_u16..150).prop_map(|(from, count)| Step::Ascend(from, count)),
        3 => (any::<u64>(), 1_u16..100, 1_u64..5000)
            .prop_map(|(seed, count, ms)| Step::Lease(seed, count, ms)),
        4 => (0..KEYS, 1_u16..200).prop_map(|(from, count)| Step::Delete(from, count)),
        10 => Just(Step::Flush),
        10 => Just(Step::Start),
        8 => (0_usize..4).prop_map(Step::Finish),
        3 => Just(Step::Settle),
        3 => (1_u64..2000).prop_map(Step::Wait),
        1 => Just(Step::Snapshot),
        1 => Just(Step::Release),
        1 => (0..KEYS, 1_u64..100, 0_u8..7).prop_map(|(from, wide, to)| Step::Compact(from, wide, to)),
        1 => (0..pickers).prop_map(move |kind| match pickers {
            1 => Step::Settle,
            _ => Step::Picker(kind),
        }),
    ]
}

fn carry_out(model: &mut Model, step: &Step) {
    match *step {
        Step::Scatter(seed, count) => {
            let mut rng = Rng::from_seed(seed);
            (0..count).for_each(|_| model.put(rng.below(KEYS)));
        }
        Step::Ascend(from, count) => {
            (0..u64::from(count)).for_each(|at| model.put((from + at) % KEYS));
        }
        Step::Lease(seed, count, ms) => {
            let mut rng = Rng::from_seed(seed);
            let deadline_ms = model.now_ms + ms;
            (0..count).for_each(|_| model.put_until(rng.below(KEYS), deadline_ms));
        }
        Step::Delete(from, count) => {
            (0..u64::from(count)).for_each(|at| model.delete((from + at) % KEYS));
        }
        Step::Flush => model.flush(),
        Step::Start => {
            model.start();
        }
        Step::Finish(at) => {
            if at < model.running() {
                model.finish(at);
            }
        }
        Step::Settle => model.settle(),
        Step::Wait(ms) => model.now_ms += ms,
        Step::Snapshot => model.take_snapshot(),
        Step::Release => model.drop_snapshot(),
        Step::Compact(from, wide, level) => {
            let to = key_bytes(from + wide);
            let plan = plan_range(&model.picture(), &key_bytes(from), Some(&to), level, 4000);
            if let Some(plan) = plan
                && model.running() == 0
            {
                model.carry_out(plan);
            }
        }
        Step::Picker(kind) => model.use_picker(picker(kind)),
    }
}

fn run(model: &mut Model, steps: &[Step]) {
    for step in steps {
        carry_out(model, step);
        if !matches!(step, Step::Start | Step::Wait(_)) {
            model.check_reads();
        }
    }
    model.settle();
    model.check_reads();
    assert!(!model.step(), "it was at rest");
}

fn steps(pickers: usize) -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(pickers), 1..80)
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn leveled(steps in steps(1)) {
        run(&mut Model::new(picker(0), MEMTABLE_BYTES), &steps);
    }

    #[test]
    fn size_tiered(steps in steps(1)) {
        run(&mut Model::new(picker(1), MEMTABLE_BYTES), &steps);
    }

    #[test]
    fn lazy_leveled(steps in steps(1)) {
        run(&mut Model::new(picker(2), MEMTABLE_BYTES), &steps);
    }

    #[test]
    fn leveled_in_all_levels(steps in steps(1)) {
        run(&mut Model::new(tiny_leveled(), MEMTABLE_BYTES), &steps);
    }

    #[test]
    fn lazy_leveled_in_all_levels(steps in steps(1)) {
        run(&mut Model::new(tiny_lazy(), MEMTABLE_BYTES), &steps);
    }

    #[test]
    fn time_window(steps in steps(1)) {
        run(&mut Model::new(picker(3), MEMTABLE_BYTES), &steps);
    }

    #[test]
    fn a_store_that_is_opened_with_another_picker_each_time(steps in steps(7)) {
        run(&mut Model::new(picker(0), MEMTABLE_BYTES), &steps);
    }

    #[test]
    fn fifo_forgets_but_does_not_err(steps in steps(1), bytes_max in 1000_u64..100_000) {
        let options = FifoOptions { bytes_max, retention_ms: 4000 };
        let mut model = Model::new(Box::new(Fifo::new(options)), MEMTABLE_BYTES);
        model.forgets = true;
        run(&mut model, &steps);
        prop_assert!(model.levels.bytes_total() <= bytes_max);
    }

    #[test]
    fn windows_forget_but_do_not_err(steps in steps(1), retention_ms in 1000_u64..5000) {
        let options = TimeWindowOptions { retention_ms, bytes_max: 50_000, ..window() };
        let mut model = Model::new(Box::new(TimeWindow::new(options).unwrap()), MEMTABLE_BYTES);
        model.forgets = true;
        run(&mut model, &steps);
    }
}
