//! What a replica remembers of itself: small records under the first byte f2.

use super::keyspace::METADATA;
use super::op::Content;
use crate::{Error, Result};

pub(super) const REPAIR_EPOCH: &[u8] = &[METADATA, b'e'];
pub(super) const CONTENT: &[u8] = &[METADATA, b'c'];

/// As they were last set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Metadata {
    pub(super) repair_epoch: u64,
    pub(super) content: Option<Content>,
}

impl Metadata {
    /// Takes one record in. A record of an unknown name is passed over.
    pub(super) fn take(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        match key {
            REPAIR_EPOCH => {
                let number = value.try_into().map_err(|_| damaged(key))?;
                self.repair_epoch = u64::from_be_bytes(number);
            }
            CONTENT => {
                self.content = Some(match value {
                    [0] => Content::Whole,
                    [1] => Content::Rebuilding,
                    _ => return Err(damaged(key)),
                });
            }
            _ => {}
        }
        Ok(())
    }
}

fn damaged(key: &[u8]) -> Error {
    Error::corruption(format!(
        "the record '{}' makes no sense",
        key.escape_ascii()
    ))
}

pub(super) fn content_byte(content: Content) -> u8 {
    match content {
        Content::Whole => 0,
        Content::Rebuilding => 1,
    }
}
