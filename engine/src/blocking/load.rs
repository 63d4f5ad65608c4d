//! A seeded workload.

use std::collections::BTreeMap;

use super::cluster::Cluster;
use super::options::{GetOptions, PutOptions};
use crate::base::limits::{LOAD_OPERATIONS_MAX, SAMPLE_KEYS_MAX, VALUE_BYTES_MAX};
use crate::base::rng::Rng;
use crate::{Error, NodeId, Result};

/// What a load does: one client, one request after the other, each through the next node in turn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoadPlan {
    /// Requests.
    pub operations: u64,
    /// Distinct keys.
    pub keys: u64,
    /// A value's length, bytes.
    pub value_bytes: usize,
    /// Share of reads, 0.0 to 1.0; the rest are puts with the context of the key's last answer.
    pub reads: f64,
    /// Share of requests that go to one and the same key, 0.0 to 1.0.
    pub hot: f64,
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
        let mut rng = Rng::from_seed(self.config().seed ^ plan.operations);
        let nodes = self.nodes();
        let before: Vec<u64> = nodes
            .iter()
            .map(|node| self.world.operations(*node))
            .collect();
        let value = vec![b'v'; plan.value_bytes];
        let mut contexts = BTreeMap::new();
        let (mut ok, mut errors) = (0, 0);
        let mut turn = nodes.iter().copied().cycle();
        for _ in 0..plan.operations {
            let hot = rng.chance(plan.hot);
            let number = if hot { 0 } else { rng.below(plan.keys) };
            let key = format!("key-{number}").into_bytes();
            let via = turn
                .by_ref()
                .take(nodes.len())
                .find(|node| self.is_up(*node));
            let context = if rng.chance(plan.reads) {
                self.get(
                    &key,
                    &GetOptions {
                        via,
                        ..GetOptions::default()
                    },
                )
                .map(|read| read.context)
            } else {
                let context = contexts.get(&number).cloned();
                self.put(
                    &key,
                    &value,
                    &PutOptions {
                        via,
                        context,
                        ..PutOptions::default()
                    },
                )
            };
            match context {
                Ok(context) => {
                    ok += 1;
                    contexts.insert(number, context);
                }
                Err(Error::Closed) => return Err(Error::Closed),
                Err(_) => errors += 1,
            }
        }
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
        Ok(LoadReport { ok, errors, shares })
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
    for (what, share) in [("mix", plan.reads), ("hot", plan.hot)] {
        if !(0.0..=1.0).contains(&share) {
            return Err(Error::invalid(format!(
                "{what}={share}: it must be from 0% to 100%"
            )));
        }
    }
    Ok(())
}
