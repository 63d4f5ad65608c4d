//! What one seed's cluster is, and which faults its scenario may use.

use super::Plan;
use crate::base::mutant::Mutant;
use crate::base::rng::Rng;

/// A kind of scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Any settings, any faults.
    Any,
    /// Repair is off: hints alone must bring replicas together, so nothing that loses a coordinator's memory.
    HintsAlone,
    /// One writer a key, reads that repair before they answer, no message lost: every key is a register.
    Register,
}

/// The faults of one scenario, each on or off.
#[derive(Clone, Debug)]
pub(super) struct Mix {
    pub(super) kind: Kind,
    pub(super) kill: bool,
    pub(super) pause: bool,
    pub(super) wipe: bool,
    /// The only node that may lose its disk, where losing more would lose what a majority has agreed on.
    pub(super) wiped_only: Option<usize>,
    pub(super) cut: bool,
    pub(super) hold: bool,
    pub(super) clock: bool,
    pub(super) disk: bool,
    pub(super) network: bool,
    /// Whether members come and go.
    pub(super) moves: bool,
    /// Whether no replica answers a read or a write alone.
    pub(super) majorities: bool,
    /// Sessions, tokens, changes and scans among the requests.
    pub(super) sessions: bool,
    pub(super) tokens: bool,
    pub(super) counters: bool,
    /// A table of registers, and bursts of changes of it.
    pub(super) registers: bool,
    pub(super) ttl: bool,
    /// Whether replicas agree without being asked to: repair or hints are on.
    pub(super) deletes: bool,
}

fn pick<'a>(rng: &mut Rng, choices: &[&'a str]) -> &'a str {
    choices[rng.index(choices.len())]
}

impl Mix {
    /// Draws the mix, each fault by itself.
    fn draw(rng: &mut Rng, kind: Kind) -> Self {
        let mut on = |p: f64| rng.chance(p);
        Self {
            kind,
            kill: on(0.6),
            pause: on(0.4),
            wipe: on(0.25),
            wiped_only: None,
            cut: on(0.6),
            hold: on(0.3),
            clock: on(0.4),
            disk: on(0.35),
            network: on(0.5),
            moves: false,
            majorities: false,
            sessions: on(0.4),
            tokens: on(0.4),
            counters: on(0.4),
            ttl: on(0.2),
            deletes: on(0.7),
            registers: false,
        }
    }

    /// Leaves out what the kind of scenario does not bear.
    fn tamed(mut self) -> Self {
        if self.kind != Kind::Any {
            (self.kill, self.wipe, self.disk, self.ttl) = (false, false, false, false);
        }
        if self.kind == Kind::Register {
            (
                self.cut,
                self.hold,
                self.counters,
                self.deletes,
                self.tokens,
            ) = (false, false, false, false, false);
            self.network = true;
        }
        self
    }

    /// Draws whether there are registers, and whether members come and go; and leaves out what agreement does not bear,
    /// that a majority loses its disks. Bugs of other parts are hunted without either, where they show; registers share
    /// no time with requests that may wait for ever.
    fn with_agreement(mut self, rng: &mut Rng, plan: &Plan) -> Self {
        self.registers |= plan.mutant.is_none() && self.kind != Kind::Register && rng.chance(0.6);
        self.moves = match plan.mutant {
            Some(mutant) => is_of_moves(mutant),
            None => self.kind != Kind::HintsAlone && rng.chance(0.65),
        };
        if self.wipe && !self.spoils_disks() {
            self.wiped_only = Some(rng.index(plan.nodes as usize));
        }
        self
    }

    /// Whether any disk may lose what it holds.
    pub(super) fn spoils_disks(&self) -> bool {
        !self.registers && !self.moves
    }

    /// Whether a member may be given up for dead, with what it holds. It may be up again before it hears of that, and
    /// what one replica may answer alone it would answer as if it were an owner still.
    pub(super) fn gives_up_members(&self) -> bool {
        !self.wipe && self.majorities
    }

