//! The search against all permutations, and against histories that are known to have an order or none.

use proptest::prelude::*;

use super::*;
use crate::Code;
use crate::base::rng::Rng;
use crate::check::history::{Operation, Outcome};
use crate::check::tests::{KEY, by, delete, failed, get, history, put};
use crate::crdt::Change;
use crate::node::Answer;
use crate::seeded::cases;

fn found(operations: impl IntoIterator<Item = Operation>) -> Judgement {
    judge(&history(operations), &KEY)
}

fn broken(operations: impl IntoIterator<Item = Operation>) -> Violation {
    match found(operations) {
        Judgement::Broken(violation) => violation,
        other => panic!("{other:?}"),
    }
}

/// N=3, W=3, R=2: while the put is on its way to two replicas, A reads the one that has it, then B the others.
fn lesson() -> [Operation; 4] {
    [
        by(1, 1, put("old", 0, 5)),
        by(1, 1, put("new", 10, 60)),
        by(2, 2, get(&["new"], 20, 25)),
        by(3, 4, get(&["old"], 30, 35)),
    ]
}

#[test]
fn new_then_old_is_not_linearizable() {
    let violation = broken(lesson());
    assert_eq!(
        violation.words,
        "n4's get of cart at 30ms returned old, though new had been read at 20ms by another client, and that \
         get had ended at 25ms; old was put at 0, acknowledged at 5ms; new was put at 10ms, not acknowledged \
         by then. No order of these 4 operations that keeps to real time explains it."
    );
    assert_eq!(violation.operations, [0, 1, 2, 3]);
    assert_eq!(violation.rule, "linearizable");
}

#[test]
fn reads_at_one_time_may_differ() {
    let [old, new, a, _] = lesson();
    let b = by(3, 4, get(&["old"], 24, 35));
    assert_eq!(found([old, new, a, b]), Judgement::Linearizable);
}

#[test]
fn an_acknowledged_write_is_read() {
    let violation = broken([
        by(1, 1, put("old", 0, 5)),
        by(1, 1, put("new", 10, 20)),
        by(1, 2, get(&["old"], 30, 35)),
    ]);
    assert!(
        violation
            .words
            .contains("though new had been put at 10ms by the same client, acknowledged at 20ms"),
        "{violation}"
    );
    let gone = broken([put("old", 0, 5), delete(10, 20), get(&["old"], 30, 35)]);
    assert!(
        gone.words
            .contains("though it had been deleted at 10ms via n1"),
        "{gone}"
    );
    let nothing = broken([put("old", 0, 5), get(&[], 10, 20)]);
    assert!(
        nothing
            .words
            .starts_with("n1's get of cart at 10ms returned nothing, though old had been put at 0"),
        "{nothing}"
    );
}

#[test]
fn a_write_of_unknown_end_happens_once_or_never() {
    let unknown = || failed(put("new", 10, 20), Code::Ambiguous);
    let old = || put("old", 0, 5);
    let never = [
        old(),
        unknown(),
        get(&["old"], 30, 35),
        get(&["old"], 40, 45),
    ];
    assert_eq!(found(never), Judgement::Linearizable);
    let late = [
        old(),
        unknown(),
        get(&["old"], 30, 35),
        get(&["new"], 40, 45),
    ];
    assert_eq!(found(late), Judgement::Linearizable);
    let violation = broken([
        old(),
        unknown(),
        get(&["new"], 30, 35),
        get(&["old"], 40, 45),
    ]);
    assert_eq!(violation.operations, [0, 1, 2, 3]);
    let twice = broken([
        old(),
        unknown(),
        get(&["new"], 30, 35),
        put("other", 40, 45),
        get(&["new"], 50, 55),
    ]);
    assert!(
        twice.words.contains("though other had been put at 40ms"),
        "{twice}"
    );
}

#[test]
fn a_value_that_nobody_has_put_is_no_answer() {
    let violation = broken([get(&["ghost"], 0, 5)]);
    assert!(
        violation
            .words
            .ends_with("returned ghost, which nobody has put"),
        "{violation}"
    );
    let early = broken([get(&["milk"], 0, 5), put("milk", 10, 15)]);
    assert!(
        early
            .words
            .ends_with("which was put only at 10ms, after this get had ended"),
        "{early}"
    );
    let refused = broken([
        failed(put("milk", 0, 5), Code::Conflict),
        get(&["milk"], 10, 15),
    ]);
    assert!(refused.words.contains("refused with an error"), "{refused}");
}

#[test]
fn several_values_are_no_register_s_answer() {
    let violation = broken([put("a", 0, 5), put("b", 0, 5), get(&["a", "b"], 10, 15)]);
    assert_eq!(
        violation.words,
        "get cart via n1 at 10ms, answered at 15ms, returned several values, a, b: a register has one"
    );
    let earlier = broken([put("a", 0, 5), get(&[], 6, 7), get(&["a", "b"], 10, 15)]);
    assert!(
        earlier.words.contains("returned nothing"),
        "what broke first is told: {earlier}"
    );
}

