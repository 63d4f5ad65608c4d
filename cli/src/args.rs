//! What can be typed after `kvorum`. The doc comments here are the help texts.

use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{CommandFactory as _, Parser, Subcommand, ValueEnum, ValueHint};
use kvorum::base::limits::{NODES_MAX, TOKENS_PER_NODE_MAX, TORTURE_STEPS_MAX};
use kvorum::base::mutant::Mutant;
use kvorum::blocking::PlacementKind;
use kvorum_quiz::LESSON_COUNT;
use kvorum_quiz::record::PLAN_MINUTES_MAX;
use kvorum_quiz::simulate::{DAYS_MAX, LEARNERS_MAX};

use crate::exit::EXIT_CODES_HELP;
use crate::torture::mutants::MutantName;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Yellow.on_default().bold())
    .usage(AnsiColor::Yellow.on_default().bold())
    .literal(AnsiColor::Cyan.on_default())
    .placeholder(AnsiColor::Green.on_default());

/// This release.
pub const RELEASE: &str = env!("CARGO_PKG_VERSION");

/// The most questions asked in one sitting.
pub const QUESTIONS_MAX: usize = 500;
/// The most seeds of one torture run.
const SEEDS_MAX: u64 = 100_000_000;
/// The seeds of a torture run that was not told how many.
pub const SEEDS_USUAL: u64 = 1_000;
/// The fewest nodes that a torture scenario can tear apart.
const TORTURE_NODES_MIN: i64 = 3;

/// A distributed key-value store that you learn by running, breaking and rebuilding it.
///
/// Without a command it says where you are and what to do next.
#[derive(Debug, Parser)]
#[command(name = "kvorum", version, styles = STYLES, max_term_width = 80, after_help = EXIT_CODES_HELP)]
pub struct Args {
    /// Where your answers are recorded [default: record.sqlite in your data folder]
    #[arg(long, global = true, help_heading = "For every command", env = "KVORUM_DB", hide_env_values = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub db: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// See a cluster live through a failure, in about 15 seconds
    Tour(TourArgs),
    /// Run a scenario script, and check what it expects
    Run(RunArgs),
    /// Type scenario lines into a cluster of your own
    Cluster(ClusterArgs),
    /// Draw the hash ring, and compare ways to place keys
    Ring(RingArgs),
    /// Look after the folder of a store: its levels, its files, its content
    Store(StoreArgs),
    /// Answer questions; predictions are checked by running them
    Quiz(QuizArgs),
    /// Read the course in your browser, with live labs
    Learn(LearnArgs),
    /// Say what to do today, so that most is known on the interview day
    Plan(PlanArgs),
    /// Show how ready you are, lesson by lesson; export, import or reset it
    Progress(ProgressArgs),
    /// Look after the file of your record
    Record(RecordArgs),
    /// Print a lesson's cheat sheet, or the one for all of them
    Cheatsheet(CheatsheetArgs),
    /// From a workload to a number of nodes, each formula shown
    Estimate(Box<EstimateArgs>),
    /// Build the book as plain pages
    Book(BookArgs),
    /// Run random workloads under random faults, and check every run
    Torture(TortureArgs),
    /// Print the completion script of your shell
    Completions(CompletionsArgs),
    /// Print the manual page, or write all of them into a folder
    Man(ManArgs),
    /// Serve mdBook as a preprocessor: the course's book calls this
    #[command(hide = true)]
    MdbookPreprocess(PreprocessArgs),
}

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
    /// N, given or usual.
    #[must_use]
    pub fn copies(&self) -> usize {
        copies(self.replication, self.nodes)
    }
}

fn copies(given: Option<usize>, nodes: u32) -> usize {
    given.unwrap_or(nodes.min(COPIES_USUAL) as usize)
}

