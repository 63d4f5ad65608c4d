//! One value, which the later stamp wins; of equal stamps the higher dot (Shapiro et al. 2011, "A comprehensive
//! study", section 3.2.1). What loses is gone: lesson 7 counts how much.

use bytes::Bytes;

use super::change::Origin;
use super::wire::{DOT_BYTES_MAX, STAMP_BYTES_MAX, VARINT_BYTES_MAX, put_dot, take_dot};
use crate::base::codec::{Reader, put_slice};
use crate::base::limits::VALUE_BYTES_MAX;
use crate::causal::{Dot, Stamp};
use crate::{Error, Result};

/// A value, or that there is none, with what decides whether it stays. The order is the order of winning; the
/// value takes part in it for forged states only, as a dot names one write.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Written {
    stamp: Stamp,
    dot: Dot,
    pub(super) value: Option<Bytes>,
}

/// One value, which the later stamp wins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Register {
    written: Option<Written>,
}

impl Written {
    pub(super) fn new(value: Option<Bytes>, origin: &Origin) -> Self {
        Self {
            stamp: origin.stamp,
            dot: origin.dot,
            value,
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        if other > self {
            self.clone_from(other);
        }
    }

    pub(super) fn bytes_at_most(&self) -> usize {
        let value = self.value.as_ref().map_or(0, Bytes::len);
        STAMP_BYTES_MAX + DOT_BYTES_MAX + 1 + VARINT_BYTES_MAX + value
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        self.stamp.encode(out);
        put_dot(out, self.dot);
        match &self.value {
            None => out.push(0),
            Some(value) => {
                out.push(1);
                put_slice(out, value);
            }
        }
    }

    /// `whole` is what `input` reads; the value shares its memory.
    pub(super) fn decode(input: &mut Reader<'_>, whole: &Bytes) -> Result<Self> {
        Ok(Self {
            stamp: Stamp::decode(input)?,
            dot: take_dot(input)?,
            value: match input.byte()? {
                0 => None,
                1 => Some(whole.slice_ref(input.slice(VALUE_BYTES_MAX)?)),
                flag => return Err(Error::corruption(format!("a value flag of {flag}"))),
            },
        })
    }
}

impl Register {
    /// The value, none where nothing was assigned.
    #[must_use]
    pub fn value(&self) -> Option<&Bytes> {
        self.written.as_ref()?.value.as_ref()
    }

    pub(super) fn assign(&mut self, value: &Bytes, origin: &Origin) {
        self.take(&Written::new(Some(value.clone()), origin));
    }

    fn take(&mut self, theirs: &Written) {
        match &mut self.written {
            Some(mine) => mine.merge(theirs),
            None => self.written = Some(theirs.clone()),
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        if let Some(theirs) = &other.written {
            self.take(theirs);
        }
    }

    pub(super) fn bytes_at_most(&self) -> usize {
        self.written.as_ref().map_or(0, Written::bytes_at_most)
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        if let Some(written) = &self.written {
            written.encode(out);
        }
    }

    /// `whole` is what `input` reads; the value shares its memory.
    pub(super) fn decode(input: &mut Reader<'_>, whole: &Bytes) -> Result<Self> {
        if input.rest().is_empty() {
            return Ok(Self::default());
        }
        let written = Written::decode(input, whole)?;
        if written.value.is_none() {
            return Err(Error::corruption("a register that was assigned nothing"));
        }
        Ok(Self {
            written: Some(written),
        })
    }
}
