//! What Java gets: a status, then the fields of the result in a fixed order, in the encoding of
//! [`crate::request`]. `dev.kvorum.internal.Response` reads it.

use core::time::Duration;

use kvorum::Error;

use crate::failure::{Failure, STATUS_OK};

/// A Java array's length, bytes.
const ANSWER_BYTES_MAX: usize = i32::MAX as usize;

/// An answer being written.
#[derive(Debug)]
pub(crate) struct Response {
    bytes: Vec<u8>,
}

impl Response {
    /// An answer without a field.
    pub(crate) fn new() -> Self {
        Self {
            bytes: vec![STATUS_OK],
        }
    }

    pub(crate) fn flag(mut self, value: bool) -> Self {
        self.bytes.push(u8::from(value));
        self
    }

    /// The place of a choice among its kind.
    pub(crate) fn choice(mut self, place: u8) -> Self {
        self.bytes.push(place);
        self
    }

    /// A number; Java reads it as a `long`, so one past 2^63 shows its bits.
    pub(crate) fn number(mut self, value: u64) -> Self {
        self.bytes.extend(value.to_be_bytes());
        self
    }

    pub(crate) fn float(mut self, value: f64) -> Self {
        self.bytes.extend(value.to_be_bytes());
        self
    }

    pub(crate) fn span(mut self, value: Duration) -> Self {
        self = self.number(value.as_secs());
        self.bytes.extend(value.subsec_nanos().to_be_bytes());
        self
    }

    pub(crate) fn bytes(mut self, value: &[u8]) -> Self {
        self = self.length(value.len());
        self.bytes.extend(value);
        self
    }

    pub(crate) fn text(self, value: &str) -> Self {
        self.bytes(value.as_bytes())
    }

    pub(crate) fn option<T>(self, value: Option<T>, write: impl FnOnce(Self, T) -> Self) -> Self {
        match value {
            Some(value) => write(self.flag(true), value),
            None => self.flag(false),
        }
    }

    pub(crate) fn list<T>(
        self,
        values: impl IntoIterator<Item = T, IntoIter: ExactSizeIterator>,
        write: impl FnMut(Self, T) -> Self,
    ) -> Self {
        let values = values.into_iter();
        let response = self.length(values.len());
        values.fold(response, write)
    }

    /// A length past [`ANSWER_BYTES_MAX`] needs no care here: [`encode`] then sends no field at all.
    fn length(mut self, length: usize) -> Self {
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        self.bytes.extend(length.to_be_bytes());
        self
    }
}

/// The bytes of an answer or of a failure.
pub(crate) fn encode(result: Result<Response, Failure>) -> Vec<u8> {
    let failure = match result {
        Ok(response) if response.bytes.len() <= ANSWER_BYTES_MAX => return response.bytes,
        Ok(response) => Failure::from(Error::TooLarge {
            what: "the answer",
            actual: response.bytes.len(),
            limit: ANSWER_BYTES_MAX,
        }),
        Err(failure) => failure,
    };
    let mut bytes = vec![failure.status];
    bytes.extend(failure.text.as_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_follow_the_status_in_order() {
        let response = Response::new()
            .flag(true)
            .number(7)
            .option(Some("a"), Response::text)
            .option(None::<&str>, Response::text)
            .list(["b"], Response::text);
        let expected = [
            &[0, 1][..],
            &[0, 0, 0, 0, 0, 0, 0, 7],
            &[1, 0, 0, 0, 1, b'a'],
            &[0],
            &[0, 0, 0, 1, 0, 0, 0, 1, b'b'],
        ];
        assert_eq!(encode(Ok(response)), expected.concat());
    }

    #[test]
    fn a_failure_is_its_status_and_its_text() {
        assert_eq!(
            encode(Err(Failure::check("n2 lags".into()))),
            b"\xfen2 lags"
        );
    }
}
