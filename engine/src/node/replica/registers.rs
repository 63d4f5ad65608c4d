//! Registers on the disk: what this node, as an acceptor, has promised and accepted of each key.
//!
//! ```text
//! key   = f3  full key
//! value = promised  accepted  chosen  state
//! ```

use bytes::Bytes;

use super::Replica;
use super::keyspace::REGISTERS;
use super::op::{Disk, RegisterOp, RegisterResult, StoreResult};
use crate::Result;
use crate::node::paxos::{Acceptor, Verdict};
use crate::storage::Store;

/// Where a register stands.
pub(super) fn key_of(key: &[u8]) -> Vec<u8> {
    let mut stored = Vec::with_capacity(key.len() + 1);
    stored.push(REGISTERS);
    stored.extend_from_slice(key);
    stored
}

/// What an acceptor has promised and accepted of a key; nothing where it never heard of it.
///
/// # Errors
/// [`Error::Corruption`](crate::Error::Corruption) when stored bytes make no sense.
pub fn read_acceptor(store: &Store, key: &[u8]) -> Result<Acceptor> {
    match store.get(&key_of(key))? {
        Some(stored) => Acceptor::decode(&stored),
        None => Ok(Acceptor::default()),
    }
}

impl Replica {
    pub(super) fn register(&mut self, op: RegisterOp) -> Result<(StoreResult, Disk)> {
        let key = op.key().clone();
        self.keys.check(&key)?;
        let mut acceptor = read_acceptor(&self.store, &key)?;
        let (verdict, dirty) = match op {
            RegisterOp::Query(_) => (Verdict::Taken, false),
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

    pub(super) fn put_acceptor(&mut self, key: &Bytes, acceptor: &Acceptor) {
        acceptor.encode(&mut self.scratch);
        self.batch.put(key_of(key), &self.scratch);
    }
}
