//! The search against a search of all permutations, over all the versions that a register may have.

use proptest::prelude::*;

use super::*;
use crate::base::time::Mono;
use crate::seeded::cases;

/// One more than the greatest version that is tried.
const VERSIONS: u32 = 24;

/// What a refusal says of a version that stands open.
#[derive(Clone, Copy)]
enum Rule {
    /// Nothing: what is right may be more than this, and nothing that is wrong is less.
    Open,
    /// That it was not the one that the condition names.
    Exact,
}

/// A value, and the versions that it may have, a bit each.
#[derive(Clone)]
struct Possible {
    value: Option<Bytes>,
    versions: u32,
}

impl Possible {
    fn new(value: Option<Bytes>, versions: u32) -> Option<Self> {
        let versions = versions & ((1 << VERSIONS) - 1);
        let risen = |low: u32| ((1 << VERSIONS) - 1) & !((1 << low) - 1);
        let versions = match value {
            None if versions != 0 => risen(versions.trailing_zeros()),
            _ => versions,
        };
        (versions != 0).then_some(Self { value, versions })
    }

    fn with(&self, version: u64) -> Option<Self> {
        let versions = self.versions & 1_u32.checked_shl(u32::try_from(version).ok()?)?;
        let value = self.value.clone();
        (versions != 0).then_some(Self { value, versions })
    }

    fn holds(&self, condition: &Condition) -> bool {
        match condition {
            Condition::Absent => self.value.is_none(),
            Condition::Exists => self.value.is_some(),
            Condition::Version(0) => self.value.is_none(),
            Condition::Version(version) => self.value.is_some() && self.with(*version).is_some(),
            Condition::Value(value) => self.value.as_ref() == Some(value),
        }
    }

    fn may_fail(&self, condition: &Condition) -> bool {
        match condition {
            Condition::Version(version) if *version > 0 && self.value.is_some() => {
                let bit = 1_u32
                    .checked_shl(u32::try_from(*version).unwrap())
                    .unwrap_or(0);
                self.versions & !bit != 0
            }
            other => !self.holds(other),
        }
    }

    fn changed(&self, conditions: &[Condition], edit: &Edit) -> Option<Self> {
        let mut before = self.clone();
        for condition in conditions {
            if !before.holds(condition) {
                return None;
            }
            if let Condition::Version(version @ 1..) = condition {
                before = before.with(*version)?;
            }
        }
        let value = match edit {
            Edit::Put(value) => Some(value.clone()),
            Edit::Delete => None,
            Edit::Add(by) => {
                let number = match &before.value {
                    None => 0,
                    Some(value) => std::str::from_utf8(value).unwrap().parse().ok()?,
                };
                Some(Bytes::from(i64::checked_add(number, *by)?.to_string()))
            }
        };
        Self::new(value, before.versions << 1)
    }

    /// The register after it refused a change. Exactly: without the one version that would not have refused it.
    fn refusing(&self, conditions: &[Condition], rule: Rule) -> Option<Self> {
        let fails = conditions.iter().any(|one| self.may_fail(one));
        let certain = |one: &Condition| match one {
            Condition::Version(1..) => self.value.is_none(),
            other => !self.holds(other),
        };
        let mut named = conditions.iter().filter_map(|one| match one {
            Condition::Version(version @ 1..) => Some(*version),
            _ => None,
        });
        let version = named
            .next()
            .filter(|first| named.all(|other| other == *first));
        match (version, rule) {
            _ if !fails => None,
            (Some(version), Rule::Exact) if !conditions.iter().any(certain) => {
                let bit = self.with(version).map_or(0, |with| with.versions);
                Self::new(self.value.clone(), self.versions & !bit)
            }
            _ => Some(self.clone()),
        }
    }

    /// The register after an operation; none where that does not go.
    fn after(&self, operation: &Operation, rule: Rule) -> Option<Self> {
        let (conditions, edit) = match &operation.asked {
            Asked::Cas { conditions, edit } => (conditions, edit),
            _ => {
                let answer = operation.answer()?;
                if answer.values.is_empty() {
                    return self.value.is_none().then(|| self.clone());
                }
                let same = answer.values.first() == self.value.as_ref();
                let seen = self.with(answer.version).filter(|_| same)?;
                return Self::new(seen.value, seen.versions);
            }
        };
        match &operation.outcome {
            Outcome::Done(answer) => {
                let before = self.with(answer.version.checked_sub(1)?)?;
                let after = before.changed(conditions, edit)?;
                let sum = answer.values.first();
                (sum.is_none() || sum == after.value.as_ref()).then_some(after)
            }
            Outcome::Failed(Code::Conflict) => self.refusing(conditions, rule),
            _ => self.changed(conditions, edit),
        }
    }
}

fn must_happen(operation: &Operation) -> bool {
    let said = matches!(
        operation.outcome,
        Outcome::Done(_) | Outcome::Failed(Code::Conflict)
    );
    said || operation.answer().is_some()
}

