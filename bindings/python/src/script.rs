//! Scenario scripts.

use std::sync::{Arc, Mutex, PoisonError};

use kvorum::script::{self, RunOptions};
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::caught::{detached, interruptible};
use crate::convert::whole;
use crate::errors::Failure;
use crate::trace::Trace;

/// One executed line of a script.
#[pyclass(frozen, get_all, module = "kvorum", name = "Step")]
pub struct Step {
    /// Line in the script, from 1.
    line: usize,
    /// The line as written, without its expectation and comment.
    source: String,
    /// The ``label:`` before it.
    label: Option<String>,
    /// What happened, as it would stand after ``->``; ``show`` may print several lines.
    printed: String,
    /// What stood after ``->``.
    expected: Option<String>,
    /// False where ``expected`` differs from ``printed``, or an ``expect`` failed.
    ok: bool,
    /// The error's text, where the line gave an error.
    detail: Option<String>,
    /// What the picture of a ``show`` line shows.
    title: Option<String>,
    /// The picture of a ``show`` line, a standalone SVG document.
    svg: Option<String>,
}

#[pymethods]
impl Step {
    fn _repr_svg_(&self) -> Option<&str> {
        self.svg.as_deref()
    }

    fn __repr__(&self) -> String {
        let verdict = if self.ok { "" } else { ", not as expected" };
        format!(
            "<kvorum.Step {}: {} -> {}{verdict}>",
            self.line, self.source, self.printed
        )
    }
}

impl From<&script::Step> for Step {
    fn from(step: &script::Step) -> Self {
        let picture = step.picture.as_ref();
        Self {
            line: step.line,
            source: step.source.clone(),
            label: step.label.clone(),
            printed: step.printed.clone(),
            expected: step.expected.clone(),
            ok: step.ok,
            detail: step.detail.clone(),
            title: picture.map(|picture| picture.title.clone()),
            svg: picture.map(|picture| picture.svg.clone()),
        }
    }
}

/// A whole run of a script. A notebook shows its space-time diagram.
#[pyclass(frozen, module = "kvorum", name = "Report")]
pub struct Report {
    report: Mutex<script::Report>,
    steps: Py<PyList>,
    passed: bool,
    trace_hash: String,
}

impl Report {
    fn look<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&script::Report) -> T + Send,
    ) -> PyResult<T> {
        detached(py, || {
            let report = self.report.lock().unwrap_or_else(PoisonError::into_inner);
            Ok(work(&report))
        })
    }
}

#[pymethods]
impl Report {
    /// True when every expectation held.
    #[getter]
    fn passed(&self) -> bool {
        self.passed
    }

    /// The executed lines, in order.
    #[getter]
    fn steps<'py>(&self, py: Python<'py>) -> Bound<'py, PyList> {
        let steps = self.steps.bind(py);
        steps.get_slice(0, steps.len())
    }

    /// The hash of the trace: equal for equal runs, in every language.
    #[getter]
    fn trace_hash(&self) -> &str {
        &self.trace_hash
    }

    /// What happened, step by step.
    #[getter]
    fn trace(&self, py: Python<'_>) -> PyResult<Trace> {
        let trace = self.look(py, |report| Arc::new(report.cluster.trace().clone()))?;
        Ok(Trace { trace })
    }

    /// The space-time diagram of the run, a standalone SVG document.
    fn svg(&self, py: Python<'_>) -> PyResult<String> {
        self.look(py, script::Report::svg)
    }

    fn _repr_svg_(&self, py: Python<'_>) -> PyResult<String> {
        self.svg(py)
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        let verdict = if self.passed { "passed" } else { "failed" };
        let steps = self.steps.bind(py).len();
        format!(
            "<kvorum.Report of {steps} steps, {verdict}, trace {}>",
            self.trace_hash
        )
    }
}

/// Parses and runs a scenario script. ``name`` stands before line and column in a ScriptError, which
/// comes before anything runs; ``seed`` replaces the one of the script's ``cluster`` line. A line whose
/// expectation fails does not stop the run: see ``Report.passed`` and ``Step.ok``.
///
/// Ctrl-C raises KeyboardInterrupt at once and stops the run.
#[pyfunction]
#[pyo3(
    signature = (text, *, name="<script>", seed=None),
    text_signature = "(text, *, name='<script>', seed=None)"
)]
pub fn run_script(
    py: Python<'_>,
    text: &str,
    name: &str,
    seed: Option<&Bound<'_, PyAny>>,
) -> PyResult<Report> {
    let options = RunOptions {
        seed: seed.map(|seed| whole("seed", seed)).transpose()?,
        ..RunOptions::default()
    };
    let stop = options.stop.clone();
    let (text, name) = (text.to_owned(), name.to_owned());
    let (report, trace_hash) = interruptible(py, move || {
        let report = script::run(&name, &text, &options)?;
        let trace_hash = report.trace_hash();
        Ok::<_, Failure>((report, trace_hash))
    })
    // Nobody waits for the run any more after Ctrl-C.
    .inspect_err(|_| stop.stop())?;
    let steps = PyList::empty(py);
    for step in &report.steps {
        steps.append(Py::new(py, Step::from(step))?)?;
    }
    Ok(Report {
        passed: report.passed(),
        report: Mutex::new(report),
        steps: steps.unbind(),
        trace_hash,
    })
}
