//! The search for an order (Wing and Gong 1993, "Testing and Verifying Concurrent Objects"), as Lowe has it
//! (2017, "Testing for Linearizability"): a linked list of calls and ends, out of which what is placed is
//! lifted; an undo stack; and a memory of (what is placed, the register's value), none of which is tried twice.
//!
//! What may come next is called before the first end in the list: that is the window. A register lets most of
//! the choice be decided, with no loss:
//!
//! - A get in the window that returns the register's value is placed at once: it changes nothing.
//! - When all such are placed, a write is next. Where the value still has gets to come and nobody will write
//!   it again, there is no order this way.
//! - A write in the window whose value no remaining get returns is placed at once, for if it comes later in
//!   some order, it may as well come here: the value that it ends is not needed, and neither is its own.
//! - Of writes in the window with one value the one that ends first comes first.
//! - A write of unknown end is of use only directly before a get of its value, so it is placed together with
//!   one, and only where no write of known end would do; of several with one value the first called is taken.
//! - A value that no remaining get returns is as good as any other such.
//!
//! What is left to choose is the order of values that are read and were written at one time.

use core::fmt;
use std::collections::{BTreeMap, BTreeSet};

use crate::base::limits::{LINEARIZABLE_MEMO_BYTES_MAX, LINEARIZABLE_STEPS_MAX};

/// The number of the value nothing, which a register has at first.
pub(super) const NOTHING: u32 = 0;
/// In place of a value that no remaining get returns.
const UNREAD: u32 = u32::MAX;

/// What an operation does to the register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Read,
    Write,
}

/// One operation of a key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    /// Its place in the history.
    pub place: usize,
    /// The rank of its call among the key's events.
    pub called: usize,
    /// The rank of its successful end; none where it is open or its end unknown.
    pub ended: Option<usize>,
    pub kind: Kind,
    /// The number of the value written or returned.
    pub value: u32,
}

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

/// Whether the history up to and including the event of rank `last` has an order. What had not ended by then
/// is open: gets say nothing, writes may or may not have happened. `steps` are in the order of their calls.
pub(super) fn search(steps: &[Step], values: usize, last: usize, budget: &mut Budget) -> Found {
    match Search::new(steps, values, last) {
        None => Found::NoOrder,
        Some(mut search) => {
            let found = search.run(budget);
            budget.steps = budget.steps.saturating_sub(search.steps);
            found
        }
    }
}

const HEAD: u32 = 0;

/// A completed operation, and its two entries in the list: `2i + 1` the call, `2i + 2` the end.
#[derive(Clone, Copy)]
struct Op {
    kind: Kind,
    value: u32,
    ended: usize,
}

fn call_of(op: u32) -> u32 {
    2 * op + 1
}

fn end_of(op: u32) -> u32 {
    2 * op + 2
}

/// The operation of an entry, if the entry is a call.
fn called_by(entry: u32) -> Option<u32> {
    (entry % 2 == 1).then_some(entry / 2)
}

/// What can be taken back.
#[derive(Clone, Copy)]
enum Placed {
    Op(u32),
    /// A write of unknown end, with this value.
    Open(u32),
}

/// A place where several ways lead on.
struct Fork {
    /// Length of the undo stack here.
    placed: usize,
    state: u32,
    highest: usize,
    /// The next way to try.
    way: usize,
}

/// One way on: a value to write next.
#[derive(Clone, Copy)]
struct Way {
    value: u32,
    /// Its write; none is one of unknown end.
    op: Option<u32>,
    /// Its deadline: the rank before which it must come.
    ended: usize,
}

struct Search {
    ops: Vec<Op>,
    next: Vec<u32>,
    previous: Vec<u32>,
    /// By value: gets, and writes of known or unknown end, that are not placed.
    reads_left: Vec<u32>,
    writes_left: Vec<u32>,
    /// By value: the calls of its writes of unknown end, and how many of them are placed.
    open: BTreeMap<u32, (Vec<usize>, usize)>,
    state: u32,
    done: Vec<u64>,
    /// The highest operation that is placed, so that what is remembered can be cut off behind it.
    highest: usize,
    placed: Vec<Placed>,
    steps: u64,
}

