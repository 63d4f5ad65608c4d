//! The figures that the book tells, as `kvorum quiz simulate --json` printed them.

use super::SimulationReport;

/// What the command printed; `quizzes/tests/adapting_helps.rs` runs it again.
const PUBLISHED: &str = include_str!("../../simulation.json");

impl SimulationReport {
    /// The figures that the book tells.
    ///
    /// # Panics
    /// Never: a test reads the file that is part of the program.
    #[must_use]
    pub fn published() -> Self {
        serde_json::from_str(PUBLISHED).expect("the file in the program was printed by the command")
    }
}
