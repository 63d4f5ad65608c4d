//! A cell: one engine, one store, a list of steps. It runs in a process of its own and reports on standard output,
//! one JSON object a line.

mod reads;
mod timing;
mod writes;

use std::path::PathBuf;
use std::time::Instant;

use serde_json::json;

use self::timing::Timing;
use crate::engine::{Engine, Result, Settings};
use crate::process;
use crate::workload::{Step, Workload};

/// What a cell is told.
#[derive(Clone, Debug, clap::Args)]
pub struct Order {
    #[arg(long)]
    pub dir: PathBuf,
    #[arg(long)]
    pub entries: u64,
    #[arg(long)]
    pub value_bytes: usize,
    #[arg(long)]
    pub cache_bytes: usize,
    #[arg(long)]
    pub memtable_bytes: usize,
    #[arg(long, value_delimiter = ',')]
    pub steps: Vec<Step>,
}

impl Order {
    /// What the engine is opened with.
    pub const fn settings(&self) -> Settings {
        Settings {
            cache_bytes: self.cache_bytes,
            memtable_bytes: self.memtable_bytes,
        }
    }
}

/// Runs the steps of an order and reports each.
pub fn run<E: Engine>(order: &Order) -> Result<()> {
    let mut cell = Cell::<E>::new(order.clone());
    for &step in &order.steps {
        let timing = cell.step(step)?;
        let (ops, seconds) = (timing.ops, timing.seconds);
        println!(
            "{}",
            json!({"step": step.to_string(), "ops": ops, "seconds": seconds})
        );
    }
    Ok(())
}

/// Reports something other than speed.
pub fn report(measure: &str, unit: &str, value: f64) {
    println!(
        "{}",
        json!({"measure": measure, "unit": unit, "value": value})
    );
}

/// Bytes as the tables show them.
pub fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// An engine with what has been done to its store.
pub struct Cell<E> {
    order: Order,
    engine: Option<E>,
    is_loaded: bool,
    /// Whether every entry was read since the store was opened.
    is_warm: bool,
}

impl<E: Engine> Cell<E> {
    /// A cell in an empty folder; nothing is opened yet.
    pub const fn new(order: Order) -> Self {
        Self {
            order,
            engine: None,
            is_loaded: false,
            is_warm: false,
        }
    }

    /// Runs one step, with whatever has to come before it.
    pub fn step(&mut self, step: Step) -> Result<Timing> {
        if !step.workload.is_fill() && !self.is_loaded {
            self.load()?;
            self.engine()?.settle()?;
        }
        let threads = step.threads;
        match step.workload {
            Workload::FillSeq | Workload::FillRandom if threads == 1 => self.accounted(step),
            Workload::Overwrite | Workload::Delete => self.accounted(step),
            Workload::Mixed => {
                let timing = self.mixed(threads)?;
                self.engine()?.settle()?;
                Ok(timing)
            }
            Workload::FillSeq | Workload::FillRandom | Workload::FillBatch | Workload::FillSync => {
                self.fill(step)
            }
            Workload::ReadReopen => {
                self.close();
                report("open after a clean close", "ms", self.open()? * 1e3);
                self.read_random(threads, self.order.entries.div_ceil(5))
            }
            Workload::ReadCold => {
                self.close();
                process::drop_page_cache(&self.order.dir)?;
                self.open()?;
                self.read_random(threads, self.order.entries.div_ceil(50))
            }
            Workload::ReadRandom => {
                self.warm()?;
                self.read_random(threads, self.order.entries)
            }
            Workload::ReadMissing => {
                self.warm()?;
                self.read_missing(threads)
            }
            Workload::Scan => {
                self.warm()?;
                self.scan()
            }
            Workload::Seek10 => {
                self.warm()?;
                self.seek(threads)
            }
            Workload::Kill => Err("a kill takes two processes: see kill.rs".into()),
        }
    }

    /// A step that writes each entry once, with what it cost beside time: bytes written until all background work
    /// was done, how long that took, memory, and the disk under the closed store.
    fn accounted(&mut self, step: Step) -> Result<Timing> {
        self.engine()?;
        let written_before = process::written_bytes()?;
        let timing = match step.workload {
            Workload::Overwrite => self.overwrite(step.threads)?,
            Workload::Delete => self.delete(step.threads)?,
            _ => self.fill(step)?,
        };
        let settling = Instant::now();
        self.engine()?.settle()?;
        let settle_seconds = settling.elapsed().as_secs_f64();
        let written = process::written_bytes()? - written_before;

        let name = step.workload.as_str();
        if step.workload == Workload::Delete {
            self.expect_empty()?;
        } else {
            let amplification = written as f64 / self.data_bytes() as f64;
            report(&format!("{name}: write amplification"), "x", amplification);
        }
        if step.workload == Workload::FillRandom {
            let peak = mebibytes(process::peak_memory_bytes()?);
            report(&format!("{name}: peak memory"), "MiB", peak);
        }
        report(&format!("{name}: settled after"), "s", settle_seconds);
        self.close();
        let disk = mebibytes(process::disk_bytes(&self.order.dir)?);
        report(&format!("{name}: disk, closed"), "MiB", disk);
        Ok(timing)
    }

    /// Keys and values of the whole store, uncompressed.
    const fn data_bytes(&self) -> u64 {
        self.order.entries * (crate::keys::KEY_BYTES + self.order.value_bytes) as u64
    }

    /// The open engine; opens it if it is closed.
    fn engine(&mut self) -> Result<&E> {
        if self.engine.is_none() {
            self.open()?;
        }
        self.engine
            .as_ref()
            .ok_or_else(|| "the store is closed".into())
    }

    /// Opens the store; returns the seconds it took.
    pub fn open(&mut self) -> Result<f64> {
        let start = Instant::now();
        self.engine = Some(E::open(&self.order.dir, &self.order.settings())?);
        Ok(start.elapsed().as_secs_f64())
    }

    /// Closes the store cleanly.
    pub fn close(&mut self) {
        self.engine = None;
        self.is_warm = false;
    }
}
