//! What is the learner's: `quiz`, `learn`, `plan`, `progress`, `record`, `cheatsheet`, `estimate`, `book`.

use std::path::PathBuf;

use clap::{Subcommand, ValueHint};
use kvorum_quiz::LESSON_COUNT;
use kvorum_quiz::record::PLAN_MINUTES_MAX;
use kvorum_quiz::simulate::{DAYS_MAX, LEARNERS_MAX};

use super::within;
use crate::exit::EXIT_CODES_HELP;

/// The most questions asked in one sitting.
pub const QUESTIONS_MAX: usize = 500;

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

fn questions(text: &str) -> Result<usize, String> {
    within(text, QUESTIONS_MAX)
}
