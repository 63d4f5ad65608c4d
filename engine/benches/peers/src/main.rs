//! Kvorum's storage engine beside RocksDB, fjall and redb: the same work, one executable, one run.
//!
//! ```text
//! run.rs     rounds x cells x engines, in turn; each cell in a child process of this executable
//! cell.rs      a cell: one engine, one store, the steps that share it (cell/{reads,writes,timing}.rs)
//! kill.rs      a store whose process is killed, and how it opens again
//! report.rs  medians, the tables, the JSON
//! profile.rs one workload of one engine, again and again, for a profiler
//! engine.rs  what is asked of an engine; engines/ answers, one file each
//! workload.rs, keys.rs, values.rs: what is done, in which order, with which bytes
//! process.rs what the operating system counts
//! ```
//!
//! A cell has its own process so that no engine inherits another's heap, threads or open files, and so that memory
//! and bytes written are its own. The engines take turns within a round and the order rotates from round to round,
//! so that what else the machine does falls on all of them.

#![allow(
    clippy::disallowed_methods,
    reason = "a benchmark reads the clock and starts threads; the refusals are meant for the engine"
)]

mod args;
mod cell;
mod engine;
mod engines;
mod keys;
mod kill;
mod process;
mod profile;
mod report;
mod run;
mod values;
mod workload;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Args, Child};
use crate::engines::with_engine;

fn main() -> ExitCode {
    let args = Args::parse();
    let result = match &args.child {
        Some(Child::Cell { engine, order }) => {
            use crate::cell::run;
            with_engine!(engine, run(order))
        }
        Some(Child::Fill { engine, order }) => {
            use crate::kill::fill;
            with_engine!(engine, fill(order))
        }
        Some(Child::Reopen { engine, order }) => {
            use crate::kill::reopen;
            with_engine!(engine, reopen(order))
        }
        None => match args.profile {
            Some(workload) => profile::run(&args, workload),
            None => run::run(&args),
        },
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("peers: {error}");
            ExitCode::FAILURE
        }
    }
}
