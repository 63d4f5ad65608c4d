//! Deadlines: a value that ends is a tombstone of the same version, on every replica.

use super::*;

fn lasting(number: usize, deadline: u64) -> Version {
    Version {
        deadline: Some(Wall(deadline)),
        ..version(number)
    }
}

fn cell_until(deadline: u64) -> Cell {
    let mut cell = Cell::default();
    let none = VersionVector::default();
    cell.write(actor(0), &none, lasting(1, deadline), None, &KeepSiblings)
        .unwrap();
    cell
}

#[test]
fn a_value_is_read_until_its_deadline_and_not_at_it() {
    let cell = cell_until(100);
    assert_eq!(shown_at(&cell, Wall(99)), ["1"]);
    assert!(!cell.is_dead(Wall(99)));
    assert!(cell.values(Wall(100)).is_empty());
    assert!(cell.is_dead(Wall(100)));
}

#[test]
fn an_expired_version_still_hides_what_it_superseded() {
    let mut old = Cell::default();
    put(&mut old, 0, &VersionVector::default(), 1);
    let mut new = old.clone();
    let seen = new.context().seen;
    new.write(actor(0), &seen, lasting(2, 100), None, &KeepSiblings)
        .unwrap();
    new.expire(Wall(100));
    let met = merged(&old, &new, &KeepSiblings);
    assert!(met.values(Wall(0)).is_empty());
    assert_eq!(met, new);
}

#[test]
fn dropped_bytes_stay_dropped_whoever_merges_and_the_digest_stays() {
    let whole = cell_until(100);
    let mut dropped = whole.clone();
    assert!(!dropped.expire(Wall(99)));
    assert!(dropped.expire(Wall(100)));
    assert!(!dropped.expire(Wall(100)));
    assert_ne!(whole, dropped);
    assert!(whole.agrees_with(&dropped));
    assert_eq!(whole.digest(), dropped.digest());
    assert_eq!(merged(&whole, &dropped, &KeepSiblings), dropped);
    assert_eq!(merged(&dropped, &whole, &KeepSiblings), dropped);
}

#[test]
fn what_expired_is_not_what_was_deleted() {
    let mut deleted = Cell::default();
    let none = VersionVector::default();
    let tombstone = Version {
        deadline: Some(Wall(100)),
        ..Version::tombstone(stamp(1))
    };
    deleted
        .write(actor(0), &none, tombstone, None, &KeepSiblings)
        .unwrap();
    let mut expired = cell_until(100);
    expired.expire(Wall(100));
    assert!(!expired.agrees_with(&deleted));
    assert_ne!(expired.digest(), deleted.digest());
    let kinds = |cell: &Cell| {
        let version = cell.live().versions().next().unwrap();
        (version.is_delete(), version.is_dropped(), version.deadline)
    };
    assert_eq!(kinds(&deleted), (true, false, None));
    assert_eq!(kinds(&expired), (false, true, Some(Wall(100))));
}

#[test]
fn one_value_that_lasts_keeps_a_cell_alive() {
    let mut cell = cell_until(100);
    put(&mut cell, 1, &VersionVector::default(), 2);
    assert_eq!(shown_at(&cell, Wall(100)), ["2"]);
    assert!(!cell.is_dead(Wall(100)));
    assert!(
        !Cell::default().is_dead(Wall(100)),
        "an empty cell is empty"
    );
}
