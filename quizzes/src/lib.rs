//! # Kvorum's quiz
//!
//! The learner's record, an SQLite file that keeps every answer.

pub mod record;

pub use record::{Attempt, AttemptFilter, AttemptKind, Record, RecordError, default_path};
