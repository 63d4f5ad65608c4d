//! A seeded workload.

use core::fmt;
use core::time::Duration;
use std::collections::BTreeMap;

use super::cluster::Cluster;
use super::options::{Context, GetOptions, PutOptions, Ticket};
use crate::base::limits::{
    KEY_BYTES_MAX, LOAD_OPERATIONS_MAX, LOAD_RATE_MAX, SAMPLE_KEYS_MAX, VALUE_BYTES_MAX,
};
use crate::base::rng::Rng;
use crate::base::time::Pretty;
use crate::{Error, NodeId, Result};

/// What a load does: one client, each request through the next node in turn.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadPlan {
    /// Requests.
    pub operations: u64,
    /// Distinct keys.
    pub keys: u64,
    /// What the keys begin with; their number follows.
    pub prefix: String,
    /// A value's length, bytes.
    pub value_bytes: usize,
    /// Share of reads, 0.0 to 1.0; the rest are puts with the context of the key's last answer.
    pub reads: f64,
    /// Share of requests that go to one and the same key, 0.0 to 1.0.
    pub hot: f64,
    /// Requests a second, however long each takes; 0 sends each when the one before has ended.
    pub rate: u64,
}

impl Default for LoadPlan {
    fn default() -> Self {
        Self {
            operations: 1_000,
            keys: 1_000,
            prefix: "key-".to_owned(),
            value_bytes: 100,
            reads: 0.5,
            hot: 0.0,
            rate: 0,
        }
    }
}

/// What a load did.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadReport {
    /// Requests that succeeded.
    pub ok: u64,
    /// Requests that failed.
    pub errors: u64,
    /// Each node's share of the storage operations that the load caused.
    pub shares: BTreeMap<NodeId, f64>,
    /// Of a load with a rate, what half of its requests took at most, and what 99 of 100 did.
    pub latency: Option<(Duration, Duration)>,
}

impl fmt::Display for LoadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ok {}, errors {}", self.ok, self.errors)?;
        if let Some((node, share)) = self.busiest() {
            write!(f, ", busiest {node} {:.1}%", share * 100.0)?;
        }
        if let Some((half, most)) = self.latency {
            write!(f, ", p50 {}, p99 {}", Pretty(half), Pretty(most))?;
        }
        Ok(())
    }
}

impl LoadReport {
    /// The node with the largest share, and that share.
    #[must_use]
    pub fn busiest(&self) -> Option<(NodeId, f64)> {
        let shares = self.shares.iter().map(|(node, share)| (*node, *share));
        shares.max_by(|(_, a), (_, b)| a.total_cmp(b))
    }
}

impl Cluster {
    /// Runs a load.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a plan past its limits, [`Error::Closed`] when the cluster was stopped
    /// on the way; failed requests are counted, not returned.
    pub fn load(&mut self, plan: &LoadPlan) -> Result<LoadReport> {
        check(plan)?;
        let nodes = self.nodes();
        let before: Vec<u64> = nodes
            .iter()
            .map(|node| self.world.operations(*node))
            .collect();
        let (ok, errors, latency) = match plan.rate {
            0 => self.load_in_turn(plan)?,
            rate => self.load_at(plan, rate)?,
        };
        let done: Vec<u64> = nodes
            .iter()
            .zip(before)
            .map(|(node, before)| self.world.operations(*node) - before)
            .collect();
        let total = done.iter().sum::<u64>().max(1) as f64;
        let shares = nodes
            .into_iter()
            .zip(done)
            .map(|(node, done)| (node, done as f64 / total))
            .collect();
        Ok(LoadReport {
            ok,
            errors,
            shares,
            latency,
        })
    }

    /// Each request is sent when the one before it has ended.
    fn load_in_turn(&mut self, plan: &LoadPlan) -> Result<Counts> {
        let mut draw = Draw::new(self, plan);
        let (mut ok, mut errors) = (0, 0);
        for _ in 0..plan.operations {
            let (ticket, number) = draw.start(self, plan);
            match ticket.and_then(|ticket| self.wait(ticket)) {
                Ok(read) => {
                    ok += 1;
                    draw.contexts.insert(number, read.context);
                }
                Err(Error::Closed) => return Err(Error::Closed),
                Err(_) => errors += 1,
            }
        }
        Ok((ok, errors, None))
    }

