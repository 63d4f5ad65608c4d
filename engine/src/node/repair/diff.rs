//! What two pages of keys differ in.

use core::cmp::Ordering;

use bytes::Bytes;

use crate::node::replica::KeyDigest;

/// What to send and what to ask for, of two replicas' keys of one stretch.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Diff {
    /// Keys whose cells the peer lacks or holds otherwise.
    pub(super) give: Vec<Bytes>,
    /// Keys whose cells the peer holds and this replica lacks or holds otherwise.
    pub(super) want: Vec<Bytes>,
    /// Keys compared.
    pub(super) compared: u64,
    /// Keys that differ.
    pub(super) differing: u64,
    /// What those take on both sides.
    pub(super) bytes: u64,
    /// How far it came.
    pub(super) end: End,
}

/// Why a comparison ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum End {
    /// Both pages are dealt with.
    #[default]
    Whole,
    /// One message is full. Everything up to this key is dealt with.
    Full(Bytes),
    /// Nothing may be given now. Everything up to this key is dealt with, or nothing at all.
    Empty(Option<Bytes>),
}

/// How many bytes may go in each direction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    pub(super) give: usize,
    pub(super) want: usize,
}

/// Compares two pages of the same stretch, each in key order. It ends early before what does not fit, but one key
/// always fits where there is room at all.
pub(super) fn diff(mine: &[KeyDigest], theirs: &[KeyDigest], room: Room) -> Diff {
    let mut diff = Diff::default();
    let (mut give_bytes, mut want_bytes) = (0_usize, 0_usize);
    let (mut mine, mut theirs) = (mine.iter().peekable(), theirs.iter().peekable());
    let mut last: Option<&Bytes> = None;
    loop {
        let order = match (mine.peek(), theirs.peek()) {
            (None, None) => return diff,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(mine), Some(theirs)) => mine.key.cmp(&theirs.key),
        };
        let own = mine.next_if(|_| order != Ordering::Greater);
        let other = theirs.next_if(|_| order != Ordering::Less);
        let same = own.map(|key| key.digest) == other.map(|key| key.digest);
        if !same {
            let size = |key: Option<&KeyDigest>| key.map_or(0, |key| key.bytes);
            let give = give_bytes.saturating_add(size(own));
            let want = want_bytes.saturating_add(size(other));
            if own.is_some() && room.give == 0 {
                diff.end = End::Empty(last.cloned());
                return diff;
            }
            if let Some(last) = last
                && (give > room.give || want > room.want)
                && give_bytes + want_bytes > 0
            {
                diff.end = End::Full(last.clone());
                return diff;
            }
            (give_bytes, want_bytes) = (give, want);
            diff.give.extend(own.map(|key| key.key.clone()));
            diff.want.extend(other.map(|key| key.key.clone()));
            diff.differing += 1;
            diff.bytes += (size(own) as u64).saturating_add(size(other) as u64);
        }
        diff.compared += 1;
        last = own.or(other).map(|key| &key.key);
    }
}
