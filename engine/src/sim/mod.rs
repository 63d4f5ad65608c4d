//! A world of nodes on a virtual clock: one seed, one byte-identical run.

pub mod trace;
