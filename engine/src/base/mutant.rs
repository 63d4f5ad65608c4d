//! Planted bugs, each switched on by name, for tests only: they prove that the checkers see what they are there
//! to see, and are what the course hunts.

macro_rules! mutants {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal, $breaks:literal;)+) => {
        /// One planted bug. A cluster with none, which is every cluster unless a test says otherwise, runs the
        /// right code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Mutant {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Mutant {
            /// Every planted bug.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Its name, as `mutant=` takes it.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// What it breaks, one line.
            #[must_use]
            pub fn breaks(self) -> &'static str {
                match self {
                    $(Self::$variant => $breaks,)+
                }
            }
        }
    };
}

mutants! {
    /// A change is told as durable before the disk has synced it.
    SkipFsync = "skip-fsync", "a write is acknowledged before it is synced: a crash takes it back";
    /// A replica that did not acknowledge in time gets no hint.
    DropHints = "drop-hints-on-timeout", "a silent replica gets no hint, so that hints alone no longer bring it up to date";
    /// Tombstones are purged by one node alone, without asking the others.
    PurgeEarly = "purge-early", "a tombstone is purged before every owner has it: the deleted value returns";
    /// A restarted node takes the name of its former life.
    ReuseDot = "reuse-dot", "a node that lost its last writes gives their dots again: two writes pass for one";
    /// A write is acknowledged one replica short of its quorum.
    ShortQuorum = "short-quorum", "one acknowledgement too few is waited for: a read quorum can miss the write";
    /// The preference list names one node twice.
    RepeatOwner = "repeat-owner", "the ring puts one node twice into a preference list: a key has a copy too few";
    /// Last write wins by the raw wall clock where the hybrid clock is promised.
    RawClock = "raw-clock", "last-write-wins by raw wall clocks: a write that saw another loses to it";
    /// A merge changes the cell and not its Merkle leaf.
    StaleLeaf = "stale-leaf", "a merge leaves the Merkle tree as it was: repair no longer sees what differs";
    /// A stand-in's acknowledgement counts towards a strict quorum.
    SloppyAsStrict = "sloppy-as-strict", "a hint on a stand-in counts towards a strict quorum: a read quorum can miss the write";
    /// Read repair writes the older version over the newer.
    BackwardRepair = "backward-read-repair", "read repair writes back the older version, over the newer one";
    /// A replica acknowledges a copy when it arrives, not when it is durable.
    EarlyAck = "early-ack", "a replica acknowledges a copy before it is on its disk";
    /// A merge keeps one of two concurrent versions.
    DropSibling = "drop-sibling", "a merge drops a concurrent version, though siblings were promised";
    /// A node that lost its disk answers reads before it was rebuilt.
    EagerRebuild = "eager-rebuild", "a node that lost its disk answers reads before it has its data back";
    /// A forwarded write that arrives twice is carried out twice.
    ForwardTwice = "forward-twice", "a duplicated message writes twice: a delete removes one copy, the other returns";
    /// The idempotency key of a retried write is ignored.
    IgnoreToken = "ignore-token", "a retried write is applied a second time";
    /// Each replica fixes a deadline by its own clock.
    LocalDeadline = "local-deadline", "each replica computes the deadline of a value by its own clock: replicas never agree";
    /// A session's version floor is ignored.
    IgnoreSession = "ignore-session", "a session's floor is ignored: it reads less than it wrote";
    /// A page of a scan begins after the first key that the page before left out.
    ScanGap = "scan-gap", "a range scan goes on one key too far: a key at the edge of a page is missed";
    /// An increment is added to each of the concurrent states that it finds, not to what they make together.
    AddTwice = "add-twice", "an increment is added to every concurrent state of a counter: it counts more than once";
    /// An acceptor answers before what it accepted is on its disk.
    EagerAccept = "eager-accept", "an acceptor acknowledges a proposal before it is on its disk: a crash takes back what was chosen";
    /// A serial read answers what it finds, and leaves a proposal in flight as it is.
    LeaveProposal = "leave-proposal", "a serial read shows a proposal in flight and does not finish it: a later one may not find it";
    /// A node that was started again begins with the ballots of its former life.
    ReuseBallot = "reuse-ballot", "a restarted proposer uses its former ballots again: two states pass for one";
    /// The name of a change in a register's state is ignored.
    ApplyTwice = "apply-twice", "a change whose proposal another node finished is applied again: an increment counts twice";
    /// A deleted register is erased before every owner knows that it was deleted.
    EraseAtOnce = "erase-at-once", "a deleted register is forgotten in one step: an owner that missed the delete brings the value back";
    /// Replicas take messages of every epoch.
    SkipEpoch = "skip-epoch", "messages of an earlier epoch are taken: a quorum of former owners passes for one of today's";
    /// While ranges move a request counts the owners to come alone.
    NewQuorumOnly = "new-quorum-only", "while ranges move, a quorum of the owners to come is enough: what they have not been given yet is missed";
    /// Who gives a range away leaves out what was written to it last.
    StreamWithoutTail = "stream-without-tail", "what was written last is left out of what moves: an acknowledged write is gone with its former owners";
    /// A node that gains ranges gets values without what was promised and accepted of registers.
    ForgetAcceptors = "forget-acceptors", "what an owner has promised and accepted does not move with its range: what was agreed on is lost";
}

impl core::str::FromStr for Mutant {
    type Err = crate::Error;

    fn from_str(name: &str) -> crate::Result<Self> {
        let found = Self::ALL.iter().find(|mutant| mutant.name() == name);
        found.copied().ok_or_else(|| {
            crate::Error::invalid(format!(
                "there is no mutant '{name}': kvorum torture --list-mutants names them"
            ))
        })
    }
}
