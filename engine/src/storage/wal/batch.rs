//! Writes that stand or fall together, as the bytes that go into the log.
//!
//! A batch is one run of bytes from its first `put` on, and those bytes are the payload of its frame in the log:
//! writing it is a copy, and reading it back is a walk that copies nothing. Operations stand one after
//! another; lengths are LEB128 varints.
//!
//! ```text
//! put        = 1  key-length  key  value-length  value
//! delete     = 2  key-length  key
//! put until  = 3  key-length  key  value-length  value  deadline-ms (varint)
//! delete of a range = 4  from-length  from  to-length  to
//! ```
//!
//! The first operation of a batch takes the batch's first sequence, each further one the next.

#[cfg(test)]
mod tests;

use crate::base::codec::{Reader, put_slice, put_varint};
use crate::base::limits::{KEY_BYTES_MAX, RECORD_BYTES_MAX};
use crate::storage::entry::NEVER_MS;
use crate::{Error, Result};

/// What a node may put around a client's key, bytes.
const KEY_ENVELOPE_BYTES_MAX: usize = 64;
/// A key's length as a store sees it, bytes: the client's key and what the node puts around it.
pub const STORED_KEY_BYTES_MAX: usize = KEY_BYTES_MAX + KEY_ENVELOPE_BYTES_MAX;
/// The length of a bound of a range delete, bytes: the longest key, and the zero byte that makes of a key the one
/// right behind it.
pub const RANGE_BOUND_BYTES_MAX: usize = STORED_KEY_BYTES_MAX + 1;

const TAG_PUT: u8 = 1;
const TAG_DELETE: u8 = 2;
const TAG_PUT_UNTIL: u8 = 3;
const TAG_DELETE_RANGE: u8 = 4;

/// Room for a tag and two lengths.
const OPERATION_OVERHEAD_BYTES: usize = 16;

/// One operation of a batch, borrowed from its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation<'a> {
    /// The key has this value, until its deadline.
    Put {
        /// The key.
        key: &'a [u8],
        /// The value.
        value: &'a [u8],
        /// When it expires, milliseconds since the Unix epoch; [`NEVER_MS`] for most.
        deadline_ms: u64,
    },
    /// The key has no value.
    Delete {
        /// The key.
        key: &'a [u8],
    },
    /// No key of `from..to` has a value. `from` is less than `to`.
    DeleteRange {
        /// The first key.
        from: &'a [u8],
        /// The first key that is left alone.
        to: &'a [u8],
    },
}

/// Puts and deletes that the store applies in order, all or none.
///
/// ```
/// use kvorum::storage::wal::WriteBatch;
///
/// let mut batch = WriteBatch::new();
/// batch.put("cart", "milk").delete("wishlist").delete_range("tmp/", "tmp0");
/// assert_eq!(batch.len(), 3);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WriteBatch {
    bytes: Vec<u8>,
    operations: usize,
    user_bytes: usize,
    key_bytes_longest: usize,
    bound_bytes_longest: usize,
}

impl WriteBatch {
    /// A batch that does nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A batch with room for `bytes` bytes of operations.
    #[must_use]
    pub fn with_capacity(bytes: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(bytes),
            ..Self::default()
        }
    }

    /// Adds: `key` has `value` from now on.
    pub fn put(&mut self, key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> &mut Self {
        self.add_put(TAG_PUT, key.as_ref(), value.as_ref());
        self
    }

    /// Adds: `key` has `value` from now on, until the clock shows `deadline_ms` (milliseconds since the Unix
    /// epoch). With [`NEVER_MS`] it is a plain [`put`](Self::put).
    pub fn put_until(
        &mut self,
        key: impl AsRef<[u8]>,
        value: impl AsRef<[u8]>,
        deadline_ms: u64,
    ) -> &mut Self {
        if deadline_ms == NEVER_MS {
            return self.put(key, value);
        }
        self.add_put(TAG_PUT_UNTIL, key.as_ref(), value.as_ref());
        put_varint(&mut self.bytes, deadline_ms);
        self
    }

    /// Adds: `key` has no value from now on. Deleting what is not there is no error.
    pub fn delete(&mut self, key: impl AsRef<[u8]>) -> &mut Self {
        let key = key.as_ref();
        self.begin(TAG_DELETE, key.len());
        self.key_bytes_longest = self.key_bytes_longest.max(key.len());
        put_slice(&mut self.bytes, key);
        self
    }

    /// Adds: no key of `from..to` (`to` exclusive) has a value from now on. Where `to` is not behind `from`, the
    /// range holds no key and nothing is added.
    pub fn delete_range(&mut self, from: impl AsRef<[u8]>, to: impl AsRef<[u8]>) -> &mut Self {
        let (from, to) = (from.as_ref(), to.as_ref());
        if from >= to {
            return self;
        }
        self.begin(TAG_DELETE_RANGE, from.len() + to.len());
        self.bound_bytes_longest = self.bound_bytes_longest.max(from.len()).max(to.len());
        put_slice(&mut self.bytes, from);
        put_slice(&mut self.bytes, to);
        self
    }

    /// Operations in the batch; it takes as many sequences.
    #[must_use]
    pub fn len(&self) -> usize {
        self.operations
    }

    /// Whether the batch does nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.operations == 0
    }

    /// The batch's length in the log, bytes; at most [`RECORD_BYTES_MAX`] can be written.
    #[must_use]
    pub fn record_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Its keys and values alone, bytes.
    #[must_use]
    pub fn user_bytes(&self) -> usize {
        self.user_bytes
    }

    /// The bytes that go into the log.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.bytes
    }

    /// Empties the batch and keeps its memory for the next one.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.operations = 0;
        self.user_bytes = 0;
        self.key_bytes_longest = 0;
        self.bound_bytes_longest = 0;
    }

    /// Checks every limit, so that what is written can be read back.
    ///
    /// # Errors
    /// [`TooLarge`](Error::TooLarge) when a key passes [`STORED_KEY_BYTES_MAX`], a bound of a range
    /// [`RANGE_BOUND_BYTES_MAX`], or the batch [`RECORD_BYTES_MAX`].
    pub fn check(&self) -> Result<()> {
        at_most("stored key", self.key_bytes_longest, STORED_KEY_BYTES_MAX)?;
        let bound = self.bound_bytes_longest;
        at_most("bound of a range delete", bound, RANGE_BOUND_BYTES_MAX)?;
        at_most("write batch", self.bytes.len(), RECORD_BYTES_MAX)
    }

    /// The operations, in order.
    #[must_use]
    pub fn operations(&self) -> Operations<'_> {
        Operations { rest: &self.bytes }
    }

    /// The batch as recovery will see it.
    #[must_use]
    pub fn view(&self) -> BatchView<'_> {
        BatchView {
            bytes: &self.bytes,
            operations: self.operations,
        }
    }

    fn begin(&mut self, tag: u8, slice_bytes: usize) {
        self.bytes.reserve(slice_bytes + OPERATION_OVERHEAD_BYTES);
        self.bytes.push(tag);
        self.operations += 1;
        self.user_bytes += slice_bytes;
    }

    fn add_put(&mut self, tag: u8, key: &[u8], value: &[u8]) {
        self.begin(tag, key.len() + value.len());
        self.key_bytes_longest = self.key_bytes_longest.max(key.len());
        put_slice(&mut self.bytes, key);
        put_slice(&mut self.bytes, value);
    }
}

