//! What can be typed after `kvorum`. The doc comments here are the help texts.

use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Parser, Subcommand, ValueHint};

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
    /// Run a scenario script, and check what it expects
    Run(RunArgs),
    /// Read the course in your browser, with live labs
    Learn(LearnArgs),
    /// Print the completion script of your shell
    Completions(CompletionsArgs),
    /// Print the manual page, or write all of them into a folder
    Man(ManArgs),
    /// Serve mdBook as a preprocessor: the course's book calls this
    #[command(hide = true)]
    MdbookPreprocess(PreprocessArgs),
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
                  ok        false where it did not hold
A script that cannot be understood gives `error` (line, column, message) in
place of `steps`, with `passed` false, and exit code 2.

Exit codes:
  0    every expectation held
  1    an expectation failed
  2    the script cannot be found, read or understood
  3    the diagram cannot be written";

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

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_commands_are_consistent() {
        super::Args::command().debug_assert();
    }
}
