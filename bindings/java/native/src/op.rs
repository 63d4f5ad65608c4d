//! The operations, by number. `dev.kvorum.internal.Op` lists the same names in the same order, and the
//! loader compares the two lists before the first call.

use crate::failure::Failure;

macro_rules! operations {
    ($($variant:ident = $name:literal),+ $(,)?) => {
        /// One operation; its number is its place in this list.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Op { $($variant),+ }

        impl Op {
            /// Every operation, in the order of their numbers.
            pub(crate) const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name of the constant in Java.
            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }
    };
}

operations! {
    Describe = "DESCRIBE",
    PanicForTest = "PANIC_FOR_TEST",
    ScenarioRun = "SCENARIO_RUN",
    ClusterStart = "CLUSTER_START",
    ClusterClose = "CLUSTER_CLOSE",
    ClusterConfig = "CLUSTER_CONFIG",
    ClusterDefaults = "CLUSTER_DEFAULTS",
    Put = "PUT",
    Get = "GET",
    Delete = "DELETE",
    Change = "CHANGE",
    Increment = "INCREMENT",
    Cas = "CAS",
    CasDelete = "CAS_DELETE",
    AcquireLease = "ACQUIRE_LEASE",
    RenewLease = "RENEW_LEASE",
    ReleaseLease = "RELEASE_LEASE",
    Table = "TABLE",
    Join = "JOIN",
    Leave = "LEAVE",
    Replace = "REPLACE",
    ChangeMember = "CHANGE_MEMBER",
    SetCopies = "SET_COPIES",
    CancelMove = "CANCEL_MOVE",
    RunUntilMoved = "RUN_UNTIL_MOVED",
    Topology = "TOPOLOGY",
    Kill = "KILL",
    Restart = "RESTART",
    Wipe = "WIPE",
    Pause = "PAUSE",
    Partition = "PARTITION",
    Oneway = "ONEWAY",
    Isolate = "ISOLATE",
    Hold = "HOLD",
    Release = "RELEASE",
    Heal = "HEAL",
    RunFor = "RUN_FOR",
    Settle = "SETTLE",
    Now = "NOW",
    Note = "NOTE",
    Nodes = "NODES",
    IsUp = "IS_UP",
    Owners = "OWNERS",
    Peek = "PEEK",
    CheckConverged = "CHECK_CONVERGED",
    CheckNoLostWrites = "CHECK_NO_LOST_WRITES",
    CheckLinearizable = "CHECK_LINEARIZABLE",
    CheckCausal = "CHECK_CAUSAL",
    CheckNoResurrection = "CHECK_NO_RESURRECTION",
    CheckTopology = "CHECK_TOPOLOGY",
    Stats = "STATS",
    TraceHash = "TRACE_HASH",
    TraceCount = "TRACE_COUNT",
    TraceEvents = "TRACE_EVENTS",
    TraceText = "TRACE_TEXT",
    TraceSvg = "TRACE_SVG",
    PlacementSvg = "PLACEMENT_SVG",
    ClusterRing = "CLUSTER_RING",
    RingOf = "RING_OF",
    RingOpen = "RING_OPEN",
    RingClose = "RING_CLOSE",
    RingAdd = "RING_ADD",
    RingRemove = "RING_REMOVE",
    RingMembers = "RING_MEMBERS",
    RingPreferenceList = "RING_PREFERENCE_LIST",
    RingShares = "RING_SHARES",
    RingMoved = "RING_MOVED",
    RingSvg = "RING_SVG",
}

impl Op {
    /// The operation of a number.
    pub(crate) fn from_number(number: i32) -> Result<Self, Failure> {
        usize::try_from(number)
            .ok()
            .and_then(|index| Self::ALL.get(index))
            .copied()
            .ok_or_else(|| Failure::internal(format!("there is no operation {number}")))
    }

    /// True for the operations of rings.
    pub(crate) fn is_ring(self) -> bool {
        matches!(
            self,
            Self::RingOf
                | Self::RingOpen
                | Self::RingClose
                | Self::RingAdd
                | Self::RingRemove
                | Self::RingMembers
                | Self::RingPreferenceList
                | Self::RingShares
                | Self::RingMoved
                | Self::RingSvg
        )
    }
}
