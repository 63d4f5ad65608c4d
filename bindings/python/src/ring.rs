//! The hash ring by itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use kvorum::base::limits::{NODES_MAX, SAMPLE_KEYS_MAX};
use kvorum::ring::{self, Member, Placement as _};
use kvorum::{NodeId, Zone, draw};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyInt, PyMapping};

use crate::caught::{detached, interruptible};
use crate::convert::{named, names, nodes, octets, whole};
use crate::errors::{invalid, wrong_type};
use crate::trace::WIDTH_COLUMNS;

/// Copies shown in a picture unless told otherwise.
const COPIES_SHOWN: usize = 3;
/// Tokens of a node unless told otherwise.
const TOKENS: u32 = 16;
/// Keys counted for a movement unless told otherwise.
const KEYS_COUNTED: u64 = 100_000;

/// A hash ring with tokens: which nodes hold a key, and what a change of nodes moves. ``nodes`` is a
/// list of names or a number of nodes; ``weights`` maps a node to its weight; ``zones`` is a number of
/// zones, dealt in turn, or maps a node to its zone ("z1"). A ring never changes: add() and remove()
/// give a new one.
#[pyclass(frozen, module = "kvorum", name = "Ring")]
pub struct Ring {
    pub ring: Arc<ring::Ring>,
}

impl Ring {
    fn made(
        py: Python<'_>,
        make: impl FnOnce() -> kvorum::Result<ring::Ring> + Send,
    ) -> PyResult<Self> {
        let ring = detached(py, || Ok(Arc::new(make()?)))?;
        Ok(Self { ring })
    }
}

/// `n1` to `nN` from a number, or the nodes of a list.
fn node_list(given: &Bound<'_, PyAny>) -> PyResult<Vec<NodeId>> {
    if !given.is_instance_of::<PyInt>() {
        return nodes("nodes", given);
    }
    let count: u32 = whole("nodes", given)?;
    if count > NODES_MAX {
        return Err(invalid(format!(
            "{count} nodes are too many, the limit is {NODES_MAX}"
        )));
    }
    Ok((1..=count).map(NodeId).collect())
}

/// A mapping from nodes to something; a name that is no node of the ring is refused.
fn by_node<'py, T>(
    name: &str,
    mapping: &Bound<'py, PyMapping>,
    nodes: &[NodeId],
    convert: impl Fn(&str, &Bound<'py, PyAny>) -> PyResult<T>,
) -> PyResult<BTreeMap<NodeId, T>> {
    let mut found = BTreeMap::new();
    for item in mapping.items()?.iter() {
        let (key, value): (Bound<'py, PyAny>, Bound<'py, PyAny>) = item.extract()?;
        let node: NodeId = named(name, &key)?;
        if !nodes.contains(&node) {
            return Err(invalid(format!(
                "{name} names {node}, which is not among the nodes"
            )));
        }
        found.insert(node, convert(&format!("{name}[{key}]"), &value)?);
    }
    Ok(found)
}

fn weights_of(given: &Bound<'_, PyAny>, nodes: &[NodeId]) -> PyResult<BTreeMap<NodeId, u32>> {
    let Ok(mapping) = given.cast::<PyMapping>() else {
        return Err(wrong_type("weights", "a mapping like {'n1': 2}", given));
    };
    by_node("weights", mapping, nodes, whole)
}

fn zones_of(given: &Bound<'_, PyAny>, nodes: &[NodeId]) -> PyResult<BTreeMap<NodeId, Zone>> {
    if given.is_instance_of::<PyInt>() {
        let count: u32 = whole("zones", given)?;
        if count == 0 {
            return Err(invalid("zones must be at least 1"));
        }
        let zones = (1..=count).cycle().map(Zone);
        return Ok(nodes.iter().copied().zip(zones).collect());
    }
    let Ok(mapping) = given.cast::<PyMapping>() else {
        return Err(wrong_type(
            "zones",
            "a number or a mapping like {'n1': 'z1'}",
            given,
        ));
    };
    by_node("zones", mapping, nodes, named)
}

/// A key and the number of its copies, for a picture.
fn key_shown<'a>(
    key: Option<&'a Bound<'_, PyAny>>,
    n: Option<&Bound<'_, PyAny>>,
) -> PyResult<Option<(&'a [u8], usize)>> {
    let copies = n.map_or(Ok(COPIES_SHOWN), |n| whole("n", n))?;
    let key = key.map(|key| octets("key", key)).transpose()?;
    Ok(key.map(|key| (key, copies)))
}

