//! What a client asks of a cluster: keys, registers, leases, counters, sets, scans.

use bytes::Bytes;
use kvorum::crdt::Change;
use kvorum::node::Edit;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use super::Cluster;
use crate::convert::{lifetime, octets, signed, whole};
use crate::errors::invalid;
use crate::lease::Lease;
use crate::options;
use crate::read::{Context, Read};
use crate::settings;

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

/// A key with its values, as Python sees them.
type Row<'py> = (Bound<'py, PyBytes>, Vec<Bound<'py, PyBytes>>);

impl Cluster {
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
}

#[pymethods]
impl Cluster {
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
    /// a register of a table of kind 'cas', under the conditions of cas(). Of a register it returns the sum that it
    /// made and its version; of a retry those of the first try.
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
}