/// `kvorum ring`
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXIT_CODES_HELP)]
pub struct RingArgs {
    /// Nodes
    #[arg(long, default_value_t = 5, value_parser = nodes())]
    pub nodes: u32,
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
    /// Compare the placements: their balance, and what one more node moves
    #[arg(long, conflicts_with_all = ["svg", "placement", "key"])]
    pub compare: bool,
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
    /// A hash ring with tokens
    Ring,
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
            PlacementName::Modulo => Self::Modulo,
            PlacementName::Rendezvous => Self::Rendezvous,
            PlacementName::Jump => Self::Jump,
        }
    }
}

/// `kvorum quiz`
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXIT_CODES_HELP, after_long_help = QUIZ_HELP, args_conflicts_with_subcommands = true)]
pub struct QuizArgs {
    /// What else there is to do than answering
    #[command(subcommand)]
    pub command: Option<QuizCommand>,
    /// Ask about this lesson only
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=i64::from(LESSON_COUNT)))]
    pub lesson: Option<u8>,
    /// Questions to ask [default: 10; with --exam all there are]
    #[arg(long, value_parser = questions)]
    pub count: Option<usize>,
    /// Draw the questions and their numbers from this seed
    #[arg(long)]
    pub seed: Option<u64>,
    /// Ask only what is due: known once, and about to fade
    #[arg(long, conflicts_with_all = ["exam", "poll"])]
    pub review: bool,
    /// Ask what practice never asks, and tell at the end how it went
    #[arg(long, conflicts_with = "poll")]
    pub exam: bool,
    /// Answer a lesson's poll: before the lesson, and again after it
    #[arg(long, requires = "lesson", conflicts_with = "count")]
    pub poll: bool,
    /// Say everything in sentences, for a screen reader
    #[arg(long)]
    pub plain: bool,
}

const QUIZ_HELP: &str = "\
On a terminal a choice takes one key, 1 to 9 or a to i, without Enter; other
answers are a line. Keys at every question:
  ?       a hint: what the lesson says, then the question's own; it is counted
  s       after a prediction: the run, drawn as a space-time diagram
  q       stop; so does Ctrl-C, with exit code 130
Piped input is read line by line. Every answer is in the record before anything
is said about it, so that nothing is lost however the quiz ends.

Exit codes:
  0    done, or stopped by q or the end of the input
  2    the lesson has no questions, or no poll
  3    the record cannot be used
  130  interrupted";

/// What `kvorum quiz` does besides asking
#[derive(Clone, Debug, Subcommand)]
pub enum QuizCommand {
    /// Check a question bank against its authors' rules; every prediction is run with all its draws
    Lint(LintArgs),
    /// Let simulated learners practise under several schedules, and compare what they recall
    Simulate(SimulateArgs),
}

/// `kvorum quiz simulate`
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXIT_CODES_HELP)]
pub struct SimulateArgs {
    /// Learners of each law of forgetting
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(2..=i64::from(LEARNERS_MAX)))]
    pub learners: u32,
    /// Days until the interview
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=i64::from(DAYS_MAX)))]
    pub days: u32,
    /// Minutes a day
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=i64::from(PLAN_MINUTES_MAX)))]
    pub minutes: u32,
    /// What the learners, their luck and the schedules are drawn from
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    /// Write the result as an SVG picture to this file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub svg: Option<PathBuf>,
}

/// `kvorum quiz lint`
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXIT_CODES_HELP)]
pub struct LintArgs {
    /// Check the bank in this folder instead of the one inside the program: misconceptions.toml, polls.toml
    /// and bank/*.toml
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub bank: Option<PathBuf>,
    /// Print the findings and figures as one JSON object
    #[arg(long)]
    pub json: bool,
}

/// `kvorum learn`
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXIT_CODES_HELP)]
pub struct LearnArgs {
    /// The port on 127.0.0.1; 0 takes any free one
    #[arg(long, default_value_t = 4004)]
    pub port: u16,
    /// Do not open a browser
    #[arg(long)]
    pub no_open: bool,
    /// Show the book in this folder instead of the one inside the program
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub book: Option<PathBuf>,
    /// Write the book as plain pages into this folder instead of serving it
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath, conflicts_with_all = ["port", "no_open"])]
    pub out: Option<PathBuf>,
}

