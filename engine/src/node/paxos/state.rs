//! What a register holds, and what changes it.

use bytes::Bytes;
use smallvec::SmallVec;

use crate::base::codec::{Reader, put_signed, put_slice, put_varint};
use crate::base::limits::{REGISTER_OPS_REMEMBERED, VALUE_BYTES_MAX};
use crate::base::time::Wall;
use crate::{Error, Result};

/// One change of one client, whatever becomes of the proposals that carry it: a change that two proposals brought
/// in is found by this in the state of the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Operation {
    /// The node that took it; 0 for one that its client has named by an idempotency key.
    pub node: u32,
    /// In which of its lives.
    pub life: u32,
    /// Its number there, or the client's key.
    pub number: u64,
}

impl Operation {
    /// The one that its client has named by an idempotency key, whichever nodes take it.
    pub(super) const fn of_client(key: u64) -> Self {
        Self {
            node: 0,
            life: 0,
            number: key,
        }
    }

    pub(super) const fn is_of_client(self) -> bool {
        self.node == 0
    }
}

/// A change that has taken effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// Which.
    pub operation: Operation,
    /// The version that it made.
    pub version: u64,
    /// And the sum, of an addition.
    pub sum: Option<i64>,
}

/// What must hold of a register for a change to take place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It has no value.
    Absent,
    /// It has one.
    Exists,
    /// It has a value, of this version; 0 is that of a register without one.
    Version(u64),
    /// Its value is this.
    Value(Bytes),
}

/// A change of a register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// A new value.
    Put(Bytes),
    /// No value any more.
    Delete,
    /// The sum of the decimal number that is there, none being 0, and this.
    Add(i64),
}

/// What a register holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// The value; none when it was deleted, or never was.
    pub value: Option<Bytes>,
    /// How often it was changed. It never goes back, not even when a register that was deleted is written again.
    pub version: u64,
    /// When the value expires.
    pub deadline: Option<Wall>,
    /// The latest changes, the oldest first, without those of which their proposer has told its client.
    pub done: SmallVec<[Done; 2]>,
}

impl State {
    /// The value at a time.
    #[must_use]
    pub fn value_at(&self, now: Wall) -> Option<&Bytes> {
        self.value
            .as_ref()
            .filter(|_| self.deadline.is_none_or(|deadline| now < deadline))
    }

    /// The version of the value at a time; 0 where there is none: what it was before it was deleted may be forgotten.
    #[must_use]
    pub fn version_at(&self, now: Wall) -> u64 {
        self.value_at(now).map_or(0, |_| self.version)
    }

    /// The change, if it is among the latest.
    #[must_use]
    pub fn find(&self, operation: Operation) -> Option<Done> {
        let mut done = self.done.iter();
        done.find(|done| done.operation == operation).copied()
    }

    /// Forgets changes that nobody will look for again.
    pub fn forget(&mut self, over: impl Fn(Operation) -> bool) {
        self.done.retain(|done| !over(done.operation));
    }

    /// Whether all conditions hold.
    ///
    /// # Errors
    /// [`Error::Conflict`] with the first that does not, and what stands there.
    pub fn check(&self, conditions: &[Condition], now: Wall) -> Result<()> {
        let value = self.value_at(now);
        let holds = |condition: &Condition| match condition {
            Condition::Absent => value.is_none(),
            Condition::Exists => value.is_some(),
            Condition::Version(version) => self.version_at(now) == *version,
            Condition::Value(expected) => value == Some(expected),
        };
        let Some(failed) = conditions.iter().find(|condition| !holds(condition)) else {
            return Ok(());
        };
        let expected = match failed {
            Condition::Absent => "no value".to_owned(),
            Condition::Exists => "a value".to_owned(),
            Condition::Version(version) => format!("version {version}"),
            Condition::Value(value) => format!("the value '{}'", value.escape_ascii()),
        };
        let found = match value {
            None => "no value".to_owned(),
            Some(value) => format!("'{}'", value.escape_ascii()),
        };
        Err(Error::Conflict {
            detail: format!(
                "expected {expected}, found {found} at version {}; read it and try again",
                self.version_at(now)
            ),
        })
    }

