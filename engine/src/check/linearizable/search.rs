//! The search for an order (Wing and Gong 1993, "Testing and Verifying Concurrent Objects"), as Lowe has it
//! (2017, "Testing for Linearizability"): what is decided is placed, where several ways lead on one after the other
//! is tried, and a memory of (what is placed, the object's state) keeps it from trying one twice.
//!
//! What an object is, and how much of the choice it decides, its [`Model`] says: [`super::plain`] for a register
//! that is put over, [`super::agreed`] for one that is compared and set.

use core::fmt;
use std::collections::BTreeSet;

use crate::base::limits::{LINEARIZABLE_MEMO_BYTES_MAX, LINEARIZABLE_STEPS_MAX};

/// How a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Order,
    NoOrder,
    TooLong,
}

/// What a search may still cost.
#[derive(Clone, Debug)]
pub(super) struct Budget {
    pub steps: u64,
    pub memo_bytes: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            steps: LINEARIZABLE_STEPS_MAX,
            memo_bytes: LINEARIZABLE_MEMO_BYTES_MAX,
        }
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (steps, bytes) = (self.steps, self.memo_bytes);
        write!(f, "it may take {steps} steps and {bytes} bytes")
    }
}

/// How far the decided steps lead.
pub(super) enum Decided {
    /// All operations are placed.
    All,
    /// To a choice.
    Open,
    /// To an end without order.
    NoWay,
}

/// An object, and the operations on it that are to be placed.
pub(super) trait Model {
    /// One way on from a choice.
    type Way: Copy;
    /// What it takes to come back to a choice.
    type Mark: Copy;

    /// Places what can be placed with no loss.
    fn place_what_is_decided(&mut self) -> Decided;
    /// What is placed and the state, exactly.
    fn remembered_as(&self) -> Box<[u64]>;
    fn mark(&self) -> Self::Mark;
    fn take_back(&mut self, mark: Self::Mark);
    /// The ways on, the most urgent first; the same ones whenever it is asked at one choice.
    fn ways(&mut self, ways: &mut Vec<Self::Way>);
    fn go(&mut self, way: Self::Way);
    /// Operations that were placed so far, those that were taken back too.
    fn steps(&self) -> u64;
}

/// Adds to a memory how many of each value's operations of unknown end are placed, given (operations, placed): a word
/// for a value that has several, and one bit for one that has one.
pub(super) fn remember_unknown<C>(memory: &mut Vec<u64>, counts: C)
where
    C: Iterator<Item = (usize, usize)> + Clone,
{
    let several = counts.clone().filter(|(all, _)| *all > 1);
    memory.extend(several.map(|(_, placed)| placed as u64));
    let single = counts.filter(|(all, _)| *all == 1);
    for (index, (_, placed)) in single.enumerate() {
        if index % 64 == 0 {
            memory.push(0);
        }
        if let Some(word) = memory.last_mut() {
            *word |= (placed as u64) << (index % 64);
        }
    }
}

/// A place where several ways lead on.
struct Fork<M> {
    mark: M,
    /// The next way to try.
    way: usize,
}

/// Searches, and takes what that cost from the budget.
pub(super) fn search<M: Model>(model: &mut M, budget: &mut Budget) -> Found {
    let found = run(model, budget);
    budget.steps = budget.steps.saturating_sub(model.steps());
    found
}

fn run<M: Model>(model: &mut M, budget: &mut Budget) -> Found {
    let mut remembered: BTreeSet<Box<[u64]>> = BTreeSet::new();
    let mut forks: Vec<Fork<M::Mark>> = Vec::new();
    let mut ways = Vec::new();
    loop {
        match model.place_what_is_decided() {
            Decided::All => return Found::Order,
            Decided::NoWay => {}
            Decided::Open => {
                let key = model.remembered_as();
                let bytes = 2 * size_of_val(&*key) + 32;
                if remembered.insert(key) {
                    if budget.memo_bytes < bytes {
                        return Found::TooLong;
                    }
                    budget.memo_bytes -= bytes;
                    let mark = model.mark();
                    forks.push(Fork { mark, way: 0 });
                }
            }
        }
        if model.steps() > budget.steps {
            return Found::TooLong;
        }
        loop {
            let Some(fork) = forks.last_mut() else {
                return Found::NoOrder;
            };
            let way = fork.way;
            fork.way += 1;
            model.take_back(fork.mark);
            model.ways(&mut ways);
            if let Some(way) = ways.get(way) {
                model.go(*way);
                break;
            }
            forks.pop();
        }
    }
}