    /// Turns on what a planted bug needs to show.
    fn baited(mut self, mutant: Option<Mutant>) -> Self {
        match mutant {
            Some(Mutant::SkipFsync | Mutant::EarlyAck) => {
                (self.kill, self.wipe, self.disk) = (true, false, false);
            }
            Some(Mutant::EagerRebuild | Mutant::ReuseDot) => {
                (self.kill, self.wipe, self.disk, self.hold) = (true, true, false, true);
            }
            Some(Mutant::SloppyAsStrict) => {
                (self.kill, self.wipe, self.disk) = (true, false, false)
            }
            Some(Mutant::PurgeEarly) => (self.deletes, self.cut) = (true, true),
            Some(Mutant::ForwardTwice) => (self.network, self.deletes) = (true, true),
            Some(Mutant::IgnoreToken) => (self.tokens, self.wipe) = (true, false),
            Some(Mutant::AddTwice) => (self.counters, self.cut) = (true, true),
            Some(Mutant::LocalDeadline) => (self.ttl, self.clock) = (true, true),
            Some(Mutant::IgnoreSession) => (self.sessions, self.cut) = (true, true),
            Some(Mutant::RawClock) => (self.clock, self.wipe) = (true, false),
            Some(
                Mutant::EagerAccept
                | Mutant::LeaveProposal
                | Mutant::ReuseBallot
                | Mutant::EraseAtOnce
                | Mutant::ApplyTwice,
            ) => {
                self.registers = true;
                (self.kill, self.cut, self.wipe) = (true, true, false);
            }
            Some(Mutant::SkipEpoch | Mutant::NewQuorumOnly | Mutant::StreamWithoutTail) => {
                (self.cut, self.hold, self.wipe, self.kill) = (true, true, false, false);
            }
            Some(Mutant::ForgetAcceptors) => {
                (self.registers, self.kill, self.wipe) = (true, true, false);
            }
            _ => {}
        }
        self
    }
}

/// Whether a planted bug breaks the agreement of owners.
pub(super) fn is_of_registers(mutant: Mutant) -> bool {
    matches!(
        mutant,
        Mutant::EagerAccept
            | Mutant::LeaveProposal
            | Mutant::ReuseBallot
            | Mutant::EraseAtOnce
            | Mutant::ApplyTwice
    )
}

/// Draws a cluster line, and the mix of faults that goes with it.
pub(super) fn settings(rng: &mut Rng, seed: u64, plan: &Plan) -> (String, Mix) {
    let kind = match plan.mutant {
        Some(Mutant::DropHints) => Kind::HintsAlone,
        Some(_) => Kind::Any,
        None => match rng.below(20) {
            0..=1 => Kind::HintsAlone,
            2..=3 => Kind::Register,
            _ => Kind::Any,
        },
    };
    let mut mix = Mix::draw(rng, kind)
        .tamed()
        .baited(plan.mutant)
        .with_agreement(rng, plan);
    let quorums = match (kind, plan.mutant) {
        (Kind::Register, _) => pick(rng, &["read=2 write=2", "read=2 write=3", "read=1 write=3"]),
        (_, Some(_)) => "read=2 write=2",
        _ => pick(
            rng,
            &[
                "read=2 write=2",
                "read=2 write=2",
                "read=1 write=2",
                "read=3 write=2",
                "read=1 write=3",
                "read=quorum write=quorum",
                "read=1 write=1",
                "read=local_quorum write=each_quorum",
            ],
        ),
    };
    // A quorum of a zone is one owner where the zone has no other.
    mix.majorities = !quorums.contains("=1") && !quorums.contains("local");
    let conflict = match (kind, plan.mutant) {
        (Kind::Register, _) => "siblings",
        (_, Some(Mutant::RawClock)) => "lww",
        (_, Some(Mutant::DropSibling | Mutant::ReuseDot)) => "siblings",
        _ => pick(rng, &["siblings", "siblings", "lww"]),
    };
    let mut line = format!(
        "cluster nodes={} zones={} replication=3 {quorums} conflict={conflict}",
        plan.nodes,
        1 + rng.below(2),
    );
    for setting in [
        upkeep(rng, kind, plan.mutant),
        reading(rng, kind, plan.mutant),
        network(rng, &mix, plan.mutant),
    ] {
        line.push(' ');
        line.push_str(&setting);
    }
    if let Some(mutant) = plan.mutant {
        line.push_str(&format!(" mutant={}", mutant.name()));
    }
    (format!("{line} seed={seed}"), mix)
}

