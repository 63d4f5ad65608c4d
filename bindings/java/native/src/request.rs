//! What Java sends: fields in a fixed order, numbers big-endian, a length before every run of bytes.
//! `dev.kvorum.internal.Request` writes it.

use core::time::Duration;

use kvorum::base::limits::{CONTEXT_BYTES_MAX, KEY_BYTES_MAX, SCRIPT_BYTES_MAX, VALUE_BYTES_MAX};
use kvorum::node::Level;
use kvorum::{Error, NodeId, Zone};

use crate::failure::Failure;

/// Java sends only the length of a field that is longer than this, and not the bytes, so that the limit
/// that really holds is the engine's and its error names it, while nothing huge is copied.
pub(crate) const FIELD_BYTES_SENT_MAX: usize = 1 << 24;
/// A name, a remark or a message, bytes.
pub(crate) const TEXT_BYTES_MAX: usize = 1 << 16;
/// A node's or zone's name, bytes.
const NAME_BYTES_MAX: usize = 1 << 6;

const _: () = assert!(KEY_BYTES_MAX < FIELD_BYTES_SENT_MAX);
const _: () = assert!(VALUE_BYTES_MAX < FIELD_BYTES_SENT_MAX);
const _: () = assert!(CONTEXT_BYTES_MAX < FIELD_BYTES_SENT_MAX);
const _: () = assert!(SCRIPT_BYTES_MAX < FIELD_BYTES_SENT_MAX);
const _: () = assert!(TEXT_BYTES_MAX < FIELD_BYTES_SENT_MAX);

/// A request being read.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    rest: &'a [u8],
}

impl<'a> Request<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], Failure> {
        let (head, rest) = self.rest.split_first_chunk::<N>().ok_or_else(cut_short)?;
        self.rest = rest;
        Ok(*head)
    }

    /// The number of an open object.
    pub(crate) fn handle(&mut self) -> Result<u64, Failure> {
        self.take().map(u64::from_be_bytes)
    }

    pub(crate) fn flag(&mut self) -> Result<bool, Failure> {
        self.take().map(|[byte]| byte != 0)
    }

    /// One of `choices`, sent as its place among them.
    pub(crate) fn choice<T: Copy>(&mut self, choices: &[T]) -> Result<T, Failure> {
        let [place] = self.take()?;
        choices
            .get(usize::from(place))
            .copied()
            .ok_or_else(|| Failure::internal(format!("there is no choice {place}")))
    }

    /// A number that Java has as an `int` or a `long`, which know no unsigned kind.
    pub(crate) fn number<T: TryFrom<i64>>(&mut self, what: &str) -> Result<T, Failure> {
        let number = self.take().map(i64::from_be_bytes)?;
        T::try_from(number)
            .map_err(|_| Failure::invalid(format!("{what} is {number}: it must not be negative")))
    }

    pub(crate) fn float(&mut self) -> Result<f64, Failure> {
        self.take().map(f64::from_be_bytes)
    }

    pub(crate) fn span(&mut self, what: &str) -> Result<Duration, Failure> {
        let seconds = self.take().map(i64::from_be_bytes)?;
        let nanos = self.take().map(u32::from_be_bytes)?;
        let seconds = u64::try_from(seconds)
            .map_err(|_| Failure::invalid(format!("{what} is negative: give a span from 0 up")))?;
        if nanos >= 1_000_000_000 {
            return Err(Failure::internal("a span's nanoseconds exceed a second"));
        }
        Ok(Duration::new(seconds, nanos))
    }

    /// Bytes up to a limit.
    pub(crate) fn bytes(&mut self, what: &'static str, limit: usize) -> Result<&'a [u8], Failure> {
        let actual = self.length()?;
        if actual > limit {
            return Err(Error::TooLarge {
                what,
                actual,
                limit,
            }
            .into());
        }
        let (bytes, rest) = self.rest.split_at_checked(actual).ok_or_else(cut_short)?;
        self.rest = rest;
        Ok(bytes)
    }

    /// Text up to a limit, in bytes of UTF-8.
    pub(crate) fn text(&mut self, what: &'static str, limit: usize) -> Result<&'a str, Failure> {
        core::str::from_utf8(self.bytes(what, limit)?)
            .map_err(|error| Failure::internal(format!("{what} is not UTF-8: {error}")))
    }

    pub(crate) fn key(&mut self) -> Result<&'a [u8], Failure> {
        self.bytes("key", KEY_BYTES_MAX)
    }

    pub(crate) fn node(&mut self) -> Result<NodeId, Failure> {
        let name = self.text("node name", NAME_BYTES_MAX)?;
        name.parse()
            .map_err(|error| Failure::invalid(format!("{error}")))
    }

    pub(crate) fn zone(&mut self) -> Result<Zone, Failure> {
        let name = self.text("zone name", NAME_BYTES_MAX)?;
        name.parse()
            .map_err(|error| Failure::invalid(format!("{error}")))
    }

    /// The name of a table or session.
    pub(crate) fn name(&mut self, what: &'static str) -> Result<String, Failure> {
        self.text(what, TEXT_BYTES_MAX).map(str::to_owned)
    }

    /// A consistency level: a number of replicas, or a name.
    pub(crate) fn level(&mut self, what: &'static str) -> Result<Level, Failure> {
        let text = self.text(what, NAME_BYTES_MAX)?;
        if let Ok(number) = text.parse::<i64>() {
            return usize::try_from(number).map(Level::Count).map_err(|_| {
                Failure::invalid(format!("{what} is {number}: it must not be negative"))
            });
        }
        let known = Level::NAMED.iter().find(|(name, _)| *name == text);
        known.map(|(_, level)| *level).ok_or_else(|| {
            let names: Vec<&str> = Level::NAMED.iter().map(|(name, _)| *name).collect();
            Failure::invalid(format!(
                "{what} is '{text}': it must be a number or one of {}",
                names.join(", ")
            ))
        })
    }

    pub(crate) fn option<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Failure>,
    ) -> Result<Option<T>, Failure> {
        if self.flag()? {
            read(self).map(Some)
        } else {
            Ok(None)
        }
    }

    pub(crate) fn list<T>(
        &mut self,
        mut read: impl FnMut(&mut Self) -> Result<T, Failure>,
    ) -> Result<Vec<T>, Failure> {
        (0..self.length()?).map(|_| read(self)).collect()
    }

    /// The request has been read to its end.
    ///
    /// # Errors
    /// `internal` where the two sides disagree on its fields.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        match self.rest.len() {
            0 => Ok(()),
            left => Err(Failure::internal(format!(
                "{left} bytes of the request were not read"
            ))),
        }
    }

    fn length(&mut self) -> Result<usize, Failure> {
        let length = self.take().map(i32::from_be_bytes)?;
        usize::try_from(length).map_err(|_| Failure::internal("a length is negative"))
    }
}

