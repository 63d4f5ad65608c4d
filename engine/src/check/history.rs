//! What clients asked, and what they were told.
//!
//! In go calls and answers as a driver sees them; out comes a list that the checkers judge and a picture
//! draws. Invariant: its events, calls and ends, stand in one order. Virtual time often stands still between
//! an answer and the next call, so that time alone would make two requests overlap that did not.

use bytes::Bytes;

use crate::base::limits::{HISTORY_BYTES_MAX, HISTORY_OPERATIONS_MAX};
use crate::base::time::Mono;
use crate::causal::{Context, Dot, VersionVector};
use crate::crdt::Change;
use crate::node::{self, Answer, Condition, Edit, Level, TableId};
use crate::{Code, Error, NodeId, Result};

/// What one counter or single dot of a context takes in memory, bytes, roughly.
const DOT_BYTES: usize = 48;

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
    /// To change a replicated data type.
    Update(Change),
    /// To change a register, where all conditions hold.
    Cas {
        /// What must hold.
        conditions: Vec<Condition>,
        /// The change.
        edit: Edit,
    },
}

/// What a client was told.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "most requests of a run succeed, and a box would cost each of them an allocation"
)]
pub enum Outcome {
    /// Nothing yet.
    Open,
    /// Success.
    Done(Answer),
    /// An error. Whether a write took effect all the same, [`Operation::effect`] says.
    Failed(Code),
}

/// Which replicas R or W was counted over: what the answer promises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Promise {
    /// Over the owners of the key alone: where R + W > N the two sets meet.
    #[default]
    Strict,
    /// Stand-ins and their hints counted too (Dynamo 2007, section 4.6): the write reaches the owners later,
    /// and a read meanwhile may miss it.
    Sloppy,
    /// Nothing durable is promised.
    None,
}

/// Whether what was asked has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It has: the client was told so.
    Certain,
    /// It has or will, or never: the client cannot know.
    Unknown,
    /// It has not, and never will.
    Never,
}

/// One request of one client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Who asked, from 1: a client asks one thing after the other. 0 where nobody says.
    pub client: u32,
    /// The session that the request belongs to, if any.
    pub session: Option<u32>,
    /// The node that took it.
    pub via: NodeId,
    /// The full key.
    pub key: Bytes,
    /// What was asked.
    pub asked: Asked,
    /// The idempotency key of a write.
    pub token: Option<u64>,
    /// The level that was asked for.
    pub level: Level,
    /// R or W.
    pub quorum: usize,
    /// Whether what is written expires: it then goes as a deleted value does, by itself.
    pub expires: bool,
    /// What R or W was counted over.
    pub promise: Promise,
    /// When it was asked.
    pub called: Mono,
    /// When it was answered.
    pub ended: Option<Mono>,
    /// What was told.
    pub outcome: Outcome,
}

impl Operation {
    /// True for what changes the key.
    #[must_use]
    pub fn writes(&self) -> bool {
        !matches!(self.asked, Asked::Get)
    }

    /// The answer, where there is one.
    #[must_use]
    pub fn answer(&self) -> Option<&Answer> {
        match &self.outcome {
            Outcome::Done(answer) => Some(answer),
            Outcome::Open | Outcome::Failed(_) => None,
        }
    }

    /// The dot of a write that was acknowledged.
    #[must_use]
    pub fn dot(&self) -> Option<Dot> {
        self.answer().and_then(|answer| answer.dot)
    }

    /// What a write supersedes, as far as its client knows: its context or, of a delete without one, what
    /// its answer says that it read.
    #[must_use]
    pub fn supersedes(&self) -> Option<&VersionVector> {
        match &self.asked {
            Asked::Get | Asked::Update(_) | Asked::Cas { .. } => None,
            Asked::Put { context, .. }
            | Asked::Delete {
                context: Some(context),
            } => Some(&context.seen),
            Asked::Delete { context: None } => self.answer().map(|answer| &answer.context.seen),
        }
    }

    /// Whether what was asked has happened. Only codes after which nothing has been sent say never; all
    /// others leave it open, also where the store would know better.
    #[must_use]
    pub fn effect(&self) -> Effect {
        match &self.outcome {
            Outcome::Done(_) => Effect::Certain,
            Outcome::Open => Effect::Unknown,
            Outcome::Failed(
                Code::Unavailable
                | Code::Conflict
                | Code::TooLarge
                | Code::InvalidArgument
                | Code::Overloaded,
            ) => Effect::Never,
            Outcome::Failed(_) => Effect::Unknown,
        }
    }

    fn bytes(&self) -> usize {
        let asked = match &self.asked {
            Asked::Get | Asked::Delete { context: None } => 0,
            Asked::Put { value, context } => value.len().saturating_add(context_bytes(context)),
            Asked::Delete {
                context: Some(context),
            } => context_bytes(context),
            Asked::Update(change) => change.bytes(),
            Asked::Cas { conditions, edit } => cas_bytes(conditions, edit),
        };
        size_of::<Self>()
            .saturating_add(self.key.len())
            .saturating_add(asked)
            .saturating_add(self.answer().map_or(0, answer_bytes))
    }
}

