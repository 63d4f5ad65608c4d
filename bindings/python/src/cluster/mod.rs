//! A cluster to run, break and look into, behind a lock that only detached threads wait for.

mod faults;
mod keys;
mod topology;

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kvorum::blocking;
use kvorum::check::Verdict;
use kvorum::{Error, NodeId};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};

use crate::caught::{caught, detached};
use crate::convert::{self, named, names, octets};
use crate::errors::Failure;
use crate::fork::Generation;
use crate::ring::Ring;
use crate::settings;
use crate::trace::Trace;

/// The longest stretch of virtual time between two looks for Ctrl-C, seconds.
const RUN_SLICE_S: u64 = 1;

/// A cluster of simulated nodes "n1", "n2", …: virtual time, a seeded network, memory disks. One seed
/// and the same calls give one run, to the byte, in every language.
///
/// Keys and values are bytes, or str taken as UTF-8; values come back as bytes. Times are float seconds
/// of virtual time. Use it in a ``with`` statement, or call close(). Threads may share it: calls take
/// turns. A cluster made before a fork is closed in the child.
#[pyclass(frozen, module = "kvorum", name = "Cluster")]
pub struct Cluster {
    /// None once closed, or after a panic.
    state: Mutex<Option<Box<blocking::Cluster>>>,
    generation: Generation,
}

impl Cluster {
    /// Runs `work` on the cluster, detached from the interpreter. After a panic the cluster is closed.
    pub fn with<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut blocking::Cluster) -> Result<T, Failure> + Send,
    ) -> PyResult<T> {
        if self.generation != Generation::current() {
            return Err(Failure::Forked.into());
        }
        let outcome = py.detach(|| {
            let mut state = self.lock();
            let cluster = state.as_deref_mut().ok_or(Error::Closed)?;
            let outcome = caught(|| work(cluster));
            if let Err(Failure::Panic(_)) = outcome {
                Self::discard(state.take());
            }
            outcome
        });
        Ok(outcome?)
    }

    /// Lets `span` of virtual time pass by handing `work` one slice after another, with a look for Ctrl-C between two.
    /// `work` says what is still open after its slice; where nothing is, the rest of the span does not pass.
    /// Returns what was open at the end.
    fn pass<T: Send>(
        &self,
        py: Python<'_>,
        span: Duration,
        work: impl Fn(&mut blocking::Cluster, Duration) -> Result<Option<T>, Failure> + Send + Sync,
    ) -> PyResult<Option<T>> {
        let mut left = span;
        loop {
            let slice = left.min(Duration::from_secs(RUN_SLICE_S));
            let open = self.with(py, |cluster| work(cluster, slice))?;
            left -= slice;
            if open.is_none() || left.is_zero() {
                return Ok(open);
            }
            py.check_signals()?;
        }
    }

    fn check(&self, py: Python<'_>, check: fn(&blocking::Cluster) -> Verdict) -> PyResult<()> {
        self.with(py, |cluster| {
            check(cluster).map_err(|violation| Failure::Check(violation.words))
        })
    }

    fn lock(&self) -> MutexGuard<'_, Option<Box<blocking::Cluster>>> {
        // A panic is caught inside the lock, so a poisoned one holds a cluster that is whole, or None.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn discard(cluster: Option<Box<blocking::Cluster>>) {
        // A cluster left half-changed may panic once more; there is nothing left to save.
        drop(caught(|| {
            drop(cluster);
            Ok(())
        }));
    }

    fn is_of_parent(&self) -> bool {
        self.generation != Generation::current()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let cluster = self
            .state
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if self.is_of_parent() {
            // A thread that was changing it did not come along over the fork: leave it as it is.
            core::mem::forget(cluster);
        } else {
            Self::discard(cluster);
        }
    }
}

