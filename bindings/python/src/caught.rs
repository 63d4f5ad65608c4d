//! Work that may panic or take long, run so that neither reaches the host process.

use core::any::Any;
use core::time::Duration;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;

use pyo3::prelude::*;

use crate::errors::Failure;

/// How long Ctrl-C may have to wait for an answer, milliseconds.
const SIGNAL_POLL_MS: u64 = 50;

/// Runs `work`; a panic is a [`Failure::Panic`]. The caller throws away what `work` may have left
/// half-changed.
pub fn caught<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|payload| Err(Failure::Panic(message(payload.as_ref()))))
}

fn message(payload: &(dyn Any + Send)) -> String {
    payload
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| {
            payload
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned())
        })
        .unwrap_or_else(|| "a panic without a message".to_owned())
}

/// Runs `work` with Python's other threads running beside it.
pub fn detached<T: Send>(
    py: Python<'_>,
    work: impl FnOnce() -> Result<T, Failure> + Send,
) -> PyResult<T> {
    Ok(py.detach(|| caught(work))?)
}

/// Runs `work` on a thread of its own, so that Ctrl-C raises `KeyboardInterrupt` here and now. The
/// abandoned thread ends with its work, which must therefore be bounded and touch nothing shared.
pub fn interruptible<T: Send + 'static>(
    py: Python<'_>,
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> PyResult<T> {
    let (answer, mut inbox) = mpsc::sync_channel(1);
    thread::Builder::new()
        .name("kvorum".to_owned())
        .spawn(move || {
            // Nobody waits any more after Ctrl-C.
            drop(answer.send(caught(work)));
        })?;
    loop {
        let (received, kept) = py.detach(move || {
            let received = inbox.recv_timeout(Duration::from_millis(SIGNAL_POLL_MS));
            (received, inbox)
        });
        inbox = kept;
        match received {
            Ok(outcome) => return Ok(outcome?),
            Err(RecvTimeoutError::Timeout) => py.check_signals()?,
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Failure::Panic("the worker gave no answer".to_owned()).into());
            }
        }
    }
}
