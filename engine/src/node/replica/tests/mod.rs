//! A replica on a disk in memory.

pub(in crate::node) mod fixture;
mod forest;
mod model;
mod operations;
mod pages;
