//! What can be typed after `kvorum`. The doc comments here are the help texts.

mod engine;
mod learner;
mod topology;

use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{CommandFactory as _, Parser, Subcommand, ValueHint};

pub use engine::{
    ClusterArgs, PlacementName, RingArgs, RunArgs, SEEDS_USUAL, StoreAction, StoreArgs,
    TortureArgs, TourArgs,
};
pub use learner::{
    BookAction, BookArgs, CheatsheetArgs, EstimateArgs, LearnArgs, LintArgs, PlanArgs,
    ProgressAction, ProgressArgs, QUESTIONS_MAX, QuizArgs, QuizCommand, RecordAction, RecordArgs,
    SimulateArgs,
};
pub use topology::{Joiner, PlanTopologyArgs, Size};
pub(crate) use topology::{node, weight};

use crate::exit::EXIT_CODES_HELP;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Yellow.on_default().bold())
    .usage(AnsiColor::Yellow.on_default().bold())
    .literal(AnsiColor::Cyan.on_default())
    .placeholder(AnsiColor::Green.on_default());

/// This release.
pub const RELEASE: &str = env!("CARGO_PKG_VERSION");

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
    /// Show what a join, a leave or another change of members would move
    PlanTopology(PlanTopologyArgs),
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

/// A count from 1 to `most`.
fn within(text: &str, most: usize) -> Result<usize, String> {
    let count = text.parse().map_err(|_| "not a number".to_owned())?;
    if (1..=most).contains(&count) {
        Ok(count)
    } else {
        Err(format!("{count} is not in 1..={most}"))
    }
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