/// The operations in bytes that have been checked once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchView<'a> {
    bytes: &'a [u8],
    operations: usize,
}

impl<'a> BatchView<'a> {
    /// Checks `payload`, which may be hostile, from end to end.
    ///
    /// # Errors
    /// [`Corruption`](Error::Corruption) where the bytes are no batch, an operation passes a limit, or a range
    /// holds no key.
    pub fn validate(payload: &'a [u8]) -> Result<Self> {
        at_most("write batch", payload.len(), RECORD_BYTES_MAX)
            .map_err(|error| Error::corruption(error.to_string()))?;
        let mut reader = Reader::new(payload);
        let mut operations = 0;
        while !reader.rest().is_empty() {
            check_next(&mut reader)?;
            operations += 1;
        }
        Ok(Self {
            bytes: payload,
            operations,
        })
    }

    /// Operations in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.operations
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.operations == 0
    }

    /// The bytes it was read from.
    #[must_use]
    pub fn payload(&self) -> &'a [u8] {
        self.bytes
    }

    /// The operations, in order.
    #[must_use]
    pub fn operations(&self) -> Operations<'a> {
        Operations { rest: self.bytes }
    }
}

/// An iterator over the operations of a batch.
#[derive(Clone, Debug)]
pub struct Operations<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Operations<'a> {
    type Item = Operation<'a>;

    #[inline]
    fn next(&mut self) -> Option<Operation<'a>> {
        let (&tag, rest) = self.rest.split_first()?;
        self.rest = rest;
        let first = self.slice();
        Some(match tag {
            TAG_PUT => Operation::Put {
                key: first,
                value: self.slice(),
                deadline_ms: NEVER_MS,
            },
            TAG_PUT_UNTIL => Operation::Put {
                key: first,
                value: self.slice(),
                deadline_ms: self.varint(),
            },
            TAG_DELETE => Operation::Delete { key: first },
            _ => Operation::DeleteRange {
                from: first,
                to: self.slice(),
            },
        })
    }
}

impl<'a> Operations<'a> {
    #[inline]
    fn slice(&mut self) -> &'a [u8] {
        let length = self.varint() as usize;
        let (slice, rest) = self.rest.split_at(length);
        self.rest = rest;
        slice
    }

    /// The bytes were built here or checked by [`BatchView::validate`], so a varint ends within them.
    #[inline]
    fn varint(&mut self) -> u64 {
        let mut value = 0_u64;
        for (index, &byte) in self.rest.iter().enumerate() {
            value |= u64::from(byte & 0x7f).wrapping_shl(7 * index as u32);
            if byte & 0x80 == 0 {
                self.rest = &self.rest[index + 1..];
                break;
            }
        }
        value
    }
}

/// Steps over one operation, and checks all that [`Operations`] takes for granted.
fn check_next(reader: &mut Reader<'_>) -> Result<()> {
    match reader.byte()? {
        TAG_PUT => {
            reader.slice(STORED_KEY_BYTES_MAX)?;
            reader.slice(RECORD_BYTES_MAX)?;
        }
        TAG_PUT_UNTIL => {
            reader.slice(STORED_KEY_BYTES_MAX)?;
            reader.slice(RECORD_BYTES_MAX)?;
            reader.varint()?;
        }
        TAG_DELETE => {
            reader.slice(STORED_KEY_BYTES_MAX)?;
        }
        TAG_DELETE_RANGE => {
            let from = reader.slice(RANGE_BOUND_BYTES_MAX)?;
            let to = reader.slice(RANGE_BOUND_BYTES_MAX)?;
            if from >= to {
                return Err(Error::corruption("a range delete that holds no key"));
            }
        }
        tag => return Err(Error::corruption(format!("no operation has the tag {tag}"))),
    }
    Ok(())
}

fn at_most(what: &'static str, actual: usize, limit: usize) -> Result<()> {
    if actual <= limit {
        return Ok(());
    }
    Err(Error::TooLarge {
        what,
        actual,
        limit,
    })
}
