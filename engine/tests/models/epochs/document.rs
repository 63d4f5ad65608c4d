//! The documents of the log.

#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Change {
    #[default]
    First,
    /// The node begins to leave.
    Begin(u8),
    Commit,
    Cancel,
    /// The node comes back, in this life.
    Rejoin {
        node: u8,
        life: u8,
    },
}

/// A document: what decided it, who is a member, and who is on the way out.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Document {
    pub change: Change,
    pub members: u8,
    pub leaving: Option<u8>,
}

pub const fn has(members: u8, node: usize) -> bool {
    members >> node & 1 == 1
}

impl Document {
    pub fn then(self, change: Change) -> Self {
        let (members, leaving) = match (change, self.leaving) {
            (Change::Begin(node), _) => (self.members, Some(node)),
            (Change::Commit, Some(node)) => (self.members & !(1 << node), None),
            (Change::Cancel, _) => (self.members, None),
            _ => (self.members, self.leaving),
        };
        Self {
            change,
            members,
            leaving,
        }
    }

    /// Whether `votes` decide what comes after this document.
    pub fn decides(self, votes: u8, change: Change) -> bool {
        let members = self.members;
        let counted = votes & members;
        match change {
            Change::Rejoin { node, .. } => {
                let others = members & !(1 << node);
                counted & others == others
            }
            _ => counted.count_ones() * 2 > members.count_ones(),
        }
    }
}
