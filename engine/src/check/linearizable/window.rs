//! The operations that have ended, as a linked list of calls and ends in the order of time, out of which what is
//! placed is lifted (Lowe 2017, "Testing for Linearizability"). What may come next is called before the first end
//! in the list: that is the window.

const HEAD: u32 = 0;

/// See the module. Of operation `i`, entry `2i + 1` is the call, and `2i + 2` the end.
pub(super) struct Window {
    ended: Vec<usize>,
    next: Vec<u32>,
    previous: Vec<u32>,
    done: Vec<u64>,
    /// The highest operation that is placed, so that what is remembered can be cut off behind it.
    highest: usize,
}

fn call_of(op: u32) -> u32 {
    2 * op + 1
}

fn end_of(op: u32) -> u32 {
    2 * op + 2
}

/// The operation of an entry, if the entry is a call.
fn called_by(entry: u32) -> Option<u32> {
    (entry % 2 == 1).then_some(entry / 2)
}

impl Window {
    /// Operations by the ranks of their calls and ends, no two alike.
    pub(super) fn new(operations: &[(usize, usize)]) -> Self {
        let spans = (0..).zip(operations);
        let mut entries: Vec<(usize, u32)> = spans
            .flat_map(|(op, (called, ended))| [(*called, call_of(op)), (*ended, end_of(op))])
            .collect();
        entries.sort_unstable();
        let size = 2 * operations.len() + 1;
        let (mut next, mut previous) = (vec![HEAD; size], vec![HEAD; size]);
        let mut at = HEAD;
        for (_, entry) in entries {
            next[at as usize] = entry;
            previous[entry as usize] = at;
            at = entry;
        }
        next[at as usize] = HEAD;
        previous[HEAD as usize] = at;
        Self {
            ended: operations.iter().map(|(_, ended)| *ended).collect(),
            done: vec![0; operations.len().div_ceil(64)],
            next,
            previous,
            highest: 0,
        }
    }

    /// Whether all operations are placed.
    pub(super) fn is_empty(&self) -> bool {
        self.next[HEAD as usize] == HEAD
    }

    /// The first operation of the window.
    pub(super) fn first(&self) -> Option<u32> {
        called_by(self.next[HEAD as usize])
    }

    /// The next one. An operation that was lifted just now still knows it. As ends leave the list, the window
    /// grows.
    pub(super) fn after(&self, op: u32) -> Option<u32> {
        called_by(self.next[call_of(op) as usize])
    }

    /// The rank before which whatever comes next must be called: the first end. The list must not be empty.
    pub(super) fn closes(&self) -> usize {
        let mut entry = self.next[HEAD as usize];
        while called_by(entry).is_some() {
            entry = self.next[entry as usize];
        }
        // `end_of(op)`, `2 op + 2`.
        self.ended[(entry / 2 - 1) as usize]
    }

    pub(super) fn ended(&self, op: u32) -> usize {
        self.ended[op as usize]
    }

    pub(super) fn highest(&self) -> usize {
        self.highest
    }

    /// Places an operation.
    pub(super) fn lift(&mut self, op: u32) {
        // The end first: the call's successor then stays in the list, and a walk goes on from it.
        for entry in [end_of(op), call_of(op)] {
            let (before, after) = (self.previous[entry as usize], self.next[entry as usize]);
            self.next[before as usize] = after;
            self.previous[after as usize] = before;
        }
        self.done[op as usize / 64] |= 1 << (op % 64);
        self.highest = self.highest.max(op as usize);
    }

    /// Takes back the operation that was placed last; `highest` is as it was before.
    pub(super) fn put_back(&mut self, op: u32, highest: usize) {
        for entry in [call_of(op), end_of(op)] {
            let (before, after) = (self.previous[entry as usize], self.next[entry as usize]);
            self.next[before as usize] = entry;
            self.previous[after as usize] = entry;
        }
        self.done[op as usize / 64] &= !(1 << (op % 64));
        self.highest = highest;
    }

    /// What is placed, exactly: which operations behind the first that is not, which is told apart.
    pub(super) fn remembered_as(&self, key: &mut Vec<u64>) {
        let from = self.first().unwrap_or(0) as usize / 64;
        let behind = self.done.get(from..=self.highest / 64);
        key.extend_from_slice(behind.unwrap_or_default());
    }
}
