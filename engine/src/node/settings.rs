//! A node's settings, all of them the same on every node of a cluster.

use core::time::Duration;
use std::sync::Arc;

use super::table::Tables;
use crate::base::mutant::Mutant;

/// Who may make up a quorum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quorum {
    /// Owners of the key only.
    #[default]
    Strict,
    /// Where owners are out of reach, the next nodes of the preference list, which keep a hint for them (Dynamo
    /// 2007, section 4.6). Writes then succeed more often, and reads may miss them.
    Sloppy,
}

/// What a read that finds a stale replica does about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReadRepair {
    /// Nothing.
    Off,
    /// It answers, and then sends the replica what it lacks.
    #[default]
    Async,
    /// It sends the replica what it lacks, and answers once that is durable there: what one read has returned, no
    /// later one misses, where R is more than N / 2.
    Blocking,
}

/// What the second and later replicas of a read are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reads {
    /// A digest of what they hold, and the rest only where it differs.
    #[default]
    Digests,
    /// All that they hold.
    Whole,
}

/// When a read that waits for a slow replica asks one more (Dean and Barroso 2013, "The Tail at Scale").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hedge {
    /// Never.
    Off,
    /// After what 99 of 100 of the latest answers took.
    #[default]
    Percentile99,
    /// After this time.
    After(Duration),
}

/// Whether writes that an owner missed are kept for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hints {
    /// Not at all.
    Off,
    /// As hints, until it is back.
    #[default]
    On,
}

/// When tombstones go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purge {
    /// Never.
    Off,
    /// Once they are older than the grace and every node has confirmed that nothing older is left: see
    /// [`super::purge`].
    #[default]
    Safe,
    /// Once they are older than the grace, by each node's own clock, and nobody is asked. A replica that was away
    /// for longer brings the deleted value back: what Cassandra's `gc_grace_seconds` risks.
    Grace,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The tables; more may come later, see [`Command::Tables`](super::Command::Tables).
    pub tables: Arc<Tables>,
    /// Who may make up a quorum.
    pub quorum: Quorum,
    /// What a read does about a stale replica.
    pub read_repair: ReadRepair,
    /// What later replicas of a read are asked for.
    pub reads: Reads,
    /// When a read asks one replica more.
    pub hedge: Hedge,
    /// Whether missed writes are kept as hints.
    pub hints: Hints,
    /// How long a node may be away and still get hints. Older ones are dropped, visibly.
    pub hint_window: Duration,
    /// Bytes of hints that one node replays a second; 0 is no bound.
    pub hint_rate: u64,
    /// Pause between two rounds of repair; zero switches repair off.
    pub repair_every: Duration,
    /// Bytes of cells that one node sends for repair a second; 0 is no bound.
    pub repair_rate: u64,
    /// When tombstones go.
    pub purge: Purge,
    /// Pause between two looks for tombstones that may go.
    pub purge_every: Duration,
    /// How old a tombstone is before it may go.
    pub grace: Duration,
    /// Requests that one node admits a second; 0 is no bound.
    pub admit_rate: u64,
    /// Requests that it admits at once before that bound counts.
    pub admit_burst: u64,
    /// A planted bug, for tests only.
    pub mutant: Option<Mutant>,
}

impl Settings {
    /// Whether nodes beyond the owners keep writes for them: a stand-in keeps a hint.
    #[must_use]
    pub fn stands_in(&self) -> bool {
        self.quorum == Quorum::Sloppy && self.hints == Hints::On
    }

    /// Whether this planted bug is switched on.
    #[must_use]
    pub fn has(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }
}
