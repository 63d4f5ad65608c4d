//! What is believed of a member, and how two beliefs are joined.

use core::fmt;

/// Orders the rumours about one node: the higher is the newer. Only the node itself raises its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Incarnation {
    /// Which start of the node this is, so that a restarted node outranks every rumour about its former self. 0
    /// is before anything was heard of it.
    pub life: u32,
    /// How often it has refuted a rumour in this life.
    pub refuted: u32,
}

impl Incarnation {
    /// The highest one. Nothing could refute it, so a record that carries it is forged, and is ignored.
    pub const LAST: Self = Self {
        life: u32::MAX,
        refuted: u32::MAX,
    };

    /// The start of a life.
    #[must_use]
    pub fn starting(life: u32) -> Self {
        Self { life, refuted: 0 }
    }

    /// The next higher one: what a node takes to refute a rumour at `self`.
    #[must_use]
    pub fn above(self) -> Self {
        match self.refuted.checked_add(1) {
            Some(refuted) => Self {
                life: self.life,
                refuted,
            },
            None if self.life == u32::MAX => Self::LAST,
            None => Self::starting(self.life + 1),
        }
    }
}

impl fmt::Display for Incarnation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.life, self.refuted)
    }
}

/// Whether a member answers, as one node sees it. The order is that of the merge: at one incarnation the worse news
/// wins, since only the node itself may take it back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Liveness {
    /// Nothing is held against it.
    #[default]
    Alive,
    /// It left a probe unanswered, and may still refute that. It is treated as alive.
    Suspect,
    /// It did not refute in time. It may still come back.
    Dead,
}

impl Liveness {
    /// One word for tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Alive => "alive",
            Self::Suspect => "suspect",
            Self::Dead => "dead",
        }
    }
}

/// What is believed of one member. The field order is the merge order: incarnation first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemberState {
    /// Of which incarnation this is said.
    pub incarnation: Incarnation,
    /// What is said.
    pub liveness: Liveness,
}

impl MemberState {
    /// Alive at `incarnation`.
    #[must_use]
    pub fn alive(incarnation: Incarnation) -> Self {
        Self {
            incarnation,
            liveness: Liveness::Alive,
        }
    }
}

/// Joins two beliefs about one member (SWIM 2002, section 4.2): the higher incarnation wins, and at the same one
/// dead over suspect over alive. It is the maximum of a total order, hence commutative, associative and
/// idempotent: rumours may come late, twice and in any order. SWIM lets dead win over every incarnation; here a
/// higher one wins over dead as well, so that a node that was cut off can come back.
#[must_use]
pub fn merge_member(a: MemberState, b: MemberState) -> MemberState {
    a.max(b)
}
