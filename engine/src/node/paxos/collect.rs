//! Forgetting registers that were deleted.
//!
//! ```text
//!   collector               the owners, all of them
//!     |  Prepare(b) ---------> |   as for any change
//!     | <-- Promised --------- |   the newest state is a tombstone, and old enough
//!     |  Accept(b, it) ------> |
//!     | <-- Accepted --------- |   by every one: none holds anything older any more
//!     |  Erase(b) -----------> |   erased where nothing has come between, and the floor raised
//! ```
//!
//! CASPaxos (Rystsov 2018, section on deletion) forgets in two steps for the same reason: an owner that missed the
//! tombstone would bring the old value back. There each proposer is then visited, so that nothing which it has sent
//! before takes effect after; here each owner keeps one [`Floor`] for all that it has forgotten: below it nothing is
//! accepted, and versions go on from there.

use bytes::Bytes;

use super::PaxosMessage;
use super::ballot::Ballot;
use super::state::State;
use crate::base::codec::{Reader, put_varint};
use crate::base::id::{Nodes, RequestId};
use crate::base::limits::{COLLECTED_AT_ONCE, IDEMPOTENCY_WINDOW_MS, REGISTER_OPS_REMEMBERED};
use crate::base::mutant::Mutant;
use crate::base::time::{Now, Wall};
use crate::node::io::Outbox;
use crate::node::machine::Node;
use crate::node::settings::Purge;
use crate::{NodeId, Result};

/// What an owner remembers of the registers that it has forgotten: the greatest of what it knew of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Floor {
    /// Nothing below this is accepted for a register of which nothing is known.
    pub ballot: Ballot,
    /// Such a register's versions begin behind this.
    pub version: u64,
}

impl Floor {
    /// Takes in what another knows.
    pub fn raise(&mut self, other: Self) {
        self.ballot = self.ballot.max(other.ballot);
        self.version = self.version.max(other.version);
    }

    /// The floor that a register leaves: further up than a change that may still be under way can bridge.
    #[must_use]
    pub fn under(promised: Ballot, state: &State) -> Self {
        Self {
            ballot: promised,
            version: state.version.saturating_add(REGISTER_OPS_REMEMBERED as u64),
        }
    }

    /// Puts its bytes behind those in `out`.
    pub fn encode(self, out: &mut Vec<u8>) {
        self.ballot.encode(out);
        put_varint(out, self.version);
    }

    /// The floor behind its bytes.
    ///
    /// # Errors
    /// [`Error::Corruption`](crate::Error::Corruption) when they make no sense.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let floor = Self {
            ballot: Ballot::decode(&mut reader)?,
            version: reader.varint()?,
        };
        reader.end()?;
        Ok(floor)
    }
}

impl State {
    /// Since when it has no value; none while it has one. A state that was never written has none to forget.
    #[must_use]
    pub fn dead_since(&self, now: Wall) -> Option<Wall> {
        let since = self.deadline.filter(|deadline| *deadline <= now)?;
        // A change that its client may ask for again would find nothing of it.
        let named = self.done.iter().any(|done| done.operation.node == 0);
        let wait_ms = if named { IDEMPOTENCY_WINDOW_MS } else { 0 };
        Some(Wall(since.0.saturating_add(wait_ms)))
    }

    /// What is left of it when its value has ended.
    #[must_use]
    pub fn buried(mut self) -> Self {
        self.value = None;
        self
    }
}

impl Node {
    /// Whether a state may be forgotten by now.
    pub(super) fn is_forgettable(&self, state: &State, now: Wall) -> bool {
        let grace_ms = u64::try_from(self.settings.grace.as_millis()).unwrap_or(u64::MAX);
        let since = state.dead_since(now);
        since.is_some_and(|since| now.0 >= since.0.saturating_add(grace_ms))
    }

    /// The disk has looked through its registers, and found these without a value. Whose first owner this node is
    /// begins to be forgotten.
    pub(in crate::node) fn found_dead(
        &mut self,
        now: Now,
        dead: Vec<(Bytes, State)>,
        out: &mut Outbox,
    ) {
        let moving = self.shape.topology.coming.is_some() || !self.is_member();
        if self.settings.purge != Purge::Safe || self.rebuilding || moving {
            return;
        }
        let mut begun = 0;
        for (key, state) in dead {
            let first = self.owners(&key).first() == Some(&self.id);
            let busy = self.proposals.has_work_on(&key);
            if busy
                || !first
                || !self.is_forgettable(&state, now.wall)
                || begun >= COLLECTED_AT_ONCE
            {
                continue;
            }
            begun += 1;
            if self.settings.has(Mutant::EraseAtOnce) {
                let all: Nodes = self.acceptors(&key).all().collect();
                self.erase(now, &all, &key, Ballot::NONE, out);
            } else {
                self.start_collection(now, &key, out);
            }
        }
    }

    /// Every owner has accepted the tombstone under this ballot.
    pub(super) fn erase(
        &mut self,
        now: Now,
        owners: &[NodeId],
        key: &Bytes,
        ballot: Ballot,
        out: &mut Outbox,
    ) {
        for node in owners {
            self.say(now, *node, PaxosMessage::Erase(key.clone(), ballot), out);
        }
    }

    /// A number that no client's request has.
    pub(super) fn own_request(&mut self) -> RequestId {
        self.proposals.own_requests += 1;
        RequestId((u64::MAX >> 1) + self.proposals.own_requests)
    }
}
