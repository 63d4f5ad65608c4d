//! One node, called by hand: inputs go in one by one, and what comes out is looked at.

mod admit;
mod agreement;
mod epochs;
pub(super) mod fixture;
mod forward;
mod hints;
mod purge;
mod read;
mod rebuild;
mod sloppy;
mod swamped;
mod write;
