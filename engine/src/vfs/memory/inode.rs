//! The content of one file, and which of it the platter holds.

use core::ops::Range;
use std::collections::BTreeMap;

/// What a disk writes whole or not at all, bytes.
const SECTOR_BYTES: usize = 512;

/// The content of a file. The platter holds `bytes[..synced]`, except where `overwritten` and `dropped` say
/// otherwise, and then `cut`.
#[derive(Debug, Default)]
pub(super) struct Inode {
    bytes: Vec<u8>,
    synced: usize,
    /// Synced bytes that a truncation removed and no sync has removed from the platter yet.
    cut: Vec<u8>,
    /// What the platter holds of the sectors below `synced` that were overwritten, by the sector's number.
    overwritten: BTreeMap<usize, Overwritten>,
    /// Bytes at the end that a failed sync dropped: readable now, zeros after a crash.
    dropped: Vec<Range<usize>>,
    /// How many names the file has; without one it takes no room.
    names: u32,
}

#[derive(Debug)]
struct Overwritten {
    /// The sector, as far as it is synced.
    platter: Vec<u8>,
    /// Whether a failed sync dropped what was written, so that no later one brings it to the platter.
    dropped: bool,
}

impl Inode {
    /// A file whose content is all on the platter.
    pub(super) fn durable(bytes: Vec<u8>) -> Self {
        Self {
            synced: bytes.len(),
            bytes,
            ..Self::default()
        }
    }

    pub(super) fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    pub(super) fn durable_len(&self) -> u64 {
        (self.synced + self.cut.len()) as u64
    }

    pub(super) fn unsynced_len(&self) -> u64 {
        (self.bytes.len() - self.synced) as u64
    }

    pub(super) fn is_named(&self) -> bool {
        self.names > 0
    }

    pub(super) fn add_name(&mut self) {
        self.names += 1;
    }

    /// Takes a name away; true when it was the last.
    pub(super) fn drop_name(&mut self) -> bool {
        self.names -= 1;
        self.names == 0
    }

