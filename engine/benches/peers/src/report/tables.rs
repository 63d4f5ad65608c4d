//! The tables, no wider than 100 columns.

use std::fmt::{Display, Formatter, Result};

use super::{Better, Report, Row};
use crate::engines::Name;

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        self.write_speeds(f)?;
        self.write_measures(f)
    }
}

impl Report {
    fn write_speeds(&self, f: &mut Formatter<'_>) -> Result {
        if self.speeds.is_empty() {
            return Ok(());
        }
        writeln!(
            f,
            "\nThousand operations a second; a ratio above 1: kvorum is ahead.\n"
        )?;
        write!(f, "{:<12}{:>4}{:>7}", "workload", "thr", "value")?;
        self.write_engines(f)?;
        writeln!(f, "  {:<13}{:>6}", "fastest peer", "ratio")?;
        for ((value_bytes, step), rounds) in &self.speeds {
            let row = Row::new(rounds, Better::More);
            write!(
                f,
                "{:<12}{:>4}{value_bytes:>7}",
                step.workload.as_str(),
                step.threads
            )?;
            self.write_medians(f, &row, 1e3)?;
            writeln!(f, "  {:<13}{:>6}", row.peer(), ratio(row.ratio))?;
        }
        Ok(())
    }

    fn write_measures(&self, f: &mut Formatter<'_>) -> Result {
        if self.measures.is_empty() {
            return Ok(());
        }
        writeln!(
            f,
            "\nSpace, bytes, memory, waiting: less is better; a ratio above 1: kvorum is ahead.\n\
             write amplification: bytes passed to write(2) until settled (wchar) / bytes of keys and values;\n\
             disk: blocks allocated after a clean close; peak memory: of the whole process, cache included.\n"
        )?;
        write!(f, "{:<31}{:>6} {:<4}", "measure", "value", "unit")?;
        self.write_engines(f)?;
        writeln!(f, "  {:<8}{:>6}{:>8}", "least", "ratio", "rocksdb")?;
        for measure in &self.measures {
            let row = Row::new(&measure.rounds, Better::Less);
            write!(
                f,
                "{:<31}{:>6} {:<4}",
                measure.name, measure.value_bytes, measure.unit
            )?;
            self.write_medians(f, &row, 1.0)?;
            let to_rocksdb = ratio(row.ratio_to_rocksdb);
            writeln!(
                f,
                "  {:<8}{:>6}{to_rocksdb:>8}",
                row.peer(),
                ratio(row.ratio)
            )?;
        }
        Ok(())
    }

    fn write_engines(&self, f: &mut Formatter<'_>) -> Result {
        for engine in self.columns() {
            write!(f, "{engine:>8}")?;
        }
        Ok(())
    }

    fn write_medians(&self, f: &mut Formatter<'_>, row: &Row, unit: f64) -> Result {
        for engine in self.columns() {
            let median = row.medians.get(&engine).map(|median| median / unit);
            write!(f, "{:>8}", figure(median))?;
        }
        Ok(())
    }

    fn columns(&self) -> impl Iterator<Item = Name> {
        Name::ALL
            .into_iter()
            .filter(|engine| self.engines.contains(engine))
    }
}

impl Row {
    fn peer(&self) -> &'static str {
        self.best_peer.map_or("-", |(peer, _)| peer.as_str())
    }
}

/// Three digits that count.
fn figure(value: Option<f64>) -> String {
    match value {
        None => "-".into(),
        Some(value) if value < 9.995 => format!("{value:.2}"),
        Some(value) if value < 99.95 => format!("{value:.1}"),
        Some(value) => format!("{value:.0}"),
    }
}

fn ratio(ratio: Option<f64>) -> String {
    ratio.map_or_else(|| "-".into(), |ratio| format!("{ratio:.2}"))
}
