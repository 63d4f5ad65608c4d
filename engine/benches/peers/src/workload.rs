//! The workloads, and which of them share a store.

use std::str::FromStr;

/// What is measured; the order is the order of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
#[value(rename_all = "lower")]
pub enum Workload {
    /// Each key once, ascending.
    FillSeq,
    /// Each key once, in random order.
    FillRandom,
    /// Random order, every write durable before it returns; a twentieth of the entries, or 10 s.
    FillSync,
    /// Random order, 100 entries a batch.
    FillBatch,
    /// Each key again, in another random order.
    Overwrite,
    /// Random keys, after every entry has been read once: what fits is in the cache.
    ReadRandom,
    /// Random keys right after the store was opened, its cache empty; a fifth of the entries.
    ReadReopen,
    /// The same with the operating system's page cache dropped too; a fiftieth of the entries.
    ReadCold,
    /// Random keys that are not there, each right behind one that is.
    ReadMissing,
    /// Every entry in order, three times over; counts entries.
    Scan,
    /// A new scan from a random key, ten entries long; counts scans, a tenth of the entries.
    Seek10,
    /// Half reads, half overwrites, in random turns, on keys drawn by Zipf's law (0.99).
    Mixed,
    /// Each key, in random order.
    Delete,
    /// No row of its own: memory, and how long a killed store takes to open.
    Kill,
}

impl Workload {
    /// As it is written on the command line and in the JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FillSeq => "fillseq",
            Self::FillRandom => "fillrandom",
            Self::FillSync => "fillsync",
            Self::FillBatch => "fillbatch",
            Self::Overwrite => "overwrite",
            Self::ReadRandom => "readrandom",
            Self::ReadReopen => "readreopen",
            Self::ReadCold => "readcold",
            Self::ReadMissing => "readmissing",
            Self::Scan => "scan",
            Self::Seek10 => "seek10",
            Self::Mixed => "mixed",
            Self::Delete => "delete",
            Self::Kill => "kill",
        }
    }

    /// Whether it begins with an empty store.
    pub const fn is_fill(self) -> bool {
        matches!(
            self,
            Self::FillSeq | Self::FillRandom | Self::FillSync | Self::FillBatch
        )
    }
}

/// A workload at a number of threads: one row of the table. Written `readrandom:2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    pub workload: Workload,
    pub threads: u64,
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.workload.as_str(), self.threads)
    }
}

impl FromStr for Step {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (workload, threads) = text
            .split_once(':')
            .ok_or("a step reads WORKLOAD:THREADS")?;
        Ok(Self {
            workload: <Workload as clap::ValueEnum>::from_str(workload, false)?,
            threads: threads
                .parse()
                .map_err(|error| format!("{threads}: {error}"))?,
        })
    }
}

/// The cells of a round: the steps of one cell follow each other on one store, each beginning when the background
/// work of the one before is done.
pub fn cells(only: &[Workload]) -> Vec<Vec<Step>> {
    use Workload::*;
    let cells: [&[(Workload, u64)]; 8] = [
        &[(FillSeq, 1)],
        &[
            (FillRandom, 1),
            (ReadReopen, 1),
            (ReadCold, 1),
            (ReadRandom, 1),
            (ReadRandom, 2),
            (ReadMissing, 1),
            (ReadMissing, 2),
            (Scan, 1),
            (Seek10, 1),
            (Seek10, 2),
            (Overwrite, 1),
            (Mixed, 1),
            (Mixed, 2),
            (Delete, 1),
        ],
        &[(FillRandom, 2)],
        &[(FillBatch, 1)],
        &[(FillBatch, 2)],
        &[(FillSync, 1)],
        &[(FillSync, 8)],
        &[(Kill, 1)],
    ];
    cells
        .into_iter()
        .map(|steps| {
            steps
                .iter()
                .filter(|(workload, _)| only.is_empty() || only.contains(workload))
                .map(|&(workload, threads)| Step { workload, threads })
                .collect::<Vec<_>>()
        })
        .filter(|steps| !steps.is_empty())
        .collect()
}
