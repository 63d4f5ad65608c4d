//! Figures about the quiz: what its bank holds, and whether adapting helps.

use kvorum_quiz::Bank;
use kvorum_quiz::lint::figures;
use kvorum_quiz::simulate::SimulationReport;

use super::expand::Place;
use super::lab;
use crate::BookError;
use crate::html::escape;

/// The command whose figures the book tells.
const SIMULATE: &str = "kvorum quiz simulate";

/// The figures of the bank as a table, those of single lessons left out.
pub(crate) fn bank(place: Place<'_>) -> Result<String, BookError> {
    let bank = Bank::embedded().map_err(|wrong| place.error(wrong.to_string()))?;
    let mut html = String::from(
        "<div class=\"table-wrapper\"><table>\n<thead><tr><th>figure</th><th>here</th><th>rule</th></tr></thead>\n<tbody>\n",
    );
    let whole = figures(&bank);
    for figure in whole
        .iter()
        .filter(|figure| !figure.name.starts_with("lesson "))
    {
        html.push_str(&format!(
            "<tr><td>{}</td><td>{}</td><td>{}</td></tr>\n",
            escape(&figure.name),
            escape(&figure.value),
            escape(&figure.limit)
        ));
    }
    html.push_str("</tbody></table></div>");
    Ok(html)
}

/// The picture of the simulation, and the same as a table.
pub(crate) fn simulation() -> String {
    let report = SimulationReport::published();
    let caption = format!(
        "{SIMULATE}: mean chance of recall on the day over all questions, guesses left out, with intervals of 95%"
    );
    let mut html = lab::figure(&report.svg(), &caption);
    html.push('\n');
    html.push_str(
        "<details><summary>The same as numbers</summary>\n<div class=\"table-wrapper\"><table>\n<thead><tr><th>forgetting</th>\
         <th>schedule</th><th>recall</th><th>adaptive ahead by</th></tr></thead>\n<tbody>\n",
    );
    for outcome in &report.outcomes {
        let ahead = match outcome.behind_error > 0.0 {
            true => format!(
                "{:+.1} ± {:.1}",
                100.0 * outcome.behind,
                100.0 * outcome.behind_error
            ),
            false => String::new(),
        };
        html.push_str(&format!(
            "<tr><td>{}</td><td>{}</td><td>{:.1}% ± {:.1}</td><td>{ahead}</td></tr>\n",
            escape(&outcome.law),
            escape(&outcome.schedule),
            100.0 * outcome.recall,
            100.0 * outcome.recall_error,
        ));
    }
    html.push_str("</tbody></table></div>\n</details>");
    html
}
