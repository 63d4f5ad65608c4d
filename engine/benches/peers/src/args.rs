//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::cell::Order;
use crate::engines::Name;
use crate::values::VALUE_BYTES_MIN;
use crate::workload::Workload;

/// Entries of a run that is meant for figures, and of one that is meant to see that it works.
const ENTRIES: u64 = 1_000_000;
const ENTRIES_QUICK: u64 = 100_000;
/// Rounds a median is taken over.
const ROUNDS: usize = 3;

/// Measure Kvorum's storage engine beside RocksDB, fjall and redb.
#[derive(Debug, Parser)]
#[command(name = "peers", max_term_width = 100)]
pub struct Args {
    /// Entries in the store [default: 1000000]
    #[arg(long, value_parser = clap::value_parser!(u64).range(100..))]
    entries: Option<u64>,

    /// Lengths of the values, each a run of its own
    #[arg(long, value_delimiter = ',', default_value = "100,1024", value_parser = value_bytes)]
    pub value_bytes: Vec<usize>,

    /// Rounds; the tables show medians [default: 3]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: Option<u16>,

    /// Only these workloads [default: all]
    #[arg(long, value_delimiter = ',', value_name = "WORKLOAD")]
    pub only: Vec<Workload>,

    /// Only these engines
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "kvorum,rocksdb,fjall,redb"
    )]
    pub engines: Vec<Name>,

    /// Where the stores are made and removed [default: beside this executable, which is on a disk]
    #[arg(long)]
    pub dir: Option<PathBuf>,

    /// Write the tables to a file as JSON too, after each round
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,

    /// 100000 entries and one round, to see that it works
    #[arg(long)]
    quick: bool,

    /// Cache of each engine in MiB
    #[arg(long, default_value_t = 512)]
    cache_mib: usize,

    /// Memtable of each engine that has one, in MiB
    #[arg(long, default_value_t = 64)]
    memtable_mib: usize,

    /// Repeat one workload of one engine in this process, for perf or callgrind
    #[arg(long, value_name = "WORKLOAD")]
    pub profile: Option<Workload>,

    /// The engine to profile
    #[arg(long, default_value = "kvorum", requires = "profile")]
    pub engine: Name,

    /// How long to profile; 0 for one pass
    #[arg(long, default_value_t = 10, requires = "profile")]
    pub seconds: u64,

    /// Threads to profile with
    #[arg(long, default_value_t = 1, requires = "profile")]
    pub threads: u64,

    #[command(subcommand)]
    pub child: Option<Child>,
}

/// What this executable runs itself as.
#[derive(Debug, Subcommand)]
pub enum Child {
    /// The steps of a cell.
    #[command(hide = true)]
    Cell {
        engine: Name,
        #[command(flatten)]
        order: Order,
    },
    /// A store to be killed.
    #[command(hide = true)]
    Fill {
        engine: Name,
        #[command(flatten)]
        order: Order,
    },
    /// What opens the store after the kill.
    #[command(hide = true)]
    Reopen {
        engine: Name,
        #[command(flatten)]
        order: Order,
    },
}

impl Args {
    /// Entries in the store.
    pub fn entries(&self) -> u64 {
        self.entries
            .unwrap_or(if self.quick { ENTRIES_QUICK } else { ENTRIES })
    }

    /// Rounds to run.
    pub fn rounds(&self) -> usize {
        self.rounds
            .map_or(if self.quick { 1 } else { ROUNDS }, usize::from)
    }

    /// Cache in bytes.
    pub const fn cache_bytes(&self) -> usize {
        self.cache_mib << 20
    }

    /// Memtable in bytes.
    pub const fn memtable_bytes(&self) -> usize {
        self.memtable_mib << 20
    }
}

fn value_bytes(text: &str) -> Result<usize, String> {
    /// Longer values are another benchmark.
    const VALUE_BYTES_MAX: usize = 1 << 20;
    match text.parse() {
        Ok(bytes) if (VALUE_BYTES_MIN..=VALUE_BYTES_MAX).contains(&bytes) => Ok(bytes),
        Ok(_) => Err(format!(
            "a value has {VALUE_BYTES_MIN} to {VALUE_BYTES_MAX} bytes"
        )),
        Err(error) => Err(error.to_string()),
    }
}
