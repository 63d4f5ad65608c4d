//! Who is who: nodes, zones, requests.

use core::fmt;
use core::str::FromStr;

use smallvec::SmallVec;

/// A node of the cluster, written `n1`, `n2`, … Zero is not a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

/// A failure domain (rack, availability zone), written `z1`, `z2`, …
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Zone(pub u32);

/// A few nodes, such as the owners of a key: up to five take no allocation.
pub type Nodes = SmallVec<[NodeId; 5]>;

/// A client's request, unique in one run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// One storage operation of one node, so that its completion finds its request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpId(pub u64);

/// One armed timer of one node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimerId(pub u64);

/// Why a text is no node or zone name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' is not a {what}: write '{letter}' and a number from 1, like {letter}3")]
pub struct BadName {
    text: String,
    what: &'static str,
    letter: char,
}

fn numbered(text: &str, what: &'static str, letter: char) -> Result<u32, BadName> {
    let bad = || BadName {
        text: text.to_owned(),
        what,
        letter,
    };
    let digits = text.strip_prefix(letter).ok_or_else(bad)?;
    if digits.starts_with(['0', '+']) {
        return Err(bad());
    }
    digits.parse().map_err(|_| bad())
}

impl FromStr for NodeId {
    type Err = BadName;
    fn from_str(text: &str) -> Result<Self, BadName> {
        numbered(text, "node", 'n').map(Self)
    }
}

impl FromStr for Zone {
    type Err = BadName;
    fn from_str(text: &str) -> Result<Self, BadName> {
        numbered(text, "zone", 'z').map(Self)
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "n{}", self.0)
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "z{}", self.0)
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "r{}", self.0)
    }
}