#[test]
fn a_read_that_failed_says_nothing() {
    let failed_read = failed(get(&[], 10, 15), Code::Unavailable);
    assert_eq!(
        found([put("old", 0, 5), failed_read]),
        Judgement::Linearizable
    );
}

#[test]
fn keys_are_judged_one_by_one() {
    let other = |operation: Operation| Operation {
        key: Bytes::from_static(b"zebra"),
        ..operation
    };
    let fine = history([put("old", 0, 5), other(get(&[], 10, 15))]);
    assert_eq!(linearizable(&fine), Ok(()));
    let broken = history([
        put("old", 0, 5),
        other(put("x", 0, 5)),
        other(get(&[], 10, 15)),
    ]);
    assert_eq!(linearizable(&broken).unwrap_err().operations, [1, 2]);
    assert_eq!(linearizable_key(&broken, &KEY), Ok(()));
}

#[test]
fn updates_are_no_register_s() {
    let update = Operation {
        asked: Asked::Update(Change::Add(1)),
        ..put("", 0, 5)
    };
    let history = history([update, get(&["7"], 10, 15)]);
    assert_eq!(linearizable(&history), Ok(()), "passed over");
    let violation = linearizable_key(&history, &KEY).unwrap_err();
    assert_eq!(violation.rule, NOT_DECIDED, "{violation}");
}

#[test]
fn a_search_past_its_budget_decides_nothing() {
    let operations = simulated(1, 200, &Plan::default());
    let history = history(operations);
    let places: Vec<usize> = (0..history.operations().len()).collect();
    let within =
        |steps, memo_bytes| judge_within(&history, &KEY, &places, Budget { steps, memo_bytes });
    assert_eq!(within(1 << 20, 1 << 20), Judgement::Linearizable);
    for budget in [within(10, 1 << 20), within(1 << 20, 0)] {
        let Judgement::NotDecided(why) = budget else {
            panic!("{budget:?}");
        };
        assert!(why.starts_with("not decided: the search"), "{why}");
    }
}

/// How a simulated register is used.
struct Plan {
    clients: usize,
    /// Different values put; none where every put has a value of its own.
    values: Option<u64>,
    deletes: f64,
    unknown: f64,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            clients: 10,
            values: None,
            deletes: 0.0,
            unknown: 0.04,
        }
    }
}

/// Operations on a register that is one: each takes effect at a point between its call and its end. Writes of
/// unknown end take effect at some point after their call, or never.
fn simulated(seed: u64, count: usize, plan: &Plan) -> Vec<Operation> {
    let mut rng = Rng::from_seed(seed);
    let mut free_us = vec![0; plan.clients];
    let mut points = Vec::new();
    for number in 0..count {
        let client = (0..plan.clients)
            .min_by_key(|client| free_us[*client])
            .unwrap();
        let called_us = free_us[client] + rng.between(1, 300);
        let point_us = called_us + rng.between(1, 500);
        let ended_us = point_us + rng.between(1, 500);
        free_us[client] = ended_us;
        let value = rng.below(plan.values.unwrap_or(1));
        let text = match plan.values {
            Some(_) => format!("v{value}"),
            None => format!("v{number}"),
        };
        let mut operation = match rng.unit() {
            draw if draw < plan.deletes => delete(0, 1),
            draw if draw < 0.4 => put(&text, 0, 1),
            _ => get(&[], 0, 1),
        };
        operation = by(client as u32 + 1, 1, operation);
        operation.called.0 = called_us * 1000;
        operation.ended = Some(crate::base::time::Mono(ended_us * 1000));
        let mut point = Some(point_us);
        if operation.writes() && rng.chance(plan.unknown) {
            operation = failed(operation, Code::Ambiguous);
            point = [Some(point_us), Some(point_us + rng.below(100_000)), None][rng.index(3)];
        }
        points.push((point, operation));
    }
    let mut order: Vec<usize> = (0..count).filter(|at| points[*at].0.is_some()).collect();
    order.sort_by_key(|at| points[*at].0);
    let mut state: Option<Bytes> = None;
    for at in order {
        let operation = &mut points[at].1;
        match &operation.asked {
            Asked::Put { value, .. } => state = Some(value.clone()),
            Asked::Delete { .. } => state = None,
            _ => {
                operation.outcome = Outcome::Done(Answer {
                    values: state.iter().cloned().collect(),
                    ..Answer::default()
                });
            }
        }
    }
    let mut operations: Vec<Operation> = points.into_iter().map(|(_, one)| one).collect();
    operations.sort_by_key(|operation| operation.called);
    operations
}

const LARGE: usize = 10_000;

fn plans() -> [Plan; 4] {
    [
        Plan::default(),
        Plan {
            deletes: 0.15,
            ..Plan::default()
        },
        Plan {
            deletes: 0.1,
            values: Some(4),
            ..Plan::default()
        },
        Plan {
            clients: 30,
            deletes: 0.1,
            ..Plan::default()
        },
    ]
}

#[test]
fn a_long_history_of_a_register_is_linearizable() {
    for plan in plans() {
        assert_eq!(found(simulated(7, LARGE, &plan)), Judgement::Linearizable);
    }
}

