//! Writes that stand or fall together, and their bytes in a log record.
//!
//! A record's payload is its operations one after another: a tag byte, the key behind its length, and for
//! a put the value behind its length.

use bytes::Bytes;

use crate::base::codec::{Reader, put_slice};
use crate::base::limits::{KEY_BYTES_MAX, RECORD_BYTES_MAX};
use crate::{Error, Result};

/// What a node may put around a client's key, bytes.
const KEY_ENVELOPE_BYTES_MAX: usize = 64;
/// A key's length as a store sees it, bytes: the client's key and what the node puts around it.
pub const STORED_KEY_BYTES_MAX: usize = KEY_BYTES_MAX + KEY_ENVELOPE_BYTES_MAX;

const TAG_PUT: u8 = 1;
const TAG_DELETE: u8 = 2;

/// One operation of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Put(Bytes, Bytes),
    Delete(Bytes),
}

/// Puts and deletes that a [`Storage`](super::Storage) applies in order, all or none.
///
/// ```
/// use kvorum::storage::WriteBatch;
///
/// let mut batch = WriteBatch::new();
/// batch.put("cart", "milk").delete("wishlist");
/// assert_eq!(batch.len(), 2);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WriteBatch {
    operations: Vec<Operation>,
}

impl WriteBatch {
    /// A batch that does nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds: `key` has `value` from now on.
    pub fn put(&mut self, key: impl Into<Bytes>, value: impl Into<Bytes>) -> &mut Self {
        self.operations
            .push(Operation::Put(key.into(), value.into()));
        self
    }

    /// Adds: `key` has no value from now on. Deleting what is not there is no error.
    pub fn delete(&mut self, key: impl Into<Bytes>) -> &mut Self {
        self.operations.push(Operation::Delete(key.into()));
        self
    }

    /// Operations in the batch.
    #[must_use]
    pub fn len(&self) -> usize {
        self.operations.len()
    }

    /// Whether the batch does nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// The batch's length as a log record, bytes; at most [`RECORD_BYTES_MAX`] can be written.
    #[must_use]
    pub fn record_bytes(&self) -> usize {
        self.operations.iter().map(Operation::record_bytes).sum()
    }

    pub(super) fn into_operations(self) -> Vec<Operation> {
        self.operations
    }

    /// Checks every limit, so that what is written can be read back.
    pub(super) fn check(&self) -> Result<()> {
        for operation in &self.operations {
            let key = operation.key();
            at_most("stored key", key.len(), STORED_KEY_BYTES_MAX)?;
            if let Operation::Put(_, value) = operation {
                at_most("stored value", value.len(), RECORD_BYTES_MAX)?;
            }
        }
        at_most("write batch", self.record_bytes(), RECORD_BYTES_MAX)
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        for operation in &self.operations {
            operation.encode(out);
        }
    }

    pub(super) fn decode(payload: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(payload);
        let mut operations = Vec::new();
        while !reader.rest().is_empty() {
            operations.push(Operation::decode(&mut reader)?);
        }
        Ok(Self { operations })
    }
}

impl Operation {
    fn key(&self) -> &Bytes {
        match self {
            Self::Put(key, _) | Self::Delete(key) => key,
        }
    }

    fn record_bytes(&self) -> usize {
        match self {
            Self::Put(key, value) => put_bytes(key, value),
            Self::Delete(key) => 1 + slice_bytes(key),
        }
    }

    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Put(key, value) => encode_put(key, value, out),
            Self::Delete(key) => {
                out.push(TAG_DELETE);
                put_slice(out, key);
            }
        }
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        let tag = reader.byte()?;
        let key = Bytes::copy_from_slice(reader.slice(STORED_KEY_BYTES_MAX)?);
        match tag {
            TAG_PUT => {
                let value = Bytes::copy_from_slice(reader.slice(RECORD_BYTES_MAX)?);
                Ok(Self::Put(key, value))
            }
            TAG_DELETE => Ok(Self::Delete(key)),
            _ => Err(Error::corruption(format!("no operation has the tag {tag}"))),
        }
    }
}

/// A put's bytes in a record.
pub(super) fn encode_put(key: &[u8], value: &[u8], out: &mut Vec<u8>) {
    out.push(TAG_PUT);
    put_slice(out, key);
    put_slice(out, value);
}

/// How many bytes [`encode_put`] writes.
pub(super) fn put_bytes(key: &[u8], value: &[u8]) -> usize {
    1 + slice_bytes(key) + slice_bytes(value)
}

fn slice_bytes(slice: &[u8]) -> usize {
    let bits = (usize::BITS - slice.len().leading_zeros()).max(1);
    bits.div_ceil(7) as usize + slice.len()
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
