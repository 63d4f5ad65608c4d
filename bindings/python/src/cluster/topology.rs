//! Who belongs to a cluster, and how that changes.

use core::time::Duration;

use kvorum::blocking;
use kvorum::ring::{Member, Reshape};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::Cluster;
use crate::convert::{named, seconds, truth, whole};
use crate::errors::Failure;

/// How long a move may take where the call does not say.
const MOVED_WITHIN: Duration = Duration::from_secs(60);

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

impl Cluster {
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
}

#[pymethods]
impl Cluster {
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
        let within = within.map(|within| seconds("within", within));
        let moving = self.pass(py, within.unwrap_or(Ok(MOVED_WITHIN))?, |cluster, slice| {
            Ok(cluster.run_until_moved(slice)?.err())
        })?;
        match moving {
            None => Ok(()),
            Some(violation) => Err(Failure::Check(violation.words).into()),
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

    /// The number of the newest topology: 1 is what the cluster was founded with.
    #[getter]
    fn epoch(&self, py: Python<'_>) -> PyResult<u64> {
        self.with(py, |cluster| Ok(cluster.epoch()))
    }
}
