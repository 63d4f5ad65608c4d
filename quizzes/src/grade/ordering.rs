//! Orderings: right as a whole; a miss is told by the first place that differs. Only one pair of items
//! stands for a misconception, so that a slip elsewhere is not taken for it.

use super::{Judged, Note, Partial};
use crate::asked::Asked;
use crate::bank::Wrong;

/// Joins items in the record's words.
pub(crate) const SEPARATOR: &str = " > ";

pub(super) fn judge(
    asked: &Asked<'_>,
    items: &[String],
    swapped: [usize; 2],
    wrong: &Wrong,
    order: &[usize],
) -> Judged {
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
    let [earlier, later] = swapped.map(|place| given.iter().position(|index| index + 1 == place));
    let shows_misconception = later < earlier;
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
                "You put \"{}\" where \"{}\" belongs.",
                asked.fill(&items[index]),
                asked.fill(&items[place])
            ),
        });
    }
    if let (true, Some(note)) = (shows_misconception, notes.last_mut()) {
        note.text = format!("{} {}", note.text, wrong.feedback);
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
        misconceptions: if shows_misconception {
            vec![wrong.misconception.clone()]
        } else {
            Vec::new()
        },
    }
}
