//! Registers on the disk: what this node, as an acceptor, has promised and accepted of each key.
//!
//! ```text
//! key   = f3  full key
//! value = promised  accepted  chosen  state
//! ```

use core::ops::Bound;

use bytes::Bytes;

use super::Replica;
use super::keyspace::REGISTERS;
use super::metadata::FLOOR;
use super::op::{Disk, RegisterOp, RegisterResult, StoreResult};
use crate::Result;
use crate::base::mutant::Mutant;
use crate::base::time::Wall;
use crate::node::paxos::{Acceptor, Ballot, Floor, Verdict};
use crate::node::topology::is_log_key;
use crate::storage::Store;

/// Where a register stands.
pub(super) fn key_of(key: &[u8]) -> Vec<u8> {
    let mut stored = Vec::with_capacity(key.len() + 1);
    stored.push(REGISTERS);
    stored.extend_from_slice(key);
    stored
}

/// What an acceptor has promised and accepted of a key; where it never heard of it, or has forgotten it, nothing
/// but its floor.
///
/// # Errors
/// [`Error::Corruption`](crate::Error::Corruption) when stored bytes make no sense.
pub fn read_acceptor(store: &Store, key: &[u8], floor: Floor) -> Result<Acceptor> {
    let stored = store.get(&key_of(key))?;
    let mut acceptor = match stored {
        Some(stored) => Acceptor::decode(&stored)?,
        None => Acceptor::default(),
    };
    if acceptor.accepted.is_none() {
        acceptor.promised = acceptor.promised.max(floor.ballot);
        acceptor.state.version = acceptor.state.version.max(floor.version);
    }
    Ok(acceptor)
}

/// The floor that a disk knows.
///
/// # Errors
/// As [`read_acceptor`].
pub fn read_floor(store: &Store) -> Result<Floor> {
    let stored = store.get(FLOOR)?;
    Ok(stored
        .map(|bytes| Floor::decode(&bytes))
        .transpose()?
        .unwrap_or_default())
}

impl Replica {
    pub(super) fn register(&mut self, op: RegisterOp) -> Result<(StoreResult, Disk)> {
        let key = match (&op, op.key()) {
            (_, Some(key)) => key.clone(),
            (RegisterOp::Dead(after, looks_max, now), _) => {
                let found = self.dead_registers(after.as_deref(), *looks_max, *now)?;
                return Ok((StoreResult::Register(Box::new(found)), Disk::Clean));
            }
            (_, None) => unreachable!("only a look has no key"),
        };
        self.keys.check(&key)?;
        let mut acceptor = read_acceptor(&self.store, &key, self.metadata.floor)?;
        let (verdict, dirty) = match op {
            RegisterOp::Query(_) | RegisterOp::Dead(..) => (Verdict::Taken, false),
            RegisterOp::Prepare(_, ballot) => {
                let before = acceptor.promised;
                let verdict = acceptor.prepare(ballot);
                (verdict, before != acceptor.promised)
            }
            RegisterOp::Accept(_, ballot, next, state) => {
                let before = (acceptor.accepted, acceptor.promised);
                let verdict = acceptor.accept(ballot, *state, next);
                (verdict, before != (acceptor.accepted, acceptor.promised))
            }
            RegisterOp::Chosen(_, ballot) => {
                let news = ballot > acceptor.chosen && ballot <= acceptor.accepted;
                if news {
                    acceptor.chosen = ballot;
                }
                (Verdict::Taken, news)
            }
            RegisterOp::Erase(_, ballot) => return self.erase_register(&key, ballot, acceptor),
        };
        if dirty {
            self.put_acceptor(&key, &acceptor);
        }
        // Also with nothing to write: a store that is poisoned refuses.
        self.commit()?;
        let disk = if dirty { Disk::Dirty } else { Disk::Clean };
        let result = RegisterResult::Voted(verdict, acceptor);
        Ok((StoreResult::Register(Box::new(result)), disk))
    }

    /// Forgets a register of which nothing has come since a tombstone was accepted under this ballot.
    fn erase_register(
        &mut self,
        key: &Bytes,
        ballot: Ballot,
        acceptor: Acceptor,
    ) -> Result<(StoreResult, Disk)> {
        let at_once = self.keys.has(Mutant::EraseAtOnce) && acceptor.state.value.is_none();
        let same = acceptor.accepted == ballot && acceptor.promised <= ballot.next();
        let erases = same && !ballot.is_none() || at_once;
        if erases {
            let mut floor = self.metadata.floor;
            floor.raise(Floor::under(acceptor.promised, &acceptor.state));
            self.batch.delete(key_of(key));
            self.put_floor(floor);
        }
        self.commit()?;
        let disk = if erases { Disk::Dirty } else { Disk::Clean };
        let result = RegisterResult::Voted(Verdict::Taken, acceptor);
        Ok((StoreResult::Register(Box::new(result)), disk))
    }

    pub(super) fn put_floor(&mut self, floor: Floor) {
        let mut bytes = Vec::new();
        floor.encode(&mut bytes);
        self.batch.put(FLOOR, bytes);
        // Should the batch fail, a floor that is too high does no harm.
        self.metadata.floor = floor;
    }

    fn dead_registers(
        &self,
        after: Option<&[u8]>,
        looks_max: usize,
        now: Wall,
    ) -> Result<RegisterResult> {
        let from = after.map(key_of);
        let from = from
            .as_deref()
            .map_or(Bound::Included(&[REGISTERS][..]), Bound::Excluded);
        let mut range = self.store.range(from, Bound::Excluded(&[REGISTERS + 1]))?;
        let (mut dead, mut last, mut looks) = (Vec::new(), None, 0);
        while let Some((key, stored)) = range.next()? {
            if looks >= looks_max {
                return Ok(RegisterResult::Dead { dead, next: last });
            }
            looks += 1;
            let full = Bytes::copy_from_slice(&key[1..]);
            let state = Acceptor::decode(stored)?.state;
            if !is_log_key(&full) && state.dead_since(now).is_some() {
                dead.push((full.clone(), state));
            }
            last = Some(full);
        }
        Ok(RegisterResult::Dead { dead, next: None })
    }

    pub(super) fn put_acceptor(&mut self, key: &Bytes, acceptor: &Acceptor) {
        acceptor.encode(&mut self.scratch);
        self.batch.put(key_of(key), &self.scratch);
    }
}
