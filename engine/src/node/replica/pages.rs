//! Walks over the cells, a bounded number of keys at a time. Where a walk stopped is a key, so that it goes on
//! behind it whatever was written in between.

use core::ops::Bound;
use std::collections::BTreeMap;

use bytes::Bytes;

use super::cells::{behind, dead_since, range};
use super::forest::{Forest, LeafSet, Leaves, leaf_of};
use super::keyspace::Keyspace;
use super::op::{KeyDigest, StoreResult, TreeResult};
use crate::Result;
use crate::base::time::Wall;
use crate::causal::Cell;
use crate::storage::Store;

fn as_slice(bound: &Bound<Bytes>) -> Bound<&[u8]> {
    match bound {
        Bound::Included(key) => Bound::Included(key),
        Bound::Excluded(key) => Bound::Excluded(key),
        Bound::Unbounded => Bound::Unbounded,
    }
}

/// Where a walk stands, in keys that it has looked at.
#[derive(Default)]
struct Stride {
    last: Vec<u8>,
    looks: usize,
}

impl Stride {
    fn look(&mut self, key: &[u8]) {
        self.last.clear();
        self.last.extend_from_slice(key);
        self.looks += 1;
    }

    fn place(&self) -> Option<Bytes> {
        Some(Bytes::copy_from_slice(&self.last))
    }
}

/// See [`StoreOp::Scan`](super::StoreOp::Scan).
pub(super) fn page(
    store: &Store,
    from: &Bound<Bytes>,
    to: &Bound<Bytes>,
    keys_max: usize,
    bytes_max: usize,
) -> Result<StoreResult> {
    let mut range = range(store, as_slice(from), as_slice(to))?;
    let (mut cells, mut bytes, mut more) = (Vec::new(), 0, false);
    while let Some((key, stored)) = range.next()? {
        bytes += key.len() + stored.len();
        if cells.len() == keys_max || (bytes > bytes_max && !cells.is_empty()) {
            more = true;
            break;
        }
        cells.push((Bytes::copy_from_slice(key), Cell::decode(stored)?));
    }
    Ok(StoreResult::Page { cells, more })
}

/// See [`StoreOp::Dead`](super::StoreOp::Dead).
pub(super) fn dead(
    store: &Store,
    after: Option<&[u8]>,
    keys_max: usize,
    now: Wall,
) -> Result<StoreResult> {
    let mut range = behind(store, after, None)?;
    let (mut cells, mut stride, mut next) = (Vec::new(), Stride::default(), None);
    while let Some((key, stored)) = range.next()? {
        if stride.looks >= keys_max.max(1) {
            next = stride.place();
            break;
        }
        stride.look(key);
        let cell = Cell::decode(stored)?;
        if let Some(since) = dead_since(&cell, now) {
            cells.push((Bytes::copy_from_slice(key), cell.digest(), since));
        }
    }
    Ok(StoreResult::Dead { cells, next })
}

/// What to name of the keys between two keys.
pub(super) struct KeysWanted<'a> {
    pub(super) leaves: &'a Leaves,
    pub(super) after: Option<&'a [u8]>,
    pub(super) upto: Option<&'a [u8]>,
    pub(super) keys_max: usize,
    pub(super) looks_max: usize,
}

/// See [`TreeOp::Keys`](super::TreeOp::Keys).
pub(super) fn keys_in(
    store: &Store,
    keyspace: &Keyspace,
    forest: &mut Forest,
    wanted: &KeysWanted<'_>,
) -> Result<TreeResult> {
    let sets: BTreeMap<usize, LeafSet> = forest.numbered(wanted.leaves);
    if sets.is_empty() {
        // No key here is of those groups: the page is empty, however long it is.
        return Ok(TreeResult::Keys {
            keys: Vec::new(),
            upto: wanted.upto.map(Bytes::copy_from_slice),
        });
    }
    let mut any = LeafSet::default();
    sets.values().for_each(|set| any.join(set));
    let mut range = behind(store, wanted.after, wanted.upto)?;
    let mut keys = Vec::new();
    let (mut stride, mut upto) = (Stride::default(), wanted.upto.map(Bytes::copy_from_slice));
    while let Some((key, stored)) = range.next()? {
        if keys.len() >= wanted.keys_max.max(1) || stride.looks >= wanted.looks_max.max(1) {
            upto = stride.place();
            break;
        }
        stride.look(key);
        // Most keys fall out here, by their hash alone.
        let leaf = leaf_of(key);
        if !any.contains(leaf) {
            continue;
        }
        let number = forest.number_of(keyspace, key);
        if sets.get(&number).is_some_and(|set| set.contains(leaf)) {
            keys.push(KeyDigest {
                key: Bytes::copy_from_slice(key),
                digest: Cell::decode(stored)?.digest(),
                bytes: key.len() + stored.len(),
            });
        }
    }
    Ok(TreeResult::Keys { keys, upto })
}
