//! What this library is, so that Java's own tables can be held against the engine's.

use kvorum::Code;

use crate::failure::status_of;
use crate::op::Op;
use crate::request::FIELD_BYTES_SENT_MAX;
use crate::response::Response;

/// The operations, the version, the largest field sent, and the codes.
pub(crate) fn describe() -> Response {
    Response::new()
        .list(Op::ALL, |response, op| response.text(op.name()))
        .text(env!("CARGO_PKG_VERSION"))
        .number(FIELD_BYTES_SENT_MAX as u64)
        .list(Code::ALL, |response, code| {
            response
                .choice(status_of(code))
                .text(code.name())
                .text(code.class_name())
                .flag(code.retryable())
        })
}
