//! `kvorum torture`: random workloads under random faults, one run per seed, every run checked.

use std::fmt;
use std::io::Write as _;
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use kvorum::script::torture::{Failure, Outcomes, Plan, run_seed, script};

use crate::args::{SEEDS_USUAL, TortureArgs};
use crate::exit::{Exit, Stop};
use crate::interrupt::Interrupt;
use crate::terminal::{BAD, COMMAND, GOOD, Terminal, printable};

/// How often a line is printed when nobody looks on.
const REPORT_EVERY: Duration = Duration::from_secs(5);

/// The environment's name for the one seed to run.
const ENVIRONMENT: &str = "SEED";

/// Which seeds run.
#[derive(Debug)]
enum Seeds {
    /// So many, from 1.
    First(u64),
    /// One, and who asked for it.
    One(u64, &'static str),
}

impl Seeds {
    /// What the command line says, and where it does not name a seed, the environment.
    fn of(args: &TortureArgs) -> Result<Self, Stop> {
        if let Some(seed) = args.seed {
            return Ok(Self::One(seed, "--seed"));
        }
        let Some(text) = std::env::var_os(ENVIRONMENT) else {
            return Ok(Self::First(args.seeds.unwrap_or(SEEDS_USUAL)));
        };
        let seed = text.to_str().and_then(|text| text.parse().ok());
        let seed = seed.ok_or_else(|| {
            Stop::Usage(format!(
                "{ENVIRONMENT} in the environment is {text:?}, and no seed; set a number, or unset it"
            ))
        })?;
        Ok(Self::One(seed, ENVIRONMENT))
    }

    fn one(&self) -> Option<u64> {
        match self {
            Self::First(_) => None,
            Self::One(seed, _) => Some(*seed),
        }
    }

    fn range(&self) -> RangeInclusive<u64> {
        match self {
            Self::First(count) => 1..=*count,
            Self::One(seed, _) => *seed..=*seed,
        }
    }

    fn count(&self) -> u64 {
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

/// What all the runs came to.
#[derive(Debug, Default)]
struct Total {
    seeds: u64,
    operations: u64,
    acknowledged: u64,
    faults: u64,
    virtual_ns: u128,
}

impl Total {
    fn add(&mut self, outcomes: &Outcomes) {
        self.seeds += 1;
        self.operations += outcomes.operations;
        self.acknowledged += outcomes.acknowledged;
        self.faults += outcomes.faults;
        self.virtual_ns += u128::from(outcomes.virtual_time.0);
    }
}

/// Runs the seeds, stopping at the first failure.
///
/// # Errors
/// [`Stop::Interrupted`] at Ctrl-C, after saying how far it came.
pub fn torture(args: &TortureArgs, terminal: &mut Terminal) -> Result<Exit, Stop> {
    let plan = plan(args);
    let seeds = Seeds::of(args)?;
    if args.script {
        let seed = seeds.one().ok_or_else(|| {
            Stop::Usage("--script prints one scenario; say which, with --seed".to_owned())
        })?;
        write!(terminal, "{}", script(seed, &plan))?;
        return Ok(Exit::Done);
    }
    if let Seeds::One(..) = seeds {
        writeln!(terminal, "{seeds}")?;
        if let (Some(count), Seeds::One(_, ENVIRONMENT)) = (args.seeds, &seeds) {
            writeln!(
                terminal,
                "--seeds {count} is set aside; unset {ENVIRONMENT} to run them"
            )?;
        }
    }
    let clock = Stopwatch::start();
    let bar = bar(terminal, seeds.count());
    let mut total = Total::default();
    let mut reported = Duration::ZERO;
    let interrupt = Interrupt::listen();
    for seed in seeds.range() {
        if interrupt.came() {
            bar.finish_and_clear();
            summary(&seeds, &total, clock.elapsed(), terminal)?;
            return Err(Stop::Interrupted);
        }
        let outcomes = run_seed(seed, &plan)?;
        total.add(&outcomes);
        if let Some(failure) = outcomes.failure {
            bar.finish_and_clear();
            summary(&seeds, &total, clock.elapsed(), terminal)?;
            show_failure(&failure, terminal)?;
            return Ok(Exit::Failed);
        }
        bar.inc(1);
        if !terminal.is_watched() && clock.elapsed() >= reported + REPORT_EVERY {
            reported = clock.elapsed();
            writeln!(
                terminal,
                "{} seeds held, {} operations",
                total.seeds, total.operations
            )?;
        }
    }
    bar.finish_and_clear();
    summary(&seeds, &total, clock.elapsed(), terminal)?;
    writeln!(
        terminal,
        "{GOOD}held{GOOD:#}: no acknowledged write was lost, and the replicas agree after every run"
    )?;
    Ok(Exit::Done)
}

fn plan(args: &TortureArgs) -> Plan {
    let mut plan = Plan::default();
    if let Some(steps) = args.steps {
        plan.steps = steps;
    }
    if let Some(nodes) = args.nodes {
        plan.nodes = nodes;
    }
    plan
}

fn bar(terminal: &Terminal, seeds: u64) -> ProgressBar {
    if !terminal.is_watched() || seeds == 1 {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} seeds, {eta} left")
        .expect("the template is well formed");
    ProgressBar::with_draw_target(Some(seeds), ProgressDrawTarget::stderr()).with_style(style)
}

fn summary(
    seeds: &Seeds,
    total: &Total,
    elapsed: Duration,
    terminal: &mut Terminal,
) -> Result<(), Stop> {
    let run = match seeds {
        Seeds::First(_) => Seeds::First(total.seeds).to_string(),
        Seeds::One(..) => seeds.to_string(),
    };
    let hours = total.virtual_ns as f64 / 3.6e12;
    let per_second = total.operations as f64 / elapsed.as_secs_f64().max(1e-9);
    writeln!(terminal, "seeds           {}, {run}", total.seeds)?;
    writeln!(terminal, "operations      {}", total.operations)?;
    writeln!(terminal, "acknowledged    {}", total.acknowledged)?;
    writeln!(terminal, "faults          {}", total.faults)?;
    writeln!(terminal, "simulated time  {hours:.2} hours")?;
    writeln!(
        terminal,
        "wall time       {:.1} seconds, {per_second:.0} operations per second",
        elapsed.as_secs_f64()
    )?;
    Ok(())
}

fn show_failure(failure: &Failure, terminal: &mut Terminal) -> Result<(), Stop> {
    writeln!(terminal, "{BAD}FAILED{BAD:#} at seed {}", failure.seed)?;
    writeln!(terminal, "{}", printable(&failure.message))?;
    writeln!(
        terminal,
        "replay it:  {COMMAND}kvorum torture --seed {}{COMMAND:#}",
        failure.seed
    )?;
    if !failure.script.is_empty() {
        writeln!(terminal)?;
        terminal.title("The script that shows it")?;
        writeln!(terminal, "{}", printable(failure.script.trim_end()))?;
    }
    Ok(())
}

/// How long the runs took on the real clock.
struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(
        clippy::disallowed_methods,
        reason = "the command reports the real time that a run took"
    )]
    fn start() -> Self {
        Self(Instant::now())
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}
