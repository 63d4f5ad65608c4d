//! The run: every round gives each cell to each engine in turn, and the order of the engines rotates.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::Value;

use crate::args::Args;
use crate::engine::Result;
use crate::engines::Name;
use crate::process;
use crate::report::{Report, header};
use crate::workload::{Step, Workload, cells};

/// Runs everything the arguments ask for and prints the tables.
pub fn run(args: &Args) -> Result<()> {
    let scratch = Scratch::new(args)?;
    let (file_system, in_memory) = process::file_system(&scratch.0)?;
    let mut report = Report::new(args, &file_system);
    println!("{}", header(args, &file_system));
    if in_memory {
        eprintln!(
            "peers: {} lies in memory: syncs cost nothing there",
            scratch.0.display()
        );
    }

    let start = Instant::now();
    let mut failures = 0;
    let cells = cells(&args.only);
    let total = args.value_bytes.len() * args.rounds() * cells.len() * args.engines.len();
    let mut done = 0;
    for &value_bytes in &args.value_bytes {
        for round in 0..args.rounds() {
            for (index, steps) in cells.iter().enumerate() {
                for turn in 0..args.engines.len() {
                    // Within a round the order moves on from cell to cell too.
                    let engine = args.engines[(turn + round + index) % args.engines.len()];
                    done += 1;
                    let cell = Cell {
                        args,
                        dir: scratch.cell()?,
                        engine,
                        value_bytes,
                        steps,
                        progress: format!(
                            "[{done}/{total} {:>4.0} s] round {} {value_bytes} B",
                            start.elapsed().as_secs_f64(),
                            round + 1
                        ),
                    };
                    if let Err(error) = cell.run(&mut report) {
                        eprintln!("{} {engine}: FAILED: {error}", cell.progress);
                        failures += 1;
                    }
                }
            }
            if let Some(file) = &args.json {
                fs::write(file, format!("{:#}\n", report.json()))?;
            }
        }
    }

    println!("{report}");
    match failures {
        0 => Ok(()),
        failures => Err(format!("{failures} of {total} cells failed: see above").into()),
    }
}

/// One engine's turn at a cell.
struct Cell<'a> {
    args: &'a Args,
    dir: PathBuf,
    engine: Name,
    value_bytes: usize,
    steps: &'a [Step],
    progress: String,
}

impl Cell<'_> {
    fn run(&self, report: &mut Report) -> Result<()> {
        if self.steps[0].workload == Workload::Kill {
            self.kill()?;
            self.child("reopen", report)
        } else {
            self.child("cell", report)
        }
    }

    /// Runs a child to its end and takes down what it reports.
    fn child(&self, command: &str, report: &mut Report) -> Result<()> {
        let mut child = self.command(command)?.spawn()?;
        let output = child.stdout.take().ok_or("a child without output")?;
        let taken_down = BufReader::new(output).lines().try_for_each(|line| {
            let line: Value = serde_json::from_str(&line?)?;
            self.take_down(&line, report)
        });
        if taken_down.is_err() {
            child.kill()?;
        }
        let status = child.wait()?;
        taken_down?;
        if !status.success() {
            return Err(format!("the child ended with {status}").into());
        }
        Ok(())
    }

    fn take_down(&self, line: &Value, report: &mut Report) -> Result<()> {
        let text = |name: &str| line[name].as_str().unwrap_or_default();
        let number = |name: &str| line[name].as_f64().unwrap_or_default();
        if let Some(measure) = line["measure"].as_str() {
            let unit = text("unit");
            report.measure(
                self.engine,
                self.value_bytes,
                measure,
                unit,
                number("value"),
            );
        } else {
            let step: Step = text("step").parse()?;
            let speed = number("ops") / number("seconds");
            report.speed(self.engine, self.value_bytes, step, speed);
            let (progress, engine) = (&self.progress, self.engine);
            eprintln!("{progress} {step} {engine}: {:.1} k/s", speed / 1e3);
        }
        Ok(())
    }

    /// Lets a child fill the store and kills it (SIGKILL) once it says that it has.
    fn kill(&self) -> Result<()> {
        let mut child = self.command("fill")?.spawn()?;
        let output = child.stdout.take().ok_or("a child without output")?;
        let filled = BufReader::new(output).lines().next();
        child.kill()?;
        child.wait()?;
        match filled {
            Some(Ok(_)) => Ok(()),
            _ => Err("the child ended before it had filled the store".into()),
        }
    }

    fn command(&self, command: &str) -> Result<Command> {
        let steps: Vec<_> = self.steps.iter().map(Step::to_string).collect();
        let mut child = Command::new(std::env::current_exe()?);
        child
            .arg(command)
            .arg(self.engine.as_str())
            .arg("--dir")
            .arg(&self.dir)
            .args(["--entries", &self.args.entries().to_string()])
            .args(["--value-bytes", &self.value_bytes.to_string()])
            .args(["--cache-bytes", &self.args.cache_bytes().to_string()])
            .args(["--memtable-bytes", &self.args.memtable_bytes().to_string()])
            .args(["--steps", &steps.join(",")])
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        Ok(child)
    }
}

/// A folder for the stores, removed at the end.
pub struct Scratch(PathBuf);

impl Scratch {
    /// Makes the folder where the arguments say, or beside this executable.
    pub fn new(args: &Args) -> Result<Self> {
        let parent = match &args.dir {
            Some(dir) => dir.clone(),
            None => std::env::current_exe()?
                .parent()
                .map(Path::to_path_buf)
                .ok_or("this executable lies in no folder")?,
        };
        let dir = parent.join(format!("peers-{}", std::process::id()));
        fs::create_dir_all(&dir)?;
        Ok(Self(dir))
    }

    /// An empty folder for one cell, on a disk that has nothing left to write.
    pub fn cell(&self) -> Result<PathBuf> {
        let dir = self.0.join("store");
        if dir.exists() {
            fs::remove_dir_all(&dir)?;
        }
        fs::create_dir(&dir)?;
        process::sync(&self.0)?;
        Ok(dir)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            eprintln!("peers: {} was left behind: {error}", self.0.display());
        }
    }
}
