//! Hints on the disk: cells kept for nodes that cannot be reached (Dynamo 2007, section 4.6).
//!
//! ```text
//! key   = f1  target (u32, big endian)  number (u64, big endian)     so a scan gives one target's in their order
//! value = at (varint)  key length  key  cell
//! ```
//!
//! Counts and sizes are kept in memory, by which the limits are held; a boot counts anew.

use core::ops::Bound;
use std::collections::BTreeMap;

use bytes::Bytes;

use super::keyspace::HINTS;
use super::op::Hint;
use crate::base::codec::{Reader, put_slice, put_varint};
use crate::base::limits::{HINT_BYTES_MAX, HINTS_PER_TARGET_MAX};
use crate::base::time::Wall;
use crate::causal::Cell;
use crate::storage::{STORED_KEY_BYTES_MAX, Store};
use crate::{Error, NodeId, Result};

const KEY_BYTES: usize = 13;

/// How much is kept for one node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HintCount {
    /// Hints.
    pub count: usize,
    /// What they take on the disk.
    pub bytes: u64,
}

/// What there is, without the hints themselves.
#[derive(Debug, Default)]
pub(super) struct HintIndex {
    targets: BTreeMap<NodeId, Target>,
    bytes: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Target {
    kept: HintCount,
    /// The highest number ever met.
    last: u64,
}

impl HintIndex {
    pub(super) fn counts(&self) -> BTreeMap<NodeId, HintCount> {
        let some = self.targets.iter();
        some.filter(|(_, target)| target.kept.count > 0)
            .map(|(node, target)| (*node, target.kept))
            .collect()
    }

    /// The number of the next hint of `bytes` bytes.
    ///
    /// # Errors
    /// [`Error::Overloaded`] past a limit.
    pub(super) fn number_for(&self, target: NodeId, bytes: u64) -> Result<u64> {
        let Target { kept, last } = self.targets.get(&target).copied().unwrap_or_default();
        if kept.count >= HINTS_PER_TARGET_MAX {
            return Err(full(format!(
                "{HINTS_PER_TARGET_MAX} hints for {target} are kept already"
            )));
        }
        if self.bytes.saturating_add(bytes) > HINT_BYTES_MAX {
            return Err(full(format!(
                "hints take {} bytes of {HINT_BYTES_MAX} already",
                self.bytes
            )));
        }
        last.checked_add(1)
            .ok_or_else(|| full(format!("hints for {target} have no number left")))
    }

    pub(super) fn add(&mut self, target: NodeId, number: u64, bytes: u64) {
        let entry = self.targets.entry(target).or_default();
        entry.kept.count += 1;
        entry.kept.bytes += bytes;
        entry.last = entry.last.max(number);
        self.bytes += bytes;
    }

    pub(super) fn remove(&mut self, target: NodeId, dropped: HintCount) {
        if let Some(entry) = self.targets.get_mut(&target) {
            entry.kept.count -= dropped.count;
            entry.kept.bytes -= dropped.bytes;
            self.bytes -= dropped.bytes;
        }
    }
}

fn full(detail: String) -> Error {
    Error::Overloaded { detail }
}

pub(super) fn key_of(target: NodeId, number: u64) -> [u8; KEY_BYTES] {
    let mut key = [HINTS; KEY_BYTES];
    key[1..5].copy_from_slice(&target.0.to_be_bytes());
    key[5..].copy_from_slice(&number.to_be_bytes());
    key
}

/// Target and number of a hint's key.
pub(super) fn named_by(key: &[u8]) -> Result<(NodeId, u64)> {
    let parts = key
        .split_first_chunk::<5>()
        .and_then(|([_, target @ ..], number)| Some((target, number.try_into().ok()?)));
    let (target, number) =
        parts.ok_or_else(|| Error::corruption("a hint under a key that is none of a hint"))?;
    Ok((
        NodeId(u32::from_be_bytes(*target)),
        u64::from_be_bytes(number),
    ))
}

/// Puts a hint's value into `out`, which holds the cell's bytes and is taken over.
pub(super) fn encode(at: Wall, key: &[u8], cell: &[u8], out: &mut Vec<u8>) {
    out.clear();
    put_varint(out, at.0);
    put_slice(out, key);
    out.extend_from_slice(cell);
}

pub(super) fn decode(number: u64, value: &[u8]) -> Result<Hint> {
    let mut input = Reader::new(value);
    let at = Wall(input.varint()?);
    let key = Bytes::copy_from_slice(input.slice(STORED_KEY_BYTES_MAX)?);
    let cell = Cell::decode(input.rest())?;
    Ok(Hint {
        number,
        key,
        cell,
        at,
        bytes: (KEY_BYTES + value.len()) as u64,
    })
}

/// See [`StoreOp::Hints`](super::StoreOp::Hints).
pub(super) fn read(
    store: &Store,
    target: NodeId,
    after: u64,
    bytes_max: usize,
) -> Result<Vec<Hint>> {
    let (from, to) = (key_of(target, after), key_of(target, u64::MAX));
    let mut range = store.range(Bound::Excluded(&from), Bound::Included(&to))?;
    let (mut hints, mut bytes) = (Vec::new(), 0);
    while let Some((key, value)) = range.next()? {
        bytes += key.len() + value.len();
        if bytes > bytes_max && !hints.is_empty() {
            break;
        }
        hints.push(decode(named_by(key)?.1, value)?);
    }
    Ok(hints)
}
