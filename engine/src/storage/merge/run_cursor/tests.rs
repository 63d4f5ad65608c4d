//! A run of tables against the list of all their entries.

use core::cell::Cell;
use std::rc::Rc;

use proptest::prelude::*;

use super::*;
use crate::seeded::cases;
use crate::storage::entry::order;
use crate::storage::merge::bounds::successor;
use crate::storage::merge::merge_cursor::tests::{Move, entries, moves, walk};
use crate::storage::merge::vec_cursor::{Owned, VecCursor};

struct Table {
    smallest: Vec<u8>,
    end: Vec<u8>,
    entries: Vec<Owned>,
}

struct Opened<'a> {
    tables: &'a [Table],
    count: Rc<Cell<u32>>,
    moves_left: Rc<Cell<u32>>,
}

impl Tables for Opened<'_> {
    type Cursor = VecCursor;

    fn len(&self) -> usize {
        self.tables.len()
    }

    fn smallest(&self, at: usize) -> &[u8] {
        &self.tables[at].smallest
    }

    fn end(&self, at: usize) -> &[u8] {
        &self.tables[at].end
    }

    fn open(&self, at: usize) -> Result<VecCursor> {
        self.count.set(self.count.get() + 1);
        let cursor = VecCursor::new(self.tables[at].entries.clone());
        Ok(cursor.failing(Rc::clone(&self.moves_left)))
    }
}

/// Cuts `entries` into tables of about `size`; every third reaches as far as it can, and one without an entry
/// follows where there is room.
fn tables(mut entries: Vec<Owned>, size: usize) -> Vec<Table> {
    entries.sort_by(|a, b| order(&a.key, a.sequence, &b.key, b.sequence));
    let mut tables: Vec<Table> = Vec::new();
    for versions in entries.chunk_by(|a, b| a.key == b.key) {
        match tables.last_mut() {
            Some(table) if table.entries.len() < size => {
                table.entries.extend_from_slice(versions);
                table.end = successor(&versions[0].key);
            }
            _ => {
                let start = versions[0].key.to_vec();
                if let Some(before) = tables.last_mut() {
                    let gap = Table {
                        smallest: before.end.clone(),
                        end: start.clone(),
                        entries: Vec::new(),
                    };
                    if tables.len().is_multiple_of(3) && gap.smallest < gap.end {
                        tables.push(gap);
                    }
                }
                tables.push(Table {
                    end: successor(&start),
                    smallest: start,
                    entries: versions.to_vec(),
                });
            }
        }
    }
    tables
}

#[test]
fn a_seek_opens_one_table_and_a_scan_inside_it_no_other() {
    let entries = (0..40).map(|i| Owned::put(&[i], 1, b"")).collect();
    let tables = tables(entries, 10);
    let count = Rc::new(Cell::new(0));
    let mut run = RunCursor::new(Opened {
        tables: &tables,
        count: Rc::clone(&count),
        moves_left: Rc::new(Cell::new(u32::MAX)),
    });
    run.seek(&[12], 9).unwrap();
    for _ in 0..5 {
        run.next().unwrap();
    }
    run.seek(&[11], 9).unwrap();
    assert_eq!(run.entry().unwrap().key, [11]);
    assert_eq!(count.get(), 1);
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn it_walks_like_the_list_of_all_entries(entries in entries(30), size in 1_usize..6, moves in moves()) {
        let tables = tables(entries.clone(), size);
        let mut run = RunCursor::new(Opened {
            tables: &tables,
            count: Rc::default(),
            moves_left: Rc::new(Cell::new(u32::MAX)),
        });
        walk(&mut run, &entries, &moves);
    }

    #[test]
    fn after_an_error_it_stands_on_none_and_can_be_placed_again(
        entries in entries(30), size in 1_usize..6, first in moves(), second in moves(), moves_left in 0_u32..30,
    ) {
        let tables = tables(entries.clone(), size);
        let left = Rc::new(Cell::new(moves_left));
        let mut run = RunCursor::new(Opened {
            tables: &tables,
            count: Rc::default(),
            moves_left: Rc::clone(&left),
        });
        walk(&mut run, &entries, &first);
        left.set(u32::MAX);
        walk(&mut run, &entries, &[vec![Move::First], second].concat());
    }
}
