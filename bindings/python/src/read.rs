//! What a get found, and the context that a later write hands back.

use bytes::Bytes;
use kvorum::base::hash::hash64_with;
use kvorum::blocking;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::convert::octets;
use crate::errors::Failure;

/// What a client has seen of a key: opaque bytes that it hands back with its next write of that key.
/// ``bytes(context)`` and ``Context(data)`` carry one through a cookie or a file.
#[pyclass(frozen, eq, module = "kvorum", name = "Context")]
#[derive(PartialEq, Eq)]
pub struct Context {
    pub context: blocking::Context,
}

#[pymethods]
impl Context {
    #[new]
    #[pyo3(signature = (data, /))]
    fn new(data: &Bound<'_, PyAny>) -> PyResult<Self> {
        let bytes = Bytes::copy_from_slice(octets("data", data)?);
        Ok(Self {
            context: blocking::Context(bytes),
        })
    }

    fn __bytes__<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.context.0)
    }

    fn __hash__(&self) -> u64 {
        hash64_with(0, &self.context.0)
    }

    fn __repr__(&self) -> String {
        format!("<kvorum.Context of {} bytes>", self.context.0.len())
    }
}

/// What a get found, or what a change of a register told. True when there is a value; ``len()`` is 2 or more when concurrent writes left
/// siblings.
#[pyclass(frozen, module = "kvorum", name = "Read")]
pub struct Read {
    pub read: blocking::Read,
}

#[pymethods]
impl Read {
    /// The value, or the siblings sorted by their bytes; empty when there is none.
    #[getter]
    fn values<'py>(&self, py: Python<'py>) -> Vec<Bound<'py, PyBytes>> {
        self.read
            .values
            .iter()
            .map(|value| PyBytes::new(py, value))
            .collect()
    }

    /// Hand it back with the next write of the key: that write replaces what this read saw.
    #[getter]
    fn context(&self) -> Context {
        Context {
            context: self.read.context.clone(),
        }
    }

    /// Of a register, how often it was changed; 0 elsewhere, and for a key that never was.
    #[getter]
    fn version(&self) -> u64 {
        self.read.version
    }

    /// The one value, or None when there is none. Siblings raise Conflict: only the caller can say which
    /// of ``values`` to keep or how to join them.
    #[getter]
    fn value<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyBytes>>> {
        match self.read.values.as_slice() {
            [] => Ok(None),
            [value] => Ok(Some(PyBytes::new(py, value))),
            siblings => Err(Failure::Engine(kvorum::Error::Conflict {
                detail: format!(
                    "{} siblings: choose from .values or join them, then put the result with \
                     context=read.context",
                    siblings.len()
                ),
            })
            .into()),
        }
    }

    fn __len__(&self) -> usize {
        self.read.values.len()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let values = self.values(py).into_pyobject(py)?.repr()?;
        Ok(format!("<kvorum.Read {values}>"))
    }
}
