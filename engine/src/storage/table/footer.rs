//! The end of a table's file: where everything is.
//!
//! ```text
//! file   = data-block*  partition*  filter  top  range-deletes  properties  footer
//! footer = filter top range-deletes properties     offset u64, payload-length u64 each
//!          body-checksum u32                       CRC-32 (IEEE) of all that comes before the footer
//!          format-version u32
//!          footer-checksum u32                     of the footer so far
//!          "KVTABLE" and a zero byte
//! ```
//!
//! Every part is a [sealed](super::block::seal) block, and they follow each other without a gap: no byte of
//! the file lies outside a checksum.

use super::block::seal::SEAL_BYTES;
use crate::base::codec::Reader;
use crate::{Error, Result};

const MAGIC: &[u8; 8] = b"KVTABLE\0";
const FORMAT_VERSION: u32 = 1;

/// The footer's length, bytes.
pub(super) const FOOTER_BYTES: usize = 4 * 16 + 3 * 4 + 8;
const CHECKSUM_AT: usize = FOOTER_BYTES - 12;

/// Where a sealed block stands, and its payload's length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) offset: u64,
    pub(super) bytes: u64,
}

impl Section {
    fn end(self) -> Option<u64> {
        let sealed = self.bytes.checked_add(SEAL_BYTES as u64)?;
        self.offset.checked_add(sealed)
    }
}

/// Where a table's parts are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Footer {
    pub(super) filter: Section,
    pub(super) top: Section,
    pub(super) range_deletes: Section,
    pub(super) properties: Section,
    pub(super) body_checksum: u32,
}

impl Footer {
    fn sections(&self) -> [Section; 4] {
        [self.filter, self.top, self.range_deletes, self.properties]
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(FOOTER_BYTES);
        for section in self.sections() {
            out.extend_from_slice(&section.offset.to_le_bytes());
            out.extend_from_slice(&section.bytes.to_le_bytes());
        }
        out.extend_from_slice(&self.body_checksum.to_le_bytes());
        out.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
        out.extend_from_slice(&crc32fast::hash(&out).to_le_bytes());
        out.extend_from_slice(MAGIC);
        out
    }

    /// Reads the footer of a file of `file_bytes`, whose last bytes are `bytes`.
    pub(super) fn decode(bytes: &[u8; FOOTER_BYTES], file_bytes: u64) -> Result<Self> {
        if &bytes[FOOTER_BYTES - MAGIC.len()..] != MAGIC {
            return Err(Error::corruption(
                "this is no whole Kvorum table: the magic at its end differs",
            ));
        }
        let mut reader = Reader::new(bytes);
        let mut section = || -> Result<Section> {
            Ok(Section {
                offset: u64_of(&mut reader)?,
                bytes: u64_of(&mut reader)?,
            })
        };
        let footer = Self {
            filter: section()?,
            top: section()?,
            range_deletes: section()?,
            properties: section()?,
            body_checksum: u32_of(&mut reader)?,
        };
        let version = u32_of(&mut reader)?;
        let checksum = u32_of(&mut reader)?;
        if crc32fast::hash(&bytes[..CHECKSUM_AT]) != checksum {
            return Err(Error::corruption("a table's footer fails its checksum"));
        }
        if version != FORMAT_VERSION {
            return Err(Error::corruption(format!(
                "the table has format {version}, this build reads {FORMAT_VERSION}: use the build that wrote it"
            )));
        }
        footer.check(file_bytes)?;
        Ok(footer)
    }

    /// The sections must fill the file from the first of them to the footer.
    fn check(&self, file_bytes: u64) -> Result<()> {
        let mut at = self.filter.offset;
        for section in self.sections() {
            match section.end() {
                Some(end) if section.offset == at => at = end,
                _ => {
                    return Err(Error::corruption(
                        "a table's sections overlap or leave gaps",
                    ));
                }
            }
        }
        if at.checked_add(FOOTER_BYTES as u64) != Some(file_bytes) {
            return Err(Error::corruption(
                "a table's sections and its length do not fit together",
            ));
        }
        Ok(())
    }
}

fn u64_of(reader: &mut Reader<'_>) -> Result<u64> {
    let mut number = [0; 8];
    number.copy_from_slice(reader.take(8)?);
    Ok(u64::from_le_bytes(number))
}

fn u32_of(reader: &mut Reader<'_>) -> Result<u32> {
    let mut number = [0; 4];
    number.copy_from_slice(reader.take(4)?);
    Ok(u32::from_le_bytes(number))
}