/// Whether a planted bug shows only while ranges move.
pub(super) fn is_of_moves(mutant: Mutant) -> bool {
    matches!(
        mutant,
        Mutant::SkipEpoch
            | Mutant::NewQuorumOnly
            | Mutant::ForgetAcceptors
            | Mutant::StreamWithoutTail
    )
}

fn upkeep(rng: &mut Rng, kind: Kind, mutant: Option<Mutant>) -> String {
    let sloppy = match (kind, mutant) {
        (Kind::Register, _) => "off",
        (_, Some(Mutant::SloppyAsStrict)) => "off",
        _ => pick(rng, &["off", "off", "on"]),
    };
    let (hints, repair) = match (kind, mutant) {
        (Kind::HintsAlone, _) => ("on", "off"),
        (_, Some(Mutant::StaleLeaf)) => ("off", "500ms"),
        (_, Some(Mutant::NewQuorumOnly | Mutant::StreamWithoutTail)) => ("off", "10s"),
        (_, Some(Mutant::SloppyAsStrict)) => ("on", "2s"),
        _ => (
            pick(rng, &["on", "on", "off"]),
            pick(rng, &["200ms", "500ms", "1s"]),
        ),
    };
    let purge = match (kind, mutant) {
        (Kind::HintsAlone, _) => "off",
        (_, Some(Mutant::PurgeEarly)) => "safe",
        _ => pick(rng, &["off", "safe", "safe"]),
    };
    format!(
        "sloppy={sloppy} hints={hints} repair={repair} purge={purge} purgeevery={}ms grace={}ms detector={} gossip={}ms health={}",
        rng.between(300, 3_000),
        rng.below(2_000),
        pick(rng, &["swim", "swim", "phi", "off"]),
        rng.between(100, 1_000),
        pick(rng, &["on", "off"]),
    )
}

fn reading(rng: &mut Rng, kind: Kind, mutant: Option<Mutant>) -> String {
    let repair = match (kind, mutant) {
        (Kind::HintsAlone, _) | (_, Some(Mutant::StaleLeaf)) => "off",
        (_, Some(Mutant::NewQuorumOnly | Mutant::StreamWithoutTail)) => "off",
        (Kind::Register, _) => "blocking",
        (_, Some(Mutant::BackwardRepair)) => "async",
        _ => pick(rng, &["off", "async", "blocking"]),
    };
    let timeout_ms = match kind {
        Kind::Register => 600_000,
        _ => rng.between(200, 800),
    };
    format!(
        "readrepair={repair} digests={} hedge={} timeout={timeout_ms}ms",
        pick(rng, &["on", "off"]),
        pick(rng, &["off", "p99", "8ms"]),
    )
}

fn network(rng: &mut Rng, mix: &Mix, mutant: Option<Mutant>) -> String {
    if mutant == Some(Mutant::ForwardTwice) {
        return format!(
            "delay=1ms..{}ms loss=0% duplicate=20% reorder=20%",
            2 + rng.below(20)
        );
    }
    let (loss, duplicate, reorder) = match (mix.network, mix.kind) {
        (false, _) => (0, 0, 0),
        (true, Kind::Register) => (0, rng.below(10), rng.below(20)),
        (true, _) => (rng.below(10), rng.below(10), rng.below(20)),
    };
    format!(
        "delay=1ms..{}ms loss={loss}% duplicate={duplicate}% reorder={reorder}%",
        2 + rng.below(20),
    )
}
