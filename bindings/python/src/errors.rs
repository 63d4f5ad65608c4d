//! What went wrong, as an exception of `kvorum.errors`.

use kvorum::script::ScriptError;
use pyo3::call::PyCallArgs;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyModule;

/// Why a call into the engine gave nothing.
pub enum Failure {
    /// The engine said no.
    Engine(kvorum::Error),
    /// A script that cannot be understood.
    Script(ScriptError),
    /// A check that does not hold.
    Check(String),
    /// A cluster used after a fork, in the child.
    Forked,
    /// A panic, caught, and its message.
    Panic(String),
}

impl From<kvorum::Error> for Failure {
    fn from(error: kvorum::Error) -> Self {
        Self::Engine(error)
    }
}

impl From<ScriptError> for Failure {
    fn from(error: ScriptError) -> Self {
        Self::Script(error)
    }
}

impl From<Failure> for PyErr {
    fn from(failure: Failure) -> Self {
        Python::attach(|py| match failure {
            Failure::Engine(error) => raise(py, error.code().class_name(), (error.to_string(),)),
            Failure::Script(error) => {
                let text = error.to_string();
                raise(
                    py,
                    "ScriptError",
                    (text, error.file, error.line, error.column, error.message),
                )
            }
            Failure::Check(text) => raise(py, "CheckFailed", (text,)),
            Failure::Forked => raise(
                py,
                "Closed",
                ("closed: this cluster belongs to the process that forked; make one in the child",),
            ),
            Failure::Panic(text) => raise(
                py,
                "InternalError",
                (format!("a bug in Kvorum, please report it: {text}"),),
            ),
        })
    }
}

/// An [`kvorum::Error::InvalidArgument`] as an exception.
pub fn invalid(detail: impl Into<String>) -> PyErr {
    Failure::Engine(kvorum::Error::invalid(detail)).into()
}

/// A `TypeError` that says what `name` must be.
pub fn wrong_type(name: &str, wanted: &str, given: &Bound<'_, PyAny>) -> PyErr {
    let given = given.get_type().name().map_or_else(
        |_| "something else".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    );
    PyTypeError::new_err(format!("{name} must be {wanted}, not {given}"))
}

/// An instance of the class of that name; whatever hinders it is an exception too.
fn raise<'py>(py: Python<'py>, class: &str, arguments: impl PyCallArgs<'py>) -> PyErr {
    static ERRORS: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    let module = ERRORS.get_or_try_init(py, || py.import("kvorum.errors").map(Bound::unbind));
    let exception = module.and_then(|module| module.bind(py).getattr(class)?.call1(arguments));
    exception.map_or_else(|error| error, PyErr::from_value)
}
