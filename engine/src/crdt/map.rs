//! Fields with values, each of which the later stamp wins.
//!
//! A register a field. A removed field stays as a field without value, with the stamp of its removal: an earlier
//! write that comes late must not bring it back.

use std::collections::BTreeMap;

use bytes::{Bytes, BytesMut};

use super::change::Origin;
use super::register::Written;
use super::wire::VARINT_BYTES_MAX;
use crate::base::codec::{Reader, put_slice, put_varint};
use crate::base::limits::{CRDT_ENTRIES_MAX, VALUE_BYTES_MAX};
use crate::{Error, Result};

/// Fields with values, each of which the later stamp wins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Map {
    /// Every field that was ever set or removed.
    fields: BTreeMap<Bytes, Written>,
}

impl Map {
    /// The fields that have a value, with it, sorted.
    pub fn fields(&self) -> impl Iterator<Item = (&Bytes, &Bytes)> {
        let fields = self.fields.iter();
        fields.filter_map(|(field, written)| Some((field, written.value.as_ref()?)))
    }

    /// `field=value` of each, sorted by field.
    pub(super) fn lines(&self) -> impl Iterator<Item = Bytes> {
        self.fields().map(|(field, value)| {
            let mut line = BytesMut::with_capacity(field.len() + 1 + value.len());
            line.extend_from_slice(field);
            line.extend_from_slice(b"=");
            line.extend_from_slice(value);
            line.freeze()
        })
    }

    /// True when `field` was ever set or removed.
    pub(super) fn knows(&self, field: &[u8]) -> bool {
        self.fields.contains_key(field)
    }

    /// Gives `field` a value, or takes it away.
    pub(super) fn write(
        &mut self,
        field: &Bytes,
        value: Option<Bytes>,
        origin: &Origin,
    ) -> Result<()> {
        if !self.fields.contains_key(field) && self.fields.len() >= CRDT_ENTRIES_MAX {
            return Err(Error::TooLarge {
                what: "fields of a map with the removed ones, in their number,",
                actual: self.fields.len() + 1,
                limit: CRDT_ENTRIES_MAX,
            });
        }
        self.take(field, &Written::new(value, origin));
        Ok(())
    }

    fn take(&mut self, field: &Bytes, theirs: &Written) {
        match self.fields.get_mut(field) {
            Some(mine) => mine.merge(theirs),
            None => _ = self.fields.insert(field.clone(), theirs.clone()),
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (field, theirs) in &other.fields {
            self.take(field, theirs);
        }
    }

    pub(super) fn bytes_at_most(&self) -> usize {
        let field = |(field, written): (&Bytes, &Written)| {
            VARINT_BYTES_MAX + field.len() + written.bytes_at_most()
        };
        VARINT_BYTES_MAX + self.fields.iter().map(field).sum::<usize>()
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        put_varint(out, self.fields.len() as u64);
        for (field, written) in &self.fields {
            put_slice(out, field);
            written.encode(out);
        }
    }

    /// `whole` is what `input` reads; fields and values share its memory.
    pub(super) fn decode(input: &mut Reader<'_>, whole: &Bytes) -> Result<Self> {
        let mut fields = BTreeMap::new();
        for _ in 0..input.varint()? {
            let field = whole.slice_ref(input.slice(VALUE_BYTES_MAX)?);
            fields.insert(field, Written::decode(input, whole)?);
        }
        Ok(Self { fields })
    }
}