    /// Requests are sent at a steady rate, however long each takes.
    fn load_at(&mut self, plan: &LoadPlan, rate: u64) -> Result<Counts> {
        let mut draw = Draw::new(self, plan);
        let (mut ok, mut errors, mut tickets) = (0, 0, Vec::new());
        let (begin, first) = (self.now(), self.history.operations().len());
        for turn in 0..plan.operations {
            let at = begin.after(Duration::from_nanos(turn * 1_000_000_000 / rate));
            self.world.run_until(at.max(self.now()))?;
            match draw.start(self, plan).0 {
                Ok(ticket) => tickets.push(ticket),
                Err(Error::Closed) => return Err(Error::Closed),
                Err(_) => errors += 1,
            }
        }
        for ticket in tickets {
            match self.wait(ticket) {
                Ok(_) => ok += 1,
                Err(Error::Closed) => return Err(Error::Closed),
                Err(_) => errors += 1,
            }
        }
        let ended = self.history.operations()[first..].iter();
        let took = ended.filter_map(|operation| Some(operation.ended?.since(operation.called)));
        let mut took: Vec<Duration> = took.collect();
        took.sort_unstable();
        let at = |percent: usize| {
            took.get((took.len() * percent / 100).min(took.len().saturating_sub(1)))
        };
        Ok((ok, errors, at(50).copied().zip(at(99).copied())))
    }
}

/// Successes, failures, and what half and nearly all took.
type Counts = (u64, u64, Option<(Duration, Duration)>);

/// What a load leaves to chance, and what it remembers.
struct Draw {
    rng: Rng,
    turn: usize,
    value: Vec<u8>,
    contexts: BTreeMap<u64, Context>,
}

impl Draw {
    fn new(cluster: &Cluster, plan: &LoadPlan) -> Self {
        Self {
            rng: Rng::from_seed(cluster.config().seed ^ plan.operations),
            turn: 0,
            value: vec![b'v'; plan.value_bytes],
            contexts: BTreeMap::new(),
        }
    }

    /// Starts the next request, through the next node that is up; and says which key's it is.
    fn start(&mut self, cluster: &mut Cluster, plan: &LoadPlan) -> (Result<Ticket>, u64) {
        let hot = self.rng.chance(plan.hot);
        let number = if hot { 0 } else { self.rng.below(plan.keys) };
        let key = format!("{}{number}", plan.prefix).into_bytes();
        let nodes = cluster.nodes();
        let after = |step: usize| nodes[(self.turn + step) % nodes.len()];
        let step = (0..nodes.len()).find(|step| cluster.is_up(after(*step)));
        let via = step.map(after);
        self.turn += step.unwrap_or(0) + 1;
        let ticket = if self.rng.chance(plan.reads) {
            let get = GetOptions {
                via,
                ..GetOptions::default()
            };
            cluster.start_get(&key, &get)
        } else {
            let put = PutOptions {
                via,
                context: self.contexts.get(&number).cloned(),
                ..PutOptions::default()
            };
            cluster.start_put(&key, &self.value, &put)
        };
        (ticket, number)
    }
}

fn check(plan: &LoadPlan) -> Result<()> {
    if !(1..=LOAD_OPERATIONS_MAX).contains(&plan.operations) {
        return Err(Error::invalid(format!(
            "load: from 1 to {LOAD_OPERATIONS_MAX} operations"
        )));
    }
    if !(1..=SAMPLE_KEYS_MAX).contains(&plan.keys) {
        return Err(Error::invalid(format!(
            "keys={}: from 1 to {SAMPLE_KEYS_MAX}",
            plan.keys
        )));
    }
    if plan.value_bytes > VALUE_BYTES_MAX {
        return Err(Error::TooLarge {
            what: "value",
            actual: plan.value_bytes,
            limit: VALUE_BYTES_MAX,
        });
    }
    if plan.rate > LOAD_RATE_MAX {
        return Err(Error::invalid(format!(
            "rate={}: at most {LOAD_RATE_MAX} a second",
            plan.rate
        )));
    }
    if plan.prefix.len() > KEY_BYTES_MAX / 2 {
        return Err(Error::invalid(format!(
            "prefix: at most {} bytes",
            KEY_BYTES_MAX / 2
        )));
    }
    for (what, share) in [("mix", plan.reads), ("hot", plan.hot)] {
        if !(0.0..=1.0).contains(&share) {
            return Err(Error::invalid(format!(
                "{what}={share}: it must be from 0% to 100%"
            )));
        }
    }
    Ok(())
}