impl Search {
    /// None when a get returns what nobody wrote.
    fn new(steps: &[Step], values: usize, last: usize) -> Option<Self> {
        let (mut ops, mut entries) = (Vec::new(), Vec::new());
        let mut open: BTreeMap<u32, (Vec<usize>, usize)> = BTreeMap::new();
        let (mut reads_left, mut writes_left) = (vec![0; values], vec![0; values]);
        for step in steps.iter().take_while(|step| step.called <= last) {
            let index = step.value as usize;
            match (step.kind, step.ended.filter(|ended| *ended <= last)) {
                (kind, Some(ended)) => {
                    let op = ops.len() as u32;
                    entries.push((step.called, call_of(op)));
                    entries.push((ended, end_of(op)));
                    ops.push(Op {
                        kind,
                        value: step.value,
                        ended,
                    });
                    match kind {
                        Kind::Read => reads_left[index] += 1,
                        Kind::Write => writes_left[index] += 1,
                    }
                }
                (Kind::Write, None) => {
                    open.entry(step.value).or_default().0.push(step.called);
                    writes_left[index] += 1;
                }
                (Kind::Read, None) => {}
            }
        }
        let unwritten =
            |value: usize| reads_left[value] > 0 && writes_left[value] == 0 && value > 0;
        if (0..values).any(unwritten) {
            return None;
        }
        open.retain(|value, _| reads_left[*value as usize] > 0);
        entries.sort_unstable();
        let size = 2 * ops.len() + 1;
        let (mut next, mut previous) = (vec![HEAD; size], vec![HEAD; size]);
        let mut at = HEAD;
        for (_, entry) in entries {
            next[at as usize] = entry;
            previous[entry as usize] = at;
            at = entry;
        }
        next[at as usize] = HEAD;
        previous[HEAD as usize] = at;
        Some(Self {
            done: vec![0; ops.len().div_ceil(64)],
            ops,
            next,
            previous,
            reads_left,
            writes_left,
            open,
            state: NOTHING,
            highest: 0,
            placed: Vec::new(),
            steps: 0,
        })
    }

    fn run(&mut self, budget: &mut Budget) -> Found {
        let mut remembered: BTreeSet<Box<[u64]>> = BTreeSet::new();
        let mut forks: Vec<Fork> = Vec::new();
        let mut ways = Vec::new();
        loop {
            match self.place_what_is_decided() {
                Decided::All => return Found::Order,
                Decided::NoWay => {}
                Decided::Open => {
                    let key = self.remembered_as();
                    let bytes = 2 * size_of_val(&*key) + 32;
                    if remembered.insert(key) {
                        if budget.memo_bytes < bytes {
                            return Found::TooLong;
                        }
                        budget.memo_bytes -= bytes;
                        forks.push(self.fork());
                    }
                }
            }
            if self.steps > budget.steps {
                return Found::TooLong;
            }
            loop {
                let Some(fork) = forks.last_mut() else {
                    return Found::NoOrder;
                };
                let way = fork.way;
                fork.way += 1;
                let (placed, state, highest) = (fork.placed, fork.state, fork.highest);
                self.take_back(placed, state, highest);
                self.ways(&mut ways);
                if let Some(way) = ways.get(way) {
                    self.go(*way);
                    break;
                }
                forks.pop();
            }
        }
    }

    fn fork(&self) -> Fork {
        Fork {
            placed: self.placed.len(),
            state: self.state,
            highest: self.highest,
            way: 0,
        }
    }

    fn needed(&self, value: u32) -> bool {
        value != UNREAD && self.reads_left[value as usize] > 0
    }

    fn place_what_is_decided(&mut self) -> Decided {
        let state = self.state;
        self.place_in_window(|search, op| op.kind == Kind::Read && op.value == search.state);
        if self.next[HEAD as usize] == HEAD {
            return Decided::All;
        }
        if !self.needed(state) {
            self.state = UNREAD;
        } else if self.writes_left[state as usize] == 0 {
            return Decided::NoWay;
        }
        let before = self.placed.len();
        self.place_in_window(|search, op| op.kind == Kind::Write && !search.needed(op.value));
        if self.placed.len() > before {
            self.state = UNREAD;
        }
        match self.next[HEAD as usize] {
            HEAD => Decided::All,
            _ => Decided::Open,
        }
    }

    /// Places every operation of the window that `which` names. As ends leave the list, the window grows.
    fn place_in_window(&mut self, which: impl Fn(&Self, &Op) -> bool) {
        let mut entry = self.next[HEAD as usize];
        while let Some(op) = called_by(entry) {
            if which(self, &self.ops[op as usize]) {
                self.place(op);
            }
            entry = self.next[entry as usize];
        }
    }

