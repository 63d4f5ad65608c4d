//! What a replica remembers of itself: small records under the first byte f2.

use bytes::Bytes;

use super::keyspace::METADATA;
use super::moving::Progresses;
use super::op::Content;
use crate::base::codec::Reader;
use crate::node::paxos::Floor;
use crate::storage::STORED_KEY_BYTES_MAX;
use crate::{Error, NodeId, Result};

pub(super) const REPAIR_EPOCH: &[u8] = &[METADATA, b'e'];
pub(super) const CONTENT: &[u8] = &[METADATA, b'c'];
/// The document of the latest epoch.
pub(super) const TOPOLOGY: &[u8] = &[METADATA, b't'];
/// There while what is not owned any more is being removed.
pub(super) const DROPPING: &[u8] = &[METADATA, b'd'];
/// The last move whose ranges are all here.
pub(super) const MOVED: &[u8] = &[METADATA, b'm'];
/// How far the stream of a peer came; its number follows.
pub(super) const PROGRESS: &[u8] = &[METADATA, b'p'];
/// What is left of registers that were forgotten.
pub(super) const FLOOR: &[u8] = &[METADATA, b'f'];
/// Whose disk it is.
pub(super) const IDENTITY: &[u8] = &[METADATA, b'i'];
/// In which life it was opened last.
pub(super) const LIFE: &[u8] = &[METADATA, b'l'];

/// As they were last set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Metadata {
    pub(super) repair_epoch: u64,
    pub(super) content: Option<Content>,
    pub(super) dropping: bool,
    pub(super) moved: u64,
    pub(super) progress: Progresses,
    pub(super) identity: Option<NodeId>,
    pub(super) life: Option<u32>,
    pub(super) floor: Floor,
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
            FLOOR => self.floor = Floor::decode(value)?,
            DROPPING => self.dropping = true,
            MOVED => {
                let number = value.try_into().map_err(|_| damaged(key))?;
                self.moved = u64::from_be_bytes(number);
            }
            IDENTITY => {
                let number = value.try_into().map_err(|_| damaged(key))?;
                self.identity = Some(NodeId(u32::from_be_bytes(number)));
            }
            LIFE => {
                let number = value.try_into().map_err(|_| damaged(key))?;
                self.life = Some(u32::from_be_bytes(number));
            }
            _ if key.starts_with(PROGRESS) => {
                let number = key[PROGRESS.len()..].try_into().map_err(|_| damaged(key))?;
                let peer = NodeId(u32::from_be_bytes(number));
                let mut reader = Reader::new(value);
                let since = reader.varint()?;
                let place = match reader.byte()? {
                    0 => None,
                    _ => Some(Bytes::copy_from_slice(reader.slice(STORED_KEY_BYTES_MAX)?)),
                };
                self.progress.insert(peer, (since, place));
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