#[test]
fn one_stale_read_in_a_long_history_is_found() {
    let plan = Plan {
        deletes: 0.1,
        ..Plan::default()
    };
    let mut operations = simulated(7, LARGE, &plan);
    // The value that was there a thousand operations before.
    let reads = |from: usize| {
        let found = (from..LARGE).find(|at| {
            let answer = operations[*at].answer();
            !operations[*at].writes() && answer.is_some_and(|answer| !answer.values.is_empty())
        });
        found.unwrap()
    };
    let (old, stale) = (reads(LARGE / 2), reads(LARGE / 2 + 1000));
    operations[stale].outcome = operations[old].outcome.clone();
    let violation = broken(operations);
    assert!(violation.operations.contains(&stale));
    assert!(violation.operations.len() <= 5, "{violation}");
    assert!(violation.words.contains(", though "), "{violation}");
}

/// Whether some permutation of the operations that must have happened, and of some of those that may have,
/// keeps to real time and explains every answer. It tries them all.
fn has_order(history: &History, left: &mut Vec<usize>, state: Option<&Bytes>) -> bool {
    let operations = history.operations();
    let certain = |place: &usize| operations[*place].effect() == Effect::Certain;
    if !left.iter().any(certain) {
        return true;
    }
    for index in 0..left.len() {
        let place = left[index];
        let others = left.iter().filter(|other| certain(other));
        if others.clone().any(|other| history.precedes(*other, place)) {
            continue;
        }
        let after = match &operations[place].asked {
            Asked::Put { value, .. } => Some(value),
            Asked::Delete { .. } => None,
            _ => {
                let values = &operations[place].answer().unwrap().values;
                if values.first() != state {
                    continue;
                }
                state
            }
        };
        left.remove(index);
        let found = has_order(history, left, after);
        left.insert(index, place);
        if found {
            return true;
        }
    }
    false
}

fn oracle(history: &History) -> bool {
    let operations = history.operations();
    let mut left: Vec<usize> = (0..operations.len())
        .filter(|place| match operations[*place].effect() {
            Effect::Certain => true,
            Effect::Unknown => operations[*place].writes(),
            Effect::Never => false,
        })
        .collect();
    has_order(history, &mut left, None)
}

fn small() -> impl Strategy<Value = Vec<Operation>> {
    let value = prop_oneof![Just("a"), Just("b"), Just("c")];
    let what = prop_oneof![
        3 => value.clone().prop_map(|value| put(value, 0, 1)),
        4 => value.prop_map(|value| get(&[value], 0, 1)),
        1 => Just(get(&[], 0, 1)),
        1 => Just(delete(0, 1)),
    ];
    let code = prop_oneof![
        6 => Just(None),
        2 => Just(Some(Code::Ambiguous)),
        1 => Just(Some(Code::Conflict)),
    ];
    let one = (what, 0_u64..12, 0_u64..8, code).prop_map(|(operation, called, span, code)| {
        let operation = match code {
            Some(code) => failed(operation, code),
            None => operation,
        };
        Operation {
            called: crate::base::time::Mono(called),
            ended: Some(crate::base::time::Mono(called + span)),
            ..operation
        }
    });
    prop::collection::vec(one, 0..=7)
}

/// What of the history had happened before `last`, the end of some get; without that get's own end, if so.
fn until(history: &History, last: usize) -> History {
    let end = history.ended(last).unwrap();
    let mut before = History::default();
    for (place, operation) in history.operations().iter().enumerate() {
        if history.called(place) < end {
            let mut operation = operation.clone();
            if history.ended(place) >= Some(end) && operation.effect() != Effect::Never {
                operation.outcome = Outcome::Open;
            }
            before.open(operation).unwrap();
        }
    }
    before
}

proptest! {
    #![proptest_config(cases(30_000))]

    #[test]
    fn the_search_agrees_with_all_permutations(operations in small()) {
        let whole = history(operations);
        match judge(&whole, &KEY) {
            Judgement::Linearizable => prop_assert!(oracle(&whole)),
            Judgement::NotDecided(why) => prop_assert!(false, "{}", why),
            Judgement::Broken(violation) => {
                prop_assert!(!oracle(&whole));
                // The get that is told of is the first whose end leaves no order.
                let reads = violation.operations.iter().filter(|place| !whole.operations()[**place].writes());
                let last = *reads.max_by_key(|place| whole.ended(**place)).unwrap();
                prop_assert!(oracle(&until(&whole, last)), "{}", violation);
                let shown = violation.operations.iter().map(|place| whole.operations()[*place].clone());
                let shown = history(shown);
                let value = whole.operations()[last].answer().unwrap().values.first();
                let same = whole.operations().iter().filter(|operation| match &operation.asked {
                    Asked::Put { value: put, .. } => Some(put) == value,
                    Asked::Delete { .. } => value.is_none(),
                    _ => false,
                });
                // With few writes of its value the operations that are shown are broken by themselves.
                if same.count() <= 3 {
                    prop_assert!(!oracle(&shown), "{}", violation);
                }
            }
        }
    }
}
