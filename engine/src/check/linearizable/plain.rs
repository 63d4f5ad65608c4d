//! A register that is put over, as a [`Model`]. It lets most of the choice be decided, with no loss:
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

use std::collections::BTreeMap;

use super::search::{self, Budget, Decided, Found, Model, remember_unknown};
use super::window::Window;

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

/// Whether the history up to and including the event of rank `last` has an order. What had not ended by then
/// is open: gets say nothing, writes may or may not have happened. `steps` are in the order of their calls.
pub(super) fn search(steps: &[Step], values: usize, last: usize, budget: &mut Budget) -> Found {
    match Plain::new(steps, values, last) {
        None => Found::NoOrder,
        Some(mut plain) => search::search(&mut plain, budget),
    }
}

/// A completed operation.
#[derive(Clone, Copy)]
struct Op {
    kind: Kind,
    value: u32,
}

/// What can be taken back.
#[derive(Clone, Copy)]
enum Placed {
    Op(u32),
    /// A write of unknown end, with this value.
    Open(u32),
}

/// A choice: length of the undo stack, value, and the highest operation that is placed.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    placed: usize,
    state: u32,
    highest: usize,
}

/// One way on: a value to write next.
#[derive(Clone, Copy)]
pub(super) struct Way {
    value: u32,
    /// Its write; none is one of unknown end.
    op: Option<u32>,
    /// Its deadline: the rank before which it must come.
    ended: usize,
}

struct Plain {
    ops: Vec<Op>,
    window: Window,
    /// By value: gets, and writes of known or unknown end, that are not placed.
    reads_left: Vec<u32>,
    writes_left: Vec<u32>,
    /// By value: the calls of its writes of unknown end, and how many of them are placed.
    open: BTreeMap<u32, (Vec<usize>, usize)>,
    state: u32,
    placed: Vec<Placed>,
    steps: u64,
}

impl Plain {
    /// None when a get returns what nobody wrote.
    fn new(steps: &[Step], values: usize, last: usize) -> Option<Self> {
        let (mut ops, mut spans) = (Vec::new(), Vec::new());
        let mut open: BTreeMap<u32, (Vec<usize>, usize)> = BTreeMap::new();
        let (mut reads_left, mut writes_left) = (vec![0; values], vec![0; values]);
        for step in steps.iter().take_while(|step| step.called <= last) {
            let index = step.value as usize;
            match (step.kind, step.ended.filter(|ended| *ended <= last)) {
                (kind, Some(ended)) => {
                    spans.push((step.called, ended));
                    ops.push(Op {
                        kind,
                        value: step.value,
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
        Some(Self {
            window: Window::new(&spans),
            ops,
            reads_left,
            writes_left,
            open,
            state: NOTHING,
            placed: Vec::new(),
            steps: 0,
        })
    }

    fn needed(&self, value: u32) -> bool {
        value != UNREAD && self.reads_left[value as usize] > 0
    }

    /// Places every operation of the window that `which` names. As ends leave the list, the window grows.
    fn place_in_window(&mut self, which: impl Fn(&Self, &Op) -> bool) {
        let mut next = self.window.first();
        while let Some(op) = next {
            if which(self, &self.ops[op as usize]) {
                self.place(op);
            }
            next = self.window.after(op);
        }
    }

    /// Whether a write of unknown end with this value may come before the event of rank `window`.
    fn open_write(&self, value: u32, window: usize) -> bool {
        self.open.get(&value).is_some_and(|(calls, used)| {
            let next = calls.get(*used);
            next.is_some_and(|called| *called < window)
        })
    }

    fn place(&mut self, op: u32) {
        self.window.lift(op);
        *self.left(op) -= 1;
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
}

impl Model for Plain {
    type Way = Way;
    type Mark = Mark;

    fn place_what_is_decided(&mut self) -> Decided {
        let state = self.state;
        self.place_in_window(|search, op| op.kind == Kind::Read && op.value == search.state);
        if self.window.is_empty() {
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
        match self.window.is_empty() {
            true => Decided::All,
            false => Decided::Open,
        }
    }

    /// What is placed and the register's value, exactly: the first operation that is not placed, the value,
    /// the writes of unknown end that are used of each value with several, and which operations behind the
    /// first are placed.
    fn remembered_as(&self) -> Box<[u64]> {
        let first = self.window.first().unwrap_or(0);
        let mut key = vec![u64::from(first) << 32 | u64::from(self.state)];
        let counts = self.open.values();
        remember_unknown(&mut key, counts.map(|(calls, used)| (calls.len(), *used)));
        self.window.remembered_as(&mut key);
        key.into_boxed_slice()
    }

    fn mark(&self) -> Mark {
        Mark {
            placed: self.placed.len(),
            state: self.state,
            highest: self.window.highest(),
        }
    }

    fn take_back(&mut self, mark: Mark) {
        while self.placed.len() > mark.placed {
            match self.placed.pop() {
                None => break,
                Some(Placed::Open(value)) => {
                    if let Some((_, used)) = self.open.get_mut(&value) {
                        *used -= 1;
                    }
                    self.writes_left[value as usize] += 1;
                }
                Some(Placed::Op(op)) => {
                    self.window.put_back(op, mark.highest);
                    *self.left(op) += 1;
                }
            }
        }
        self.state = mark.state;
    }

    /// The values that may be written next, the most urgent first.
    fn ways(&mut self, ways: &mut Vec<Way>) {
        ways.clear();
        let mut next = self.window.first();
        let mut add = |way: Way| match ways.iter_mut().find(|known| known.value == way.value) {
            None => ways.push(way),
            Some(known) if known.op.is_some() && way.op.is_none() => {}
            Some(known) if known.op.is_none() && way.op.is_some() => *known = way,
            Some(known) if way.ended < known.ended => *known = way,
            Some(_) => {}
        };
        while let Some(op) = next {
            next = self.window.after(op);
            let Op { kind, value } = self.ops[op as usize];
            let ended = self.window.ended(op);
            let op = (kind == Kind::Write).then_some(op);
            add(Way { value, op, ended });
        }
        let window = self.window.closes();
        ways.retain(|way| way.op.is_some() || self.open_write(way.value, window));
        ways.sort_unstable_by_key(|way| (way.ended, way.value));
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

    fn steps(&self) -> u64 {
        self.steps
    }
}
