//! Random scenarios with faults, judged by the checkers: one seed, one scenario.
//!
//! A scenario is a script like any other, so a failure can be read, replayed, and shrunk by leaving out
//! lines as long as it still fails. Each seed draws its own mix of faults and settings (swarm testing: Groce et
//! al. 2012), since a run with every fault at once hides what a run with few would show. When its last line has
//! run everything heals, and the cluster must come to rest: replicas agree, every request at ALL is answered,
//! and no promise was broken on the way.

mod closing;
mod contended;
mod draw;
mod moves;
mod registers;
mod requests;
mod settings;
mod shrink;

use super::{RunOptions, Session, Step};
use crate::base::limits::{NODES_MAX, TORTURE_STEPS_MAX};
use crate::base::mutant::Mutant;
use crate::base::time::Mono;
use crate::blocking::Cluster;
use crate::check::{History, Outcome};
use crate::sim::FaultCounts;
use crate::sim::trace::TraceKeep;
use crate::{Code, Error, Result};

/// What every scenario of a torture has in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Nodes of the cluster.
    pub nodes: u32,
    /// Lines of requests and faults.
    pub steps: usize,
    /// A planted bug to hunt: scenarios are drawn where it can show.
    pub mutant: Option<Mutant>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            nodes: 5,
            steps: 60,
            mutant: None,
        }
    }
}

/// What one scenario did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcomes {
    /// Requests asked.
    pub operations: u64,
    /// Requests that succeeded.
    pub acknowledged: u64,
    /// Changes of registers asked for.
    pub cas: u64,
    /// Those of them that overlapped another change of the same register through another node.
    pub contended: u64,
    /// Moves of ranges that ended with their members owning them.
    pub moves: u64,
    /// How often each kind of fault struck.
    pub faults: FaultCounts,
    /// Messages sent.
    pub messages: u64,
    /// Virtual time that passed.
    pub virtual_time: Mono,
    /// The hash of what happened.
    pub trace_hash: String,
    /// What a checker found, with the smallest script that still shows it.
    pub failure: Option<Failure>,
}

/// A scenario that broke a promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its seed.
    pub seed: u64,
    /// The checker's words.
    pub message: String,
    /// The shrunk scenario.
    pub script: String,
}

/// Runs the scenario of one seed.
///
/// # Errors
/// [`Error::InvalidArgument`] for a plan past its limits.
pub fn run_seed(seed: u64, plan: &Plan) -> Result<Outcomes> {
    check(plan)?;
    let lines = draw::scenario(seed, plan);
    let Run {
        mut outcomes,
        broken,
        ..
    } = judge(&lines)?;
    if let Some(message) = broken {
        let script = text(&shrink::shrink(lines)?)?;
        outcomes.failure = Some(Failure {
            seed,
            message,
            script,
        });
    }
    Ok(outcomes)
}

/// What the clients of one seed's scenario asked and were told.
///
/// # Errors
/// As [`run_seed`].
pub fn history(seed: u64, plan: &Plan) -> Result<History> {
    check(plan)?;
    Ok(judge(&draw::scenario(seed, plan))?.history)
}

/// The script of a seed, as text that [`run`](super::run()) takes: it passes where the seed holds.
///
/// # Errors
/// As [`run_seed`].
pub fn script(seed: u64, plan: &Plan) -> Result<String> {
    check(plan)?;
    text(&draw::scenario(seed, plan))
}

fn check(plan: &Plan) -> Result<()> {
    if !(3..=NODES_MAX).contains(&plan.nodes) {
        return Err(Error::invalid(format!(
            "nodes={}: torture takes from 3 to {NODES_MAX}",
            plan.nodes
        )));
    }
    if !(1..=TORTURE_STEPS_MAX).contains(&plan.steps) {
        return Err(Error::invalid(format!(
            "steps={}: it must be from 1 to {TORTURE_STEPS_MAX}",
            plan.steps
        )));
    }
    Ok(())
}

/// A scenario as a script of its own, up to the line that shows what is broken. A line that does not apply, like
/// the restart of a node that is up, changes nothing and is left out; an error that a fault brings stands as what
/// the line must return.
fn text(lines: &[String]) -> Result<String> {
    let passed_over = format!("error {}", Code::InvalidArgument.name());
    let mut script = String::new();
    carry_out(lines, |line, step, broken| {
        let expected = if broken || step.ok {
            String::new()
        } else if step.printed == passed_over {
            return;
        } else {
            format!(" -> {}", step.printed)
        };
        script.push_str(&format!("{line}{expected}\n"));
    })?;
    Ok(script)
}

/// What came of a scenario.
struct Run {
    outcomes: Outcomes,
    broken: Option<String>,
    history: History,
}

/// Runs a scenario and says what it did, and what broke.
fn judge(lines: &[String]) -> Result<Run> {
    let mut why = None;
    let cluster = carry_out(lines, |_, step, broken| {
        if broken {
            let words = step.detail.as_ref().unwrap_or(&step.printed);
            why = Some(format!("{}: {words}", step.source));
        }
    })?;
    let operations = cluster.history().operations();
    let done = operations
        .iter()
        .filter(|operation| matches!(operation.outcome, Outcome::Done(_)));
    let (cas, contended) = contended::count(cluster.history());
    let outcomes = Outcomes {
        operations: operations.len() as u64,
        acknowledged: done.count() as u64,
        cas,
        contended,
        moves: cluster.moves().0,
        faults: *cluster.fault_counts(),
        messages: cluster.world().messages(),
        virtual_time: cluster.now(),
        trace_hash: cluster.trace_hash(),
        failure: None,
    };
    let history = cluster.history().clone();
    Ok(Run {
        outcomes,
        broken: why,
        history,
    })
}

/// Runs a scenario up to the first line that shows a broken promise. `take` gets each line that could be
/// understood, what came of it, and whether it is that one.
fn carry_out(lines: &[String], mut take: impl FnMut(&str, &Step, bool)) -> Result<Cluster> {
    let mut session = Session::new(&RunOptions {
        keep: TraceKeep::Nothing,
        ..RunOptions::default()
    });
    let closing = closing::closing(lines);
    for (number, line) in (1..).zip(lines.iter().chain(&closing)) {
        // Shrinking leaves out lines that others name: these are then passed over.
        let Ok(Some(step)) = session.execute("torture.kv", number, line) else {
            continue;
        };
        let broken = !step.ok && step.source.starts_with("expect");
        take(line, &step, broken);
        if broken {
            break;
        }
    }
    session.into_cluster()
}
