//! `kvorum torture`: random workloads under random faults, one run per seed, every run checked.

mod export;
pub mod mutants;
mod runs;
mod seeds;
mod summary;

use std::io::Write as _;

use indicatif::ProgressBar;
use kvorum::script::torture::{Failure, Plan, script};

use crate::args::TortureArgs;
use crate::exit::{Exit, Stop};
use crate::interrupt::Interrupt;
use crate::terminal::{BAD, COMMAND, GOOD, Terminal, printable, wrapped};
use runs::{Ended, Runs};
use seeds::Seeds;
use summary::Total;

/// How many seeds a planted bug is hunted through where the command line does not say.
const MUTANT_SEEDS_USUAL: u64 = 500;

/// Runs the seeds, stopping at the first failure.
///
/// # Errors
/// [`Stop::Interrupted`] at Ctrl-C, after saying how far it came.
pub fn torture(args: &TortureArgs, terminal: &mut Terminal) -> Result<Exit, Stop> {
    if args.list_mutants {
        mutants::list(terminal)?;
        return Ok(Exit::Done);
    }
    let plan = plan(args);
    let seeds = Seeds::of(args, plan.mutant.map(|_| MUTANT_SEEDS_USUAL))?;
    let one = |what: &str| {
        seeds.one().ok_or_else(|| {
            Stop::Usage(format!(
                "{what} is for one scenario; say which, with --seed"
            ))
        })
    };
    if args.script {
        write!(terminal, "{}", script(one("--script")?, &plan)?)?;
        return Ok(Exit::Done);
    }
    if let Some(file) = &args.history {
        let seed = one("--history")?;
        let rows = export::write(file, seed, &plan)?;
        writeln!(
            terminal,
            "{rows} operations of seed {seed} are in {}",
            file.display()
        )?;
        return Ok(Exit::Done);
    }
    seeds.announce(args, terminal)?;
    run(args, &plan, &seeds, terminal)
}

fn run(
    args: &TortureArgs,
    plan: &Plan,
    seeds: &Seeds,
    terminal: &mut Terminal,
) -> Result<Exit, Stop> {
    let bar = match seeds.count() {
        1 => ProgressBar::hidden(),
        _ => terminal.bar("{pos}/{len} seeds"),
    };
    bar.set_length(seeds.count());
    let interrupt = Interrupt::listen();
    let mut total = Total::start();
    let threads = args.threads.map_or_else(cores, |threads| threads as usize);
    let runs = Runs::new(seeds.first(), seeds.count(), *plan, threads);
    let ended = runs.each(&interrupt, |outcomes| {
        total.add(outcomes);
        bar.inc(1);
        if !terminal.is_watched() && total.is_due() {
            total.progress(terminal)?;
        }
        Ok(())
    })?;
    bar.finish_and_clear();
    total.summary(seeds, threads, terminal)?;
    match ended {
        Ended::Interrupted => Err(Stop::Interrupted),
        Ended::Broken(failure) => {
            show_failure(&failure, args, terminal)?;
            Ok(Exit::Failed)
        }
        Ended::Differs(seed, first, second) => {
            writeln!(
                terminal,
                "{BAD}FAILED{BAD:#} seed {seed} gave two runs: trace {first}, then {second}"
            )?;
            show_replay(seed, args, terminal)?;
            Ok(Exit::Failed)
        }
        Ended::Panicked(seed, message) => {
            writeln!(
                terminal,
                "{BAD}FAILED{BAD:#} at seed {seed}: the run panicked"
            )?;
            writeln!(terminal, "{}", printable(&message))?;
            show_replay(seed, args, terminal)?;
            Ok(Exit::Failed)
        }
        Ended::Held => {
            show_held(plan, terminal)?;
            Ok(Exit::Done)
        }
    }
}

fn show_held(plan: &Plan, terminal: &mut Terminal) -> Result<(), Stop> {
    match plan.mutant {
        Some(mutant) => writeln!(
            terminal,
            "{BAD}not found{BAD:#}: no seed showed {}; try more of them",
            mutant.name()
        )?,
        None => writeln!(
            terminal,
            "{GOOD}held{GOOD:#}: no promise was broken, and the replicas agree after every run"
        )?,
    }
    Ok(())
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn plan(args: &TortureArgs) -> Plan {
    let usual = Plan::default();
    Plan {
        steps: args.steps.unwrap_or(usual.steps),
        nodes: args.nodes.unwrap_or(usual.nodes),
        mutant: args.mutant,
    }
}

fn show_failure(
    failure: &Failure,
    args: &TortureArgs,
    terminal: &mut Terminal,
) -> Result<(), Stop> {
    writeln!(terminal, "{BAD}FAILED{BAD:#} at seed {}", failure.seed)?;
    let message = printable(&failure.message);
    // A picture may follow the checker's words.
    let (words, picture) = message.split_once('\n').unwrap_or((&message, ""));
    for line in wrapped(words, terminal.columns()) {
        writeln!(terminal, "{line}")?;
    }
    if !picture.is_empty() {
        writeln!(terminal, "{picture}")?;
    }
    show_replay(failure.seed, args, terminal)?;
    writeln!(terminal)?;
    terminal.title("The script that shows it")?;
    writeln!(terminal, "{}", printable(failure.script.trim_end()))?;
    Ok(())
}

/// The command that runs this seed once more, as it was run.
fn show_replay(seed: u64, args: &TortureArgs, terminal: &mut Terminal) -> Result<(), Stop> {
    let mut command = format!("kvorum torture --seed {seed}");
    let given = [
        ("steps", args.steps.map(|steps| steps.to_string())),
        ("nodes", args.nodes.map(|nodes| nodes.to_string())),
        ("mutant", args.mutant.map(|mutant| mutant.name().to_owned())),
    ];
    for (name, value) in given {
        if let Some(value) = value {
            command.push_str(&format!(" --{name} {value}"));
        }
    }
    writeln!(terminal, "replay it:  {COMMAND}{command}{COMMAND:#}")?;
    Ok(())
}