#[pymethods]
impl Cluster {
    #[new]
    #[pyo3(
        signature = (nodes=None, **settings),
        text_signature = "(nodes=5, *, seed=0, zones=1, tokens=16, replication=3, read=2, write=2, \
            conflict='siblings', ttl=None, placement='ring', sloppy=False, readrepair='async', \
            digests=True, hedge='p99', hints=True, hintwindow=10800.0, hintrate=1048576, repair=1.0, \
            repairrate=0, purge='safe', purgeevery=60.0, grace=60.0, detector='swim', gossip=1.0, \
            health=True, rate=0, burst=100, timeout=0.5, delay_min=0.001, delay_max=0.005, loss=0.0, \
            duplicate=0.0, reorder=0.0, mutant=None)"
    )]
    fn new(
        py: Python<'_>,
        nodes: Option<&Bound<'_, PyAny>>,
        settings: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let config = settings::config(nodes, settings)?;
        let cluster = detached(py, || Ok(Box::new(blocking::Cluster::simulated(config)?)))?;
        Ok(Self {
            state: Mutex::new(Some(cluster)),
            generation: Generation::current(),
        })
    }

    /// Lets virtual time pass. Ctrl-C ends it early, with the cluster whole.
    fn run_for(&self, py: Python<'_>, seconds: &Bound<'_, PyAny>) -> PyResult<()> {
        let span = convert::seconds("seconds", seconds)?;
        self.pass(py, span, |cluster, slice| Ok(Some(cluster.run_for(slice)?)))?;
        Ok(())
    }

    /// Runs until no request and no message is in flight.
    fn settle(&self, py: Python<'_>) -> PyResult<()> {
        self.with(py, |cluster| Ok(cluster.settle()?))
    }

    /// Puts a remark into the trace, for the reader of its picture.
    fn note(&self, py: Python<'_>, text: &str) -> PyResult<()> {
        self.with(py, |cluster| {
            cluster.note(text);
            Ok(())
        })
    }

    /// The nodes that keep a key, the preferred one first.
    fn owners(&self, py: Python<'_>, key: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
        let key = octets("key", key)?;
        self.with(py, |cluster| Ok(names(&cluster.owners(key))))
    }

    /// The values that one node holds of a key, read past every quorum.
    fn peek<'py>(
        &self,
        py: Python<'py>,
        node: &Bound<'py, PyAny>,
        key: &Bound<'py, PyAny>,
    ) -> PyResult<Vec<Bound<'py, PyBytes>>> {
        let (node, key) = (named("node", node)?, octets("key", key)?);
        let values = self.with(py, |cluster| Ok(cluster.peek(node, key)?))?;
        Ok(values.iter().map(|value| PyBytes::new(py, value)).collect())
    }

    /// Whether a node is running.
    fn is_up(&self, py: Python<'_>, node: &Bound<'_, PyAny>) -> PyResult<bool> {
        let node: NodeId = named("node", node)?;
        self.with(py, |cluster| {
            if cluster.nodes().contains(&node) {
                Ok(cluster.is_up(node))
            } else {
                Err(Error::invalid(format!("the cluster has no node {node}")).into())
            }
        })
    }

    /// What all nodes that are up have counted since each started, by name: reads, writes, timeouts,
    /// hints_stored, read_repairs, repair_bytes, ...
    fn stats(&self, py: Python<'_>) -> PyResult<BTreeMap<&'static str, u64>> {
        self.with(py, |cluster| Ok(cluster.stats().total.named().collect()))
    }

    /// Raises CheckFailed unless every replica of every key holds the same versions, no hint waits, and
    /// no node is short of data after it lost its disk.
    fn check_converged(&self, py: Python<'_>) -> PyResult<()> {
        self.check(py, blocking::Cluster::check_converged)
    }

    /// Raises CheckFailed unless every write acknowledged at a quorum is still there, or was superseded
    /// knowingly.
    fn check_no_lost_writes(&self, py: Python<'_>) -> PyResult<()> {
        self.check(py, blocking::Cluster::check_no_lost_writes)
    }

    /// Raises CheckFailed unless each key of plain values behaved as one register.
    fn check_linearizable(&self, py: Python<'_>) -> PyResult<()> {
        self.check(py, blocking::Cluster::check_linearizable)
    }

    /// Raises CheckFailed when an overwritten value returned, or a strict read missed what was
    /// acknowledged before it.
    fn check_causal(&self, py: Python<'_>) -> PyResult<()> {
        self.check(py, blocking::Cluster::check_causal)
    }

    /// Raises CheckFailed when a deleted value returned.
    fn check_no_resurrection(&self, py: Python<'_>) -> PyResult<()> {
        self.check(py, blocking::Cluster::check_no_resurrection)
    }

    /// Raises CheckFailed when two nodes ever believed in different owners for one epoch.
    fn check_topology(&self, py: Python<'_>) -> PyResult<()> {
        self.check(py, blocking::Cluster::check_topology)
    }

    /// The nodes, "n1" first.
    #[getter]
    fn nodes(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        self.with(py, |cluster| Ok(names(&cluster.nodes())))
    }

    /// Virtual seconds since the cluster started.
    #[getter]
    fn now(&self, py: Python<'_>) -> PyResult<f64> {
        let now = self.with(py, |cluster| Ok(cluster.now()))?;
        Ok(Duration::from_nanos(now.0).as_secs_f64())
    }

    /// The settings, by name.
    #[getter]
    fn config<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let config = self.with(py, |cluster| Ok(cluster.config().clone()))?;
        settings::described(py, &config)
    }

    /// What has happened so far.
    #[getter]
    fn trace(&self, py: Python<'_>) -> PyResult<Trace> {
        let trace = self.with(py, |cluster| Ok(Arc::new(cluster.trace().clone())))?;
        Ok(Trace { trace })
    }

    /// The ring that places keys; InvalidArgument when ``placement`` is another.
    #[getter]
    fn ring(&self, py: Python<'_>) -> PyResult<Ring> {
        let ring = self.with(py, |cluster| {
            let placement = cluster.placement();
            let none = || {
                Error::invalid(format!(
                    "this cluster places keys by {}, there is no ring to show",
                    placement.name()
                ))
            };
            Ok(Arc::new(placement.as_ring().ok_or_else(none)?.clone()))
        })?;
        Ok(Ring { ring })
    }

    /// Whether the cluster is closed.
    #[getter]
    fn closed(&self, py: Python<'_>) -> bool {
        self.is_of_parent() || py.detach(|| self.lock().is_none())
    }

    /// Ends the cluster; every later call raises Closed. Closing twice is fine.
    fn close(&self, py: Python<'_>) {
        if !self.is_of_parent() {
            py.detach(|| Self::discard(self.lock().take()));
        }
    }

    fn __enter__<'py>(slf: Bound<'py, Self>) -> PyResult<Bound<'py, Self>> {
        slf.get().with(slf.py(), |_| Ok(()))?;
        Ok(slf)
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyTuple>) {
        self.close(py);
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        match self.with(py, |cluster| {
            Ok((cluster.nodes().len(), cluster.config().seed))
        }) {
            Ok((nodes, seed)) => format!("<kvorum.Cluster of {nodes} nodes, seed {seed}>"),
            Err(_) => "<kvorum.Cluster, closed>".to_owned(),
        }
    }
}
