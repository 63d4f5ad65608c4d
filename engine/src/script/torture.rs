//! Random scenarios with faults, judged by the checkers: one seed, one scenario.
//!
//! A scenario is a script like any other, so a failure can be read, replayed, and shrunk by leaving out
//! lines as long as it still fails.

use core::fmt::Write as _;

use super::{RunOptions, Session};
use crate::base::limits::{NODES_MAX, TORTURE_STEPS_MAX};
use crate::base::rng::Rng;
use crate::base::time::Mono;
use crate::check::Outcome;
use crate::{Error, Result};

/// The most runs that shrinking one failure may take.
const SHRINK_RUNS_MAX: usize = 2_000;
/// Keys that a scenario writes: few, so that writes meet.
const KEYS: u64 = 5;

/// What every scenario of a torture has in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Nodes of the cluster.
    pub nodes: u32,
    /// Lines of requests and faults.
    pub steps: usize,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            nodes: 5,
            steps: 60,
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
    /// Kills, restarts, partitions and heals.
    pub faults: u64,
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
    let (script, faults) = scenario(seed, plan);
    let (mut outcomes, broken) = judge(&script)?;
    outcomes.faults = faults;
    if let Some(message) = broken {
        let script = text(&shrink(script)?);
        outcomes.failure = Some(Failure {
            seed,
            message,
            script,
        });
    }
    Ok(outcomes)
}

/// The script of a seed, as text.
#[must_use]
pub fn script(seed: u64, plan: &Plan) -> String {
    text(&scenario(seed, plan).0)
}

fn text(lines: &[String]) -> String {
    lines
        .iter()
        .chain(&closing(lines))
        .map(|line| format!("{line}\n"))
        .collect()
}

/// Draws a scenario: requests that overlap, through any node that is up, among kills, restarts and
/// partitions; then everything heals, and the checks stand at the end.
fn scenario(seed: u64, plan: &Plan) -> (Vec<String>, u64) {
    let mut rng = Rng::from_seed(seed);
    let conflict = ["siblings", "siblings", "lww"][rng.index(3)];
    // A majority for writes is what the promise is about; reads may ask for less.
    let read = 1 + rng.below(3);
    let loss = [0, 0, 2, 10][rng.index(4)];
    let mut lines = vec![format!(
        "cluster nodes={} replication=3 read={read} write=2 conflict={conflict} loss={loss}% delay=1ms..{}ms \
         readrepair={} repair=500ms seed={seed}",
        plan.nodes,
        2 + rng.below(30),
        if rng.chance(0.5) { "on" } else { "off" },
    )];
    let mut down = vec![false; plan.nodes as usize];
    let mut bound = [false; KEYS as usize];
    let (mut faults, mut requests, mut cut) = (0, 0, false);
    for _ in 0..plan.steps {
        let node = rng.index(down.len());
        match rng.below(20) {
            0..=1 if !down[node] => {
                lines.push(format!("kill n{}", node + 1));
                down[node] = true;
                faults += 1;
            }
            0..=2 if down[node] => {
                lines.push(format!("restart n{}", node + 1));
                down[node] = false;
                faults += 1;
            }
            3 => {
                lines.push(split(&mut rng, plan.nodes));
                cut = true;
                faults += 1;
            }
            4 if cut => {
                lines.push("heal".to_owned());
                cut = false;
                faults += 1;
            }
            5..=6 => lines.push(format!("run {}ms", rng.between(1, 400))),
            _ => {
                if let Some(line) = request(&mut rng, &down, &mut bound, requests) {
                    lines.push(line);
                    requests += 1;
                }
            }
        }
    }
    (lines, faults)
}