fn has_order(history: &History, left: &mut Vec<usize>, state: &Possible, rule: Rule) -> bool {
    let operations = history.operations();
    let certain = |place: &usize| must_happen(&operations[*place]);
    if !left.iter().any(certain) {
        return true;
    }
    for index in 0..left.len() {
        let place = left[index];
        let mut others = left.iter().filter(|other| certain(other));
        if others.any(|other| history.precedes(*other, place)) {
            continue;
        }
        let Some(after) = state.after(&operations[place], rule) else {
            continue;
        };
        left.remove(index);
        let found = has_order(history, left, &after, rule);
        left.insert(index, place);
        if found {
            return true;
        }
    }
    false
}

fn oracle(history: &History, rule: Rule) -> bool {
    let operations = history.operations();
    let mut left: Vec<usize> = (0..operations.len())
        .filter(|place| {
            let operation = &operations[*place];
            must_happen(operation) || operation.writes() && operation.effect() == Effect::Unknown
        })
        .collect();
    has_order(history, &mut left, &Possible::new(None, 1).unwrap(), rule)
}

fn conditions() -> impl Strategy<Value = Vec<Condition>> {
    let one = prop_oneof![
        2 => Just(ABSENT),
        1 => Just(Condition::Exists),
        2 => (0_u64..4).prop_map(Condition::Version),
        3 => prop_oneof![Just("1"), Just("2"), Just("a")].prop_map(is),
    ];
    prop::collection::vec(one, 0..=2)
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        4 => prop_oneof![Just("1"), Just("2"), Just("a")].prop_map(put),
        2 => Just(Edit::Delete),
        3 => (1_i64..3).prop_map(Edit::Add),
    ]
}

/// Operations that a register answers one after the other, whose times are then stretched and some of whose answers
/// are changed: so that about half of the histories are right.
fn small() -> impl Strategy<Value = Vec<Operation>> {
    let kind = prop_oneof![3 => Just(0), 1 => Just(1)];
    let one = (
        (conditions(), edit()),
        kind,
        (0_u64..5, 0_u64..5),
        0_u32..12,
        0_u64..5,
    );
    prop::collection::vec(one, 0..=6).prop_map(|drawn| {
        let mut state = (None::<Bytes>, 0_u64);
        let mut operations = Vec::new();
        for (at, ((conditions, edit), kind, (before, behind), twist, other)) in
            (10..).step_by(3).zip(drawn)
        {
            let times = (at - before, at + behind);
            let mut operation = match kind {
                0 => answered(&mut state, conditions, edit, times),
                _ => read(
                    state.0.as_ref().map(|v| std::str::from_utf8(v).unwrap()),
                    state.1,
                    times,
                ),
            };
            twisted(&mut operation, &mut state, twist, other);
            operations.push(operation);
        }
        operations.sort_by_key(|operation| operation.called);
        operations
    })
}

fn answered(
    state: &mut (Option<Bytes>, u64),
    conditions: Vec<Condition>,
    edit: Edit,
    times: (u64, u64),
) -> Operation {
    let before = Possible {
        value: state.0.clone(),
        versions: 1 << state.1,
    };
    let holds = conditions.iter().all(|condition| before.holds(condition));
    let after = before.changed(&conditions, &edit);
    let made = made(&conditions, edit.clone(), state.1 + 1, times);
    match after {
        None if holds => failed(made, Code::Unavailable),
        None => failed(made, Code::Conflict),
        Some(after) => {
            *state = (after.value.clone(), state.1 + 1);
            let sum = after.value.filter(|_| matches!(edit, Edit::Add(_)));
            let answer = Answer {
                version: state.1,
                values: sum.into_iter().collect(),
                ..Answer::default()
            };
            Operation {
                outcome: Outcome::Done(answer),
                ..made
            }
        }
    }
}

fn twisted(operation: &mut Operation, state: &mut (Option<Bytes>, u64), twist: u32, other: u64) {
    let writes = operation.writes();
    match (twist, &mut operation.outcome) {
        (0..=2, Outcome::Done(_)) if writes => {
            *operation = failed(operation.clone(), Code::Ambiguous)
        }
        (3, Outcome::Done(answer)) => answer.version = other,
        (4, Outcome::Done(_)) if writes => *operation = failed(operation.clone(), Code::Conflict),
        (5, _) if state.0.is_none() => state.1 += other,
        (6, _) => operation.ended = Some(Mono(operation.called.0 + 40_000_000)),
        _ => {}
    }
}

fn told(history: &History) -> String {
    let rows = crate::check::rows(history).map(|row| format!("\n{row:?}"));
    rows.collect()
}

proptest! {
    #![proptest_config(cases(30_000))]

    #[test]
    fn the_search_agrees_with_all_permutations(operations in small()) {
        let whole = history(operations);
        match judge(&whole, &KEY) {
            Judgement::Linearizable => prop_assert!(oracle(&whole, Rule::Open), "{}", told(&whole)),
            Judgement::NotDecided(why) => prop_assert!(false, "{}", why),
            Judgement::Broken(violation) => {
                prop_assert!(!oracle(&whole, Rule::Exact), "{} {}", violation, told(&whole));
                prop_assert!(!violation.operations.is_empty());
            }
        }
    }
}
