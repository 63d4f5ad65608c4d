//! The order of the keys: a radix tree with nodes that adapt to their branches (Leis, Kemper and Neumann 2013,
//! "The adaptive radix tree"), for one writer and any number of readers that never wait.
//!
//! A node stands only where keys part, at the depth of the first byte on which they do; the bytes that all keys
//! below have in common are stored nowhere but in the keys (the paper's optimistic path compression). So a way
//! down by a key's bytes ends at a record that may be wrong, but that agrees with the key for longer than any
//! other: the two keys' first difference says where the key belongs.
//!
//! Every change is one store of a link or of a list's count (see [`node`](super::node)).

use super::arena::{Bump, Offset};
use super::node::{ENDS, GOES_ON, Link, Shape};
use super::record::Records;
use super::sync::{AtomicU64, Ordering};

/// The tree.
#[derive(Debug)]
pub struct Radix {
    root: AtomicU64,
}

/// Where a way down by a key parts from the key that was found there.
#[derive(Clone, Copy, Debug)]
pub struct Parting {
    /// The first byte in which they differ, or the length of the shorter.
    pub at: usize,
    /// The byte of the key that was found, if it goes on there.
    pub found: Option<u8>,
}

impl Radix {
    /// Without a key.
    pub fn new() -> Self {
        Self {
            root: AtomicU64::new(Link::NONE.to_word()),
        }
    }

    /// The link at the top.
    #[inline]
    pub fn root(&self) -> Link {
        Link::from_word(self.root.load(Ordering::Acquire))
    }

    /// Stores `link` at `slot`, 0 for the root.
    fn store(&self, records: &Records, slot: Offset, link: Link) {
        let word = match slot {
            0 => &self.root,
            at => records.arena.word(at),
        };
        // Release: who finds the link sees what it leads to.
        word.store(link.to_word(), Ordering::Release);
    }

    /// Adds `record`, whose key the tree has not.
    ///
    /// # Panics
    /// When it has the key.
    pub fn insert(&self, records: &Records, bump: &mut Bump, record: Offset) {
        let key = records.key(record);
        let arena = &records.arena;
        let leaf = Link::leaf(record);
        let (mut slot, mut link) = (0, self.root());
        if link == Link::NONE {
            self.store(records, 0, leaf);
            return;
        }
        // The first bytes that are known to agree with all keys below `link`, as long as no node skips some;
        // and the least depth at which a key may be put in at `slot`.
        let (mut agreed, mut above) = (0, 0);
        let parting = loop {
            let depth = link.depth();
            match link.shape() {
                Shape::List(_) | Shape::Direct if depth < key.len() => {
                    let place = link.find(arena, u32::from(key[depth]));
                    let child = place.map_or(Link::NONE, |at| {
                        Link::from_word(arena.word(at).load(Ordering::Relaxed))
                    });
                    if let (Some(at), true) = (place, child != Link::NONE) {
                        agreed = if agreed == depth { depth + 1 } else { agreed };
                        above = depth + 1;
                        (slot, link) = (at, child);
                        continue;
                    }
                    if agreed == depth {
                        break Parting {
                            at: depth,
                            found: None,
                        };
                    }
                }
                Shape::End if depth < key.len() => {
                    above = depth;
                    slot = link.offset() + GOES_ON;
                    link = link.child(arena, GOES_ON);
                    continue;
                }
                _ => {}
            }
            break parting(records, key, any_record(records, link));
        };
        if parting.at < above {
            (slot, link) = self.descend(records, key, parting.at);
        }
        self.branch_off(records, bump, (slot, link), leaf, parting);
    }

    /// The first link on the way of `key` that is a leaf or whose node's keys have `depth` bytes in common,
    /// and its slot. An end node of just that depth is passed, if the key goes on.
    fn descend(&self, records: &Records, key: &[u8], depth: usize) -> (Offset, Link) {
        let arena = &records.arena;
        let (mut slot, mut link) = (0, self.root());
        loop {
            let at = match link.shape() {
                Shape::None | Shape::Leaf => return (slot, link),
                Shape::End if link.depth() <= depth && link.depth() < key.len() => {
                    link.offset() + GOES_ON
                }
                Shape::List(_) | Shape::Direct if link.depth() < depth => link
                    .find(arena, u32::from(key[link.depth()]))
                    .expect("a key with these bytes was found on this way"),
                _ => return (slot, link),
            };
            slot = at;
            link = Link::from_word(arena.word(at).load(Ordering::Acquire));
        }
    }

    /// Puts `leaf` beside the keys below `link`, from which it parts at `parting`.
    fn branch_off(
        &self,
        records: &Records,
        bump: &mut Bump,
        (slot, link): (Offset, Link),
        leaf: Link,
        parting: Parting,
    ) {
        let arena = &records.arena;
        let key = records.key(leaf.offset());
        let depth = parting.at;
        let is_branching = matches!(link.shape(), Shape::List(_) | Shape::Direct);
        let node = match (key.get(depth), parting.found) {
            (Some(&byte), _) if is_branching && link.depth() == depth => {
                match link.add(arena, bump, (byte, leaf)) {
                    Some(longer) => longer,
                    None => return,
                }
            }
            (Some(&byte), Some(found)) => {
                Link::make_pair(arena, bump, depth, (found, link), (byte, leaf))
            }
            (Some(_), None) => Link::make_end(arena, bump, depth, link, leaf),
            (None, Some(_)) => Link::make_end(arena, bump, depth, leaf, link),
            (None, None) => panic!("a key is added to the tree once"),
        };
        self.store(records, slot, node);
    }

    /// The way down by `key` and where it parts from what it finds; `None` in an empty tree.
    pub fn part(&self, records: &Records, key: &[u8]) -> Option<Parting> {
        let mut link = self.root();
        loop {
            let depth = link.depth();
            let child = match link.shape() {
                Shape::None => return None,
                Shape::Leaf => break,
                Shape::End if key.len() > depth => link.child(&records.arena, GOES_ON),
                Shape::End => link.child(&records.arena, ENDS),
                Shape::List(_) | Shape::Direct => match key.get(depth) {
                    Some(&byte) => link.child(&records.arena, u32::from(byte)),
                    None => break,
                },
            };
            if child == Link::NONE {
                break;
            }
            link = child;
        }
        Some(parting(records, key, any_record(records, link)))
    }
}

/// Some record below `link`, which leads somewhere.
fn any_record(records: &Records, link: Link) -> Offset {
    let mut link = link;
    while link.shape() != Shape::Leaf {
        let (_, child) = link
            .at_or_after(&records.arena, 0)
            .expect("a node has branches");
        link = child;
    }
    link.offset()
}

/// Where `key` parts from the key of `record`.
fn parting(records: &Records, key: &[u8], record: Offset) -> Parting {
    let found = records.key(record);
    let at = common_prefix(key, found);
    Parting {
        at,
        found: found.get(at).copied(),
    }
}

/// How many bytes two keys have in common from the start.
#[inline]
fn common_prefix(a: &[u8], b: &[u8]) -> usize {
    let (a_words, b_words) = (a.as_chunks::<8>().0, b.as_chunks::<8>().0);
    for (at, (a, b)) in a_words.iter().zip(b_words).enumerate() {
        let differ = u64::from_le_bytes(*a) ^ u64::from_le_bytes(*b);
        if differ != 0 {
            return at * 8 + differ.trailing_zeros() as usize / 8;
        }
    }
    let at = a_words.len().min(b_words.len()) * 8;
    at + a[at..]
        .iter()
        .zip(&b[at..])
        .take_while(|(a, b)| a == b)
        .count()
}
