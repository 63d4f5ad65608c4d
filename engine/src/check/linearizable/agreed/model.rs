//! The register as a [`Model`]. Since each change makes the version one more, the order of all that was told a
//! version is forced. What is left of the choice is decided so, with no loss:
//!
//! - A read in the window that shows the state is placed at once, and so is a change that was refused and that the
//!   state refuses: they change nothing.
//! - What was told a lower version, or the same one, and is then still to come never can: there is no order this way.
//! - A change that was told the next version is next.
//! - A change of unknown end is of use only where nobody was told that he made the next version. If what comes next
//!   is known, it is tried only where that can follow. Of several that are alike the first called is taken.
//!
//! What is left to choose is which changes of unknown end took place, and whether a register without a value had
//! its version raised.

use core::cmp::Reverse;
use std::collections::BTreeMap;

use super::super::search::{self, Budget, Decided, Found, Model, remember_unknown};
use super::super::window::Window;
use super::known::{Level, Unknown, add_to_level, wanted};
use super::state::State;
use super::{Makes, Must, NOTHING, Register, Says};

/// Whether the history up to and including the event of rank `last` has an order. What had not ended by then
/// says nothing, and changes may or may not have happened.
pub(super) fn search(register: &mut Register, last: usize, budget: &mut Budget) -> Found {
    match Agreed::new(register, last) {
        None => Found::NoOrder,
        Some(mut agreed) => search::search(&mut agreed, budget),
    }
}

/// What can be taken back.
#[derive(Clone, Copy)]
enum Placed {
    Op(u32),
    /// A change of unknown end, by its place in [`Agreed::unknown`].
    Unknown(u32),
}

#[derive(Clone, Copy)]
pub(super) struct Mark {
    placed: usize,
    state: State,
    highest: usize,
}

#[derive(Clone, Copy)]
pub(super) enum Way {
    /// The change that was told the next version.
    Change(u32),
    /// The version rises up to that of the next read.
    Rise(u64),
    Unknown(u32),
}

pub(super) struct Agreed<'a> {
    pub(super) register: &'a mut Register,
    pub(super) ops: Vec<Says>,
    calls: Vec<usize>,
    pub(super) window: Window,
    /// By version, and the level of each operation.
    pub(super) levels: Vec<Level>,
    pub(super) level_of: Vec<usize>,
    /// The first level that is not over.
    at: usize,
    pub(super) unknown: Vec<Unknown>,
    /// Values that stood at versions that nobody was told that he made: up to which version.
    wanted: BTreeMap<u32, u64>,
    state: State,
    placed: Vec<Placed>,
    steps: u64,
    ways: Vec<Way>,
}

impl<'a> Agreed<'a> {
    /// None when two changes made one version, or reads showed it with two values.
    fn new(register: &'a mut Register, last: usize) -> Option<Self> {
        let (mut ops, mut calls, mut spans) = (Vec::new(), Vec::new(), Vec::new());
        let mut unknown: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        let mut levels: BTreeMap<u64, Level> = BTreeMap::new();
        let steps = register.steps.iter();
        for step in steps.take_while(|step| step.called <= last) {
            match (step.says, step.ended.filter(|ended| *ended <= last)) {
                (says, Some(ended)) => {
                    add_to_level(&mut levels, says, ops.len() as u32)?;
                    ops.push(says);
                    calls.push(step.called);
                    spans.push((step.called, ended));
                }
                (Says::Perhaps(change) | Says::Made(change, ..), None) => {
                    unknown.entry(change).or_default().push(step.called);
                }
                (_, None) => {}
            }
        }
        let levels: Vec<Level> = levels.into_values().collect();
        let level_of = |says: &Says| match says.version() {
            None => usize::MAX,
            Some(version) => levels.partition_point(|level| level.version < version),
        };
        let wanted = wanted(register, &ops, &levels);
        let unknown = unknown.into_iter().map(|(change, calls)| Unknown {
            change,
            calls,
            used: 0,
            kept_for: Vec::new(),
        });
        let mut agreed = Self {
            window: Window::new(&spans),
            level_of: ops.iter().map(level_of).collect(),
            wanted,
            unknown: unknown.collect(),
            register,
            ops,
            calls,
            levels,
            at: 0,
            state: State {
                value: NOTHING,
                version: 0,
                open: true,
            },
            placed: Vec::new(),
            steps: 0,
            ways: Vec::new(),
        };
        agreed.keep_for_later();
        Some(agreed)
    }

    /// Places what changes nothing, as long as the window holds some. As ends leave the list, the window grows.
    fn place_in_window(&mut self) {
        let mut next = self.window.first();
        while let Some(op) = next {
            let says = self.ops[op as usize];
            match says {
                Says::Stood(value, version)
                    if (value, version) == (self.state.value, self.state.version) =>
                {
                    self.state = self.state.seen_at(version);
                    self.place(op);
                }
                Says::Refused(change) if self.refuses(change) => self.place(op),
                Says::NoSum(change) if self.has_no_sum(change) => self.place(op),
                _ => {}
            }
            next = self.window.after(op);
        }
    }

    fn after(&mut self, state: State, change: u32, made: Option<u64>) -> Option<State> {
        self.register.after(state, change, made)
    }

    /// As [`Agreed::after`], for a change that was told what it made.
    fn after_told(&mut self, state: State, says: Says) -> Option<State> {
        let Says::Made(change, version, sum) = says else {
            return None;
        };
        let after = self.after(state, change, Some(version))?;
        sum.is_none_or(|sum| sum == after.value).then_some(after)
    }

