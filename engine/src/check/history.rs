//! What clients asked, and what they were told.

use bytes::Bytes;

use crate::base::limits::HISTORY_OPERATIONS_MAX;
use crate::base::time::Mono;
use crate::causal::Context;
use crate::node::Answer;
use crate::{Code, Error, NodeId, Result};

/// What a client asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// To read.
    Get,
    /// To write a value over what it had seen.
    Put {
        /// The value.
        value: Bytes,
        /// What it had seen.
        context: Context,
    },
    /// To delete what it had seen, or, with no context, whatever stood there.
    Delete {
        /// What it had seen.
        context: Option<Context>,
    },
}

/// What a client was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing yet.
    Open,
    /// Success.
    Done(Answer),
    /// An error. A write may have taken effect all the same when it is [`Code::Ambiguous`].
    Failed(Code),
}

/// One request of one client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The node that took it.
    pub via: NodeId,
    /// The key.
    pub key: Bytes,
    /// What was asked.
    pub asked: Asked,
    /// R or W.
    pub quorum: usize,
    /// When it was asked.
    pub called: Mono,
    /// When it was answered.
    pub ended: Option<Mono>,
    /// What was told.
    pub outcome: Outcome,
}

/// Every request of a run, in the order of asking.
#[derive(Clone, Debug, Default)]
pub struct History {
    operations: Vec<Operation>,
}

impl History {
    /// The requests so far.
    #[must_use]
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// Records a request, and returns its place for [`History::close`].
    ///
    /// # Errors
    /// [`Error::Overloaded`] at [`HISTORY_OPERATIONS_MAX`]: what is not recorded cannot be checked.
    pub fn open(&mut self, operation: Operation) -> Result<usize> {
        if self.operations.len() >= HISTORY_OPERATIONS_MAX {
            return Err(Error::Overloaded {
                detail: format!(
                    "{HISTORY_OPERATIONS_MAX} requests in one run; start a new cluster"
                ),
            });
        }
        self.operations.push(operation);
        Ok(self.operations.len() - 1)
    }

    /// Records how a request ended.
    pub fn close(&mut self, place: usize, at: Mono, result: &Result<Answer>) {
        if let Some(operation) = self.operations.get_mut(place) {
            operation.ended = Some(at);
            operation.outcome = match result {
                Ok(answer) => Outcome::Done(answer.clone()),
                Err(error) => Outcome::Failed(error.code()),
            };
        }
    }
}
