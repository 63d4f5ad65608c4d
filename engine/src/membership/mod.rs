//! Floor 2: who answers (lesson 6).
//!
//! Three things are easily taken for one, and are kept apart: membership is who belongs to the cluster, liveness is who
//! answers, ownership is who keeps which data. Here is liveness alone. The member list is given; a detector tells,
//! for each member, whether it seems alive.
//!
//! ```text
//!   time, messages of peers --> Detector --> messages to peers
//!                                  |---> liveness(node), for every request
//!                                  '---> changes, for the trace and the hints
//! ```
//!
//! Liveness never moves data by itself: a suspect or dead node keeps its place in the ring, and what it owns. Its
//! silence changes whom a coordinator asks and for whom it keeps hints. Who owns what changes only when the
//! topology does, by decision; else a network that flaps would have the cluster copy itself to and fro.
//!
//! No view is the truth: over a network without time bounds no detector is both complete (every dead node is found out)
//! and accurate (nobody else is); Chandra and Toueg 1996. Two nodes may differ, and a verdict may be taken back.
//!
//! | detector | the dead are found by | a verdict is | a message carries |
//! |---|---|---|---|
//! | [`Swim`] | pings in turn, by several ways, and rumours | the cluster's, until refuted | at most 18 records |
//! | [`PhiAccrual`] | the silence of gossiped heartbeats | each node's own | a heartbeat a member |
//! | [`Off`] | nobody | - | - |
//!
//! Figures of the usual settings (a period of 1 s), of `cargo test --release -p kvorum --lib membership --
//! --nocapture`. Where a row names no size, the cluster has 50 nodes:
//!
//! | | SWIM | phi accrual |
//! |---|---|---|
//! | messages a node a second in calm, 5, 50, 128 nodes | 2.00, 2.00, 2.00 | 1.77, 1.98, 1.99 |
//! | bytes a node a second in calm, 5, 50, 128 nodes | 36, 36, 36 | 113, 1138, 2909 |
//! | largest message in the worst of times, bytes, 10, 50, 128 nodes | 188, 311, 311 | 162, 802, 2050 |
//! | dead at everyone, s after a kill, worst of 5 runs or more, 5, 50, 128 nodes | 10.5, 21.5, 27.7 | 23.2, 35.0, 37.6 |
//! | all alive, s after a partition heals, worst of 5 runs, 5, 50, 128 nodes | 5.5, 11.3, 25.1 | 2.3, 2.5, 2.9 |
//! | periods to the first ping of a killed node, in step | 1.55 (1.56 expected) | - |
//! | the same, periods spread | 0.92 (1 expected) | - |
//!
//! Periods to the first ping count the one in which it comes. Nodes in step that draw a target at random would take
//! 1.57 (e / (e - 1) = 1.58 for many nodes). Going round takes as long in the mean, since observers are independent
//! of each other; it adds a bound: no observer leaves a member out for 2 (n - 1) periods.
//!
//! An observer in trouble for 5 s, among 50 nodes, as a mean of 200 runs: how many healthy members it accuses.
//!
//! | trouble | without local health | with it |
//! |---|---|---|
//! | its process is frozen, at any time | 0.00 | 0.00 |
//! | its process is frozen, between a ping and the ack | 1.00 | 0.00 |
//! | its mail lies unread, and its timers run | 4.00 | 2.00 |
//! | its process is frozen for 60 s, phi accrual | 49 | 0 |
//!
//! SWIM has one probe out at a time, so a freeze alone costs at most one accusation; a node that runs and does not
//! hear makes one each period, until local health stretches the period.
//!
//! All are sans-IO: no clock, no thread, and randomness from one seed. A tick allocates nothing but the messages it
//! sends; [`Detector::liveness`] is a binary search.

mod detector;
mod gossip;
mod incarnation;
mod logarithm;
pub mod phi;
mod roster;
pub mod swim;
#[cfg(test)]
mod tests;

pub use detector::{CHANGES_MAX, Change, Detector, Envelope, Health, MemberView, Off, Phase};
pub use gossip::{
    Gossip, Heartbeat, News, RECORDS_PER_MESSAGE_MAX, UPDATES_PER_MESSAGE_MAX, Update,
};
pub use incarnation::{Incarnation, Liveness, MemberState, merge_member};
pub use phi::{PhiAccrual, PhiDetector, PhiSettings, WINDOW_SAMPLES_MAX};
pub use swim::{CONFIRMATIONS_MAX, HEALTH_SCORE_MAX, HELPERS_MAX, Swim, SwimSettings};
