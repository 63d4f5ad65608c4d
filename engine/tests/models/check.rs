//! Runs a model through the checker and says what was explored.

use core::fmt::Debug;
use core::hash::Hash;
use std::time::Instant;

use stateright::{Checker, Model};

/// Whether `FULL=1` asks for the deeper bounds.
pub fn full() -> bool {
    std::env::var_os("FULL").is_some_and(|value| value != "0")
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long a check takes is no part of it"
)]
fn now() -> Instant {
    Instant::now()
}

/// Explores every reachable state: what must always hold does, and what must be possible is.
pub fn holds<M>(name: &str, model: M)
where
    M: Model + Send + Sync + 'static,
    M::State: Debug + Hash + Send + Sync + Clone + PartialEq + 'static,
    M::Action: Debug + Clone + PartialEq,
{
    let begun = now();
    let checker = model.checker().spawn_bfs().join();
    println!(
        "{name}: {} states, {} steps, depth {}, {:.1} s",
        checker.unique_state_count(),
        checker.state_count(),
        checker.max_depth(),
        begun.elapsed().as_secs_f64()
    );
    for property in checker.model().properties() {
        let found = checker.discovery(property.name);
        if found.is_some() == property.expectation.discovery_is_failure() {
            if let Some(path) = found {
                print_steps(path.into_actions());
            }
            panic!("{name}: {:?} {}", property.expectation, property.name);
        }
    }
}

/// A model with a planted bug: its one property fails. Prints the shortest way there.
pub fn finds<M>(name: &str, model: M)
where
    M: Model + Send + Sync + 'static,
    M::State: Debug + Hash + Send + Sync + Clone + PartialEq + 'static,
    M::Action: Debug + Clone + PartialEq,
{
    let begun = now();
    let properties = model.properties();
    assert_eq!(properties.len(), 1, "the search ends at the first failure");
    let checker = model.checker().spawn_bfs().join();
    let path = checker.discovery(properties[0].name);
    println!(
        "{name}: {} states, {:.1} s",
        checker.unique_state_count(),
        begun.elapsed().as_secs_f64()
    );
    let path = path.unwrap_or_else(|| panic!("{name}: the planted bug was not found"));
    let (last, actions) = (path.last_state().clone(), path.into_actions());
    print_steps(actions);
    println!("  {last:?}");
}

fn print_steps<A: Debug>(actions: Vec<A>) {
    for (step, action) in actions.iter().enumerate() {
        println!("  {:2} {action:?}", step + 1);
    }
}
