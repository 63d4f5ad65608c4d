//! A position in the radix tree: the way down to a record, and steps to its neighbours.
//!
//! The tree may change beside it. A step goes by the branch that was taken in each node on the way, so it
//! always leads onwards, and it passes over nothing that was there when the way down was taken.

use core::cmp::Ordering;

use super::arena::Offset;
use super::node::{GOES_ON, Link, Shape};
use super::radix::Radix;
use super::record::Records;

/// A position.
#[derive(Clone, Debug, Default)]
pub struct Walk {
    /// The nodes above the record, each with the branch that leads to it.
    way: Vec<(Link, u32)>,
    /// The record, 0 for none.
    record: Offset,
}

impl Walk {
    /// The record it stands on, 0 for none.
    #[inline]
    pub fn record(&self) -> Offset {
        self.record
    }

    /// Moves to the first record.
    pub fn first(&mut self, tree: &Radix, records: &Records) {
        self.way.clear();
        self.down_first(records, tree.root());
    }

    /// Moves to the last record.
    pub fn last(&mut self, tree: &Radix, records: &Records) {
        self.way.clear();
        self.down_last(records, tree.root());
    }

    /// Moves to the next record.
    #[inline]
    pub fn next(&mut self, records: &Records) {
        while let Some((node, branch)) = self.way.last_mut() {
            if let Some((after, link)) = node.at_or_after(&records.arena, *branch + 1) {
                *branch = after;
                self.down_first(records, link);
                return;
            }
            self.way.pop();
        }
        self.record = 0;
    }

    /// Moves to the record before.
    pub fn previous(&mut self, records: &Records) {
        while let Some((node, branch)) = self.way.last_mut() {
            if let Some((before, link)) = node.before(&records.arena, *branch) {
                *branch = before;
                self.down_last(records, link);
                return;
            }
            self.way.pop();
        }
        self.record = 0;
    }

    /// Moves to the first record whose key is `key` or greater.
    pub fn seek(&mut self, tree: &Radix, records: &Records, key: &[u8]) {
        self.way.clear();
        let Some(parting) = tree.part(records, key) else {
            self.record = 0;
            return;
        };
        let link = self.down_by(tree, records, key, parting.at);
        match key.get(parting.at) {
            // The key is a prefix of all keys below, or one of them.
            None => self.down_first(records, link),
            Some(&byte) => match parting.found {
                Some(found) if found > byte && !self.stands_beside(parting.at) => {
                    self.down_first(records, link);
                }
                _ => self.next(records),
            },
        }
    }

    /// Moves to the last record whose key is less than `key`.
    pub fn seek_before(&mut self, tree: &Radix, records: &Records, key: &[u8]) {
        self.seek(tree, records, key);
        if self.record == 0 {
            self.last(tree, records);
        } else {
            self.previous(records);
        }
        // A key that was written just now may lie between.
        while self.record != 0 && records.key(self.record).cmp(key) != Ordering::Less {
            self.previous(records);
        }
    }

    /// Takes the way of `key` down to the first leaf, or node whose keys have `depth` bytes in common, and
    /// returns its link. In a branching node of just that depth it takes the key's branch, whether the node has
    /// it or not.
    fn down_by(&mut self, tree: &Radix, records: &Records, key: &[u8], depth: usize) -> Link {
        let mut link = tree.root();
        loop {
            let branch = match link.shape() {
                Shape::None | Shape::Leaf => return link,
                Shape::End if link.depth() <= depth && link.depth() < key.len() => GOES_ON,
                Shape::List(_) | Shape::Direct if link.depth() <= depth => {
                    match key.get(link.depth()) {
                        Some(&byte) => u32::from(byte),
                        None => return link,
                    }
                }
                _ => return link,
            };
            self.way.push((link, branch));
            if link.depth() == depth && link.shape() != Shape::End {
                return Link::NONE;
            }
            link = link.child(&records.arena, branch);
        }
    }

    /// Whether the way ends in a branching node of `depth`.
    fn stands_beside(&self, depth: usize) -> bool {
        self.way
            .last()
            .is_some_and(|(node, _)| node.depth() == depth && node.shape() != Shape::End)
    }

    #[inline]
    fn down_first(&mut self, records: &Records, link: Link) {
        let mut link = link;
        while !matches!(link.shape(), Shape::Leaf | Shape::None) {
            link.prefetch_children(&records.arena);
            let Some((branch, child)) = link.at_or_after(&records.arena, 0) else {
                break;
            };
            self.way.push((link, branch));
            link = child;
        }
        self.record = link.offset();
    }

    fn down_last(&mut self, records: &Records, link: Link) {
        let mut link = link;
        while !matches!(link.shape(), Shape::Leaf | Shape::None) {
            link.prefetch_children(&records.arena);
            let Some((branch, child)) = link.before(&records.arena, u32::MAX) else {
                break;
            };
            self.way.push((link, branch));
            link = child;
        }
        self.record = link.offset();
    }
}
