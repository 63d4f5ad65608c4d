use super::*;
use crate::Zone;
use crate::causal::KeepSiblings;
use crate::ring::{Member, Modulo};

fn placement() -> Modulo {
    let members = (1..=2).map(|node| Member {
        node: NodeId(node),
        zone: Zone(1),
        weight: 1,
    });
    Modulo::new(members.collect()).unwrap()
}

fn cell(value: Option<&'static str>) -> Cell {
    let mut cell = Cell::default();
    let context = Context::default().seen;
    cell.write(
        dot(1).actor,
        &context,
        version(value, 1),
        None,
        &KeepSiblings,
    )
    .unwrap();
    cell
}

fn check(cells: [&Cell; 2], hints: u64) -> Verdict {
    let hints = BTreeMap::from([(NodeId(1), 0), (NodeId(2), hints)]);
    converged(&disks(&cells), &placement(), &|_| 2, &hints)
}

#[test]
fn owners_that_differ_have_not_converged() {
    let milk = cell(Some("milk"));
    assert_eq!(check([&milk, &milk], 0), Ok(()));
    let violation = check([&milk, &Cell::default()], 0).unwrap_err();
    let words = violation.words;
    assert!(words.contains("differ on key cart: "), "{words}");
    assert!(words.contains("[milk] with {n1.1:1}") && words.contains("nothing"));
}

#[test]
fn a_tombstone_against_nothing_is_a_difference() {
    let tombstone = cell(None);
    assert_eq!(check([&tombstone, &tombstone], 0), Ok(()));
    let violation = check([&Cell::default(), &tombstone], 0).unwrap_err();
    assert!(violation.words.contains("[] with {n1.1:1}"), "{violation}");
}

#[test]
fn hints_that_wait_are_not_delivered() {
    let milk = cell(Some("milk"));
    let violation = check([&milk, &milk], 3).unwrap_err();
    assert_eq!(violation.words, "n2 still keeps 3 hints for others");
}
