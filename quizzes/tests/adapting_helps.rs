//! The book's figures on schedules are what the simulation says, and the adaptive schedule is ahead.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use kvorum_quiz::Bank;
use kvorum_quiz::simulate::{Kind, Law, SimulationOptions, SimulationReport, one_learner};

/// How far a figure may be off, 0 to 1: another machine's mathematics library rounds otherwise.
const OFF_MAX: f64 = 0.002;

fn simulated(options: &SimulationOptions) -> SimulationReport {
    let bank = Bank::embedded().unwrap();
    let laws: Vec<(Law, Vec<Vec<f64>>)> = std::thread::scope(|scope| {
        let runs = Law::ALL.map(|law| {
            let bank = &bank;
            let learner = move |number| one_learner(bank, law, number, options);
            (
                law,
                scope.spawn(move || (0..options.learners).map(learner).collect()),
            )
        });
        let done = runs
            .into_iter()
            .map(|(law, run)| (law, run.join().unwrap()));
        done.collect()
    });
    SimulationReport::of(options, &laws)
}

/// When this fails: `kvorum quiz simulate --json > quizzes/simulation.json`, and read what the book says of it.
#[test]
fn the_published_figures_are_what_the_command_prints() {
    let published = SimulationReport::published();
    let options = SimulationOptions::default();
    assert_eq!(
        (
            published.learners,
            published.days,
            published.minutes,
            published.seed
        ),
        (
            options.learners,
            options.days,
            options.minutes,
            options.seed
        )
    );
    let fresh = simulated(&options);
    assert_eq!(fresh.outcomes.len(), Law::ALL.len() * Kind::ALL.len());
    assert_eq!(published.outcomes.len(), fresh.outcomes.len());
    for (told, came) in published.outcomes.iter().zip(&fresh.outcomes) {
        assert_eq!((&told.law, &told.schedule), (&came.law, &came.schedule));
        assert!(
            (told.recall - came.recall).abs() < OFF_MAX,
            "{told:?} {came:?}"
        );
        assert!(
            (told.behind - came.behind).abs() < OFF_MAX,
            "{told:?} {came:?}"
        );
    }
    print!("{}", fresh.render(80, false));
}

#[test]
fn the_adaptive_schedule_is_ahead_of_every_other_under_every_law() {
    for outcome in SimulationReport::published().outcomes {
        if outcome.schedule == Kind::Adaptive.name() {
            assert!(outcome.behind.abs() < 1e-12);
            continue;
        }
        assert!(outcome.behind > outcome.behind_error, "{outcome:?}");
    }
}

#[test]
fn the_same_seed_gives_the_same_learners_and_another_gives_others() {
    let options = SimulationOptions {
        learners: 3,
        days: 6,
        ..SimulationOptions::default()
    };
    let first = simulated(&options);
    assert_eq!(first, simulated(&options));
    let other = SimulationOptions { seed: 2, ..options };
    assert_ne!(first.outcomes, simulated(&other).outcomes);
}

/// A learner who has no time learns nothing, under any schedule; more time never recalls much less.
#[test]
fn time_spent_is_what_is_recalled() {
    let recall = |minutes| {
        let options = SimulationOptions {
            learners: 6,
            days: 10,
            minutes,
            seed: 3,
        };
        simulated(&options).outcomes
    };
    let (none, some, more) = (recall(0), recall(10), recall(60));
    for ((none, some), more) in none.iter().zip(&some).zip(&more) {
        assert!(none.behind.abs() < 1e-12, "{none:?}");
        assert!(some.recall > none.recall, "{some:?} {none:?}");
        assert!(more.recall > some.recall, "{more:?} {some:?}");
    }
}
