//! Figures in the text that a lab measured: the build runs the lab again and compares.

use std::collections::BTreeMap;
use std::path::Path;

use kvorum::script::{self, RunOptions, Step};
use kvorum_quiz::number_in;

use super::directive::Arguments;
use super::expand::{Place, is_inside};
use super::lab::labelled;
use crate::BookError;
use crate::html::escape;

/// The labs that figures were taken from, each run once.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    runs: BTreeMap<String, Vec<Step>>,
}

impl Measured {
    /// The figure as HTML, when the run agrees with it.
    pub(crate) fn measured(
        &mut self,
        place: Place<'_>,
        lessons: &Path,
        arguments: &Arguments,
    ) -> Result<String, BookError> {
        arguments
            .only(&["lab", "step", "tolerance"])
            .map_err(|wrong| place.error(wrong))?;
        let setting = |name: &str| {
            arguments.setting(name).ok_or_else(|| {
                place.error(format!("'{name}=' is missing: {{{{#measured 16.4% lab=02-x/move.kv step=moved tolerance=0.5}}}}"))
            })
        };
        let told = arguments.words.join(" ");
        let (lab, label) = (setting("lab")?, setting("step")?);
        let tolerance: f64 = setting("tolerance")?
            .parse()
            .map_err(|_| place.error("a tolerance is a number"))?;
        let (number, unit) = figure(&told)
            .ok_or_else(|| place.error(format!("'{told}' is no figure such as 16.4% or 9 ms")))?;
        let printed = self.printed(place, lessons, lab, label)?;
        let came = number_in(&printed, unit).ok_or_else(|| {
            place.error(format!(
                "'{label}' of {lab} prints '{printed}': no number in {unit}"
            ))
        })?;
        if (came - number).abs() > tolerance {
            return Err(place.error(format!(
                "the text says {told}, and '{label}' of {lab} prints '{printed}': more than {tolerance} off"
            )));
        }
        let title = format!("measured by the lab {lab}, line {label}: {printed}");
        Ok(format!(
            "<span class=\"measured\" title=\"{}\">{}</span>",
            escape(&title),
            escape(&told)
        ))
    }

    fn printed(
        &mut self,
        place: Place<'_>,
        lessons: &Path,
        lab: &str,
        label: &str,
    ) -> Result<String, BookError> {
        if !self.runs.contains_key(lab) {
            if !is_inside(lab) {
                return Err(place.error(format!("'{lab}' leaves the folder of the lessons")));
            }
            let script = std::fs::read_to_string(lessons.join(lab))
                .map_err(|wrong| place.error(format!("cannot read lessons/{lab}: {wrong}")))?;
            let report = script::run(lab, &script, &RunOptions::default())
                .map_err(|wrong| place.error(format!("{lab}:{}: {}", wrong.line, wrong.message)))?;
            self.runs.insert(lab.to_owned(), report.steps);
        }
        let steps = self.runs.get(lab).map_or(&[][..], Vec::as_slice);
        labelled(steps, label)
            .map(|step| step.printed.trim().to_owned())
            .ok_or_else(|| place.error(format!("no line of {lab} is labelled '{label}:'")))
    }
}

/// `16.4%`, `9 ms`, `1,000 keys`: the number and its unit.
fn figure(text: &str) -> Option<(f64, &str)> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',' | '-')));
    let (digits, unit) = text.split_at(end.unwrap_or(text.len()));
    let number = digits.replace(',', "").parse().ok()?;
    Some((number, unit.trim()))
}

#[cfg(test)]
mod tests {
    use super::figure;

    #[test]
    fn a_figure_is_a_number_and_its_unit() {
        assert_eq!(figure("16.4%"), Some((16.4, "%")));
        assert_eq!(figure("9 ms"), Some((9.0, "ms")));
        assert_eq!(figure("1,000 keys"), Some((1000.0, "keys")));
        assert_eq!(figure("31"), Some((31.0, "")));
        assert_eq!(figure("many"), None);
    }
}
