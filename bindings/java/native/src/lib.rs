//! Kvorum for Java: the one door between the Java classes in `dev.kvorum` and the engine.
//!
//! ```text
//!  Java thread ── Native.call(op, request bytes) ──► call_native ──► cluster | ring | scenario
//!              ◄── answer bytes: a status, then ────┘                    (the engine's facade)
//!                  what the operation returns
//! ```
//!
//! Invariants:
//! - Work runs on the caller's thread. No Rust thread is ever attached to the virtual machine, no array
//!   is held critical, and no lock is shared by two clusters while either works, so a long run keeps
//!   no other Java thread from its own work nor from a safepoint.
//! - Java holds numbers, never addresses (see [`registry`]): a number that is closed, forged or used
//!   while another thread closes it is an answer `closed`, not a crash.
//! - Nothing unwinds into the virtual machine: a panic becomes an `InternalException` (see [`Policy`]).
//! - Every length and number from Java is checked here or in the engine before it is used.

mod cluster;
mod describe;
mod failure;
mod op;
mod registers;
mod registry;
mod request;
mod response;
mod ring;
mod scenario;
mod topology;

use std::any::Any;

use jni::errors::{Error as JniError, ErrorPolicy};
use jni::objects::{JByteArray, JClass};
use jni::strings::JNIString;
use jni::{Env, EnvUnowned, jni_mangle, jni_str};

use failure::Failure;
use op::Op;
use request::Request;
use response::Response;

/// `static native byte[] call(int op, byte[] request)` of `dev.kvorum.internal.Native`.
#[jni_mangle("dev.kvorum.internal.Native", "call")]
pub fn call_native<'local>(
    mut env: EnvUnowned<'local>,
    _class: JClass<'local>,
    op: jni::sys::jint,
    request: JByteArray<'local>,
) -> JByteArray<'local> {
    env.with_env(|env| -> Result<JByteArray<'local>, JniError> {
        let request = env.convert_byte_array(request)?;
        let answer = response::encode(perform(op, &request));
        env.byte_array_from_slice(&answer)
    })
    .resolve::<Policy>()
}

/// Carries out one operation. All that can go wrong comes back as a [`Failure`].
fn perform(op: i32, request: &[u8]) -> Result<Response, Failure> {
    let op = Op::from_number(op)?;
    let mut request = Request::new(request);
    let response = match op {
        Op::Describe => describe::describe(),
        Op::ScenarioRun => scenario::run(&mut request)?,
        op if op.is_ring() => ring::perform(op, &mut request)?,
        op => cluster::perform(op, &mut request)?,
    };
    request.finish()?;
    Ok(response)
}

/// What becomes of a panic, and of a failure of the virtual machine itself: an `InternalException` in
/// the Java thread that called.
struct Policy;

impl Policy {
    fn throw<'local>(env: &mut Env<'local>, text: &str) -> JByteArray<'local> {
        // An exception that is already pending (an OutOfMemoryError, say) tells more than ours would.
        if !env.exception_check() {
            let class = jni_str!("dev/kvorum/InternalException");
            // Throwing reports itself as an error; the pending exception is all that counts.
            let _thrown = env.throw_new(class, JNIString::from(text));
        }
        JByteArray::null()
    }
}

impl<'local> ErrorPolicy<JByteArray<'local>, JniError> for Policy {
    type Captures<'frame: 'native, 'native> = ();

    fn on_error<'frame: 'native, 'native>(
        env: &mut Env<'frame>,
        _captures: &mut Self::Captures<'frame, 'native>,
        error: JniError,
    ) -> jni::errors::Result<JByteArray<'local>> {
        Self::throw(
            env,
            &format!("internal: the Java virtual machine refused a call: {error}"),
        );
        Ok(JByteArray::null())
    }

    fn on_panic<'frame: 'native, 'native>(
        env: &mut Env<'frame>,
        _captures: &mut Self::Captures<'frame, 'native>,
        payload: Box<dyn Any + Send + 'static>,
    ) -> jni::errors::Result<JByteArray<'local>> {
        let text = payload
            .downcast_ref::<&'static str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "a panic without a text".to_owned());
        Self::throw(
            env,
            &format!("internal: a bug in Kvorum, please report it: {text}"),
        );
        Ok(JByteArray::null())
    }
}
