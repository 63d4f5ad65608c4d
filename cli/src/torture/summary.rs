//! What all the runs came to.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::{Duration, Instant};

use kvorum::script::torture::Outcomes;

use super::seeds::Seeds;
use crate::exit::Stop;
use crate::terminal::Terminal;

/// How often a line is printed when nobody looks on.
const REPORT_EVERY: Duration = Duration::from_secs(5);
/// Columns of the names before the figures.
const NAME_COLUMNS: usize = 16;
/// Columns of one kind of fault: its name, its count, and a gap.
const KIND_COLUMNS: usize = 21;
const KIND_NAME_COLUMNS: usize = 10;
/// What is counted with the faults in bytes, and so is no number of them.
const IN_BYTES: &str = "bytes-lost";

/// See the module.
#[derive(Debug)]
pub struct Total {
    clock: Instant,
    reported: Duration,
    seeds: u64,
    operations: u64,
    acknowledged: u64,
    cas: u64,
    contended: u64,
    moves: u64,
    messages: u64,
    faults: BTreeMap<&'static str, u64>,
    virtual_ns: u128,
}

impl Total {
    #[expect(
        clippy::disallowed_methods,
        reason = "the command reports the real time that the runs took"
    )]
    pub fn start() -> Self {
        Self {
            clock: Instant::now(),
            reported: Duration::ZERO,
            seeds: 0,
            operations: 0,
            acknowledged: 0,
            cas: 0,
            contended: 0,
            moves: 0,
            messages: 0,
            faults: BTreeMap::new(),
            virtual_ns: 0,
        }
    }

    pub fn add(&mut self, outcomes: &Outcomes) {
        self.seeds += 1;
        self.operations += outcomes.operations;
        self.acknowledged += outcomes.acknowledged;
        self.cas += outcomes.cas;
        self.contended += outcomes.contended;
        self.moves += outcomes.moves;
        self.messages += outcomes.messages;
        for (name, count) in outcomes.faults.iter() {
            *self.faults.entry(name).or_default() += count;
        }
        self.virtual_ns += u128::from(outcomes.virtual_time.0);
    }

    /// Whether it is time for a line.
    pub fn is_due(&mut self) -> bool {
        let due = self.clock.elapsed() >= self.reported + REPORT_EVERY;
        if due {
            self.reported = self.clock.elapsed();
        }
        due
    }

    pub fn progress(&self, terminal: &mut Terminal) -> Result<(), Stop> {
        writeln!(
            terminal,
            "{} seeds held, {} operations",
            grouped(self.seeds),
            grouped(self.operations)
        )?;
        Ok(())
    }

    pub fn summary(
        &self,
        seeds: &Seeds,
        threads: usize,
        terminal: &mut Terminal,
    ) -> Result<(), Stop> {
        let run = match seeds {
            Seeds::First(_) => Seeds::First(self.seeds).to_string(),
            Seeds::One(..) => seeds.to_string(),
        };
        let faults = self.faults.iter().filter(|(name, _)| **name != IN_BYTES);
        let faults: u64 = faults.map(|(_, count)| count).sum();
        writeln!(terminal, "seeds           {}, {run}", grouped(self.seeds))?;
        writeln!(terminal, "operations      {}", grouped(self.operations))?;
        writeln!(terminal, "acknowledged    {}", grouped(self.acknowledged))?;
        writeln!(terminal, "cas             {}", grouped(self.cas))?;
        let share = 100.0 * self.contended as f64 / self.cas.max(1) as f64;
        writeln!(
            terminal,
            "contended       {}, {share:.0}% of them",
            grouped(self.contended)
        )?;
        writeln!(terminal, "moves           {}", grouped(self.moves))?;
        writeln!(terminal, "messages        {}", grouped(self.messages))?;
        writeln!(terminal, "faults          {}", grouped(faults))?;
        for line in self.struck(terminal.columns() - NAME_COLUMNS) {
            writeln!(terminal, "{:NAME_COLUMNS$}{line}", "")?;
        }
        let hours = self.virtual_ns as f64 / 3.6e12;
        let seconds = self.clock.elapsed().as_secs_f64().max(1e-9);
        let a_second = |count: u64| grouped((count as f64 / seconds) as u64);
        writeln!(terminal, "simulated time  {hours:.2} hours")?;
        let on = if threads == 1 { "thread" } else { "threads" };
        writeln!(
            terminal,
            "wall time       {seconds:.1} seconds, {threads} {on}"
        )?;
        writeln!(
            terminal,
            "speed           {} operations and {} messages a second,",
            a_second(self.operations),
            a_second(self.messages),
        )?;
        writeln!(
            terminal,
            "                {:.2} simulated hours a minute",
            hours / seconds * 60.0
        )?;
        Ok(())
    }

    /// Each kind of fault, and how often it struck: a table of so many columns.
    fn struck(&self, columns: usize) -> Vec<String> {
        let count_columns = KIND_COLUMNS - KIND_NAME_COLUMNS - 2;
        let cell = |(name, count): (&&str, &u64)| {
            format!(
                "{name:<KIND_NAME_COLUMNS$} {:>count_columns$} ",
                grouped(*count)
            )
        };
        // A kind that never strikes is worth knowing of many seeds, not of one.
        let shown = self
            .faults
            .iter()
            .filter(|(_, count)| **count > 0 || self.seeds > 1);
        let cells: Vec<String> = shown.map(cell).collect();
        let rows = cells.chunks((columns / KIND_COLUMNS).max(1));
        rows.map(|row| row.concat().trim_end().to_owned()).collect()
    }
}

/// A number with a comma before every three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let grouped = [0, 7, 999, 1_000, 65_536, 1_234_567].map(grouped);
        assert_eq!(grouped, ["0", "7", "999", "1,000", "65,536", "1,234,567"]);
    }
}
