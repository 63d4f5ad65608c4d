//! The `kvorum` command.
fn main() {}
