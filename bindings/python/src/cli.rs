//! The `kvorum` command inside a Python process.

use std::ffi::OsString;
use std::io::{self, Write as _};

use pyo3::prelude::*;

use crate::caught::detached;

/// Runs the command on ``args``, the program's name first; returns its exit code.
#[pyfunction]
pub fn cli_main(py: Python<'_>, args: Vec<OsString>) -> PyResult<u8> {
    detached(py, || {
        let code = kvorum_cli::run(args);
        // The process is Python's: its exit does not flush what Rust has buffered.
        drop(io::stdout().flush());
        Ok(code)
    })
}
