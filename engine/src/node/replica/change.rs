//! Operations that write: what changes is staged, written as one batch, and only then taken into the trees.

use bytes::Bytes;

use super::Replica;
use super::cells::{self, Held};
use super::hints::{self, HintCount};
use super::metadata::{CONTENT, REPAIR_EPOCH, content_byte};
use super::op::{Content, Disk, Hinted, StoreResult, Writer};
use crate::base::mutant::Mutant;
use crate::base::time::Wall;
use crate::causal::{Cell, Merged, Version, VersionVector};
use crate::node::table::Policy;
use crate::storage::{Durability, WriteBatch};
use crate::{Error, NodeId, Result, crdt};

/// Keys that the planted bug `stream-without-tail` leaves out.
const TAIL_KEYS: usize = 4;
/// A batch that took more bytes gives its memory back.
const BATCH_BYTES_KEPT: usize = 1 << 20;

/// A change of one key that is in the batch and not yet in the trees.
#[derive(Debug)]
pub(super) struct Staged {
    key: Bytes,
    old: Option<u64>,
    new: Option<u64>,
}

impl Replica {
    pub(super) fn write(
        &mut self,
        key: Bytes,
        value: Option<Bytes>,
        supersedes: &VersionVector,
        writer: Writer,
    ) -> Result<(StoreResult, Disk)> {
        self.keys.check(&key)?;
        let held = Held::read(&self.store, &key)?;
        let version = Version {
            value,
            stamp: writer.stamp,
            deadline: writer.deadline,
        };
        self.write_version(key, held, version, supersedes, writer)
    }

    fn write_version(
        &mut self,
        key: Bytes,
        held: Held,
        version: Version,
        supersedes: &VersionVector,
        writer: Writer,
    ) -> Result<(StoreResult, Disk)> {
        let Held {
            mut cell, digest, ..
        } = held;
        let resolve = self.keys.resolve(&key);
        let wrote = cell.write(writer.actor, supersedes, version, writer.token, resolve)?;
        if !wrote.repeated {
            self.stage(key, digest, &cell);
        }
        // Also with nothing to write: a store that is poisoned refuses.
        self.commit()?;
        let disk = match wrote.repeated {
            true => Disk::Clean,
            false => Disk::Dirty,
        };
        Ok((StoreResult::Written(wrote, cell), disk))
    }

    /// Joins the states that stand there, changes the result under the dot that the write will get, and writes it
    /// over them.
    pub(super) fn update(
        &mut self,
        key: Bytes,
        change: &crdt::Change,
        writer: Writer,
    ) -> Result<(StoreResult, Disk)> {
        self.keys.check(&key)?;
        let Policy::Crdt(kind) = *self.keys.policy(&key) else {
            return Err(Error::invalid("this table holds plain values: put them"));
        };
        let held = Held::read(&self.store, &key)?;
        let seen = held.cell.seen().clone();
        // What has ended by the writer's clock is as good as deleted: the type begins anew.
        let now = Wall(writer.stamp.wall_ms);
        let states = held
            .cell
            .live()
            .versions()
            .filter_map(|version| version.value_at(now).cloned());
        let mut state = crdt::join(kind, states)?;
        let origin = crdt::Origin {
            dot: held.cell.next_dot(writer.actor, &seen)?,
            stamp: writer.stamp,
            token: writer.token,
        };
        match (change, held.cell.live().len()) {
            (crdt::Change::Add(by), states) if states > 1 && self.keys.has(Mutant::AddTwice) => {
                let each = by.saturating_mul(states as i64);
                state.apply(&crdt::Change::Add(each), &origin)?;
            }
            _ => state.apply(change, &origin)?,
        }
        let version = Version {
            value: Some(state.encode().into()),
            stamp: writer.stamp,
            deadline: writer.deadline,
        };
        self.write_version(key, held, version, &seen, writer)
    }

    /// What the planted bug `backward-read-repair` does instead of a merge.
    pub(super) fn overwrite(&mut self, cells: Vec<(Bytes, Cell)>) -> Result<(StoreResult, Disk)> {
        let news = cells.len();
        for (key, cell) in cells {
            self.keys.check(&key)?;
            let digest = Held::read(&self.store, &key)?.digest;
            self.stage(key, digest, &cell);
            self.commit()?;
        }
        Ok((StoreResult::Merged { news }, Disk::Dirty))
    }

    pub(super) fn merge(&mut self, mut cells: Vec<(Bytes, Cell)>) -> Result<(StoreResult, Disk)> {
        for (key, _) in &cells {
            self.keys.check(key)?;
        }
        // One key may come more than once: its cells are then joined before anything is written.
        cells.sort_by(|(a, _), (b, _)| a.cmp(b));
        let merged = self.stage_merges(cells);
        if let Err(error) = merged {
            self.unstage();
            return Err(error);
        }
        self.commit_merges()
    }

    pub(super) fn merge_one(&mut self, key: Bytes, other: &Cell) -> Result<(StoreResult, Disk)> {
        self.keys.check(&key)?;
        let Held {
            mut cell, digest, ..
        } = Held::read(&self.store, &key)?;
        if cell.merge(other, self.keys.resolve(&key)) == Merged::News {
            self.stage(key, digest, &cell);
        }
        self.commit_merges()
    }

