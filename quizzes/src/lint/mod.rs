//! The author's rules, checked: what a bank that can be read may still do badly.
//!
//! In goes a bank; out comes a [`LintReport`]: what to mend, and figures with their limits. Rules about
//! shares and counts only hold for a bank that covers every lesson; of a draft they are told as figures.
//! Spelling is checked where the crate is built with its feature `spelling`.

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
#[cfg(feature = "spelling")]
pub use spelling::misspelt_words;

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

/// The figures of a bank alone, with their limits: what can be told without running any prediction.
#[must_use]
pub fn figures(bank: &Bank) -> Vec<Figure> {
    let mut report = LintReport::of(bank);
    coverage::check(bank, &mut report);
    lengths::check(bank, &mut report);
    positions::check(bank, &mut report);
    duplicates::check(bank, &mut report);
    report.figures
}

#[cfg(test)]
mod tests {
    use super::lint;
    use crate::bank::{Bank, BankFile};

    /// A bank that nobody checked may not even be drawn from.
    #[test]
    fn a_bank_with_a_draw_that_fails_is_looked_at_no_further() {
        let question = r#"
[[question]]
id = "7a4e2f0c-3d55-4a0e-9f6b-0d2c8b1e5a10"
type = "numeric"
lesson = 2
difficulty = 2
tags = []
params = { nodes = [4, 5] }
stem = "s"
answer = "1 / (nodes - 5)"
tolerance = 0
wrong = [{ answer = 0, misconception = "even", feedback = "f" }]
explanation = "e"
interview = "i"
source = "s"
anchor = "02-x"
"#;
        let misconceptions = r#"
[[misconception]]
id = "even"
name = "n"
tempting = "t"
truth = "t"
where = "02-x"
"#;
        let file = |name, text| BankFile { name, text };
        let bank = Bank::load(
            &[file("bank/x.toml", question)],
            &file("m", misconceptions),
            &file("p", ""),
        )
        .unwrap();
        let report = lint(&bank, &|_| false);
        let [finding] = &report.findings[..] else {
            panic!("{}", report.render(80));
        };
        assert_eq!(finding.rule, "draws");
        let expected =
            "bank/x.toml: question 1 (7a4e2f0c-3d55-4a0e-9f6b-0d2c8b1e5a10), field 'answer'";
        assert!(finding.message.starts_with(expected), "{}", finding.message);
    }
}
