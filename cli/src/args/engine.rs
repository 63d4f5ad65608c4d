//! What runs, draws and tortures the engine: `tour`, `run`, `cluster`, `ring`, `store`, `torture`.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum, ValueHint};
use kvorum::base::limits::{NODES_MAX, TOKENS_PER_NODE_MAX, TORTURE_STEPS_MAX};
use kvorum::base::mutant::Mutant;
use kvorum::blocking::PlacementKind;

use super::within;
use crate::exit::EXIT_CODES_HELP;
use crate::torture::mutants::MutantName;

/// The most seeds of one torture run.
const SEEDS_MAX: u64 = 100_000_000;
/// The seeds of a torture run that was not told how many.
pub const SEEDS_USUAL: u64 = 1_000;
/// The fewest nodes that a torture scenario can tear apart.
const TORTURE_NODES_MIN: i64 = 3;

/// `kvorum tour`
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXIT_CODES_HELP)]
pub struct TourArgs {
    /// Do not pause between the acts
    #[arg(long)]
    pub fast: bool,
    /// Print the tour as a scenario script instead of running it
    #[arg(long)]
    pub script: bool,
}

/// `kvorum run`
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = RUN_HELP)]
pub struct RunArgs {
    /// The script, a .kv file; - reads standard input
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// Print only the expectations that failed, and a summary
    #[arg(long, conflicts_with = "json")]
    pub check: bool,
    /// Print one JSON object (its fields stand in --help)
    #[arg(long)]
    pub json: bool,
    /// Write the run's space-time diagram to this file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub svg: Option<PathBuf>,
    /// Replace the seed of the script's `cluster` line
    #[arg(long)]
    pub seed: Option<u64>,
}

const RUN_HELP: &str = "\
A line of a script is a command; `-> answer` after it states what it must
return, and `#` starts a comment:

    cluster nodes=5 replication=3 read=2 write=2 seed=7
    put cart milk via n1     -> ok
    kill n1
    get cart                 -> milk
    expect no-lost-writes

Every verb and setting: `help` in `kvorum cluster`, and the page \"The Scenario
Language\" of `kvorum learn`.

The JSON object of --json:
    file        the name as given
    seed        the seed given by --seed, or null
    passed      true when every expectation held
    failed      how many expectations did not hold
    trace_hash  16 hexadecimal digits, equal for equal runs in every language
    steps       a list of objects, one per executed line:
                  line      in the file, from 1
                  label     the `label:` before it, or null
                  source    the line as written
                  printed   what happened
                  expected  what stood after `->`, or null
                  detail    the error's text, where the line gave one, or null
                  ok        false where it did not hold
A script that cannot be understood gives `error` (line, column, message) in
place of `steps`, with `passed` false, and exit code 2.

Exit codes:
  0    every expectation held
  1    an expectation failed
  2    the script cannot be found, read or understood
  3    the diagram cannot be written";

/// `kvorum cluster`
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXIT_CODES_HELP)]
pub struct ClusterArgs {
    /// Nodes
    #[arg(long, default_value_t = 5, value_parser = nodes())]
    pub nodes: u32,
    /// N: copies of each key [default: 3, or the number of nodes if that is less]
    #[arg(long, value_name = "N")]
    pub replication: Option<usize>,
    /// R: replicas that must answer a read [default: a majority of N]
    #[arg(long, value_name = "R")]
    pub read: Option<usize>,
    /// W: replicas that must acknowledge a write [default: a majority of N]
    #[arg(long, value_name = "W")]
    pub write: Option<usize>,
    /// Seed of everything left to chance
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
}

/// The nodes of a ring that is drawn, and those of a comparison, where nobody says how many.
const NODES_DRAWN: u32 = 5;
const NODES_COMPARED: u32 = 10;
/// The copies of each key, where nobody says how many.
const COPIES_USUAL: u32 = 3;

impl ClusterArgs {
    /// N, given or usual.
    #[must_use]
    pub fn copies(&self) -> usize {
        copies(self.replication, self.nodes)
    }
}

impl RingArgs {
    /// The number of nodes, given or usual.
    #[must_use]
    pub fn nodes(&self) -> u32 {
        self.nodes.unwrap_or(match self.compare {
            true => NODES_COMPARED,
            false => NODES_DRAWN,
        })
    }

    /// N, given or usual.
    #[must_use]
    pub fn copies(&self) -> usize {
        copies(self.replication, self.nodes())
    }
}

pub(super) fn copies(given: Option<usize>, nodes: u32) -> usize {
    given.unwrap_or(nodes.min(COPIES_USUAL) as usize)
}

/// `kvorum ring`
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXIT_CODES_HELP)]
pub struct RingArgs {
    /// Nodes [default: 5; with --compare 10]
    #[arg(long, value_parser = nodes())]
    pub nodes: Option<u32>,
    /// Tokens of each node
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=i64::from(TOKENS_PER_NODE_MAX)))]
    pub tokens: u32,
    /// Zones, dealt to the nodes in turn
    #[arg(long, default_value_t = 1, value_parser = nodes())]
    pub zones: u32,
    /// N: copies of each key [default: 3, or the number of nodes if that is less]
    #[arg(long, value_name = "N")]
    pub replication: Option<usize>,
    /// Where the tokens fall
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// The key whose owners are shown
    #[arg(long, default_value = "cart")]
    pub key: String,
    /// How keys are placed
    #[arg(long, default_value = "ring", value_enum)]
    pub placement: PlacementName,
    /// Write the ring as an SVG picture to this file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub svg: Option<PathBuf>,
    /// Compare the strategies: what one more node moves, how evenly keys lie, what a lookup takes
    #[arg(long, conflicts_with_all = ["svg", "placement", "key", "tokens"])]
    pub compare: bool,
    /// Print the comparison as one JSON object
    #[arg(long, requires = "compare")]
    pub json: bool,
}

