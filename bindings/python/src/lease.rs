//! A lease, as its holder knows it.

use core::time::Duration;

use kvorum::blocking;
use pyo3::prelude::*;

/// A lease as its holder knows it: what acquire_lease() and renew_lease() return. Its holder may be wrong about it
/// after a pause, or where clocks are; so what the lease protects must refuse a ``token`` that is lower than one that
/// it has seen.
#[pyclass(frozen, eq, module = "kvorum", name = "Lease")]
#[derive(PartialEq, Eq)]
pub struct Lease {
    pub lease: blocking::Lease,
}

#[pymethods]
impl Lease {
    /// What is held.
    #[getter]
    fn name(&self) -> &str {
        &self.lease.name
    }

    /// Who holds it.
    #[getter]
    fn holder(&self) -> &str {
        &self.lease.holder
    }

    /// The fencing token: greater than that of every acquisition before; a renewal keeps it.
    #[getter]
    fn token(&self) -> u64 {
        self.lease.token
    }

    /// The version of its register, which the next renewal builds on.
    #[getter]
    fn version(&self) -> u64 {
        self.lease.version
    }

    /// Until when its holder may count on it, in seconds of ``cluster.now``.
    #[getter]
    fn until(&self) -> f64 {
        Duration::from_nanos(self.lease.until.0).as_secs_f64()
    }

    fn __repr__(&self) -> String {
        let lease = &self.lease;
        format!(
            "<kvorum.Lease '{}' of '{}', token {}>",
            lease.name, lease.holder, lease.token
        )
    }
}
