//! Tables: each with its own copies, its own answer to conflicts and its own time to live.

use core::fmt;
use core::time::Duration;
use std::sync::Arc;

use bytes::Bytes;

use crate::base::limits::TABLES_MAX;
use crate::causal::{KeepLatest, KeepSiblings, Resolve};
use crate::{Error, Result, crdt};

/// The first byte of a full key: which table it is in. 0 is the default table.
pub type TableId = u8;

/// How concurrent writes of one key are joined.
#[derive(Clone, Debug)]
pub enum Policy {
    /// They stay beside each other until a writer joins them.
    Siblings,
    /// The one with the highest stamp wins.
    Latest,
    /// They stay beside each other on the disks, and a reader is shown one value that this makes of them.
    Merge(Arc<dyn MergeValues>),
    /// Values are states of a replicated data type, which join by themselves.
    Crdt(crdt::Kind),
    /// There are none: each key is a register, whose owners agree on one state after the other (see
    /// [`super::paxos`]).
    Cas,
}

/// Makes one value of several concurrent ones. One of the parts that can be swapped.
pub trait MergeValues: fmt::Debug + Send + Sync {
    /// `values` are two or more, sorted by bytes; the answer must not depend on anything else.
    fn merge(&self, values: &[Bytes]) -> Bytes;
}

/// Which clock stamps a table's writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StampedBy {
    /// The node's stamp clock, a hybrid logical one unless another was put in its place.
    #[default]
    Hybrid,
    /// The raw wall clock, right or wrong: a lesson shows what it loses.
    Wall,
}

/// One table's settings.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its name; the default table's is empty.
    pub name: String,
    /// N: copies of each of its keys.
    pub replication: usize,
    /// What becomes of concurrent writes.
    pub policy: Policy,
    /// Which clock stamps its writes.
    pub stamped_by: StampedBy,
    /// How long a value lives when its write does not say; none is for ever.
    pub ttl: Option<Duration>,
}

impl Table {
    /// Whether its keys are registers.
    #[must_use]
    pub fn is_of_registers(&self) -> bool {
        matches!(self.policy, Policy::Cas)
    }

    /// What is kept of concurrent versions.
    #[must_use]
    pub fn resolve(&self) -> &'static dyn Resolve {
        match self.policy {
            Policy::Latest => &KeepLatest,
            Policy::Siblings | Policy::Merge(_) | Policy::Crdt(_) | Policy::Cas => &KeepSiblings,
        }
    }
}

/// The tables of a cluster, by their ids: the default table first.
#[derive(Clone, Debug)]
pub struct Tables(Vec<Table>);

impl Tables {
    /// One table, the default one.
    #[must_use]
    pub fn new(default: Table) -> Self {
        Self(vec![default])
    }

    /// Adds a table, and returns its id.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a name that is taken, [`Error::Overloaded`] past [`TABLES_MAX`].
    pub fn add(&mut self, table: Table) -> Result<TableId> {
        if self.id(&table.name).is_some() {
            return Err(Error::invalid(format!(
                "there is a table '{}' already",
                table.name
            )));
        }
        if self.0.len() >= TABLES_MAX {
            return Err(Error::Overloaded {
                detail: format!("{TABLES_MAX} tables already"),
            });
        }
        self.0.push(table);
        Ok((self.0.len() - 1) as TableId)
    }

    /// How many there are.
    #[must_use]
    #[expect(
        clippy::len_without_is_empty,
        reason = "there is always the default table"
    )]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The id of a name.
    #[must_use]
    pub fn id(&self, name: &str) -> Option<TableId> {
        let place = self.0.iter().position(|table| table.name == name)?;
        Some(place as TableId)
    }

    /// The names, the default table's empty one first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|table| table.name.as_str())
    }

    /// The table of a full key; the default one for a table that is not known here.
    #[must_use]
    pub fn of(&self, key: &[u8]) -> &Table {
        let id = key.first().copied().unwrap_or(0);
        self.0.get(usize::from(id)).unwrap_or(&self.0[0])
    }

    /// The table of an id.
    #[must_use]
    pub fn get(&self, id: TableId) -> Option<&Table> {
        self.0.get(usize::from(id))
    }
}

/// The full key of a client's key: the table's byte, then the key.
#[must_use]
pub fn full_key(table: TableId, key: &[u8]) -> Bytes {
    let mut full = Vec::with_capacity(key.len() + 1);
    full.push(table);
    full.extend_from_slice(key);
    full.into()
}

/// A client's key in a full key; placement hashes this part alone, so that a key has one place in all tables.
#[must_use]
pub fn client_key(full: &[u8]) -> &[u8] {
    full.get(1..).unwrap_or_default()
}