    /// The state after a change, which counts as one version more.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a sum with what is no number, or beyond 64 bits; [`Error::Overloaded`] for a
    /// register that was changed 2^64 times.
    pub fn edited(
        &self,
        edit: &Edit,
        operation: Operation,
        deadline: Option<Wall>,
        now: Wall,
    ) -> Result<Self> {
        let (value, deadline, sum) = match edit {
            Edit::Put(value) => (Some(value.clone()), deadline, None),
            Edit::Delete => (None, deadline, None),
            Edit::Add(by) => {
                let kept = deadline.or(self.deadline.filter(|_| self.value_at(now).is_some()));
                let sum = sum(self.value_at(now), *by)?;
                (Some(shown(sum)), kept, Some(sum))
            }
        };
        let version = self
            .version
            .checked_add(1)
            .ok_or_else(|| Error::Overloaded {
                detail: "the register has no further version".to_owned(),
            })?;
        let mut done = self.done.clone();
        if done.len() >= REGISTER_OPS_REMEMBERED {
            done.remove(0);
        }
        done.push(Done {
            operation,
            version,
            sum,
        });
        Ok(Self {
            value,
            version,
            deadline,
            done,
        })
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        put_varint(out, self.version);
        put_varint(
            out,
            self.deadline
                .map_or(0, |deadline| deadline.0.saturating_add(1)),
        );
        match &self.value {
            None => out.push(0),
            Some(value) => {
                out.push(1);
                put_slice(out, value);
            }
        }
        put_varint(out, self.done.len() as u64);
        for done in &self.done {
            put_varint(out, u64::from(done.operation.node));
            put_varint(out, u64::from(done.operation.life));
            put_varint(out, done.operation.number);
            put_varint(out, done.version);
            out.push(u8::from(done.sum.is_some()));
            if let Some(sum) = done.sum {
                put_signed(out, sum);
            }
        }
    }

    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        let version = reader.varint()?;
        let deadline = reader.varint()?.checked_sub(1).map(Wall);
        let value = match reader.byte()? {
            0 => None,
            1 => Some(Bytes::copy_from_slice(reader.slice(VALUE_BYTES_MAX)?)),
            other => {
                return Err(Error::corruption(format!(
                    "a register's value of kind {other}"
                )));
            }
        };
        let count = reader.varint()?;
        if count > REGISTER_OPS_REMEMBERED as u64 {
            return Err(Error::corruption(format!(
                "a register that remembers {count} changes, the limit is {REGISTER_OPS_REMEMBERED}"
            )));
        }
        let mut done = SmallVec::new();
        for _ in 0..count {
            let operation = Operation {
                node: reader.varint32()?,
                life: reader.varint32()?,
                number: reader.varint()?,
            };
            done.push(Done {
                operation,
                version: reader.varint()?,
                sum: match reader.byte()? {
                    0 => None,
                    _ => Some(reader.signed()?),
                },
            });
        }
        Ok(Self {
            value,
            version,
            deadline,
            done,
        })
    }
}

/// A sum, as the value of a register.
pub(super) fn shown(sum: i64) -> Bytes {
    Bytes::from(sum.to_string())
}

fn sum(value: Option<&Bytes>, by: i64) -> Result<i64> {
    let number = match value {
        None => 0,
        Some(value) => core::str::from_utf8(value)
            .ok()
            .and_then(|text| text.parse::<i64>().ok())
            .ok_or_else(|| {
                Error::invalid(format!(
                    "'{}' is no whole number of 64 bits, so nothing can be added to it",
                    value.escape_ascii()
                ))
            })?,
    };
    number
        .checked_add(by)
        .ok_or_else(|| Error::invalid(format!("{number} and {by} are together beyond 64 bits")))
}