/// `kvorum plan`
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXIT_CODES_HELP)]
pub struct PlanArgs {
    /// The day of your interview, such as 2026-12-19; kept until you name another
    #[arg(long, value_name = "DATE")]
    pub interview: Option<String>,
    /// Minutes a day that you have; kept until you name others [default: 30]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=i64::from(PLAN_MINUTES_MAX)))]
    pub minutes: Option<u32>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// `kvorum progress`
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXIT_CODES_HELP, args_conflicts_with_subcommands = true)]
pub struct ProgressArgs {
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    /// What to do with it.
    #[command(subcommand)]
    pub action: Option<ProgressAction>,
}

/// What can be done with one's progress.
#[derive(Clone, Debug, Subcommand)]
pub enum ProgressAction {
    /// Write every answer, plan and reset as JSON Lines
    Export {
        /// The file; standard output where none is named
        #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
        file: Option<PathBuf>,
    },
    /// Take in what `export` wrote, here or on another machine; nothing is taken twice
    Import {
        /// The file; `-` is standard input
        #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
        file: PathBuf,
    },
    /// Begin a lesson anew: its answers stay in the record, and count no more
    Reset {
        /// The lesson
        #[arg(long, value_parser = clap::value_parser!(u8).range(1..=i64::from(LESSON_COUNT)))]
        lesson: u8,
    },
}

/// `kvorum cheatsheet`
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXIT_CODES_HELP)]
pub struct CheatsheetArgs {
    /// The lesson; without one the sheet for the whole course
    #[arg(value_name = "N", value_parser = clap::value_parser!(u8).range(1..=i64::from(LESSON_COUNT)))]
    pub lesson: Option<u8>,
}

/// `kvorum estimate`
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = ESTIMATE_HELP)]
pub struct EstimateArgs {
    /// People who use it on a day
    #[arg(long, value_name = "COUNT")]
    pub users: Option<String>,
    /// Requests of one of them on a day
    #[arg(long, value_name = "COUNT")]
    pub requests: Option<String>,
    /// The busiest hour over the mean
    #[arg(long, value_name = "FACTOR")]
    pub peak: Option<String>,
    /// Of the requests, those that write, 0 to 1
    #[arg(long, value_name = "SHARE")]
    pub writes: Option<String>,
    /// Items that are stored [default: as many as users]
    #[arg(long, value_name = "COUNT")]
    pub items: Option<String>,
    /// Bytes of one item, with its key
    #[arg(long, value_name = "BYTES")]
    pub item: Option<String>,
    /// N: copies of each item
    #[arg(long, value_name = "N")]
    pub copies: Option<String>,
    /// R: replicas that a read asks
    #[arg(long, value_name = "R")]
    pub read: Option<String>,
    /// Bytes on the disk for one byte of live data
    #[arg(long, value_name = "FACTOR")]
    pub space_amp: Option<String>,
    /// Bytes written to the disk for one byte of a write
    #[arg(long, value_name = "FACTOR")]
    pub write_amp: Option<String>,
    /// Of the reads at a replica, those that go to the disk, 0 to 1
    #[arg(long, value_name = "SHARE")]
    pub miss: Option<String>,
    /// Bytes of one node's disk
    #[arg(long, value_name = "BYTES")]
    pub disk: Option<String>,
    /// Bytes a second that a node's disk is planned for
    #[arg(long, value_name = "BYTES")]
    pub disk_rate: Option<String>,
    /// Bytes a second that a node's network is planned for
    #[arg(long, value_name = "BYTES")]
    pub network_rate: Option<String>,
    /// Bytes a second at which a lost node is rebuilt
    #[arg(long, value_name = "BYTES")]
    pub rebuild_rate: Option<String>,
    /// Zones that the copies lie in
    #[arg(long, value_name = "COUNT")]
    pub zones: Option<String>,
}

