//! What nodes say to each other.

use core::time::Duration;

use bytes::Bytes;

use super::io::Answer;
use crate::Result;
use crate::base::id::RequestId;
use crate::causal::{Cell, Context, Stamp};

/// A write on its way from the node that took it to one that owns the key. It was stamped where it was
/// taken, so that a late copy is not taken for a newer write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forwarded {
    /// The key.
    pub key: Bytes,
    /// The value; none deletes.
    pub value: Option<Bytes>,
    /// What the writer has seen, and so what the write supersedes.
    pub context: Context,
    /// When the write was taken.
    pub stamp: Stamp,
    /// W.
    pub quorum: usize,
    /// How long its client still waits.
    pub timeout: Duration,
}

/// A message between two nodes.
#[derive(Clone, Debug)]
pub enum Message {
    /// To an owner: will you coordinate a write of this key?
    Ask(RequestId, Bytes),
    /// From that owner: yes.
    Accept(RequestId),
    /// To the first owner that accepted, and to no other: coordinate this write.
    Forward(RequestId, Forwarded),
    /// From that owner: how it ended.
    Outcome(RequestId, Result<Answer>),
    /// To a replica: take in this cell and acknowledge.
    Put(RequestId, Bytes, Cell),
    /// From a replica: it is durable here.
    Ack(RequestId),
    /// To a replica: what do you hold?
    Read(RequestId, Bytes),
    /// From a replica: this.
    Value(RequestId, Cell),
    /// To a replica that answered a read with less than others did: take in this cell.
    ReadRepair(Bytes, Cell),
    /// Repair, step 1: the hash of each leaf of the keys that we both own.
    Offer(Vec<u64>),
    /// Repair, step 2: these leaves differ; the keys that I hold in them, with their digests.
    Differ(Vec<u16>, Vec<(Bytes, u64)>),
    /// Repair, step 3: send me these.
    Want(Vec<Bytes>),
    /// Repair, step 4: here they are.
    Cells(Vec<(Bytes, Cell)>),
}

impl Message {
    /// One word for pictures and traces.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::Ask(..) => "ask",
            Self::Forward(..) => "forward",
            Self::Accept(..) => "accept",
            Self::Outcome(_, Ok(_)) => "done",
            Self::Outcome(_, Err(_)) => "failed",
            Self::Put(..) => "put",
            Self::Ack(..) => "ack",
            Self::Read(..) => "read",
            Self::Value(..) => "value",
            Self::ReadRepair(..) => "read repair",
            Self::Offer(..) => "offer",
            Self::Differ(..) => "differ",
            Self::Want(..) => "want",
            Self::Cells(..) => "cells",
        }
    }

    /// True for the store's own upkeep, false for what serves a client's request.
    #[must_use]
    pub fn is_upkeep(&self) -> bool {
        matches!(
            self,
            Self::Offer(..) | Self::Differ(..) | Self::Want(..) | Self::Cells(..)
        )
    }
}
