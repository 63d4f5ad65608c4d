//! A register as it stands, and what a change makes of it.

use super::{Makes, Must, NOTHING, Register};

/// A register as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State {
    pub(super) value: u32,
    pub(super) version: u64,
    /// The version is this or any greater one. It always is, of a register without a value.
    pub(super) open: bool,
}

impl State {
    /// With this very version, if it may have it.
    pub(super) fn at(self, version: u64) -> Option<Self> {
        let may = version == self.version || self.open && version > self.version;
        may.then_some(Self {
            version,
            open: false,
            ..self
        })
    }

    /// Known to have stood at this version. Without a value it may rise from there.
    pub(super) fn seen_at(self, version: u64) -> Self {
        Self {
            version,
            open: self.value == NOTHING,
            ..self
        }
    }
}

impl Register {
    /// The state after a change whose conditions may hold, told to have made this version.
    pub(super) fn after(&mut self, state: State, change: u32, made: Option<u64>) -> Option<State> {
        let change = &self.changes[change as usize];
        let mut before = match made {
            Some(made) => state.at(made.checked_sub(1)?)?,
            None => state,
        };
        for must in &change.musts {
            match must {
                Must::HaveVersion(version) => before = before.at(*version)?,
                Must::BeAbsent if before.value != NOTHING => return None,
                Must::Exist if before.value == NOTHING => return None,
                Must::HaveValue(value) if before.value != *value => return None,
                Must::BeAbsent | Must::Exist | Must::HaveValue(_) => {}
            }
        }
        let value = match change.makes {
            Makes::Value(value) => value,
            Makes::Nothing => NOTHING,
            Makes::Sum(by) => self.values.sum(before.value, by)?,
        };
        Some(State {
            value,
            version: before.version.checked_add(1)?,
            open: before.open || value == NOTHING,
        })
    }
}
