//! What came of a simulation, as numbers, as a table and as a picture.

use kvorum::draw::{IntervalPanel, IntervalRow, intervals_svg};
use serde::{Deserialize, Serialize};

use super::{Kind, Law, SimulationOptions};
use crate::paint::{Paint, Tone};

/// Standard errors on either side that hold 95%.
const ERRORS_95: f64 = 1.96;

/// One schedule under one law of forgetting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// The law.
    pub law: String,
    /// The schedule.
    pub schedule: String,
    /// Mean recall on the day, 0 to 1.
    pub recall: f64,
    /// Half the width of its 95% interval.
    pub recall_error: f64,
    /// How far the adaptive schedule is ahead, learner by learner; 0 for itself.
    pub behind: f64,
    /// Half the width of that difference's 95% interval.
    pub behind_error: f64,
}

/// Everything that came of a simulation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SimulationReport {
    /// Learners of each law.
    pub learners: u32,
    /// Days until the interview.
    pub days: u32,
    /// Minutes a day.
    pub minutes: u32,
    /// The seed.
    pub seed: u64,
    /// Law by law, schedule by schedule.
    pub outcomes: Vec<Outcome>,
}

impl SimulationReport {
    /// The report on `recalls`: for each law, the recalls of each learner under each schedule.
    #[must_use]
    pub fn of(options: &SimulationOptions, recalls: &[(Law, Vec<Vec<f64>>)]) -> Self {
        let mut outcomes = Vec::new();
        for (law, learners) in recalls {
            for (index, kind) in Kind::ALL.into_iter().enumerate() {
                let recall: Vec<f64> = learners.iter().map(|one| one[index]).collect();
                let behind: Vec<f64> = learners.iter().map(|one| one[0] - one[index]).collect();
                let ((recall, recall_error), (behind, behind_error)) =
                    (mean(&recall), mean(&behind));
                outcomes.push(Outcome {
                    law: law.name().to_owned(),
                    schedule: kind.name().to_owned(),
                    recall,
                    recall_error,
                    behind,
                    behind_error,
                });
            }
        }
        Self {
            learners: options.learners,
            days: options.days,
            minutes: options.minutes,
            seed: options.seed,
            outcomes,
        }
    }

    /// A picture: one panel a law, the adaptive schedule on top.
    #[must_use]
    pub fn svg(&self) -> String {
        let panels: Vec<IntervalPanel> = self
            .outcomes
            .chunk_by(|a, b| a.law == b.law)
            .map(|outcomes| IntervalPanel {
                title: format!("Forgetting by {}", outcomes[0].law),
                rows: outcomes
                    .iter()
                    .map(|outcome| IntervalRow {
                        label: outcome.schedule.clone(),
                        mean: outcome.recall,
                        error: outcome.recall_error,
                    })
                    .collect(),
            })
            .collect();
        let title = format!(
            "Recall after {} days of {} minutes, {} learners each",
            self.days, self.minutes, self.learners
        );
        intervals_svg(&title, &panels)
    }

    /// A table for a terminal of `width` columns.
    #[must_use]
    pub fn render(&self, width: usize, colour: bool) -> String {
        let paint = Paint::new(width, colour);
        let title = format!(
            "Recall after {} days of {} minutes; {} simulated learners of each law, seed {}",
            self.days, self.minutes, self.learners, self.seed
        );
        let mut out = paint.heading(Tone::Strong, &title);
        let mut law = "";
        for outcome in &self.outcomes {
            if outcome.law != law {
                law = &outcome.law;
                out.push('\n');
                out.push_str(&paint.heading(Tone::Strong, &format!("Forgetting by {law}")));
            }
            let recall = format!(
                "{:<14} {:>5.1}% +- {:.1}",
                outcome.schedule,
                100.0 * outcome.recall,
                100.0 * outcome.recall_error
            );
            let behind = format!(
                "{:+.1} +- {:.1}",
                100.0 * outcome.behind,
                100.0 * outcome.behind_error
            );
            out.push_str(&match outcome.behind_error > 0.0 {
                true => format!("  {recall}   adaptive ahead by {behind}\n"),
                false => format!("  {recall}\n"),
            });
        }
        let legend = "\nMean chance of recall over all questions on the day, guesses left out; intervals of 95%. The \
                      difference is taken learner by learner, in points.";
        out.push_str(&paint.wrapped("", "", legend));
        out
    }
}

/// The mean and half the width of its 95% interval.
fn mean(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let error = ERRORS_95 * (squares / (count - 1.0).max(1.0) / count).sqrt();
    (mean, error)
}
