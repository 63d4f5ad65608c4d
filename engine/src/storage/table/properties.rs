//! What a table says about itself: its [`TableMeta`], so that a store whose manifest is lost can be
//! rebuilt from its tables, and how it was written.
//!
//! ```text
//! properties = id raw-bytes entries deletes range-deletes sequence-min sequence-max deadline-max
//!              created  partitions  data-blocks                                    LEB128 each
//!              smallest end filter-name                                length and bytes each
//! ```
//!
//! The file's length and its checksum are not here but measured and in the footer.

use bytes::Bytes;

use crate::base::codec::{Reader, put_slice, put_varint};
use crate::storage::describe::TableMeta;
use crate::{Error, Result};

/// The properties section.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Properties {
    /// Without `bytes` and `checksum`.
    pub(super) meta: TableMeta,
    pub(super) partitions: u64,
    pub(super) data_blocks: u64,
    /// The policy that built the filter; empty where there is none.
    pub(super) filter_name: String,
}

impl Properties {
    pub(super) fn encode(&self) -> Vec<u8> {
        let meta = &self.meta;
        let mut out = Vec::new();
        for number in [
            meta.id,
            meta.raw_bytes,
            meta.entries,
            meta.deletes,
            meta.range_deletes,
            meta.sequence_min,
            meta.sequence_max,
            meta.deadline_max_ms,
            meta.created_ms,
            self.partitions,
            self.data_blocks,
        ] {
            put_varint(&mut out, number);
        }
        put_slice(&mut out, &meta.smallest);
        put_slice(&mut out, &meta.end);
        put_slice(&mut out, self.filter_name.as_bytes());
        out
    }

    pub(super) fn decode(section: &Bytes) -> Result<Self> {
        let mut reader = Reader::new(section);
        let mut meta = TableMeta {
            id: reader.varint()?,
            raw_bytes: reader.varint()?,
            entries: reader.varint()?,
            deletes: reader.varint()?,
            range_deletes: reader.varint()?,
            sequence_min: reader.varint()?,
            sequence_max: reader.varint()?,
            deadline_max_ms: reader.varint()?,
            created_ms: reader.varint()?,
            ..TableMeta::default()
        };
        let (partitions, data_blocks) = (reader.varint()?, reader.varint()?);
        meta.smallest = Bytes::copy_from_slice(reader.slice(section.len())?);
        meta.end = Bytes::copy_from_slice(reader.slice(section.len())?);
        let filter_name = reader.slice(section.len())?;
        let filter_name = core::str::from_utf8(filter_name)
            .map_err(|_| Error::corruption("a table's filter has a name that is no text"))?;
        let filter_name = filter_name.to_owned();
        reader.end()?;
        Ok(Self {
            meta,
            partitions,
            data_blocks,
            filter_name,
        })
    }
}
