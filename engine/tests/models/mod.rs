//! The agreement protocols as models, each explored through every state that its bounds allow.
//!
//! The network is a set of what was sent: a message may arrive late, twice, or never. What can have no effect any more
//! is taken out of the set, so that states that differ in nothing else are one. Acceptors that differ in their names
//! alone are put in order, for the same reason; not where a planted bug is hunted, whose trace shall keep its names.

pub mod ballot;
pub mod check;
pub mod collecting;
pub mod epochs;
pub mod history;
pub mod moving;
pub mod plain;
pub mod register;
