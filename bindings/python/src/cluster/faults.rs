//! What can go wrong in a cluster, by hand: nodes that die or freeze, links that are cut or held.

use kvorum::NodeId;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::Cluster;
use crate::convert::{self, named, nodes};
use crate::errors::invalid;

#[pymethods]
impl Cluster {
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
        let span = convert::seconds("seconds", seconds)?;
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
}