/// `kvorum store`
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXIT_CODES_HELP)]
pub struct StoreArgs {
    /// What to do with it.
    #[command(subcommand)]
    pub action: StoreAction,
}

/// What can be done with a store's folder.
#[derive(Clone, Debug, Subcommand)]
pub enum StoreAction {
    /// Show the levels, the runs and what they take; changes nothing
    Stats {
        /// The store's folder
        #[arg(value_name = "PATH", value_hint = ValueHint::DirPath)]
        path: PathBuf,
    },
    /// Read every file and check every checksum; changes nothing
    Verify {
        /// The store's folder
        #[arg(value_name = "PATH", value_hint = ValueHint::DirPath)]
        path: PathBuf,
    },
    /// Print keys and values, a tab between, bytes that are not ASCII as \xNN
    Dump {
        /// The store's folder
        #[arg(value_name = "PATH", value_hint = ValueHint::DirPath)]
        path: PathBuf,
        /// Only keys that begin with this, written as they are printed
        #[arg(long, default_value = "", hide_default_value = true)]
        prefix: String,
        /// At most so many pairs
        #[arg(long, value_name = "COUNT", default_value_t = 1_000_000)]
        limit: u64,
    },
    /// Merge everything into one run: overwritten, deleted and expired versions go
    Compact {
        /// The store's folder
        #[arg(value_name = "PATH", value_hint = ValueHint::DirPath)]
        path: PathBuf,
    },
    /// Save what is whole in a damaged store; damaged files are set aside, not removed
    Repair {
        /// The store's folder
        #[arg(value_name = "PATH", value_hint = ValueHint::DirPath)]
        path: PathBuf,
    },
}

/// The placements by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PlacementName {
    /// A hash ring with random tokens
    Ring,
    /// A hash ring whose tokens are allocated, so that shares are even
    Allocated,
    /// 1,024 fixed equal partitions
    Partitions,
    /// 16,384 hash slots, with hash tags
    Slots,
    /// Hash modulo the number of nodes
    Modulo,
    /// Highest random weight
    Rendezvous,
    /// Jump consistent hash
    Jump,
}

impl From<PlacementName> for PlacementKind {
    fn from(name: PlacementName) -> Self {
        match name {
            PlacementName::Ring => Self::Ring,
            PlacementName::Allocated => Self::Allocated,
            PlacementName::Partitions => Self::Partitions,
            PlacementName::Slots => Self::Slots,
            PlacementName::Modulo => Self::Modulo,
            PlacementName::Rendezvous => Self::Rendezvous,
            PlacementName::Jump => Self::Jump,
        }
    }
}

/// `kvorum torture`
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = TORTURE_HELP)]
pub struct TortureArgs {
    /// How many seeds to run, from 1 [default: 1000; with --mutant 500]
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=SEEDS_MAX))]
    pub seeds: Option<u64>,
    /// Run this one seed only [default: SEED of the environment, if set]
    #[arg(long, conflicts_with = "seeds")]
    pub seed: Option<u64>,
    /// Print the scenario of the seed as a script for `kvorum run`
    #[arg(long, conflicts_with = "history")]
    pub script: bool,
    /// Requests and faults of each scenario [default: 60]
    #[arg(long, value_parser = steps)]
    pub steps: Option<usize>,
    /// Nodes of each cluster [default: 5]
    #[arg(long, value_parser = clap::value_parser!(u32).range(TORTURE_NODES_MIN..=i64::from(NODES_MAX)))]
    pub nodes: Option<u32>,
    /// Threads that run seeds [default: as many as there are cores]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=256))]
    pub threads: Option<u32>,
    /// Hunt one planted bug: find a seed that shows it, and shrink it
    #[arg(long, value_name = "NAME", value_parser = MutantName, hide_possible_values = true)]
    pub mutant: Option<Mutant>,
    /// Name the planted bugs, one a line, with what each breaks
    #[arg(long, conflicts_with_all = ["seeds", "seed", "script", "mutant", "history"])]
    pub list_mutants: bool,
    /// Write what the clients of one seed asked and were told, as JSON Lines
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub history: Option<PathBuf>,
}

const TORTURE_HELP: &str = "\
Each seed is one scenario: a cluster with settings of its own, requests, and a
mix of faults; then everything heals, and the promises are checked. Every tenth
seed is run twice, and must give the same trace. A failure comes shrunk, as a
script that `kvorum run` takes.

--mutant NAME switches a planted bug on, draws scenarios in which it can show,
and ends with 1 once it is found, with 0 where no seed shows it.

--history writes one object a line: client, key, op (get, put, delete, update),
value, result (ok, failed, unknown, siblings), call_ns, and return_ns, which is
null when the outcome is not known. It is for one seed: name it with --seed.

Exit codes:
  0    every seed held
  1    a promise was broken
  2    the command line makes no sense
  3    the surroundings refuse (unwritable file)
  130  interrupted";

fn steps(text: &str) -> Result<usize, String> {
    within(text, TORTURE_STEPS_MAX)
}

pub(super) fn nodes() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..=i64::from(NODES_MAX))
}
