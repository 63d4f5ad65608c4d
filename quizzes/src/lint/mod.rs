//! The author's rules, checked: what a bank that can be read may still do badly.
//!
//! In goes a bank; out comes a [`LintReport`]: what to mend, and figures with their limits. Rules about shares
//! and counts only hold for a bank that covers every lesson; of a draft they are told as figures. Spelling is
//! checked where the crate is built with its feature `spelling`.

mod anchors;
mod choices;
mod coverage;
mod duplicates;
mod lengths;
mod misconceptions;
mod numeric;
mod positions;
mod predict;
mod reading;
mod report;
#[cfg(feature = "spelling")]
mod spelling;
mod texts;

use crate::bank::Bank;

pub use report::{Figure, Finding, LintReport};

/// Checks a bank against every rule. `places` says whether an anchor, `NN-name` or `NN-name#heading`, exists.
#[must_use]
pub fn lint(bank: &Bank, places: &dyn Fn(&str) -> bool) -> LintReport {
    lint_watched(bank, places, &mut |_, _| {})
}

/// As [`lint`]; tells `watch` how many of all the runs of predictions are done, from none to all.
#[must_use]
pub fn lint_watched(
    bank: &Bank,
    places: &dyn Fn(&str) -> bool,
    watch: &mut dyn FnMut(usize, usize),
) -> LintReport {
    let mut report = LintReport::of(bank);
    if let Err(error) = bank.check_draws() {
        // Nothing of such a bank can be asked, so there is nothing else to look at.
        report.of_bank("draws", error.to_string());
        return report;
    }
    coverage::check(bank, &mut report);
    choices::check(bank, &mut report);
    lengths::check(bank, &mut report);
    positions::check(bank, &mut report);
    reading::check(bank, &mut report);
    #[cfg(feature = "spelling")]
    spelling::check(bank, &mut report);
    duplicates::check(bank, &mut report);
    misconceptions::check(bank, &mut report);
    anchors::check(bank, places, &mut report);
    numeric::check(bank, &mut report);
    predict::check(bank, watch, &mut report);
    report
}