#[pymethods]
impl Ring {
    #[new]
    #[pyo3(
        signature = (nodes, *, tokens=None, seed=None, weights=None, zones=None),
        text_signature = "(nodes, *, tokens=16, seed=0, weights=None, zones=None)"
    )]
    fn new(
        py: Python<'_>,
        nodes: &Bound<'_, PyAny>,
        tokens: Option<&Bound<'_, PyAny>>,
        seed: Option<&Bound<'_, PyAny>>,
        weights: Option<&Bound<'_, PyAny>>,
        zones: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let nodes = node_list(nodes)?;
        let tokens = tokens.map_or(Ok(TOKENS), |tokens| whole("tokens", tokens))?;
        let seed = seed.map_or(Ok(0), |seed| whole("seed", seed))?;
        let weights = weights
            .map(|weights| weights_of(weights, &nodes))
            .transpose()?;
        let weights = weights.unwrap_or_default();
        let zones = zones.map(|zones| zones_of(zones, &nodes)).transpose()?;
        let zones = zones.unwrap_or_default();
        let member = |node| Member {
            node,
            zone: zones.get(&node).copied().unwrap_or(Zone(1)),
            weight: weights.get(&node).copied().unwrap_or(1),
        };
        let members = nodes.into_iter().map(member).collect();
        Self::made(py, || ring::Ring::new(members, tokens, seed))
    }

    /// The first node for a key.
    fn owner(&self, key: &Bound<'_, PyAny>) -> PyResult<String> {
        let owners = self.ring.owners(octets("key", key)?, 1);
        Ok(owners[0].to_string())
    }

    /// The first ``n`` distinct nodes for a key, the preferred one first; a zone is used again only when
    /// no other is left. Fewer when the ring has fewer nodes.
    #[pyo3(signature = (key, n))]
    fn preference_list(
        &self,
        key: &Bound<'_, PyAny>,
        n: &Bound<'_, PyAny>,
    ) -> PyResult<Vec<String>> {
        Ok(names(
            &self.ring.owners(octets("key", key)?, whole("n", n)?),
        ))
    }

    /// The ring after a node has joined; only the new node gains keys.
    #[pyo3(
        signature = (node, *, weight=None, zone=None),
        text_signature = "($self, node, *, weight=1, zone='z1')"
    )]
    fn add(
        &self,
        py: Python<'_>,
        node: &Bound<'_, PyAny>,
        weight: Option<&Bound<'_, PyAny>>,
        zone: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let member = Member {
            node: named("node", node)?,
            weight: weight.map_or(Ok(1), |weight| whole("weight", weight))?,
            zone: zone.map_or(Ok(Zone(1)), |zone| named("zone", zone))?,
        };
        Self::made(py, || self.ring.with(member))
    }

    /// The ring after a node has left; only its keys find a new owner.
    fn remove(&self, py: Python<'_>, node: &Bound<'_, PyAny>) -> PyResult<Self> {
        let node = named("node", node)?;
        Self::made(py, || self.ring.without(node))
    }

    /// Each node's share of the ring as a first owner; they sum to 1.
    fn shares<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let shares = detached(py, || Ok(self.ring.shares()))?;
        let named = PyDict::new(py);
        for (node, share) in shares {
            named.set_item(node.to_string(), share)?;
        }
        Ok(named)
    }

    /// The share of copies that have to be sent when ``other`` replaces this ring, at ``n`` copies of
    /// each key, counted over ``keys`` keys.
    #[pyo3(
        signature = (other, keys=None, *, n=None),
        text_signature = "($self, other, keys=100000, *, n=1)"
    )]
    fn moved(
        &self,
        py: Python<'_>,
        other: &Self,
        keys: Option<&Bound<'_, PyAny>>,
        n: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<f64> {
        let keys: u64 = keys.map_or(Ok(KEYS_COUNTED), |keys| whole("keys", keys))?;
        if !(1..=SAMPLE_KEYS_MAX).contains(&keys) {
            return Err(invalid(format!(
                "keys must be from 1 to {SAMPLE_KEYS_MAX}, not {keys}"
            )));
        }
        let copies: usize = n.map_or(Ok(1), |n| whole("n", n))?;
        if copies == 0 {
            return Err(invalid("n must be at least 1"));
        }
        let (before, after) = (Arc::clone(&self.ring), Arc::clone(&other.ring));
        interruptible(py, move || {
            let keys = (0..keys).map(|index| format!("key-{index}").into_bytes());
            Ok(ring::movement(&*before, &*after, copies, keys).replica_share())
        })
    }

    /// The nodes, lowest first.
    #[getter]
    fn nodes(&self) -> Vec<String> {
        self.ring
            .members()
            .iter()
            .map(|member| member.node.to_string())
            .collect()
    }

    /// Every token with its node, in ring order.
    #[getter]
    fn tokens(&self) -> Vec<(u64, String)> {
        let tokens = self.ring.tokens().iter();
        tokens
            .map(|(token, node)| (token.0, node.to_string()))
            .collect()
    }

    /// The ring as text, for a terminal of 40 to 240 columns; with a key, its ``n`` owners.
    #[pyo3(
        signature = (key=None, n=None, *, width=None),
        text_signature = "($self, key=None, n=3, *, width=100)"
    )]
    fn text(
        &self,
        py: Python<'_>,
        key: Option<&Bound<'_, PyAny>>,
        n: Option<&Bound<'_, PyAny>>,
        width: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<String> {
        let shown = key_shown(key, n)?;
        let width = width.map_or(Ok(WIDTH_COLUMNS), |width| whole("width", width))?;
        detached(py, || Ok(draw::ring_text(&*self.ring, shown, width)))
    }

    /// The ring as a standalone SVG document; with a key, the walk to its ``n`` owners.
    #[pyo3(signature = (key=None, n=None), text_signature = "($self, key=None, n=3)")]
    fn svg(
        &self,
        py: Python<'_>,
        key: Option<&Bound<'_, PyAny>>,
        n: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<String> {
        let shown = key_shown(key, n)?;
        detached(py, || Ok(draw::ring_svg(&*self.ring, shown)))
    }

    fn _repr_svg_(&self, py: Python<'_>) -> PyResult<String> {
        self.svg(py, None, None)
    }

    fn __len__(&self) -> usize {
        self.ring.members().len()
    }

    fn __repr__(&self) -> String {
        format!(
            "<kvorum.Ring of {} nodes, {} tokens>",
            self.ring.members().len(),
            self.ring.tokens().len()
        )
    }
}
