//! Whether a plan keeps the order of versions.

use std::collections::BTreeSet;

use crate::storage::compact::plan::span_of;
use crate::storage::compact::{Plan, RunTarget};
use crate::storage::describe::{FileId, RunId, TableMeta};
use crate::storage::levels::{Describe, LEVELS_MAX, Levels, Place};
use crate::{Error, Result};

/// Checks that carrying out `plan` on `levels` leaves newer versions above older ones:
/// - every table it names is where it says, once;
/// - no input passes a table that stays and overlaps it;
/// - what is written (or moved) overlaps no table that stays in the target run;
/// - a table that is dropped lies above no older one that stays and overlaps it: else the values that it hides
///   would come back.
///
/// # Errors
/// [`Error::InvalidArgument`] that says which of them does not hold.
pub fn check_plan<T: Describe>(levels: &Levels<T>, plan: &Plan) -> Result<()> {
    let mut leaving = BTreeSet::new();
    for id in plan.files() {
        if !leaving.insert(id) {
            return Err(Error::invalid(format!("file {id} is named twice")));
        }
    }
    if leaving.is_empty() {
        return Err(Error::invalid("the plan names no table"));
    }
    let found: Vec<(Place, &TableMeta)> = (plan.tables(levels))
        .map(|(place, table)| (place, table.meta()))
        .collect();
    if found.len() != leaving.len() {
        return Err(Error::invalid(format!(
            "the plan names {} files, {} of them are where it says",
            leaving.len(),
            found.len()
        )));
    }
    let staying = Staying { levels, leaving };
    // A new run stands above all others of its level.
    let Some(target) = plan.place(RunId::MAX) else {
        return staying.check_drop(&found);
    };
    if usize::from(target.level) >= LEVELS_MAX {
        return Err(Error::invalid(format!(
            "there is no level {}",
            target.level
        )));
    }
    staying.check_passing(&found, target)?;
    match plan {
        Plan::Merge { .. } => {
            if let Some((from, to)) = span_of(found.iter().map(|(_, table)| *table)) {
                staying.check_target(target, &from, &to)?;
            }
        }
        Plan::Move { target: run, .. } => {
            let mut sorted: Vec<&TableMeta> = found.iter().map(|(_, table)| *table).collect();
            sorted.sort_by(|a, b| a.smallest.cmp(&b.smallest));
            for pair in sorted.windows(2) {
                if pair[0].end > pair[1].smallest {
                    return Err(Error::invalid(format!(
                        "files {} and {} overlap and would move into one run",
                        pair[0].id, pair[1].id
                    )));
                }
            }
            if let RunTarget::Into(_) = run {
                for table in sorted {
                    staying.check_target(target, &table.smallest, &table.end)?;
                }
            }
        }
        Plan::Drop { .. } => {}
    }
    Ok(())
}

/// The tables that a plan leaves alone.
struct Staying<'a, T> {
    levels: &'a Levels<T>,
    leaving: BTreeSet<FileId>,
}

impl<'a, T: Describe> Staying<'a, T> {
    fn touching(
        &'a self,
        from: &'a [u8],
        to: &'a [u8],
    ) -> impl Iterator<Item = (Place, &'a TableMeta)> {
        (self.levels.touching(from, Some(to)))
            .map(|(place, table)| (place, table.meta()))
            .filter(|(_, table)| !self.leaving.contains(&table.id))
    }

    fn check_drop(&self, dropped: &[(Place, &TableMeta)]) -> Result<()> {
        for &(place, table) in dropped {
            for (beneath, other) in self.touching(&table.smallest, &table.end) {
                if place.is_newer_than(beneath) {
                    return Err(Error::invalid(format!(
                        "file {} would be dropped, and what it hides in file {} would come back",
                        table.id, other.id
                    )));
                }
            }
        }
        Ok(())
    }

    fn check_passing(&self, inputs: &[(Place, &TableMeta)], target: Place) -> Result<()> {
        for &(place, table) in inputs {
            for (other_place, other) in self.touching(&table.smallest, &table.end) {
                let down = place.is_newer_than(other_place) && other_place.is_newer_than(target);
                let up = target.is_newer_than(other_place) && other_place.is_newer_than(place);
                if down || up {
                    return Err(Error::invalid(format!(
                        "file {} would pass file {}, which overlaps it",
                        table.id, other.id
                    )));
                }
            }
        }
        Ok(())
    }

    fn check_target(&self, target: Place, from: &[u8], to: &[u8]) -> Result<()> {
        match self.touching(from, to).find(|(place, _)| *place == target) {
            Some((_, other)) => Err(Error::invalid(format!(
                "what is written would overlap file {} in run {} of level {}",
                other.id, target.run, target.level
            ))),
            None => Ok(()),
        }
    }
}
