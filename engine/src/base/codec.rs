//! Bytes in and out: LEB128 varints and length-prefixed slices. What a decoder reads may be hostile, so
//! every read checks what is left before it takes it.

use crate::{Error, Result};

/// Appends `value` as a LEB128 varint, 1 to 10 bytes.
pub fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value as u8 & 0x7f) | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Puts a signed number, small ones of either sign in few bytes (zigzag).
pub fn put_signed(out: &mut Vec<u8>, value: i64) {
    put_varint(out, ((value << 1) ^ (value >> 63)) as u64);
}

/// How many bytes [`put_varint`] appends for `value`, 1 to 10.
#[must_use]
pub fn varint_len(value: u64) -> usize {
    // Seven bits a byte; zero takes one byte, too.
    let bits = 64 - (value | 1).leading_zeros() as usize;
    bits.div_ceil(7)
}

/// Appends `bytes` behind their length.
pub fn put_slice(out: &mut Vec<u8>, bytes: &[u8]) {
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// A cursor over bytes that may be cut short or forged.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Starts at the first of `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What has not been read yet.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next `count` bytes.
    ///
    /// # Errors
    /// [`Error::Corruption`] when fewer are left; the cursor stays.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let Some((head, rest)) = self.rest.split_at_checked(count) else {
            return Err(Error::corruption(format!(
                "{count} bytes expected, {} left",
                self.rest.len()
            )));
        };
        self.rest = rest;
        Ok(head)
    }

    /// The next byte.
    ///
    /// # Errors
    /// [`Error::Corruption`] at the end.
    pub fn byte(&mut self) -> Result<u8> {
        Ok(self.take(1)?[0])
    }

    /// The next varint.
    ///
    /// # Errors
    /// [`Error::Corruption`] when it is cut short or passes 64 bits.
    pub fn varint(&mut self) -> Result<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let part = u64::from(byte & 0x7f);
            if shift == 63 && part > 1 {
                break;
            }
            value |= part << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Error::corruption("a number longer than 64 bits"))
    }

    /// A signed number, as [`put_signed`] wrote it.
    ///
    /// # Errors
    /// As [`Reader::varint`].
    pub fn signed(&mut self) -> Result<i64> {
        let zigzag = self.varint()?;
        Ok((zigzag >> 1) as i64 ^ -((zigzag & 1) as i64))
    }

    /// The next varint as a `u32`.
    ///
    /// # Errors
    /// [`Error::Corruption`] when it is cut short or passes 32 bits.
    pub fn varint32(&mut self) -> Result<u32> {
        u32::try_from(self.varint()?).map_err(|_| Error::corruption("a number longer than 32 bits"))
    }

    /// The next length-prefixed slice, of at most `limit` bytes.
    ///
    /// # Errors
    /// [`Error::Corruption`] when it is longer than `limit` or than what is left.
    pub fn slice(&mut self, limit: usize) -> Result<&'a [u8]> {
        let length = self.varint()?;
        match usize::try_from(length) {
            Ok(length) if length <= limit => self.take(length),
            _ => Err(Error::corruption(format!(
                "a slice of {length} bytes, the limit is {limit}"
            ))),
        }
    }

    /// Checks that nothing is left.
    ///
    /// # Errors
    /// [`Error::Corruption`] when something is.
    pub fn end(&self) -> Result<()> {
        if self.rest.is_empty() {
            return Ok(());
        }
        Err(Error::corruption(format!(
            "{} bytes after the end",
            self.rest.len()
        )))
    }
}
