//! Which seeds run.

use std::fmt;
use std::io::Write as _;

use crate::args::{SEEDS_USUAL, TortureArgs};
use crate::exit::Stop;
use crate::terminal::Terminal;

/// The environment's name for the one seed to run.
const ENVIRONMENT: &str = "SEED";

/// See the module.
#[derive(Debug)]
pub enum Seeds {
    /// So many, from 1.
    First(u64),
    /// One, and who asked for it.
    One(u64, &'static str),
}

impl Seeds {
    /// What the command line says, and where it does not name a seed, the environment.
    pub fn of(args: &TortureArgs, usual: Option<u64>) -> Result<Self, Stop> {
        if let Some(seed) = args.seed {
            return Ok(Self::One(seed, "--seed"));
        }
        let Some(text) = std::env::var_os(ENVIRONMENT) else {
            let usual = usual.unwrap_or(SEEDS_USUAL);
            return Ok(Self::First(args.seeds.unwrap_or(usual)));
        };
        let seed = text.to_str().and_then(|text| text.parse().ok());
        let seed = seed.ok_or_else(|| {
            Stop::Usage(format!(
                "{ENVIRONMENT} in the environment is {text:?}, and no seed; set a number, or unset it"
            ))
        })?;
        Ok(Self::One(seed, ENVIRONMENT))
    }

    /// Says which one runs, where it is one, and what is set aside for it.
    pub fn announce(&self, args: &TortureArgs, terminal: &mut Terminal) -> Result<(), Stop> {
        let Self::One(_, from) = self else {
            return Ok(());
        };
        writeln!(terminal, "{self}")?;
        if let (Some(count), &ENVIRONMENT) = (args.seeds, from) {
            writeln!(
                terminal,
                "--seeds {count} is set aside; unset {ENVIRONMENT} to run them"
            )?;
        }
        Ok(())
    }

    pub fn one(&self) -> Option<u64> {
        match self {
            Self::First(_) => None,
            Self::One(seed, _) => Some(*seed),
        }
    }

    /// The first of them.
    pub fn first(&self) -> u64 {
        self.one().unwrap_or(1)
    }

    pub fn count(&self) -> u64 {
        match self {
            Self::First(count) => *count,
            Self::One(..) => 1,
        }
    }
}

impl fmt::Display for Seeds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::First(0) => write!(f, "none"),
            Self::First(1) => write!(f, "seed 1"),
            Self::First(count) => write!(f, "seeds 1 to {count}"),
            Self::One(seed, from) => write!(f, "seed {seed} (from {from})"),
        }
    }
}
