//! A cluster to run, break and look into, behind a lock that only detached threads wait for.

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use kvorum::blocking;
use kvorum::check::Verdict;
use kvorum::crdt::Change;
use kvorum::node::Edit;
use kvorum::ring::{Member, Reshape};
use kvorum::{Error, NodeId};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};

use crate::caught::{caught, detached};
use crate::convert::{lifetime, named, names, nodes, octets, signed, truth, whole};
use crate::errors::{Failure, invalid};
use crate::fork::Generation;
use crate::lease::Lease;
use crate::options;
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

    fn check(&self, py: Python<'_>, check: fn(&blocking::Cluster) -> Verdict) -> PyResult<()> {
        self.with(py, |cluster| {
            check(cluster).map_err(|violation| Failure::Check(violation.words))
        })
    }

    fn change(
        &self,
        py: Python<'_>,
        key: &Bound<'_, PyAny>,
        change: Change,
        method: &str,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Context> {
        let key = octets("key", key)?;
        let options = options::change(method, options)?;
        let context = self.with(py, |cluster| Ok(cluster.update(key, &change, &options)?))?;
        Ok(Context { context })
    }

    /// Lets the members agree on a change; returns the epoch in which its ranges begin to move.
    fn reshape(
        &self,
        py: Python<'_>,
        via: Option<&Bound<'_, PyAny>>,
        change: impl FnOnce(&mut blocking::Cluster) -> kvorum::Result<Reshape> + Send,
    ) -> PyResult<u64> {
        let via = via.map(|via| named("via", via)).transpose()?;
        self.with(py, |cluster| {
            let reshape = change(cluster)?;
            Ok(cluster.reshape(&reshape, via)?)
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

/// How long a move may take where the call does not say.
const MOVED_WITHIN: Duration = Duration::from_secs(60);
/// How many rows a scan returns at most where the call does not say.
const SCAN_ROWS_USUAL: usize = 1_000;
/// The most rows of it that are read at once.
const PAGE_ROWS: usize = 100;

/// The first key behind all that begin with `prefix`; none when there is none.
fn after_prefix(prefix: &[u8]) -> Option<Vec<u8>> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if last < u8::MAX {
            end.push(last + 1);
            return Some(end);
        }
    }
    None
}

/// Members as Python sees them: node, zone, weight.
fn described(members: &[Member]) -> Vec<(String, String, u32)> {
    let row = |member: &Member| {
        (
            member.node.to_string(),
            member.zone.to_string(),
            member.weight,
        )
    };
    members.iter().map(row).collect()
}

fn as_dicts<'py>(
    py: Python<'py>,
    members: Vec<(String, String, u32)>,
) -> PyResult<Vec<Bound<'py, PyDict>>> {
    let dict = |(node, zone, weight)| {
        let dict = PyDict::new(py);
        dict.set_item("node", node)?;
        dict.set_item("zone", zone)?;
        dict.set_item("weight", weight)?;
        Ok(dict)
    };
    members.into_iter().map(dict).collect()
}

