//! Orderings: right as a whole; a miss is told by the first place that differs.

use super::{Judged, Note, Partial};
use crate::asked::Asked;
use crate::bank::Wrong;

/// Joins items in the record's words.
const SEPARATOR: &str = " > ";

pub(super) fn judge(asked: &Asked<'_>, items: &[String], wrong: &Wrong, order: &[usize]) -> Judged {
    let given: Vec<usize> = order
        .iter()
        .map(|&position| asked.bank_index(position).expect("the position fits"))
        .collect();
    let hit = given
        .iter()
        .enumerate()
        .filter(|(place, index)| place == *index)
        .count();
    let right = hit == items.len();
    let texts = |indices: &[usize]| -> String {
        let texts: Vec<String> = indices
            .iter()
            .map(|&index| asked.fill(&items[index]))
            .collect();
        texts.join(SEPARATOR)
    };
    let key = texts(&Vec::from_iter(0..items.len()));
    let mut notes = Vec::new();
    if let Some((place, &index)) = given
        .iter()
        .enumerate()
        .find(|(place, index)| place != *index)
    {
        notes.push(Note {
            about: format!("place {}", place + 1),
            right: false,
            text: format!(
                "You put \"{}\" where \"{}\" belongs. {}",
                items[index], items[place], wrong.feedback
            ),
        });
    }
    Judged {
        right,
        partial: Some(Partial {
            hit,
            of: items.len(),
        }),
        answer: texts(&given),
        told: key.clone(),
        key,
        notes,
        misconceptions: if right {
            Vec::new()
        } else {
            vec![wrong.misconception.clone()]
        },
    }
}