/// What follows every scenario: all faults end, what is under way settles, repair has its time, and the
/// promises are checked.
fn closing(lines: &[String]) -> Vec<String> {
    let mut down = std::collections::BTreeSet::new();
    for line in lines {
        match line.split_once(' ') {
            Some(("kill", node)) => drop(down.insert(node)),
            Some(("restart", node)) => drop(down.remove(node)),
            _ => {}
        }
    }
    let restarts = down.iter().map(|node| format!("restart {node}"));
    // Any message of an exchange may be lost, so that repair needs many turns with each peer.
    let rest = [
        "heal",
        "settle",
        "run 60s",
        "expect no-lost-writes",
        "expect converged",
    ];
    restarts.chain(rest.map(str::to_owned)).collect()
}

fn split(rng: &mut Rng, nodes: u32) -> String {
    let (mut left, mut right) = (String::new(), String::new());
    let anchor = rng.below(u64::from(nodes));
    for node in 0..u64::from(nodes) {
        let goes_left =
            node == anchor || (node != (anchor + 1) % u64::from(nodes) && rng.chance(0.5));
        let side = if goes_left { &mut left } else { &mut right };
        let written = write!(side, " n{}", node + 1);
        assert!(written.is_ok(), "a String takes every write");
    }
    format!("partition{left} |{right}")
}

fn request(rng: &mut Rng, down: &[bool], bound: &mut [bool], number: u64) -> Option<String> {
    let up: Vec<usize> = (0..down.len()).filter(|node| !down[*node]).collect();
    if up.is_empty() {
        return None;
    }
    let via = up[rng.index(up.len())] + 1;
    let key = rng.index(bound.len());
    let context = if bound[key] && rng.chance(0.6) {
        format!(" context=$k{key}")
    } else {
        String::new()
    };
    // Half of the requests wait for their answer, so that they order; half overlap with what follows.
    let start = if rng.chance(0.5) {
        format!("start r{number}: ")
    } else {
        String::new()
    };
    Some(match rng.below(10) {
        0..=4 => {
            // A client may go on with what its own put returned, without a get between.
            let bind = if rng.chance(0.3) {
                format!(" as $k{key}")
            } else {
                String::new()
            };
            bound[key] |= start.is_empty() && !bind.is_empty();
            format!("{start}put k{key} v{number} via n{via}{bind}{context}")
        }
        5 => format!("{start}delete k{key} via n{via}{context}"),
        6..=7 => {
            bound[key] = true;
            format!("get k{key} via n{via} as $k{key}")
        }
        _ => format!("{start}get k{key} via n{via}"),
    })
}

/// Runs a scenario and says what it did, and what broke.
fn judge(lines: &[String]) -> Result<(Outcomes, Option<String>)> {
    let mut session = Session::new(&RunOptions::default());
    let mut broken = None;
    for (number, line) in (1..).zip(lines.iter().chain(&closing(lines))) {
        // Shrinking leaves out lines that others name: these are then passed over.
        let Ok(Some(step)) = session.execute("torture.kv", number, line) else {
            continue;
        };
        if !step.ok && step.source.starts_with("expect") {
            broken = Some(format!("{}: {}", step.source, step.printed));
            break;
        }
    }
    let cluster = session.into_cluster()?;
    let operations = cluster.history().operations();
    let done = operations
        .iter()
        .filter(|operation| matches!(operation.outcome, Outcome::Done(_)));
    let outcomes = Outcomes {
        operations: operations.len() as u64,
        acknowledged: done.count() as u64,
        faults: 0,
        virtual_time: cluster.now(),
        trace_hash: cluster.trace_hash(),
        failure: None,
    };
    Ok((outcomes, broken))
}

/// Leaves out lines, in halves and then fewer at a time, as long as a check still fails.
fn shrink(mut lines: Vec<String>) -> Result<Vec<String>> {
    let mut runs = 0;
    let mut chunk = lines.len() / 2;
    while chunk > 0 {
        let mut at = 1; // The first line makes the cluster.
        while at < lines.len() && runs < SHRINK_RUNS_MAX {
            let mut fewer = lines.clone();
            fewer.drain(at..(at + chunk).min(lines.len()));
            runs += 1;
            if judge(&fewer)?.1.is_some() {
                lines = fewer;
            } else {
                at += chunk;
            }
        }
        chunk /= 2;
    }
    Ok(lines)
}
