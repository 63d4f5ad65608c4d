//! Registers: to look into, and to count in.

use super::cluster::Cluster;
use super::options::{PutOptions, Read};
use crate::crdt::Change;
use crate::node::{Acceptor, Condition, Edit, Table, full_key};
use crate::{NodeId, Result};

impl Cluster {
    /// Adds to a counter, or to the number in a register, there where all conditions hold. Returns, of a register, the
    /// sum that it made and its version, and of a retry those of the first try.
    ///
    /// # Errors
    /// As [`Cluster::update`], or [`Cluster::cas`].
    pub fn increment(
        &mut self,
        key: &[u8],
        by: i64,
        conditions: &[Condition],
        options: &PutOptions,
    ) -> Result<Read> {
        if !conditions.is_empty() || self.holds_registers(options.table.as_deref())? {
            return self.cas(key, conditions, Edit::Add(by), options);
        }
        let ticket = self.start_update(key, &Change::Add(by), options)?;
        self.wait(ticket)
    }

    /// Whether the keys of a table, by default the one without a name, are registers, whose owners agree on each
    /// change.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) when there is no such table.
    pub fn holds_registers(&self, table: Option<&str>) -> Result<bool> {
        let table = self.tables.get(self.table(table)?);
        Ok(table.is_some_and(Table::is_of_registers))
    }

    /// The nodes that hold a key of a table, the preferred one first.
    ///
    /// # Errors
    /// As [`Cluster::holds_registers`].
    pub fn owners_in(&self, key: &[u8], table: Option<&str>) -> Result<Vec<NodeId>> {
        let full = full_key(self.table(table)?, key);
        let replication = self.tables.of(&full).replication;
        let copies = self.world.shape().copies(&full, replication);
        Ok(self.placement.owners(key, copies))
    }

    /// What each owner of a register has promised and accepted, as it stands on its disk.
    ///
    /// # Errors
    /// As [`Cluster::holds_registers`]; [`Error::Corruption`](crate::Error::Corruption) when a disk cannot be read.
    pub fn acceptors(&self, key: &[u8], table: Option<&str>) -> Result<Vec<(NodeId, Acceptor)>> {
        let full = full_key(self.table(table)?, key);
        let owners = self.owners_in(key, table)?;
        let of = |node| Ok((node, self.world.acceptor(node, &full)?));
        owners.into_iter().map(of).collect()
    }
}
