//! A change of the tree's shape, and its bytes.
//!
//! ```text
//! edit    = field*
//! field   = 1 level u8 run table | 2 level u8 run file | 3 log-min | 4 next-file | 5 last-sequence
//! table   = file bytes raw-bytes entries deletes range-deletes smallest-length smallest end-length end
//!           sequence-min sequence-max deadline-max-ms created-ms checksum
//! ```
//!
//! Every number without a width is a LEB128 varint.

use bytes::Bytes;

use crate::base::codec::{Reader, put_slice, put_varint};
use crate::storage::describe::{FileId, RunId, TableMeta};
use crate::storage::entry::Sequence;
use crate::storage::wal::RANGE_BOUND_BYTES_MAX;
use crate::{Error, Result};

const FIELD_ADDED: u8 = 1;
const FIELD_REMOVED: u8 = 2;
const FIELD_LOG_MIN: u8 = 3;
const FIELD_NEXT_FILE: u8 = 4;
const FIELD_LAST_SEQUENCE: u8 = 5;

/// A table that joins the tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Added {
    /// The level.
    pub level: u8,
    /// The run in it, which is new or takes one more table.
    pub run: RunId,
    /// The table.
    pub meta: TableMeta,
}

/// What changes, all at once or not at all. Tables leave before others join, so one edit moves a table by
/// removing it here and adding it there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edit {
    /// Tables that join.
    pub added: Vec<Added>,
    /// Tables that leave: level, run and file.
    pub removed: Vec<(u8, RunId, FileId)>,
    /// From now on, log segments with lower numbers are obsolete.
    pub log_min: Option<FileId>,
    /// From now on, files and runs get numbers from this one on.
    pub next_file: Option<FileId>,
    /// From now on, every write up to this one is in tables.
    pub last_sequence: Option<Sequence>,
}

impl Edit {
    /// Whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Appends the edit's bytes.
    pub fn encode(&self, out: &mut Vec<u8>) {
        for (level, run, file) in &self.removed {
            out.extend([FIELD_REMOVED, *level]);
            put_varint(out, *run);
            put_varint(out, *file);
        }
        for added in &self.added {
            out.extend([FIELD_ADDED, added.level]);
            put_varint(out, added.run);
            put_table(out, &added.meta);
        }
        let numbers = [
            (FIELD_LOG_MIN, self.log_min),
            (FIELD_NEXT_FILE, self.next_file),
            (FIELD_LAST_SEQUENCE, self.last_sequence),
        ];
        for (field, number) in numbers {
            if let Some(number) = number {
                out.push(field);
                put_varint(out, number);
            }
        }
    }

    /// Reads an edit back.
    ///
    /// # Errors
    /// [`Corruption`](Error::Corruption) where the bytes are none.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let mut edit = Self::default();
        while !reader.rest().is_empty() {
            match reader.byte()? {
                FIELD_ADDED => edit.added.push(Added {
                    level: reader.byte()?,
                    run: reader.varint()?,
                    meta: table(&mut reader)?,
                }),
                FIELD_REMOVED => {
                    let level = reader.byte()?;
                    edit.removed
                        .push((level, reader.varint()?, reader.varint()?));
                }
                FIELD_LOG_MIN => edit.log_min = Some(reader.varint()?),
                FIELD_NEXT_FILE => edit.next_file = Some(reader.varint()?),
                FIELD_LAST_SEQUENCE => edit.last_sequence = Some(reader.varint()?),
                field => {
                    return Err(Error::corruption(format!(
                        "no part of an edit has the tag {field}"
                    )));
                }
            }
        }
        Ok(edit)
    }
}

fn put_table(out: &mut Vec<u8>, meta: &TableMeta) {
    for number in [
        meta.id,
        meta.bytes,
        meta.raw_bytes,
        meta.entries,
        meta.deletes,
        meta.range_deletes,
    ] {
        put_varint(out, number);
    }
    put_slice(out, &meta.smallest);
    put_slice(out, &meta.end);
    for number in [
        meta.sequence_min,
        meta.sequence_max,
        meta.deadline_max_ms,
        meta.created_ms,
        u64::from(meta.checksum),
    ] {
        put_varint(out, number);
    }
}

fn table(reader: &mut Reader<'_>) -> Result<TableMeta> {
    Ok(TableMeta {
        id: reader.varint()?,
        bytes: reader.varint()?,
        raw_bytes: reader.varint()?,
        entries: reader.varint()?,
        deletes: reader.varint()?,
        range_deletes: reader.varint()?,
        smallest: Bytes::copy_from_slice(reader.slice(RANGE_BOUND_BYTES_MAX)?),
        end: Bytes::copy_from_slice(reader.slice(RANGE_BOUND_BYTES_MAX)?),
        sequence_min: reader.varint()?,
        sequence_max: reader.varint()?,
        deadline_max_ms: reader.varint()?,
        created_ms: reader.varint()?,
        checksum: reader.varint32()?,
    })
}
