//! A cluster to run, break and look into, behind a lock that only detached threads wait for.

use core::time::Duration;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kvorum::blocking::{self, GetOptions, PutOptions};
use kvorum::{Error, NodeId};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};

use crate::caught::{caught, detached};
use crate::convert::{named, names, nodes, octets, seconds, whole};
use crate::errors::{Failure, invalid};
use crate::fork::Generation;
use crate::read::{Context, Read};
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

/// Where a put or delete goes, and on what it builds.
fn put_options(
    via: Option<&Bound<'_, PyAny>>,
    write: Option<&Bound<'_, PyAny>>,
    context: Option<&Context>,
    timeout: Option<&Bound<'_, PyAny>>,
) -> PyResult<PutOptions> {
    Ok(PutOptions {
        via: via.map(|node| named("via", node)).transpose()?,
        write: write.map(|copies| whole("write", copies)).transpose()?,
        context: context.map(|context| context.context.clone()),
        timeout: timeout.map(|span| seconds("timeout", span)).transpose()?,
    })
}

#[pymethods]
impl Cluster {
    #[new]
    #[pyo3(
        signature = (nodes=None, **settings),
        text_signature = "(nodes=5, *, seed=0, zones=1, tokens=16, replication=3, read=2, write=2, \
            conflict='siblings', placement='ring', readrepair=True, repair=1.0, timeout=0.5, \
            delay_min=0.001, delay_max=0.005, loss=0.0)"
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

    /// Writes, waits for W acknowledgements, and returns the context of the write. With ``context`` the
    /// write replaces what that read or write saw; without, it stands beside what is there.
    #[pyo3(signature = (key, value, *, via=None, write=None, context=None, timeout=None))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments in Python")]
    fn put(
        &self,
        py: Python<'_>,
        key: &Bound<'_, PyAny>,
        value: &Bound<'_, PyAny>,
        via: Option<&Bound<'_, PyAny>>,
        write: Option<&Bound<'_, PyAny>>,
        context: Option<&Context>,
        timeout: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Context> {
        let (key, value) = (octets("key", key)?, octets("value", value)?);
        let options = put_options(via, write, context, timeout)?;
        let context = self.with(py, |cluster| Ok(cluster.put(key, value, &options)?))?;
        Ok(Context { context })
    }

    /// Asks R replicas for a key.
    #[pyo3(signature = (key, *, via=None, read=None, timeout=None))]
    fn get(
        &self,
        py: Python<'_>,
        key: &Bound<'_, PyAny>,
        via: Option<&Bound<'_, PyAny>>,
        read: Option<&Bound<'_, PyAny>>,
        timeout: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Read> {
        let key = octets("key", key)?;
        let options = GetOptions {
            via: via.map(|node| named("via", node)).transpose()?,
            read: read.map(|copies| whole("read", copies)).transpose()?,
            timeout: timeout.map(|span| seconds("timeout", span)).transpose()?,
        };
        let read = self.with(py, |cluster| Ok(cluster.get(key, &options)?))?;
        Ok(Read { read })
    }

    /// Writes a tombstone, with the options of put(); returns the context of the write.
    #[pyo3(signature = (key, *, via=None, write=None, context=None, timeout=None))]
    fn delete(
        &self,
        py: Python<'_>,
        key: &Bound<'_, PyAny>,
        via: Option<&Bound<'_, PyAny>>,
        write: Option<&Bound<'_, PyAny>>,
        context: Option<&Context>,
        timeout: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Context> {
        let key = octets("key", key)?;
        let options = put_options(via, write, context, timeout)?;
        let context = self.with(py, |cluster| Ok(cluster.delete(key, &options)?))?;
        Ok(Context { context })
    }

    /// Stops a node at once; what its disk had not synced may be torn.
    fn kill(&self, py: Python<'_>, node: &Bound<'_, PyAny>) -> PyResult<()> {
        let node = named("node", node)?;
        self.with(py, |cluster| Ok(cluster.kill(node)?))
    }

    /// Brings a killed node back from its disk.
    fn restart(&self, py: Python<'_>, node: &Bound<'_, PyAny>) -> PyResult<()> {
        let node = named("node", node)?;
        self.with(py, |cluster| Ok(cluster.restart(node)?))
    }

    /// Splits the cluster into groups that cannot reach each other; nodes named in none form one more.
    #[pyo3(signature = (*groups))]
    fn partition(&self, py: Python<'_>, groups: &Bound<'_, PyTuple>) -> PyResult<()> {
        let groups = groups
            .iter()
            .map(|group| nodes("a group", &group))
            .collect::<PyResult<Vec<Vec<NodeId>>>>()?;
        if groups.is_empty() {
            return Err(invalid(
                "partition needs a group of nodes, like partition(['n1', 'n2']); heal() ends one",
            ));
        }
        self.with(py, |cluster| Ok(cluster.partition(&groups)?))
    }

    /// Makes every link work again.
    fn heal(&self, py: Python<'_>) -> PyResult<()> {
        self.with(py, |cluster| Ok(cluster.heal()?))
    }

    /// Lets virtual time pass. Ctrl-C ends it early, with the cluster whole.
    fn run_for(&self, py: Python<'_>, seconds: &Bound<'_, PyAny>) -> PyResult<()> {
        let mut left = crate::convert::seconds("seconds", seconds)?;
        loop {
            let slice = left.min(Duration::from_secs(RUN_SLICE_S));
            self.with(py, |cluster| Ok(cluster.run_for(slice)?))?;
            left -= slice;
            if left.is_zero() {
                return Ok(());
            }
            py.check_signals()?;
        }
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

    /// Raises CheckFailed unless every replica of every key holds the same versions.
    fn check_converged(&self, py: Python<'_>) -> PyResult<()> {
        self.with(py, |cluster| {
            cluster.check_converged().map_err(Failure::Check)
        })
    }

    /// Raises CheckFailed unless every write acknowledged at a quorum is still there, or was superseded
    /// knowingly.
    fn check_no_lost_writes(&self, py: Python<'_>) -> PyResult<()> {
        self.with(py, |cluster| {
            cluster.check_no_lost_writes().map_err(Failure::Check)
        })
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
