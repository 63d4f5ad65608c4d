//! Figures that the bank teaches, counted again on the engine's own ring.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use kvorum::ring::{Member, Ring};
use kvorum::{NodeId, Zone};
use kvorum_quiz::Bank;

/// Rings of each size that are averaged; the standard error is then below a hundredth of the mean.
const RINGS: u64 = 400;

/// The mean, over many rings of ten nodes, of the largest share against the fair one.
fn largest_to_mean(tokens: u32) -> f64 {
    let nodes = 10;
    let members = || {
        (1..=nodes).map(|id| Member {
            node: NodeId(id),
            zone: Zone(0),
            weight: 1,
        })
    };
    let largest = |seed| {
        let ring = Ring::new(members().collect(), tokens, seed).unwrap();
        ring.shares().into_values().fold(0.0, f64::max) * nodes as f64
    };
    (0..RINGS).map(largest).sum::<f64>() / RINGS as f64
}

fn is_near(figure: f64, expected: f64) -> bool {
    (figure - expected).abs() <= 0.02 * expected
}

#[test]
fn tokens_and_imbalance_go_together_as_the_bank_says() {
    let bank = Bank::embedded().unwrap();
    let truth = &bank.misconception("one-token-is-mild").unwrap().truth;
    assert!(
        truth.contains(
            "about thirty tokens per node to get to 1.3, and about a hundred to get to 1.16"
        ),
        "{truth}"
    );
    let question = bank
        .questions()
        .iter()
        .find(|q| q.stem.contains("one random token each"))
        .unwrap();
    let kvorum_quiz::bank::Body::Single(choices) = &question.body else {
        panic!("{}", question.stem)
    };
    let mild = choices
        .iter()
        .find(|choice| choice.text.contains("1.3"))
        .unwrap();
    assert!(
        mild.feedback.contains("about thirty tokens"),
        "{}",
        mild.feedback
    );

    let figures = [1, 16, 30, 100].map(|tokens| (tokens, largest_to_mean(tokens)));
    println!("largest share against the mean, ten nodes: {figures:.3?}");
    let [one, _, mild, even] = figures.map(|(_, figure)| figure);
    assert!((one - 2.93).abs() < 0.15, "{one}");
    assert!(is_near(mild, 1.3), "{mild}");
    assert!(is_near(even, 1.16), "{even}");
}
