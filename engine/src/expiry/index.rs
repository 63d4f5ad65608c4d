//! From a key's hash to its slot: open addressing with linear probing, as a cache needs it.
//!
//! ```text
//!   hash --high 32 bits--> tag --low bits--> home cell; the entry stands there or in a cell soon after
//!   cell: tag u32 | slot u32          an empty cell ends the search
//! ```
//!
//! The standard map hashes with random keys and iterates in random order; this one has neither. A removal moves
//! the cells behind it back (Knuth, volume 3, section 6.4, algorithm R), so there are no tombstones and a cache
//! that turns over forever never has to rebuild. At most three quarters are full: 11 to 21 bytes an entry.

use super::{SLOTS_MAX, Slot};

const EMPTY: Cell = Cell {
    tag: 0,
    slot: SLOTS_MAX,
};

#[derive(Clone, Copy, Debug)]
struct Cell {
    tag: u32,
    slot: Slot,
}

impl Cell {
    fn is_empty(self) -> bool {
        self.slot == SLOTS_MAX
    }
}

#[derive(Clone, Debug)]
pub(super) struct Index {
    /// A power of two of cells.
    cells: Vec<Cell>,
    len: usize,
}

impl Default for Index {
    fn default() -> Self {
        Self {
            cells: vec![EMPTY; 16],
            len: 0,
        }
    }
}

fn tag(hash: u64) -> u32 {
    (hash >> 32) as u32
}

impl Index {
    fn mask(&self) -> usize {
        self.cells.len() - 1
    }

    /// The slot of this hash for which `is_same` holds.
    #[inline]
    pub(super) fn find(&self, hash: u64, is_same: impl Fn(Slot) -> bool) -> Option<Slot> {
        let mask = self.mask();
        let mut at = tag(hash) as usize & mask;
        loop {
            let cell = self.cells[at];
            if cell.is_empty() {
                return None;
            }
            if cell.tag == tag(hash) && is_same(cell.slot) {
                return Some(cell.slot);
            }
            at = (at + 1) & mask;
        }
    }

    /// Adds `slot`, which must not be there.
    pub(super) fn insert(&mut self, hash: u64, slot: Slot) {
        if (self.len + 1) * 4 > self.cells.len() * 3 {
            self.grow();
        }
        let tag = tag(hash);
        self.place(Cell { tag, slot });
        self.len += 1;
    }

    fn place(&mut self, cell: Cell) {
        let mask = self.mask();
        let mut at = cell.tag as usize & mask;
        while !self.cells[at].is_empty() {
            at = (at + 1) & mask;
        }
        self.cells[at] = cell;
    }

    fn grow(&mut self) {
        let twice = vec![EMPTY; self.cells.len() * 2];
        let before = core::mem::replace(&mut self.cells, twice);
        for cell in before.into_iter().filter(|cell| !cell.is_empty()) {
            self.place(cell);
        }
    }

    /// Takes `slot`, which must be there under this hash, out.
    pub(super) fn remove(&mut self, hash: u64, slot: Slot) {
        let mask = self.mask();
        let mut hole = tag(hash) as usize & mask;
        while self.cells[hole].slot != slot {
            assert!(!self.cells[hole].is_empty(), "slot {slot} is not indexed");
            hole = (hole + 1) & mask;
        }
        let mut at = hole;
        loop {
            at = (at + 1) & mask;
            let cell = self.cells[at];
            if cell.is_empty() {
                break;
            }
            // The cell may move back into the hole when its home is not between the two.
            let home = cell.tag as usize & mask;
            if at.wrapping_sub(home) & mask >= at.wrapping_sub(hole) & mask {
                self.cells[hole] = cell;
                hole = at;
            }
        }
        self.cells[hole] = EMPTY;
        self.len -= 1;
    }
}