/// A key with its values, as Python sees them.
type Row<'py> = (Bound<'py, PyBytes>, Vec<Bound<'py, PyBytes>>);

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

    /// Writes, waits for W acknowledgements, and returns the context of the write. With ``context`` the
    /// write replaces what that read or write saw; without, it stands beside what is there.
    ///
    /// ``write`` is a number of replicas or a level ('one', 'quorum', 'all', 'local_quorum',
    /// 'each_quorum', 'any', ...). ``ttl`` is how many seconds the value lives. A retry under the same
    /// ``token`` is applied once. ``to`` names the only owners that take part. Later reads of the same
    /// ``session`` see this write.
    #[pyo3(
        signature = (key, value, **options),
        text_signature = "($self, key, value, *, via=None, write=None, context=None, timeout=None, \
            table=None, ttl=None, token=None, to=None, session=None)"
    )]
    fn put(
        &self,
        py: Python<'_>,
        key: &Bound<'_, PyAny>,
        value: &Bound<'_, PyAny>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Context> {
        let (key, value) = (octets("key", key)?, octets("value", value)?);
        let options = options::write("put", options)?;
        let context = self.with(py, |cluster| Ok(cluster.put(key, value, &options)?))?;
        Ok(Context { context })
    }

    /// Asks R replicas for a key. ``read`` is a number of replicas or a level, as in put(); ``to`` names
    /// the only owners that are asked. A key of a table of kind 'cas' is read at 'serial', its default, or
    /// 'local_serial'. A ``session`` reads no less than it wrote or read before.
    #[pyo3(
        signature = (key, **options),
        text_signature = "($self, key, *, via=None, read=None, timeout=None, table=None, to=None, \
            session=None)"
    )]
    fn get(
        &self,
        py: Python<'_>,
        key: &Bound<'_, PyAny>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Read> {
        let key = octets("key", key)?;
        let options = options::read("get", options)?;
        let read = self.with(py, |cluster| Ok(cluster.get(key, &options)?))?;
        Ok(Read { read })
    }

    /// Writes a tombstone, with the options of put(); returns the context of the write. Without
    /// ``context`` it deletes what W replicas hold now.
    #[pyo3(
        signature = (key, **options),
        text_signature = "($self, key, *, via=None, write=None, context=None, timeout=None, \
            table=None, token=None, to=None, session=None)"
    )]
    fn delete(
        &self,
        py: Python<'_>,
        key: &Bound<'_, PyAny>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Context> {
        let key = octets("key", key)?;
        let options = options::write("delete", options)?;
        let context = self.with(py, |cluster| Ok(cluster.delete(key, &options)?))?;
        Ok(Context { context })
    }

    /// Adds a table with settings of its own; requests name it by ``table=name``. ``conflict`` says how
    /// concurrent writes are kept: 'siblings', 'lww', 'lww-wall', 'merge', or a replicated data type,
    /// 'gcounter', 'counter', 'orset', 'map' or 'register'; with 'cas' there are none, since the owners of a key agree
    /// on each change of it. ``replication`` and ``ttl`` are the cluster's where they are not given.
    #[pyo3(
        signature = (name, conflict=None, replication=None, ttl=None),
        text_signature = "($self, name, conflict='siblings', replication=None, ttl=None)"
    )]
    fn table(
        &self,
        py: Python<'_>,
        name: &str,
        conflict: Option<&Bound<'_, PyAny>>,
        replication: Option<&Bound<'_, PyAny>>,
        ttl: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let conflict = conflict
            .map(|word| settings::conflict("conflict", word))
            .transpose()?;
        let replication = replication
            .map(|count| whole("replication", count))
            .transpose()?;
        let ttl = ttl.map(|span| lifetime("ttl", span)).transpose()?;
        self.with(py, |cluster| {
            Ok(cluster.add_table(name, conflict.unwrap_or_default(), replication, ttl)?)
        })
    }

    /// Adds to a counter of a table of kind 'counter', or 'gcounter', which only goes up; or to the decimal number in
    /// a register of a table of kind 'cas', under the conditions of cas(). Of a register it returns the sum and the
    /// version; a retry of a sum that was made before is told no sum.
    #[pyo3(
        signature = (key, by=None, **options),
        text_signature = "($self, key, by=1, *, if_absent=False, if_exists=False, if_version=None, if_value=None, \
            via=None, write=None, timeout=None, table=None, token=None, to=None, session=None)"
    )]
    fn incr(
        &self,
        py: Python<'_>,
        key: &Bound<'_, PyAny>,
        by: Option<&Bound<'_, PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Read> {
        let key = octets("key", key)?;
        let by = by.map_or(Ok(1), |by| signed("by", by))?;
        let (conditions, options) = options::sum("incr", options)?;
        let read = self.with(py, |cluster| {
            Ok(cluster.increment(key, by, &conditions, &options)?)
        })?;
        Ok(Read { read })
    }

    /// Puts a value into a register, a key of a table of kind 'cas', where every condition holds: the owners of the key
    /// agree on it. Without a condition the value goes in whatever stands there. Returns the new version.
    ///
    /// ``if_absent`` and ``if_exists`` ask for no value or for one, ``if_version`` for the version that a get() told,
    /// ``if_value`` for a value. Conflict says what stood there instead, and nothing was changed then.
    #[pyo3(
        signature = (key, value, **options),
        text_signature = "($self, key, value, *, if_absent=False, if_exists=False, if_version=None, if_value=None, \
            via=None, timeout=None, table=None, ttl=None, token=None)"
    )]
    fn cas(
        &self,
        py: Python<'_>,
        key: &Bound<'_, PyAny>,
        value: &Bound<'_, PyAny>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Read> {
        let (key, value) = (octets("key", key)?, octets("value", value)?);
        let edit = Edit::Put(Bytes::copy_from_slice(value));
        let (conditions, options) = options::cas("cas", options)?;
        let read = self.with(py, |cluster| {
            Ok(cluster.cas(key, &conditions, edit, &options)?)
        })?;
        Ok(Read { read })
    }

    /// Takes the value out of a register, under the conditions of cas(). The version goes on rising.
    #[pyo3(
        signature = (key, **options),
        text_signature = "($self, key, *, if_absent=False, if_exists=False, if_version=None, if_value=None, \
            via=None, timeout=None, table=None, token=None)"
    )]
    fn cas_delete(
        &self,
        py: Python<'_>,
        key: &Bound<'_, PyAny>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Read> {
        let key = octets("key", key)?;
        let (conditions, options) = options::cas("cas_delete", options)?;
        let read = self.with(py, |cluster| {
            Ok(cluster.cas(key, &conditions, Edit::Delete, &options)?)
        })?;
        Ok(Read { read })
    }

    /// Acquires a lease of a table of kind 'cas' for ``ttl`` seconds. Conflict says who holds it. After Ambiguous it
    /// may be held in this name with nobody knowing it, and is free again after ``ttl``.
    #[pyo3(
        signature = (name, holder, ttl, **options),
        text_signature = "($self, name, holder, ttl, *, via=None, timeout=None, table=None)"
    )]
    fn acquire_lease(
        &self,
        py: Python<'_>,
        name: &str,
        holder: &str,
        ttl: &Bound<'_, PyAny>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Lease> {
        let ttl = lifetime("ttl", ttl)?;
        let options = options::lease("acquire_lease", options)?;
        let lease = self.with(py, |cluster| {
            Ok(cluster.acquire_lease(name, holder, ttl, &options)?)
        })?;
        Ok(Lease { lease })
    }

    /// Holds a lease for ``ttl`` seconds from now on; its token stays. Conflict says that it has expired, or that
    /// another holds it.
    #[pyo3(
        signature = (lease, ttl, **options),
        text_signature = "($self, lease, ttl, *, via=None, timeout=None, table=None)"
    )]
    fn renew_lease(
        &self,
        py: Python<'_>,
        lease: &Lease,
        ttl: &Bound<'_, PyAny>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Lease> {
        let ttl = lifetime("ttl", ttl)?;
        let options = options::lease("renew_lease", options)?;
        let lease = self.with(py, |cluster| {
            Ok(cluster.renew_lease(&lease.lease, ttl, &options)?)
        })?;
        Ok(Lease { lease })
    }

    /// Gives a lease back, so that it is free at once. Conflict says that another has acquired it since.
    #[pyo3(
        signature = (lease, **options),
        text_signature = "($self, lease, *, via=None, timeout=None, table=None)"
    )]
    fn release_lease(
        &self,
        py: Python<'_>,
        lease: &Lease,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<()> {
        let options = options::lease("release_lease", options)?;
        self.with(py, |cluster| {
            Ok(cluster.release_lease(&lease.lease, &options)?)
        })
    }

    /// Puts an element into a set of a table of kind 'orset'.
    #[pyo3(
        signature = (key, element, **options),
        text_signature = "($self, key, element, *, via=None, write=None, timeout=None, table=None, \
            token=None, to=None, session=None)"
    )]
    fn add(
        &self,
        py: Python<'_>,
        key: &Bound<'_, PyAny>,
        element: &Bound<'_, PyAny>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Context> {
        let element = Bytes::copy_from_slice(octets("element", element)?);
        self.change(py, key, Change::Insert(element), "add", options)
    }

    /// Takes an element out of a set; an add that this remove has not seen stays.
    #[pyo3(
        signature = (key, element, **options),
        text_signature = "($self, key, element, *, via=None, write=None, timeout=None, table=None, \
            token=None, to=None, session=None)"
    )]
    fn remove(
        &self,
        py: Python<'_>,
        key: &Bound<'_, PyAny>,
        element: &Bound<'_, PyAny>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Context> {
        let element = Bytes::copy_from_slice(octets("element", element)?);
        self.change(py, key, Change::Remove(element), "remove", options)
    }

    /// The first ``limit`` keys that have a value, with their values, in key order: from ``start`` on and
    /// up to ``end``, which is left out; or those that begin with ``prefix``. Every node is asked.
    #[pyo3(
        signature = (start=None, end=None, *, prefix=None, limit=None, **options),
        text_signature = "($self, start=b'', end=None, *, prefix=None, limit=1000, via=None, read=None, \
            timeout=None, table=None)"
    )]
    fn scan<'py>(
        &self,
        py: Python<'py>,
        start: Option<&Bound<'py, PyAny>>,
        end: Option<&Bound<'py, PyAny>>,
        prefix: Option<&Bound<'py, PyAny>>,
        limit: Option<&Bound<'py, PyAny>>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Vec<Row<'py>>> {
        let mut from = start.map_or(Ok(&[][..]), |start| octets("start", start))?;
        let mut to = end
            .map(|end| octets("end", end).map(<[u8]>::to_vec))
            .transpose()?;
        if let Some(prefix) = prefix {
            if start.is_some() || end.is_some() {
                return Err(invalid(
                    "scan() takes start and end, or prefix, and not both",
                ));
            }
            from = octets("prefix", prefix)?;
            to = after_prefix(from);
        }
        let limit = limit.map_or(Ok(SCAN_ROWS_USUAL), |limit| whole("limit", limit))?;
        let options = options::read("scan", options)?;
        let (mut rows, mut cursor) = (Vec::new(), None);
        while rows.len() < limit {
            let most = PAGE_ROWS.min(limit - rows.len());
            let page = self.with(py, |cluster| {
                Ok(cluster.scan(from, to.as_deref(), most, cursor.as_ref(), &options)?)
            })?;
            for (key, values) in page.rows {
                let values = values.iter().map(|value| PyBytes::new(py, value)).collect();
                rows.push((PyBytes::new(py, &key), values));
            }
            cursor = page.cursor;
            if cursor.is_none() {
                break;
            }
            py.check_signals()?;
        }
        Ok(rows)
    }

    /// Lets a node join, and starts a machine for it if there is none: the members agree, and its ranges begin to move to
    /// it while reads and writes go on. Returns the epoch in which they do. Without ``zone`` it joins the one that has
    /// fewest members; ``weight`` is 1 where it is not given. run_until_moved() waits for the end.
    ///
    /// Conflict says that another move is under way; Ambiguous that time ran out with the change proposed.
    #[pyo3(signature = (node, zone=None, weight=None, *, via=None))]
    fn join(
        &self,
        py: Python<'_>,
        node: &Bound<'_, PyAny>,
        zone: Option<&Bound<'_, PyAny>>,
        weight: Option<&Bound<'_, PyAny>>,
        via: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<u64> {
        let node = named("node", node)?;
        let zone = zone.map(|zone| named("zone", zone)).transpose()?;
        let weight = weight.map(|weight| whole("weight", weight)).transpose()?;
        self.reshape(py, via, |cluster| cluster.joining(node, zone, weight))
    }

    /// Lets a node leave: it gives away what it owns, and goes. One that is ``dead`` is not waited for; others send what
    /// it held. Returns the epoch, as join() does.
    #[pyo3(signature = (node, dead=None, *, via=None), text_signature = "($self, node, dead=False, *, via=None)")]
    fn leave(
        &self,
        py: Python<'_>,
        node: &Bound<'_, PyAny>,
        dead: Option<&Bound<'_, PyAny>>,
        via: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<u64> {
        let node = named("node", node)?;
        let dead = dead.map_or(Ok(false), |dead| truth("dead", dead))?;
        self.reshape(py, via, |_| {
            Ok(match dead {
                true => Reshape::Remove(node),
                false => Reshape::Leave(node),
            })
        })
    }

    /// Lets a node take the place of a dead one, with its zone and weight. Returns the epoch, as join() does.
    #[pyo3(signature = (old, new, *, via=None))]
    fn replace(
        &self,
        py: Python<'_>,
        old: &Bound<'_, PyAny>,
        new: &Bound<'_, PyAny>,
        via: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<u64> {
        let (old, new) = (named("old", old)?, named("new", new)?);
        self.reshape(py, via, |cluster| cluster.replacing(old, new))
    }

    /// Gives a member another zone or weight; what is not given stays. Returns the epoch, as join() does.
    #[pyo3(signature = (node, zone=None, weight=None, *, via=None))]
    fn change_member(
        &self,
        py: Python<'_>,
        node: &Bound<'_, PyAny>,
        zone: Option<&Bound<'_, PyAny>>,
        weight: Option<&Bound<'_, PyAny>>,
        via: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<u64> {
        let node = named("node", node)?;
        let zone = zone.map(|zone| named("zone", zone)).transpose()?;
        let weight = weight.map(|weight| whole("weight", weight)).transpose()?;
        self.reshape(py, via, |cluster| cluster.changing(node, zone, weight))
    }

    /// Gives a table another number of copies of each key, or the cluster's first where none is named. Returns the epoch,
    /// as join() does.
    #[pyo3(signature = (copies, table=None, *, via=None))]
    fn set_copies(
        &self,
        py: Python<'_>,
        copies: &Bound<'_, PyAny>,
        table: Option<&str>,
        via: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<u64> {
        let copies = whole("copies", copies)?;
        self.reshape(py, via, |cluster| {
            Ok(Reshape::Copies(cluster.table(table)?, copies))
        })
    }

    /// Gives the move under way up: all stays as it was before it. Conflict says that none is. Returns the epoch.
    #[pyo3(signature = (*, via=None))]
    fn cancel_move(&self, py: Python<'_>, via: Option<&Bound<'_, PyAny>>) -> PyResult<u64> {
        self.reshape(py, via, |_| Ok(Reshape::Cancel))
    }

    /// Lets virtual time pass until no range moves and every member that is up knows it. Raises CheckFailed where that
    /// has not come after ``within`` seconds. Ctrl-C ends it early, with the cluster whole.
    #[pyo3(signature = (within=None), text_signature = "($self, within=60.0)")]
    fn run_until_moved(&self, py: Python<'_>, within: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let within = within.map(|within| crate::convert::seconds("within", within));
        let mut left = within.unwrap_or(Ok(MOVED_WITHIN))?;
        loop {
            let slice = left.min(Duration::from_secs(RUN_SLICE_S));
            let verdict = self.with(py, |cluster| Ok(cluster.run_until_moved(slice)?))?;
            left -= slice;
            match verdict {
                Ok(()) => return Ok(()),
                Err(violation) if left.is_zero() => {
                    return Err(Failure::Check(violation.words).into());
                }
                Err(_) => py.check_signals()?,
            }
        }
    }

    /// Who belongs to the cluster in the newest epoch: ``epoch``, ``members`` and, while ranges are ``moving``, the
    /// members that are ``coming``, else None. A member has its ``node``, ``zone`` and ``weight``.
    fn topology<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let (epoch, members, coming) = self.with(py, |cluster| {
            let topology = cluster.topology();
            let coming = topology.coming.as_ref();
            let coming = coming.map(|coming| described(&coming.members));
            Ok((topology.epoch, described(&topology.members), coming))
        })?;
        let dict = PyDict::new(py);
        dict.set_item("epoch", epoch)?;
        dict.set_item("members", as_dicts(py, members)?)?;
        dict.set_item("moving", coming.is_some())?;
        let coming = coming.map(|coming| as_dicts(py, coming)).transpose()?;
        dict.set_item("coming", coming)?;
        Ok(dict)
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

    /// Takes a node's disk away, killing the node if it is up: its next start finds nothing.
    fn wipe(&self, py: Python<'_>, node: &Bound<'_, PyAny>) -> PyResult<()> {
        let node = named("node", node)?;
        self.with(py, |cluster| Ok(cluster.wipe(node)?))
    }

    /// Freezes a node for so many seconds; what reaches it waits, and comes in order when it goes on.
    fn pause(
        &self,
        py: Python<'_>,
        node: &Bound<'_, PyAny>,
        seconds: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let node = named("node", node)?;
        let span = crate::convert::seconds("seconds", seconds)?;
        self.with(py, |cluster| Ok(cluster.pause(node, span)?))
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

    /// Lets one node no longer reach another, in this direction only.
    fn oneway(
        &self,
        py: Python<'_>,
        source: &Bound<'_, PyAny>,
        target: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let (source, target) = (named("source", source)?, named("target", target)?);
        self.with(py, |cluster| Ok(cluster.oneway(source, target)?))
    }

    /// Cuts a node off from all others, both ways.
    fn isolate(&self, py: Python<'_>, node: &Bound<'_, PyAny>) -> PyResult<()> {
        let node = named("node", node)?;
        self.with(py, |cluster| Ok(cluster.isolate(node)?))
    }

    /// Keeps messages from one node to another back until release() or heal().
    fn hold(
        &self,
        py: Python<'_>,
        source: &Bound<'_, PyAny>,
        target: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let (source, target) = (named("source", source)?, named("target", target)?);
        self.with(py, |cluster| Ok(cluster.hold(source, target)?))
    }

    /// Lets messages that hold() kept back go, in their order.
    fn release(
        &self,
        py: Python<'_>,
        source: &Bound<'_, PyAny>,
        target: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let (source, target) = (named("source", source)?, named("target", target)?);
        self.with(py, |cluster| Ok(cluster.release(source, target)?))
    }

    /// Ends every cut and every hold: each node reaches every other again.
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

    /// The number of the newest topology: 1 is what the cluster was founded with.
    #[getter]
    fn epoch(&self, py: Python<'_>) -> PyResult<u64> {
        self.with(py, |cluster| Ok(cluster.epoch()))
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