    fn refuses(&self, change: u32) -> bool {
        let State {
            value,
            version,
            open,
        } = self.state;
        let musts = &self.register.changes[change as usize].musts;
        musts.iter().any(|must| match must {
            Must::BeAbsent => value != NOTHING,
            Must::Exist => value == NOTHING,
            Must::HaveVersion(wanted) => open || version != *wanted,
            Must::HaveValue(wanted) => value != *wanted,
        })
    }

    fn has_no_sum(&mut self, change: u32) -> bool {
        let State { value, open, .. } = self.state;
        let Makes::Sum(by) = self.register.changes[change as usize].makes else {
            return false;
        };
        (open || !self.refuses(change)) && self.register.values.sum(value, by).is_none()
    }

    /// Whether what is known to come next can follow on a state.
    fn can_go_on(&mut self, state: State) -> bool {
        let Some(level) = self.levels.get(self.at).copied() else {
            return true;
        };
        match level.change {
            Some(op) if state.version.saturating_add(1) == level.version && !state.open => {
                self.after_told(state, self.ops[op as usize]).is_some()
            }
            Some(_) => state.version < level.version,
            None if state.version == level.version => level.shown == Some(state.value),
            None => state.version < level.version,
        }
    }

    fn place(&mut self, op: u32) {
        self.window.lift(op);
        if let Some(level) = self.levels.get_mut(self.level_of[op as usize]) {
            match self.ops[op as usize] {
                Says::Made(..) => level.change = None,
                _ => level.reads_left -= 1,
            }
        }
        while self.levels.get(self.at).is_some_and(Level::is_over) {
            self.at += 1;
        }
        self.placed.push(Placed::Op(op));
        self.steps += 1;
    }

    fn put_back(&mut self, op: u32, highest: usize) {
        self.window.put_back(op, highest);
        let at = self.level_of[op as usize];
        if let Some(level) = self.levels.get_mut(at) {
            match self.ops[op as usize] {
                Says::Made(..) => level.change = Some(op),
                _ => level.reads_left += 1,
            }
            self.at = self.at.min(at);
        }
    }

    /// The change of the next level, or the rise to it.
    fn known_way(&mut self, closes: usize) -> Option<Way> {
        let level = *self.levels.get(self.at)?;
        match level.change {
            Some(op) => {
                let may = self.calls[op as usize] < closes;
                let says = self.ops[op as usize];
                (may && self.after_told(self.state, says).is_some()).then_some(Way::Change(op))
            }
            None => {
                let rises = self.state.open && level.shown == Some(self.state.value);
                rises.then_some(Way::Rise(level.version))
            }
        }
    }
}

impl Model for Agreed<'_> {
    type Way = Way;
    type Mark = Mark;

    fn place_what_is_decided(&mut self) -> Decided {
        loop {
            self.place_in_window();
            if self.window.is_empty() {
                return Decided::All;
            }
            let next = self.levels.get(self.at);
            if next.is_some_and(|level| level.version <= self.state.version) {
                return Decided::NoWay;
            }
            let mut ways = core::mem::take(&mut self.ways);
            self.ways(&mut ways);
            let way = ways.first().copied();
            let count = ways.len();
            self.ways = ways;
            match (way, count) {
                (None, _) => return Decided::NoWay,
                (Some(way), 1) => self.go(way),
                (Some(_), _) => return Decided::Open,
            }
        }
    }

    /// What is placed and the state, exactly.
    fn remembered_as(&self) -> Box<[u64]> {
        let first = self.window.first().unwrap_or(0);
        let open = u64::from(self.state.open);
        let mut key = vec![
            u64::from(first) << 32 | u64::from(self.state.value),
            self.state.version << 1 | open,
        ];
        let counts = self.unknown.iter();
        remember_unknown(
            &mut key,
            counts.map(|alike| (alike.calls.len(), alike.used)),
        );
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
                Some(Placed::Op(op)) => self.put_back(op, mark.highest),
                Some(Placed::Unknown(which)) => self.unknown[which as usize].used -= 1,
            }
        }
        self.state = mark.state;
    }

    fn ways(&mut self, ways: &mut Vec<Way>) {
        ways.clear();
        let closes = self.window.closes();
        ways.extend(self.known_way(closes));
        let next = self.levels.get(self.at);
        let made_next = next.is_some_and(|level| {
            level.change.is_some() && level.version == self.state.version.saturating_add(1)
        });
        if made_next && !self.state.open {
            return;
        }
        let mut perhaps = Vec::new();
        for which in 0..self.unknown.len() {
            let change = self.unknown[which].change;
            let next = self.unknown[which].calls.get(self.unknown[which].used);
            if next.is_none_or(|call| *call >= closes) {
                continue;
            }
            let Some(after) = self.after(self.state, change, None) else {
                continue;
            };
            let Some(call) = self.unknown[which].call(after.version) else {
                continue;
            };
            if self.can_go_on(after) {
                // A value that stood later is kept for then; who was called long ago is likely over.
                let wanted = self.wanted.get(&after.value);
                let kept = wanted.is_some_and(|version| *version > after.version);
                perhaps.push((kept, Reverse(call), which as u32));
            }
        }
        perhaps.sort_unstable();
        ways.extend(perhaps.into_iter().map(|(.., which)| Way::Unknown(which)));
    }

    fn go(&mut self, way: Way) {
        let after = match way {
            Way::Change(op) => {
                let after = self.after_told(self.state, self.ops[op as usize]);
                self.place(op);
                after
            }
            Way::Rise(version) => Some(self.state.seen_at(version)),
            Way::Unknown(which) => {
                let after = self.after(self.state, self.unknown[which as usize].change, None);
                self.unknown[which as usize].used += 1;
                self.placed.push(Placed::Unknown(which));
                self.steps += 1;
                after
            }
        };
        // What is no way any more was none.
        self.state = after.unwrap_or(self.state);
    }

    fn steps(&self) -> u64 {
        self.steps
    }
}
