//! `kvorum quiz simulate`.

use std::io::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use indicatif::ProgressBar;
use kvorum_quiz::Bank;
use kvorum_quiz::simulate::{Law, SimulationOptions, SimulationReport, one_learner};

use crate::args::SimulateArgs;
use crate::exit::{Exit, Stop};
use crate::files;
use crate::record;
use crate::terminal::Terminal;

/// Lets simulated learners practise under several schedules, and tells what they recall on the day.
///
/// # Errors
/// [`Stop::Environment`] for a picture that cannot be written.
pub fn simulate(args: &SimulateArgs, terminal: &mut Terminal) -> Result<Exit, Stop> {
    let bank = Bank::embedded().map_err(|error| record::refused(error.into()))?;
    let options = SimulationOptions {
        learners: args.learners,
        days: args.days,
        minutes: args.minutes,
        seed: args.seed,
    };
    let bar = terminal.bar("{pos}/{len} learners");
    let report = report(&bank, &options, &bar);
    bar.finish_and_clear();
    if let Some(path) = &args.svg {
        files::write_file(path, &report.svg())?;
    }
    if args.json {
        let text = serde_json::to_string_pretty(&report);
        writeln!(terminal, "{}", text.expect("a report always has a text"))?;
    } else {
        let (columns, colour) = (terminal.columns(), terminal.is_coloured());
        write!(terminal, "{}", report.render(columns, colour))?;
    }
    Ok(Exit::Done)
}

/// Every learner of every law, on as many threads as there are cores; the report does not depend on how many.
fn report(bank: &Bank, options: &SimulationOptions, bar: &ProgressBar) -> SimulationReport {
    let learners = options.learners as usize;
    let jobs = Law::ALL.len() * learners;
    bar.set_length(jobs as u64);
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Vec<f64>)>> = Mutex::new(Vec::with_capacity(jobs));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(jobs) {
            scope.spawn(|| {
                loop {
                    let job = next.fetch_add(1, Ordering::Relaxed);
                    if job >= jobs {
                        return;
                    }
                    let number = u32::try_from(job % learners).unwrap_or(u32::MAX);
                    let recall = one_learner(bank, Law::ALL[job / learners], number, options);
                    done.lock()
                        .unwrap_or_else(std::sync::PoisonError::into_inner)
                        .push((job, recall));
                    bar.inc(1);
                }
            });
        }
    });
    let mut done = done
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    done.sort_by_key(|(job, _)| *job);
    let mut recalls = done.into_iter().map(|(_, recall)| recall);
    let laws: Vec<(Law, Vec<Vec<f64>>)> = Law::ALL
        .into_iter()
        .map(|law| (law, recalls.by_ref().take(learners).collect()))
        .collect();
    SimulationReport::of(options, &laws)
}