fn cut_short() -> Failure {
    Failure::internal("the request is cut short")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::{STATUS_INTERNAL, status_of};
    use kvorum::Code;

    #[test]
    fn a_field_past_its_limit_is_refused_by_its_length_alone() {
        let length = (KEY_BYTES_MAX + 1) as u32;
        let refused = Request::new(&length.to_be_bytes())
            .key()
            .expect_err("too large");
        assert_eq!(refused.status, status_of(Code::TooLarge));
        assert_eq!(
            refused.text,
            "too large: key has 1025 bytes, the limit is 1024"
        );
    }

    #[test]
    fn a_request_cut_anywhere_is_an_error() {
        let mut whole = Vec::new();
        whole.extend(3_u32.to_be_bytes());
        whole.extend(b"abc");
        whole.extend((-1_i64).to_be_bytes());
        for end in 0..whole.len() {
            let mut request = Request::new(&whole[..end]);
            let read = request.key().and_then(|_| request.number::<i64>("n"));
            assert_eq!(read.expect_err("cut").status, STATUS_INTERNAL, "{end}");
        }
        let mut request = Request::new(&whole);
        assert_eq!(request.key().expect("whole"), b"abc");
        assert_eq!(request.number::<i64>("n"), Ok(-1));
        assert_eq!(request.finish(), Ok(()));
    }

    #[test]
    fn negative_numbers_and_spans_are_invalid() {
        let minus = (-1_i64).to_be_bytes();
        let number = Request::new(&minus).number::<u32>("nodes");
        assert_eq!(
            number.expect_err("negative").text,
            "invalid argument: nodes is -1: it must not be negative"
        );
        let span = [minus.as_slice(), &0_u32.to_be_bytes()].concat();
        let span = Request::new(&span).span("timeout");
        assert_eq!(
            span.expect_err("negative").status,
            status_of(Code::InvalidArgument)
        );
    }

    #[test]
    fn bytes_left_over_are_a_bug() {
        assert_eq!(
            Request::new(b"x").finish().expect_err("left").status,
            STATUS_INTERNAL
        );
    }
}