fn cas_bytes(conditions: &[Condition], edit: &Edit) -> usize {
    let compared = conditions.iter().map(|condition| match condition {
        Condition::Value(value) => value.len(),
        Condition::Absent | Condition::Exists | Condition::Version(_) => 0,
    });
    let put = match edit {
        Edit::Put(value) => value.len(),
        Edit::Delete | Edit::Add(_) => 0,
    };
    compared.fold(put, usize::saturating_add)
}

fn context_bytes(context: &Context) -> usize {
    context.seen.len().saturating_mul(DOT_BYTES)
}

fn answer_bytes(answer: &Answer) -> usize {
    let values = answer.values.iter().map(Bytes::len);
    values.fold(context_bytes(&answer.context), usize::saturating_add)
}

/// A place in the one order of a history's events: by time and, at one time, as recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// The time.
    pub at: Mono,
    event: u64,
}

/// Which end of a request an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Edge {
    /// It was asked.
    Call,
    /// It was answered.
    Return,
}

/// A call or an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    /// When.
    pub moment: Moment,
    /// The operation's place.
    pub place: usize,
    /// Which of the two.
    pub edge: Edge,
}

/// Every request of a run, in the order of asking.
#[derive(Clone, Debug, Default)]
pub struct History {
    operations: Vec<Operation>,
    /// For each operation the numbers of its two events.
    events: Vec<(u64, u64)>,
    recorded: u64,
    bytes: usize,
}

impl History {
    /// The requests so far.
    #[must_use]
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// The part of it that is about one table's keys, with the places that its operations have here.
    #[must_use]
    pub fn of_table(&self, id: TableId) -> (Self, Vec<usize>) {
        let (mut part, mut places) = (Self::default(), Vec::new());
        for (place, operation) in self.operations.iter().enumerate() {
            if operation.key.first() == Some(&id) {
                part.operations.push(operation.clone());
                part.events.push(self.events[place]);
                places.push(place);
            }
        }
        (part, places)
    }

    /// Records a request, and returns its place for [`History::close`]. It may have ended already.
    ///
    /// # Errors
    /// [`Error::Overloaded`] at [`HISTORY_OPERATIONS_MAX`] or [`HISTORY_BYTES_MAX`]: what is not recorded
    /// cannot be checked. The history stays as it was.
    pub fn open(&mut self, operation: Operation) -> Result<usize> {
        let full = |what: String| Error::Overloaded {
            detail: format!("{what} in one run; start a new cluster"),
        };
        if self.operations.len() >= HISTORY_OPERATIONS_MAX {
            return Err(full(format!("{HISTORY_OPERATIONS_MAX} requests")));
        }
        let bytes = self.bytes.saturating_add(operation.bytes());
        if bytes > HISTORY_BYTES_MAX {
            return Err(full(format!("{HISTORY_BYTES_MAX} bytes of requests")));
        }
        self.bytes = bytes;
        self.events.push((self.recorded, self.recorded + 1));
        self.recorded += 2;
        self.operations.push(operation);
        Ok(self.operations.len() - 1)
    }

    /// Records how a request ended. It is recorded past [`HISTORY_BYTES_MAX`] too, and the next
    /// [`History::open`] refused then: the overrun is at most the answers of what is open.
    pub fn close(&mut self, place: usize, at: Mono, result: &Result<Answer>) {
        if let Some(operation) = self.operations.get_mut(place) {
            operation.ended = Some(at);
            if let (Ok(answer), Promise::Strict) = (result, operation.promise)
                && answer.promise == node::Promise::Sloppy
            {
                operation.promise = Promise::Sloppy;
            }
            operation.outcome = match result {
                Ok(answer) => Outcome::Done(answer.clone()),
                Err(error) => Outcome::Failed(error.code()),
            };
            let answer = operation.answer().map_or(0, answer_bytes);
            self.bytes = self.bytes.saturating_add(answer);
            self.events[place].1 = self.recorded;
            self.recorded += 1;
        }
    }

    /// When an operation was asked; `place` is one that [`History::open`] returned.
    #[must_use]
    pub fn called(&self, place: usize) -> Moment {
        Moment {
            at: self.operations[place].called,
            event: self.events[place].0,
        }
    }

    /// When an operation ended, never before it was asked.
    #[must_use]
    pub fn ended(&self, place: usize) -> Option<Moment> {
        let operation = &self.operations[place];
        operation.ended.map(|ended| Moment {
            at: ended.max(operation.called),
            event: self.events[place].1,
        })
    }

    /// Whether the first operation had ended when the second was asked.
    #[must_use]
    pub fn precedes(&self, first: usize, second: usize) -> bool {
        self.ended(first)
            .is_some_and(|ended| ended < self.called(second))
    }

    /// Every call and every end, in their order.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        let places = 0..self.operations.len();
        let edges = places.flat_map(|place| {
            let call = (Some(self.called(place)), Edge::Call);
            [call, (self.ended(place), Edge::Return)]
                .into_iter()
                .filter_map(move |(moment, edge)| {
                    moment.map(|moment| Event {
                        moment,
                        place,
                        edge,
                    })
                })
        });
        let mut events: Vec<Event> = edges.collect();
        events.sort_unstable();
        events
    }
}
