//! What `$c` stands for.

use std::collections::BTreeMap;

use super::command::Variable;
use crate::base::limits::SCRIPT_NAMES_MAX;
use crate::blocking::{Context, Read};
use crate::{Error, Result};

/// What a client has seen of a key.
#[derive(Clone, Debug)]
enum Seen {
    /// Of a key whose writes meet: which of them.
    Context(Context),
    /// Of a register: its version.
    Version(u64),
}

/// The variables of a run.
#[derive(Debug, Default)]
pub(super) struct Variables(BTreeMap<String, Seen>);

impl Variables {
    pub(super) fn knows(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Binds what a request told, of a register or of another key.
    pub(super) fn bind(
        &mut self,
        name: String,
        of_register: bool,
        told: Option<&Read>,
    ) -> Result<()> {
        room(self.0.len(), "variables")?;
        let seen = |read: &Read| match of_register {
            true => Seen::Version(read.version),
            false => Seen::Context(read.context.clone()),
        };
        match told {
            Some(read) => drop(self.0.insert(name, seen(read))),
            // Who read nothing knows what it knew before: nothing, unless an earlier read told.
            None => drop(self.0.entry(name).or_insert(seen(&Read::default()))),
        }
        Ok(())
    }

    /// What `context=` hands over.
    pub(super) fn context(&self, (name, _): &Variable) -> Result<Context> {
        match self.0.get(name) {
            Some(Seen::Version(_)) => Err(Error::invalid(format!(
                "${name} is the version of a register, and this table holds none: bind it by a get of this key"
            ))),
            Some(Seen::Context(context)) => Ok(context.clone()),
            None => Ok(Context::default()),
        }
    }

    /// What `version:$c` compares.
    pub(super) fn version(&self, (name, _): &Variable) -> Result<u64> {
        match self.0.get(name) {
            Some(Seen::Version(version)) => Ok(*version),
            _ => Err(Error::invalid(format!(
                "${name} was bound by a request of another kind of table, so it is no version: bind it by a get of \
                 the register"
            ))),
        }
    }
}

pub(super) fn room(count: usize, what: &str) -> Result<()> {
    if count < SCRIPT_NAMES_MAX {
        return Ok(());
    }
    Err(Error::Overloaded {
        detail: format!("{SCRIPT_NAMES_MAX} {what} already"),
    })
}
