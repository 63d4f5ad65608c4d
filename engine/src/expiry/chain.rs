//! Doubly linked lists over slots: the links live in one vector, beside what its user keeps for the slot.

use super::{SLOTS_MAX, Slot};

/// The end of a list.
const NONE: Slot = Slot::MAX;
/// A slot that stands in no list.
const UNLINKED: Slot = SLOTS_MAX;

#[derive(Clone, Copy, Debug)]
struct Node<T> {
    newer: Slot,
    older: Slot,
    state: T,
}

/// The links and states of all slots of a policy or a wheel. A slot stands in at most one [`List`].
#[derive(Clone, Debug, Default)]
pub(super) struct Chain<T> {
    nodes: Vec<Node<T>>,
}

/// One list: its two ends. The newest is where entries are pushed, the oldest where victims are found.
#[derive(Clone, Copy, Debug)]
pub(super) struct List {
    newest: Slot,
    oldest: Slot,
    len: usize,
}

impl Default for List {
    fn default() -> Self {
        Self {
            newest: NONE,
            oldest: NONE,
            len: 0,
        }
    }
}

impl List {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The slot that was pushed first.
    pub(super) fn oldest(&self) -> Option<Slot> {
        (self.oldest != NONE).then_some(self.oldest)
    }
}

impl<T: Copy + Default> Chain<T> {
    /// Slots with memory of their own.
    pub(super) fn slots(&self) -> usize {
        self.nodes.len()
    }

    /// Gives `slot` a state; it stands in no list yet.
    pub(super) fn occupy(&mut self, slot: Slot, state: T) {
        assert!(slot < SLOTS_MAX, "slot {slot} is past the last one");
        let index = slot as usize;
        let node = Node {
            newer: UNLINKED,
            older: UNLINKED,
            state,
        };
        if index >= self.nodes.len() {
            let empty = Node {
                state: T::default(),
                ..node
            };
            self.nodes.resize(index + 1, empty);
        }
        assert_eq!(self.nodes[index].newer, UNLINKED, "slot {slot} is taken");
        self.nodes[index] = node;
    }

    /// True when `slot` stands in a list.
    #[inline]
    pub(super) fn is_linked(&self, slot: Slot) -> bool {
        let node = self.nodes.get(slot as usize);
        node.is_some_and(|node| node.newer != UNLINKED)
    }

    #[inline]
    pub(super) fn state(&self, slot: Slot) -> &T {
        &self.nodes[slot as usize].state
    }

    #[inline]
    pub(super) fn state_mut(&mut self, slot: Slot) -> &mut T {
        &mut self.nodes[slot as usize].state
    }

    /// Puts `slot` at the newest end of `list`.
    #[inline]
    pub(super) fn push(&mut self, list: &mut List, slot: Slot) {
        let node = &mut self.nodes[slot as usize];
        assert_eq!(node.newer, UNLINKED, "slot {slot} stands in a list");
        node.newer = NONE;
        node.older = list.newest;
        match list.newest {
            NONE => list.oldest = slot,
            newest => self.nodes[newest as usize].newer = slot,
        }
        list.newest = slot;
        list.len += 1;
    }

    /// Takes `slot` out of `list`, in which it stands.
    #[inline]
    pub(super) fn unlink(&mut self, list: &mut List, slot: Slot) {
        let node = &mut self.nodes[slot as usize];
        let (newer, older) = (node.newer, node.older);
        assert_ne!(newer, UNLINKED, "slot {slot} stands in no list");
        node.newer = UNLINKED;
        node.older = UNLINKED;
        match newer {
            NONE => list.newest = older,
            newer => self.nodes[newer as usize].older = older,
        }
        match older {
            NONE => list.oldest = newer,
            older => self.nodes[older as usize].newer = newer,
        }
        list.len -= 1;
    }

    /// Moves `slot` to the newest end of `list`, in which it stands.
    #[inline]
    pub(super) fn renew(&mut self, list: &mut List, slot: Slot) {
        if list.newest != slot {
            self.unlink(list, slot);
            self.push(list, slot);
        }
    }
}
