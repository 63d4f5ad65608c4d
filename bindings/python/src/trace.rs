//! What happened in a run, and its picture.

use std::sync::Arc;

use kvorum::base::time::Mono;
use kvorum::draw::{self, SpacetimeOptions};
use kvorum::sim::trace;
use pyo3::prelude::*;

use crate::caught::{detached, interruptible};
use crate::convert::{seconds, whole};

/// Columns of a text picture unless told otherwise.
pub const WIDTH_COLUMNS: usize = 100;

/// What happened in a run, as it stood when it was taken: ``str()`` gives one line an event, a notebook
/// shows the space-time diagram.
#[pyclass(frozen, module = "kvorum", name = "Trace")]
pub struct Trace {
    pub trace: Arc<trace::Trace>,
}

fn options(
    upkeep: bool,
    start: Option<&Bound<'_, PyAny>>,
    end: Option<&Bound<'_, PyAny>>,
    max_messages: Option<&Bound<'_, PyAny>>,
) -> PyResult<SpacetimeOptions> {
    let instant = |name, given| seconds(name, given).map(|span| Mono::default().after(span));
    let mut options = SpacetimeOptions {
        upkeep,
        from: start.map(|start| instant("start", start)).transpose()?,
        to: end.map(|end| instant("end", end)).transpose()?,
        ..SpacetimeOptions::default()
    };
    if let Some(max_messages) = max_messages {
        options.max_messages = whole("max_messages", max_messages)?;
    }
    Ok(options)
}

#[pymethods]
impl Trace {
    /// 16 hexadecimal digits, equal for equal runs in every language.
    #[getter]
    fn hash(&self) -> String {
        self.trace.hash()
    }

    /// How many events there were; the first of them are kept (``len()``).
    #[getter]
    fn count(&self) -> u64 {
        self.trace.count()
    }

    /// The space-time diagram, a standalone SVG document: from ``start`` to ``end``, in seconds of
    /// virtual time, and at most ``max_messages`` messages; ``upkeep`` adds the store's own (repair).
    #[pyo3(
        signature = (*, upkeep=false, start=None, end=None, max_messages=None),
        text_signature = "($self, *, upkeep=False, start=None, end=None, max_messages=200)"
    )]
    fn svg(
        &self,
        py: Python<'_>,
        upkeep: bool,
        start: Option<&Bound<'_, PyAny>>,
        end: Option<&Bound<'_, PyAny>>,
        max_messages: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<String> {
        let options = options(upkeep, start, end, max_messages)?;
        let trace = Arc::clone(&self.trace);
        interruptible(py, move || Ok(draw::spacetime_svg(&trace, &options)))
    }

    /// The space-time diagram for a terminal of 40 to 400 columns; as svg() otherwise.
    #[pyo3(
        signature = (*, width=None, upkeep=false, start=None, end=None, max_messages=None),
        text_signature = "($self, *, width=100, upkeep=False, start=None, end=None, max_messages=200)"
    )]
    fn text(
        &self,
        py: Python<'_>,
        width: Option<&Bound<'_, PyAny>>,
        upkeep: bool,
        start: Option<&Bound<'_, PyAny>>,
        end: Option<&Bound<'_, PyAny>>,
        max_messages: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<String> {
        let options = options(upkeep, start, end, max_messages)?;
        let width = width.map_or(Ok(WIDTH_COLUMNS), |width| whole("width", width))?;
        let trace = Arc::clone(&self.trace);
        interruptible(py, move || {
            Ok(draw::spacetime_text(&trace, &options, width))
        })
    }

    fn _repr_svg_(&self, py: Python<'_>) -> PyResult<String> {
        self.svg(py, false, None, None, None)
    }

    fn __len__(&self) -> usize {
        self.trace.events().len()
    }

    fn __str__(&self, py: Python<'_>) -> PyResult<String> {
        detached(py, || Ok(self.trace.to_string()))
    }

    fn __repr__(&self) -> String {
        format!(
            "<kvorum.Trace of {} events, hash {}>",
            self.trace.count(),
            self.trace.hash()
        )
    }
}
