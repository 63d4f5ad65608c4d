//! Lesson 7: values that merge by themselves.
//!
//! A conflict-free replicated data type keeps, instead of a value, a *state* that can be joined with any other
//! state of the same key: in any order, any number of times, in any grouping, always to the same end (Shapiro et
//! al. 2011, "Conflict-free Replicated Data Types", section 2.2: a join semilattice).
//!
//! ```text
//!   siblings of a cell      join                apply one change           one version
//!   (encoded states)  --->  one state  ------>  under a fresh dot  ----->  that supersedes
//!                             |                                            all that was joined
//!                             +--> values, for a reader
//! ```
//!
//! In goes the state at hand and one [`Change`] with its [`Origin`]; out comes the state that follows, and what a
//! reader is shown of it. Invariants:
//!
//! - [`State::merge`] is commutative, associative and idempotent; equal states have equal bytes.
//! - A change counts exactly where it was seen, and everywhere once states have met. What two sides of a partition
//!   did, both did.
//!
//! Two things are asked of who calls:
//!
//! - A dot is given once. An actor makes its changes of a key one after the other, each upon the join of all that
//!   its replica holds of the key; so what an actor's latest state does not hold of the actor's own, it has dropped
//!   knowingly. A replica that reads its cell and writes it in one step does that.
//! - A delete of the key is a tombstone over states, no change of one. A state that was written concurrently stands
//!   beside it and brings back what it holds. Here an actor then starts from [`State::empty`] under a later dot, and
//!   its own part from before the delete stays gone.
//!
//! | kind | concurrent changes | a state costs |
//! |---|---|---|
//! | [`GCounter`] | add up | a sum an actor, and 22 bytes a recent token |
//! | [`PnCounter`] | add up | two sums an actor, and 22 bytes a recent token |
//! | [`OrSet`] | an insert outlives a remove | each element with its dots, and a counter an actor |
//! | [`Map`] | the later stamp wins the field | each field ever set, with stamp and dot |
//! | [`Register`] | the later stamp wins | the value, with stamp and dot |
//!
//! None of them gives more than convergence: a read may miss what another replica has, and no counter can be kept
//! from falling below zero. That takes consensus.
//!
//! ```
//! use kvorum::NodeId;
//! use kvorum::causal::{Actor, Dot, Stamp};
//! use kvorum::crdt::{Change, Kind, Origin, State, join};
//!
//! let origin = |node| Origin {
//!     dot: Dot { actor: Actor { node: NodeId(node), incarnation: 1, epoch: 0 }, counter: 1 },
//!     stamp: Stamp { wall_ms: 1, logical: 0, node: NodeId(node) },
//!     token: None,
//! };
//! let mut left = State::empty(Kind::PnCounter);
//! let mut right = left.clone();
//! left.apply(&Change::Add(5), &origin(1))?;
//! right.apply(&Change::Add(-2), &origin(2))?;
//! let both = join(Kind::PnCounter, [left.encode(), right.encode()].iter())?;
//! assert_eq!(both.values(), ["3"]);
//! # Ok::<(), kvorum::Error>(())
//! ```

mod change;
mod g_counter;
mod kind;
mod map;
mod or_set;
mod pn_counter;
mod register;
mod share;
mod state;
#[cfg(test)]
mod tests;
mod wire;

pub use change::{Change, Origin};
pub use g_counter::GCounter;
pub use kind::Kind;
pub use map::Map;
pub use or_set::OrSet;
pub use pn_counter::PnCounter;
pub use register::Register;
pub use state::{State, join};
