//! # Kvorum for Python
//!
//! ```text
//!   kvorum (Python: names, errors, types)  ->  kvorum._native (here)  ->  kvorum::blocking, script, ring, draw
//! ```
//!
//! Each function parses its arguments, makes one call into the engine and maps the result. What holds
//! of every one of them:
//!
//! - a call that may take longer than a microsecond or so lets Python's other threads run meanwhile;
//! - no lock of ours is waited for while attached to the interpreter, and no Python code runs while
//!   one is held;
//! - a panic becomes `kvorum.InternalError`, and what it happened in is closed;
//! - a bad argument raises before anything changes.

mod caught;
mod cli;
mod cluster;
mod convert;
mod errors;
mod fork;
mod lease;
mod options;
mod read;
mod ring;
mod script;
mod settings;
mod trace;

use pyo3::prelude::*;

/// The engine, for the package `kvorum`; use that.
#[pymodule]
mod _native {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::cli::cli_main;
    #[pymodule_export]
    use crate::cluster::Cluster;
    #[pymodule_export]
    use crate::fork::_after_fork;
    #[pymodule_export]
    use crate::lease::Lease;
    #[pymodule_export]
    use crate::read::{Context, Read};
    #[pymodule_export]
    use crate::ring::Ring;
    #[pymodule_export]
    use crate::script::{Report, Step, run_script};
    #[pymodule_export]
    use crate::trace::Trace;
    #[pymodule_export]
    use crate::{_panic_for_test, error_codes};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}

/// The engine's table of errors: class, stable name, whether a retry helps.
#[pyfunction]
fn error_codes() -> Vec<(&'static str, &'static str, bool)> {
    kvorum::Code::ALL
        .into_iter()
        .map(|code| (code.class_name(), code.name(), code.retryable()))
        .collect()
}

/// Panics inside a cluster's guard, or inside a bare one: the tests see what becomes of it.
#[pyfunction]
#[pyo3(signature = (cluster=None))]
fn _panic_for_test(py: Python<'_>, cluster: Option<&cluster::Cluster>) -> PyResult<()> {
    match cluster {
        Some(cluster) => cluster.with(py, |_| panic!("asked for by a test")),
        None => caught::interruptible(py, || panic!("asked for by a test")),
    }
}
