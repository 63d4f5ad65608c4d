//! Sessions: what a client has seen of each key, so that it never reads less (Terry et al. 1994).

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::base::limits::{SESSION_KEYS_MAX, SESSIONS_MAX};
use crate::causal::Context;
use crate::{Error, Result};

/// The sessions of one cluster's clients, by number.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    names: BTreeMap<String, u32>,
    floors: Vec<BTreeMap<Bytes, Context>>,
}

impl Sessions {
    /// The number of a session; a new name begins one.
    ///
    /// # Errors
    /// [`Error::Overloaded`] past [`SESSIONS_MAX`].
    pub(super) fn number(&mut self, name: &str) -> Result<u32> {
        if let Some(number) = self.names.get(name) {
            return Ok(*number);
        }
        if self.floors.len() >= SESSIONS_MAX {
            return Err(Error::Overloaded {
                detail: format!("{SESSIONS_MAX} sessions already; start a new cluster"),
            });
        }
        let number = self.floors.len() as u32;
        self.names.insert(name.to_owned(), number);
        self.floors.push(BTreeMap::new());
        Ok(number)
    }

    /// What a session has seen of a full key.
    ///
    /// # Errors
    /// [`Error::Overloaded`] for one key more than [`SESSION_KEYS_MAX`]: what is not remembered cannot be
    /// promised.
    pub(super) fn floor(&self, session: u32, key: &Bytes) -> Result<Context> {
        let Some(floors) = self.floors.get(session as usize) else {
            return Ok(Context::default());
        };
        match floors.get(key) {
            Some(floor) => Ok(floor.clone()),
            None if floors.len() >= SESSION_KEYS_MAX => Err(Error::Overloaded {
                detail: format!("a session remembers {SESSION_KEYS_MAX} keys; begin another"),
            }),
            None => Ok(Context::default()),
        }
    }

    /// Takes note of what an answer showed.
    pub(super) fn saw(&mut self, session: u32, key: &Bytes, seen: &Context) {
        if let Some(floors) = self.floors.get_mut(session as usize) {
            floors.entry(key.clone()).or_default().join(seen);
        }
    }
}
