//! A hierarchical timing wheel: which deadlines have passed, exact to the millisecond, in constant time for each
//! (Varghese and Lauck, SOSP 1987, "Hashed and hierarchical timing wheels", scheme 7).
//!
//! A deadline is a number of 64 bits, read in digits of 6 bits. The wheel has a level for each digit and a list for each
//! value that the digit can take:
//!
//! ```text
//!   level 10 .. level 2          level 1                 level 0
//!   [64 lists]  [64 lists]       [64 lists of 64 ms]     [64 lists of 1 ms]
//!                                     | when the wheel gets there, the list is dealt out to level 0
//!                                     +--------------------------> ...
//! ```
//!
//! An entry stands at the level of the highest digit in which its deadline differs from the wheel's time, in the
//! list of its deadline's digit there. One bit a list says which are taken, so that the wheel jumps to the next
//! taken list over any stretch of time. An entry moves down a level at most ten times in its life.
//!
//! Invariants: at each level, taken lists lie ahead of the wheel's own digit (level 0: at or ahead), and the
//! lowest taken level holds the next deadline. Entries come out by deadline, and those of one deadline in the order
//! in which they were inserted: for two that share a deadline, the list of the older has been dealt out before
//! the younger can be put below it.
//!
//! Memory: 24 bytes for each id up to the highest, and 11 KiB of lists.

#[cfg(test)]
mod tests;

use super::Slot;
use super::chain::{Chain, List};

const DIGIT_BITS: u32 = 6;
const LISTS: usize = 1 << DIGIT_BITS;
/// Enough for every deadline of 64 bits.
const LEVELS: usize = 64_usize.div_ceil(DIGIT_BITS as usize);

/// An entry whose deadline has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// The entry.
    pub id: Slot,
    /// Its deadline as it was inserted, ms.
    pub deadline_ms: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Timer {
    deadline_ms: u64,
    level: u8,
    digit: u8,
}

#[derive(Clone, Debug)]
struct Level {
    lists: [List; LISTS],
    /// Bit `d` is set when list `d` holds an entry.
    taken: u64,
}

/// See the [module](self).
///
/// ```
/// use kvorum::expiry::wheel::Wheel;
///
/// let mut wheel = Wheel::new(0);
/// wheel.insert(5_000, 1);
/// wheel.insert(20, 2);
/// wheel.insert(20, 3);
/// assert_eq!(wheel.advance(19), []);
/// assert_eq!(wheel.advance(20), [2, 3]);
/// assert!(wheel.cancel(1));
/// assert_eq!(wheel.advance(6_000), []);
/// ```
#[derive(Clone, Debug)]
pub struct Wheel {
    chain: Chain<Timer>,
    levels: Box<[Level; LEVELS]>,
    /// Everything before this has come out.
    now_ms: u64,
    len: usize,
}

fn digit(time_ms: u64, level: usize) -> usize {
    (time_ms >> (level as u32 * DIGIT_BITS)) as usize % LISTS
}

impl Wheel {
    /// An empty wheel that stands at `now_ms`.
    #[must_use]
    pub fn new(now_ms: u64) -> Self {
        let level = Level {
            lists: [List::default(); LISTS],
            taken: 0,
        };
        Self {
            chain: Chain::default(),
            levels: Box::new(core::array::from_fn(|_| level.clone())),
            now_ms,
            len: 0,
        }
    }

    /// Entries that wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// True when no entry waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Lets `id`, which must not be waiting, wait for `deadline_ms`. A deadline that has passed is due at
    /// once. Ids index a vector: reuse small ones.
    pub fn insert(&mut self, deadline_ms: u64, id: Slot) {
        let timer = Timer {
            deadline_ms,
            level: 0,
            digit: 0,
        };
        self.chain.occupy(id, timer);
        self.place(id);
        self.len += 1;
    }

    /// Takes `id` out. False when it was not waiting.
    pub fn cancel(&mut self, id: Slot) -> bool {
        let waits = self.chain.is_linked(id);
        if waits {
            self.unlink(id);
            self.len -= 1;
        }
        waits
    }

    /// The next entry, by deadline and then by insertion, whose deadline is at or before `now_ms`; it waits no
    /// longer. The wheel's time moves on, at most to `now_ms`; an earlier `now_ms` than before finds nothing new.
    pub fn pop_due(&mut self, now_ms: u64) -> Option<Due> {
        if now_ms < self.now_ms {
            return None;
        }
        while let Some((level, digit)) = self.next_list() {
            let start_ms = self.start(level, digit);
            if start_ms > now_ms {
                break;
            }
            self.now_ms = start_ms;
            let oldest = self.levels[level].lists[digit].oldest();
            if level == 0 {
                let id = oldest.expect("a taken list holds an entry");
                self.unlink(id);
                self.len -= 1;
                let deadline_ms = self.chain.state(id).deadline_ms;
                return Some(Due { id, deadline_ms });
            }
            self.deal(level, digit);
        }
        self.now_ms = now_ms;
        None
    }

    /// All entries whose deadline is at or before `now_ms`, in order.
    pub fn advance(&mut self, now_ms: u64) -> Vec<Slot> {
        core::iter::from_fn(|| self.pop_due(now_ms).map(|due| due.id)).collect()
    }

    /// The taken list with the earliest start.
    fn next_list(&self) -> Option<(usize, usize)> {
        let taken = |(_, level): &(usize, &Level)| level.taken != 0;
        let (level, found) = self.levels.iter().enumerate().find(taken)?;
        Some((level, found.taken.trailing_zeros() as usize))
    }

    /// The first millisecond of a list that lies ahead.
    fn start(&self, level: usize, digit: usize) -> u64 {
        let shift = level as u32 * DIGIT_BITS;
        let above = shift + DIGIT_BITS;
        let prefix = self.now_ms.checked_shr(above).unwrap_or(0);
        prefix.checked_shl(above).unwrap_or(0) | (digit as u64) << shift
    }

    /// Deals the list that the wheel has reached out to the levels below, oldest first.
    fn deal(&mut self, level: usize, digit: usize) {
        while let Some(id) = self.levels[level].lists[digit].oldest() {
            self.unlink(id);
            self.place(id);
        }
    }

    fn place(&mut self, id: Slot) {
        let timer = self.chain.state_mut(id);
        let at_ms = timer.deadline_ms.max(self.now_ms);
        let differs = at_ms ^ self.now_ms;
        let level = (63 - (differs | 1).leading_zeros()) / DIGIT_BITS;
        let digit = digit(at_ms, level as usize);
        timer.level = level as u8;
        timer.digit = digit as u8;
        let level = &mut self.levels[level as usize];
        level.taken |= 1 << digit;
        self.chain.push(&mut level.lists[digit], id);
    }

    fn unlink(&mut self, id: Slot) {
        let timer = self.chain.state(id);
        let (level, digit) = (timer.level as usize, timer.digit as usize);
        let level = &mut self.levels[level];
        self.chain.unlink(&mut level.lists[digit], id);
        if level.lists[digit].len() == 0 {
            level.taken &= !(1 << digit);
        }
    }
}
