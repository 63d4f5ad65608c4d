//! The planted bugs by name: how the command line takes one, and the list of them.

use std::ffi::OsStr;
use std::io::Write as _;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, Command};
use kvorum::base::mutant::Mutant;
use kvorum::script::nearest;

use crate::exit::Stop;
use crate::terminal::{COMMAND, Terminal, wrapped};

/// Columns of the names in the list.
const NAME_COLUMNS: usize = 22;

/// Reads a mutant's name; completion knows them all.
#[derive(Clone, Copy, Debug)]
pub struct MutantName;

impl TypedValueParser for MutantName {
    type Value = Mutant;

    fn parse_ref(
        &self,
        command: &Command,
        _argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<Mutant, clap::Error> {
        let name = value.to_string_lossy();
        name.parse().map_err(|_| {
            let near = nearest(&name, Mutant::ALL.iter().map(|mutant| mutant.name()));
            let near = near.map_or_else(String::new, |near| format!("; did you mean '{near}'?"));
            let message =
                format!("there is no mutant '{name}'{near}\n\nkvorum torture --list-mutants names them all\n");
            clap::Error::raw(ErrorKind::InvalidValue, message).with_cmd(command)
        })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let value = |mutant: &Mutant| PossibleValue::new(mutant.name()).help(mutant.breaks());
        Some(Box::new(Mutant::ALL.iter().map(value)))
    }
}

/// Prints every name, and what it breaks.
///
/// # Errors
/// As any write.
pub fn list(terminal: &mut Terminal) -> Result<(), Stop> {
    for mutant in Mutant::ALL {
        let lines = wrapped(mutant.breaks(), terminal.columns() - NAME_COLUMNS - 1);
        let first = lines.first().map_or("", String::as_str);
        writeln!(
            terminal,
            "{COMMAND}{:<NAME_COLUMNS$}{COMMAND:#} {first}",
            mutant.name()
        )?;
        for line in lines.iter().skip(1) {
            writeln!(terminal, "{:NAME_COLUMNS$} {line}", "")?;
        }
    }
    Ok(())
}