    pub(super) fn append(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Puts `bytes` at `offset`, which lies inside the file or at its end.
    pub(super) fn write_at(&mut self, offset: usize, bytes: &[u8]) {
        let end = offset + bytes.len();
        if offset < self.synced && !bytes.is_empty() {
            let first = offset / SECTOR_BYTES;
            let last = (end.min(self.synced) - 1) / SECTOR_BYTES;
            for sector in first..=last {
                self.keep_sector(sector);
            }
        }
        let inside = bytes.len().min(self.bytes.len() - offset);
        self.bytes[offset..offset + inside].copy_from_slice(&bytes[..inside]);
        self.bytes.extend_from_slice(&bytes[inside..]);
        if !self.dropped.is_empty() {
            self.forget_dropped(offset..end);
        }
    }

    /// Flips a bit where it lies: this is no write, and no sync is owed.
    pub(super) fn flip(&mut self, byte: usize, bit: u32) {
        self.bytes[byte] ^= 1 << bit;
        if let Some(kept) = self.overwritten.get_mut(&(byte / SECTOR_BYTES))
            && let Some(byte) = kept.platter.get_mut(byte % SECTOR_BYTES)
        {
            *byte ^= 1 << bit;
        }
    }

    /// Remembers what the platter holds of a sector before it is overwritten.
    fn keep_sector(&mut self, sector: usize) {
        if let Some(kept) = self.overwritten.get_mut(&sector) {
            // The system sees the page as changed again, and the next sync writes it.
            kept.dropped = false;
            return;
        }
        let start = sector * SECTOR_BYTES;
        let platter = self.platter(start..(start + SECTOR_BYTES).min(self.synced));
        let kept = Overwritten {
            platter,
            dropped: false,
        };
        self.overwritten.insert(sector, kept);
    }

    fn forget_dropped(&mut self, written: Range<usize>) {
        let around = |range: Range<usize>| {
            [
                range.start..range.end.min(written.start),
                range.start.max(written.end)..range.end,
            ]
        };
        let dropped = core::mem::take(&mut self.dropped).into_iter();
        self.dropped = dropped.flat_map(around).filter(|r| !r.is_empty()).collect();
    }

    /// What the platter holds of a range below `synced`.
    fn platter(&self, range: Range<usize>) -> Vec<u8> {
        let mut bytes = self.bytes[range.clone()].to_vec();
        for dropped in &self.dropped {
            let start = dropped.start.max(range.start);
            let end = dropped.end.min(range.end);
            if start < end {
                bytes[start - range.start..end - range.start].fill(0);
            }
        }
        let sectors = range.start / SECTOR_BYTES..range.end.div_ceil(SECTOR_BYTES);
        for (sector, kept) in self.overwritten.range(sectors) {
            let start = (sector * SECTOR_BYTES).max(range.start);
            let end = (sector * SECTOR_BYTES + kept.platter.len()).min(range.end);
            if start < end {
                let from = start - sector * SECTOR_BYTES;
                bytes[start - range.start..end - range.start]
                    .copy_from_slice(&kept.platter[from..from + end - start]);
            }
        }
        bytes
    }

    pub(super) fn truncate(&mut self, len: usize) {
        if len < self.synced {
            let mut cut = self.platter(len..self.synced);
            cut.append(&mut self.cut);
            self.cut = cut;
            self.synced = len;
            let mut beyond = self.overwritten.split_off(&(len / SECTOR_BYTES));
            if let Some(mut kept) = beyond.remove(&(len / SECTOR_BYTES)) {
                kept.platter.truncate(len % SECTOR_BYTES);
                self.overwritten.insert(len / SECTOR_BYTES, kept);
            }
        }
        self.bytes.truncate(len);
        self.dropped.retain_mut(|range| {
            range.end = range.end.min(len);
            range.start < range.end
        });
    }

    /// A sync that reached the platter.
    pub(super) fn sync(&mut self) {
        self.synced = self.bytes.len();
        self.cut.clear();
        self.overwritten.retain(|_, kept| kept.dropped);
    }

    /// A sync that failed: the system forgets that what it could not write is not written.
    pub(super) fn drop_unsynced(&mut self) {
        if self.synced < self.bytes.len() {
            self.dropped.push(self.synced..self.bytes.len());
        }
        for kept in self.overwritten.values_mut() {
            kept.dropped = true;
        }
    }

    pub(super) fn settle_dropped(&mut self) {
        for range in core::mem::take(&mut self.dropped) {
            self.bytes[range].fill(0);
        }
    }

    pub(super) fn has_cut(&self) -> bool {
        !self.cut.is_empty()
    }

    pub(super) fn undo_truncation(&mut self) {
        self.bytes.truncate(self.synced);
        self.bytes.append(&mut self.cut);
    }

    /// Keeps the first `survived` bytes of the unsynced end.
    pub(super) fn cut_unsynced_to(&mut self, survived: u64) {
        self.bytes.truncate(self.synced + survived as usize);
    }

    pub(super) fn last_bytes(&mut self, count: usize) -> &mut [u8] {
        let end = self.bytes.len();
        &mut self.bytes[end - count..]
    }

    /// Overwritten sectors that a crash may leave in either state.
    pub(super) fn overwritten_sectors(&self) -> usize {
        self.overwritten
            .values()
            .filter(|kept| !kept.dropped)
            .count()
    }

    /// Ends every overwrite: in the order of the sectors, `survive` says which reached the platter.
    pub(super) fn settle_overwrites(&mut self, survive: &[bool]) {
        let mut survive = survive.iter();
        for (sector, kept) in core::mem::take(&mut self.overwritten) {
            if kept.dropped || !survive.next().is_some_and(|&survived| survived) {
                let start = sector * SECTOR_BYTES;
                self.bytes[start..start + kept.platter.len()].copy_from_slice(&kept.platter);
            }
        }
    }
}