    fn commit_merges(&mut self) -> Result<(StoreResult, Disk)> {
        let news = self.staged.len();
        // Also with nothing to write: a store that is poisoned refuses, and what it shows but could not make
        // durable must not be acknowledged.
        self.commit()?;
        let disk = if news == 0 { Disk::Clean } else { Disk::Dirty };
        Ok((StoreResult::Merged { news }, disk))
    }

    fn stage_merges(&mut self, cells: Vec<(Bytes, Cell)>) -> Result<()> {
        let mut cells = cells.into_iter().peekable();
        while let Some((key, other)) = cells.next() {
            let Held {
                mut cell, digest, ..
            } = Held::read(&self.store, &key)?;
            let resolve = self.keys.resolve(&key);
            let mut news = cell.merge(&other, resolve) == Merged::News;
            while let Some((_, other)) = cells.next_if(|(next, _)| *next == key) {
                news |= cell.merge(&other, resolve) == Merged::News;
            }
            if news {
                self.stage(key, digest, &cell);
            }
        }
        Ok(())
    }

    pub(super) fn purge(&mut self, mut keys: Vec<(Bytes, u64)>) -> Result<(StoreResult, Disk)> {
        keys.sort();
        keys.dedup();
        for (key, _) in &keys {
            self.keys.check(key)?;
        }
        let same = self.same(&keys, Wall(u64::MAX))?;
        let going = keys.into_iter().zip(same).filter(|(_, same)| *same);
        for ((key, digest), _) in going {
            self.batch.delete(&key);
            self.staged.push(Staged {
                key,
                old: Some(digest),
                new: None,
            });
        }
        let count = self.staged.len();
        self.commit()?;
        let disk = if count == 0 { Disk::Clean } else { Disk::Dirty };
        Ok((StoreResult::Purged(count), disk))
    }

    pub(super) fn hint(
        &mut self,
        target: NodeId,
        key: &Bytes,
        cell: &Cell,
        at: Wall,
    ) -> Result<(StoreResult, Disk)> {
        self.keys.check(key)?;
        let mut value = Vec::new();
        cells::encode(cell, &mut self.scratch);
        hints::encode(at, key, &self.scratch, &mut value);
        let bytes = (hints::key_of(target, 0).len() + value.len()) as u64;
        let number = self.hints.number_for(target, bytes)?;
        self.batch.put(hints::key_of(target, number), value);
        self.commit()?;
        self.hints.add(target, number, bytes);
        Ok((StoreResult::Hinted(Hinted { number, bytes }), Disk::Dirty))
    }

    pub(super) fn drop_hints(
        &mut self,
        target: NodeId,
        mut numbers: Vec<u64>,
    ) -> Result<(StoreResult, Disk)> {
        numbers.sort_unstable();
        numbers.dedup();
        let (mut dropped, mut keys) = (HintCount::default(), Vec::with_capacity(numbers.len()));
        for number in numbers {
            let key = hints::key_of(target, number);
            if let Some(value) = self.store.get(&key)? {
                dropped.count += 1;
                dropped.bytes += (key.len() + value.len()) as u64;
                keys.push(key);
            }
        }
        for key in &keys {
            self.batch.delete(key);
        }
        self.commit()?;
        self.hints.remove(target, dropped);
        let disk = if keys.is_empty() {
            Disk::Clean
        } else {
            Disk::Dirty
        };
        Ok((StoreResult::Done, disk))
    }

    pub(super) fn set_repair_epoch(&mut self, epoch: u64) -> Result<(StoreResult, Disk)> {
        self.batch.put(REPAIR_EPOCH, epoch.to_be_bytes());
        self.commit()?;
        self.metadata.repair_epoch = epoch;
        Ok((StoreResult::Done, Disk::Dirty))
    }

    pub(super) fn set_content(&mut self, content: Content) -> Result<(StoreResult, Disk)> {
        self.batch.put(CONTENT, [content_byte(content)]);
        self.commit()?;
        self.metadata.content = Some(content);
        Ok((StoreResult::Done, Disk::Dirty))
    }

    fn stage(&mut self, key: Bytes, old: Option<u64>, cell: &Cell) {
        cells::encode(cell, &mut self.scratch);
        self.batch.put(&key, &self.scratch);
        let new = Some(cell.digest());
        self.staged.push(Staged { key, old, new });
    }

    fn unstage(&mut self) {
        self.staged.clear();
        if self.batch.record_bytes() > BATCH_BYTES_KEPT {
            (self.batch, self.scratch) = (WriteBatch::new(), Vec::new());
        }
        self.batch.clear();
    }

    /// With the planted bug `stream-without-tail`: what was written last.
    fn remember_tail(&mut self) {
        if self.keys.has(Mutant::StreamWithoutTail) {
            self.tail
                .extend(self.staged.iter().map(|staged| staged.key.clone()));
            while self.tail.len() > TAIL_KEYS {
                self.tail.pop_front();
            }
        }
    }

    /// Writes what is staged, whole or not at all. The store is not synced.
    pub(super) fn commit(&mut self) -> Result<()> {
        let written = self.store.write(&self.batch, Durability::Memory);
        if written.is_ok() {
            self.remember_tail();
            for Staged { key, old, new } in &self.staged {
                if self.keys.has(Mutant::StaleLeaf) && old.is_some() {
                    continue;
                }
                self.forest.apply(&self.keys, key, *old, *new);
            }
        }
        self.unstage();
        written.map(|_| ())
    }
}