const ESTIMATE_HELP: &str = "\
Numbers may end in k, M, G or T: --users 100M --item 2k --disk 1T. What is not
given is taken from the worked example of lesson 10: a hundred million carts.

Exit codes:
  0    done
  2    a number makes no sense";

/// `kvorum book`
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXIT_CODES_HELP)]
pub struct BookArgs {
    /// What to do with it.
    #[command(subcommand)]
    pub action: BookAction,
}

/// What can be done with the book.
#[derive(Clone, Debug, Subcommand)]
pub enum BookAction {
    /// Run every lab and write the pages into a folder; `mdbook build` gives the same
    Build {
        /// The folder
        #[arg(long, value_name = "FOLDER", default_value = "kvorum-book", value_hint = ValueHint::DirPath)]
        out: PathBuf,
        /// Build the book in this folder instead of the one inside the program
        #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
        book: Option<PathBuf>,
    },
}

/// `kvorum record`
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXIT_CODES_HELP)]
pub struct RecordArgs {
    /// What to do with it.
    #[command(subcommand)]
    pub action: RecordAction,
}

/// What can be done with the file of the record.
#[derive(Clone, Debug, Subcommand)]
pub enum RecordAction {
    /// Say where it is and what it holds, and check every page of it
    Check,
    /// Compute again what follows from your answers; no answer changes
    Rebuild,
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

/// `kvorum completions`
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = COMPLETIONS_HELP)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

const COMPLETIONS_HELP: &str = "\
For bash:  kvorum completions bash > ~/.local/share/bash-completion/completions/kvorum
For zsh:   kvorum completions zsh > ~/.zfunc/_kvorum    (with ~/.zfunc in fpath)
For fish:  kvorum completions fish > ~/.config/fish/completions/kvorum.fish";

/// `kvorum man`
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXIT_CODES_HELP)]
pub struct ManArgs {
    /// Write one page per command into this folder
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub out: Option<PathBuf>,
}

/// `kvorum mdbook-preprocess`
#[derive(Clone, Debug, clap::Args)]
pub struct PreprocessArgs {
    /// As mdBook calls it: `supports RENDERER`, or nothing
    pub args: Vec<String>,
}

/// The command as people use it: without the subcommands that only programs call.
#[must_use]
pub fn public_command() -> clap::Command {
    let whole = Args::command();
    let mut public = clap::Command::new("kvorum")
        .version(RELEASE)
        .styles(STYLES)
        .max_term_width(80)
        .after_help(EXIT_CODES_HELP)
        .args(whole.get_arguments())
        .subcommands(
            whole
                .get_subcommands()
                .filter(|command| !command.is_hide_set()),
        );
    if let Some(about) = whole.get_about() {
        public = public.about(about.clone());
    }
    if let Some(about) = whole.get_long_about() {
        public = public.long_about(about.clone());
    }
    public
}

fn steps(text: &str) -> Result<usize, String> {
    within(text, TORTURE_STEPS_MAX)
}

fn questions(text: &str) -> Result<usize, String> {
    within(text, QUESTIONS_MAX)
}

/// A count from 1 to `most`.
fn within(text: &str, most: usize) -> Result<usize, String> {
    let count = text.parse().map_err(|_| "not a number".to_owned())?;
    if (1..=most).contains(&count) {
        Ok(count)
    } else {
        Err(format!("{count} is not in 1..={most}"))
    }
}

fn nodes() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..=i64::from(NODES_MAX))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_commands_are_consistent() {
        super::Args::command().debug_assert();
        super::public_command().debug_assert();
    }

    #[test]
    fn people_see_the_same_help_without_the_hidden_commands() {
        let help = |mut command: clap::Command| command.render_long_help().to_string();
        assert_eq!(help(super::public_command()), help(super::Args::command()));
    }
}