    /// The values that may be written next, the most urgent first.
    fn ways(&self, ways: &mut Vec<Way>) {
        ways.clear();
        let mut entry = self.next[HEAD as usize];
        let mut add = |way: Way| match ways.iter_mut().find(|known| known.value == way.value) {
            None => ways.push(way),
            Some(known) if known.op.is_some() && way.op.is_none() => {}
            Some(known) if known.op.is_none() && way.op.is_some() => *known = way,
            Some(known) if way.ended < known.ended => *known = way,
            Some(_) => {}
        };
        while let Some(op) = called_by(entry) {
            let Op { kind, value, ended } = self.ops[op as usize];
            let op = (kind == Kind::Write).then_some(op);
            add(Way { value, op, ended });
            entry = self.next[entry as usize];
        }
        // The list is not empty here, so that the window ends at an end: `end_of(op)`, `2 op + 2`.
        let window = self.ops[(entry / 2 - 1) as usize].ended;
        ways.retain(|way| way.op.is_some() || self.open_write(way.value, window));
        ways.sort_unstable_by_key(|way| (way.ended, way.value));
    }

    /// Whether a write of unknown end with this value may come before the event of rank `window`.
    fn open_write(&self, value: u32, window: usize) -> bool {
        self.open.get(&value).is_some_and(|(calls, used)| {
            let next = calls.get(*used);
            next.is_some_and(|called| *called < window)
        })
    }

    fn go(&mut self, way: Way) {
        match way.op {
            Some(op) => self.place(op),
            None => {
                if let Some((_, used)) = self.open.get_mut(&way.value) {
                    *used += 1;
                }
                self.writes_left[way.value as usize] -= 1;
                self.placed.push(Placed::Open(way.value));
                self.steps += 1;
            }
        }
        self.state = way.value;
    }

    fn place(&mut self, op: u32) {
        // The end first: the call's successor then stays in the list, and a walk goes on from it.
        for entry in [end_of(op), call_of(op)] {
            let (before, after) = (self.previous[entry as usize], self.next[entry as usize]);
            self.next[before as usize] = after;
            self.previous[after as usize] = before;
        }
        *self.left(op) -= 1;
        self.done[op as usize / 64] |= 1 << (op % 64);
        self.highest = self.highest.max(op as usize);
        self.placed.push(Placed::Op(op));
        self.steps += 1;
    }

    fn left(&mut self, op: u32) -> &mut u32 {
        let Op { kind, value, .. } = self.ops[op as usize];
        match kind {
            Kind::Read => &mut self.reads_left[value as usize],
            Kind::Write => &mut self.writes_left[value as usize],
        }
    }

    fn take_back(&mut self, length: usize, state: u32, highest: usize) {
        while self.placed.len() > length {
            match self.placed.pop() {
                None => break,
                Some(Placed::Open(value)) => {
                    if let Some((_, used)) = self.open.get_mut(&value) {
                        *used -= 1;
                    }
                    self.writes_left[value as usize] += 1;
                }
                Some(Placed::Op(op)) => {
                    for entry in [call_of(op), end_of(op)] {
                        let (before, after) =
                            (self.previous[entry as usize], self.next[entry as usize]);
                        self.next[before as usize] = entry;
                        self.previous[after as usize] = entry;
                    }
                    *self.left(op) += 1;
                    self.done[op as usize / 64] &= !(1 << (op % 64));
                }
            }
        }
        (self.state, self.highest) = (state, highest);
    }

    /// What is placed and the register's value, exactly: the first operation that is not placed, the value,
    /// the writes of unknown end that are used of each value with several, and which operations behind the
    /// first are placed.
    fn remembered_as(&self) -> Box<[u64]> {
        let first = called_by(self.next[HEAD as usize]).unwrap_or(0);
        let mut key = vec![u64::from(first) << 32 | u64::from(self.state)];
        let several = self.open.values().filter(|(calls, _)| calls.len() > 1);
        key.extend(several.map(|(_, used)| *used as u64));
        // A value with one write of unknown end takes one bit.
        let single = self.open.iter().filter(|(_, (calls, _))| calls.len() == 1);
        let bits = single.map(|(_, (_, used))| *used as u64);
        let mut word = 0;
        for (index, bit) in bits.enumerate() {
            word |= bit << (index % 64);
            if index % 64 == 63 {
                key.push(word);
                word = 0;
            }
        }
        key.push(word);
        let (from, to) = (first as usize / 64, self.highest / 64);
        key.extend_from_slice(self.done.get(from..=to).unwrap_or_default());
        key.into_boxed_slice()
    }
}

/// How far the decided steps lead.
enum Decided {
    /// All operations are placed.
    All,
    /// To a choice.
    Open,
    /// To an end without order.
    NoWay,
}
