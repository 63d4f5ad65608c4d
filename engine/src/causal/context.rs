//! What a client carries from one request to the next.

use super::hlc::Stamp;
use super::vector::VersionVector;
use crate::base::codec::Reader;
use crate::base::hash::{hash64, hash64_with};
use crate::base::limits::CONTEXT_BYTES_MAX;
use crate::{Error, Result};

/// What a client has seen of a key. It travels as opaque bytes, comes back with the client's next write
/// of that key, and says which versions that write supersedes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// The writes seen.
    pub seen: VersionVector,
    /// The highest stamp among them, so that the next stamp is higher still.
    pub stamp: Stamp,
}

impl Context {
    /// Takes in what another context has seen, too.
    pub fn join(&mut self, other: &Self) {
        self.seen.join(&other.seen);
        self.stamp = self.stamp.max(other.stamp);
    }

    /// As bytes for the client. They carry a checksum over the key, too: a context of one key would claim
    /// writes of another that it has never seen, and a put with it would lose them.
    #[must_use]
    pub fn encode(&self, key: &[u8]) -> Vec<u8> {
        let bytes = self.seen.encoded_len() + self.stamp.encoded_len() + size_of::<u64>();
        let mut out = Vec::with_capacity(bytes);
        self.seen.encode(&mut out);
        self.stamp.encode(&mut out);
        let tag = hash64_with(hash64(key), &out);
        out.extend_from_slice(&tag.to_le_bytes());
        out
    }

    /// From bytes that a client handed back; no bytes are the empty context.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when they are not a context of `key`, [`Error::TooLarge`] when too many.
    pub fn decode(key: &[u8], bytes: &[u8]) -> Result<Self> {
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        if bytes.len() > CONTEXT_BYTES_MAX {
            return Err(Error::TooLarge {
                what: "context",
                actual: bytes.len(),
                limit: CONTEXT_BYTES_MAX,
            });
        }
        let foreign = || {
            Error::invalid("this is no context of this key: hand back what its own get returned")
        };
        let (body, tag) = bytes.split_last_chunk::<8>().ok_or_else(foreign)?;
        if hash64_with(hash64(key), body).to_le_bytes() != *tag {
            return Err(foreign());
        }
        let mut input = Reader::new(body);
        let seen = VersionVector::decode(&mut input)?;
        let stamp = Stamp::decode(&mut input)?;
        input.end()?;
        Ok(Self { seen, stamp })
    }
}
