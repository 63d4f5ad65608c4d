//! Polls: what a lesson asks before and after it, so that the learner sees an idea move.

use uuid::Uuid;

use super::Bank;

/// A lesson's poll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Poll {
    /// Its name for life.
    pub id: Uuid,
    /// The lesson, from 1.
    pub lesson: u8,
    /// What is asked before the lesson.
    pub opening: PollSide,
    /// What is asked after it: the same idea, in another case.
    pub closing: PollSide,
    /// Why what holds does hold.
    pub because: String,
    /// Where the facts come from.
    pub source: String,
}

/// One of a poll's two questions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PollSide {
    /// What is asked.
    pub stem: String,
    /// The answers to choose between.
    pub options: [PollOption; 2],
}

/// An answer of a poll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PollOption {
    /// What it says.
    pub text: String,
    /// Whether it is so.
    pub holds: bool,
}

impl Bank {
    /// The poll of one lesson.
    #[must_use]
    pub fn poll(&self, lesson: u8) -> Option<&Poll> {
        self.polls.iter().find(|poll| poll.lesson == lesson)
    }
}

/// Stands in until the bank's files hold polls.
pub(super) fn built_in() -> Vec<Poll> {
    let option = |text: &str, holds| PollOption {
        text: text.to_owned(),
        holds,
    };
    let options = |first, second| {
        [
            option("About one in six.", first),
            option("About five in six.", second),
        ]
    };
    vec![Poll {
        id: Uuid::from_u128(0x2b1c_7a54_8f0e_4c1d_9a35_64c0_1f0e_7d21),
        lesson: 2,
        opening: PollSide {
            stem: "Five nodes hold 100,000 carts, each cart on node number `hash(key) mod 5`. \
                   You add a sixth node and start to use `mod 6`. How many carts are now \
                   looked for on another node than the one that holds them?"
                .to_owned(),
            options: options(false, true),
        },
        closing: PollSide {
            stem: "The same five nodes hold the same carts, placed on a ring with 128 tokens \
                   per node. You add a sixth node. How many carts are now looked for on \
                   another node than the one that holds them?"
                .to_owned(),
            options: options(true, false),
        },
        because: "Under modulo a cart stays only where both remainders agree, one in six. On a \
                  ring the newcomer takes its share, one in six, and no cart moves between two \
                  old nodes."
            .to_owned(),
        source: "Calculation".to_owned(),
    }]
}
