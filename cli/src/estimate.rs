//! `kvorum estimate`.

use std::io::Write as _;

use kvorum_lessons::estimate::{Inputs, estimate as fill_in, shown};

use crate::args::EstimateArgs;
use crate::exit::{Exit, Stop};
use crate::terminal::{ASIDE, TITLE, Terminal, wrapped};

/// Columns of a step's name and of its value.
const NAME_COLUMNS: usize = 26;
const VALUE_COLUMNS: usize = 12;

/// Fills the worksheet in and prints it, each step with its formula.
///
/// # Errors
/// [`Stop::Usage`] for a number that makes no sense.
pub fn estimate(args: &EstimateArgs, terminal: &mut Terminal) -> Result<Exit, Stop> {
    let inputs = inputs(args)?;
    let sheet = fill_in(&inputs).map_err(Stop::Usage)?;
    terminal.title("From the workload to the nodes")?;
    let formula_columns = terminal
        .columns()
        .saturating_sub(NAME_COLUMNS + VALUE_COLUMNS + 4)
        .max(16);
    for step in &sheet.steps {
        let value = shown(step.value, step.unit);
        let formula = wrapped(step.formula, formula_columns);
        for (line, part) in formula.iter().enumerate() {
            let (name, value) = if line == 0 {
                (step.name, value.as_str())
            } else {
                ("", "")
            };
            writeln!(
                terminal,
                "  {name:<NAME_COLUMNS$}{value:>VALUE_COLUMNS$}  {ASIDE}{part}{ASIDE:#}"
            )?;
        }
    }
    writeln!(terminal)?;
    let nodes = shown(sheet.nodes, "nodes");
    writeln!(
        terminal,
        "{TITLE}{nodes}{TITLE:#}, decided by: {}.",
        sheet.decisive
    )?;
    let note = "The same answer from another input is the point: change what decides, and see whether it still does.";
    for line in wrapped(note, terminal.columns()) {
        writeln!(terminal, "{line}")?;
    }
    Ok(Exit::Done)
}

fn inputs(args: &EstimateArgs) -> Result<Inputs, Stop> {
    let mut inputs = Inputs::default();
    let given = [
        ("users", &args.users, &mut inputs.users),
        ("requests", &args.requests, &mut inputs.requests_a_day),
        ("peak", &args.peak, &mut inputs.peak),
        ("writes", &args.writes, &mut inputs.write_share),
        ("item", &args.item, &mut inputs.item_bytes),
        ("copies", &args.copies, &mut inputs.copies),
        ("read", &args.read, &mut inputs.read_replicas),
        (
            "space-amp",
            &args.space_amp,
            &mut inputs.space_amplification,
        ),
        (
            "write-amp",
            &args.write_amp,
            &mut inputs.write_amplification,
        ),
        ("miss", &args.miss, &mut inputs.miss_rate),
        ("disk", &args.disk, &mut inputs.disk_bytes),
        ("disk-rate", &args.disk_rate, &mut inputs.disk_rate),
        ("network-rate", &args.network_rate, &mut inputs.network_rate),
        ("rebuild-rate", &args.rebuild_rate, &mut inputs.rebuild_rate),
        ("zones", &args.zones, &mut inputs.zones),
    ];
    for (name, text, value) in given {
        if let Some(text) = text {
            *value = number(name, text)?;
        }
    }
    inputs.items = match &args.items {
        Some(text) => number("items", text)?,
        None => inputs.users,
    };
    Ok(inputs)
}

/// `100M`, `2k`, `0.2`: a number with the ending of a power of a thousand.
fn number(name: &str, text: &str) -> Result<f64, Stop> {
    let text = text.trim();
    let (digits, factor) = match text.chars().last() {
        Some('k' | 'K') => (&text[..text.len() - 1], 1e3),
        Some('M') => (&text[..text.len() - 1], 1e6),
        Some('G') => (&text[..text.len() - 1], 1e9),
        Some('T') => (&text[..text.len() - 1], 1e12),
        _ => (text, 1.0),
    };
    digits
        .parse::<f64>()
        .map(|number| number * factor)
        .ok()
        .filter(|number| number.is_finite())
        .ok_or_else(|| {
            Stop::Usage(format!(
                "--{name}: '{text}' is no number such as 0.2, 100M or 1T"
            ))
        })
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn endings_are_powers_of_a_thousand() {
        for (text, value) in [
            ("100M", 100e6),
            ("2k", 2000.0),
            ("0.2", 0.2),
            ("1T", 1e12),
            ("1.5G", 1.5e9),
        ] {
            assert!((number("x", text).unwrap() - value).abs() < 1e-6, "{text}");
        }
        for text in ["", "M", "many", "1e999", "nan", "1,000"] {
            assert!(number("x", text).is_err(), "{text}");
        }
    }
}
