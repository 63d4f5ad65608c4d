//! Single and multiple choice.

use super::{Judged, Note, Partial};
use crate::asked::Asked;
use crate::bank::Choice;

/// Joins several options in the record's words.
pub(crate) const SEPARATOR: &str = " | ";

pub(super) fn single(asked: &Asked<'_>, choices: &[Choice], chosen: usize) -> Judged {
    let picked = &choices[asked.bank_index(chosen).expect("the position fits")];
    let right = choices
        .iter()
        .find(|choice| choice.is_right())
        .expect("a single choice has a right option");
    Judged {
        right: picked.is_right(),
        partial: None,
        answer: asked.fill(&picked.text),
        key: asked.fill(&right.text),
        told: asked.fill(&right.text),
        notes: vec![note(asked, picked, picked.is_right())],
        misconceptions: picked.misconception.iter().cloned().collect(),
    }
}

/// All or nothing counts; the parts are told option by option.
pub(super) fn multiple(asked: &Asked<'_>, choices: &[Choice], chosen: &[usize]) -> Judged {
    let picked: Vec<usize> = chosen
        .iter()
        .map(|&position| asked.bank_index(position).expect("the position fits"))
        .collect();
    let mut notes = Vec::new();
    let mut misconceptions = Vec::new();
    let mut hit = 0;
    for position in 1..=choices.len() {
        let index = asked.bank_index(position).expect("the position is shown");
        let choice = &choices[index];
        let is_picked = picked.contains(&index);
        let is_judged_right = is_picked == choice.is_right();
        hit += usize::from(is_judged_right);
        if is_picked || choice.is_right() {
            notes.push(note(asked, choice, is_judged_right));
        }
        if is_picked {
            misconceptions.extend(choice.misconception.iter().cloned());
        }
    }
    let texts = |keep: &dyn Fn(usize) -> bool| -> String {
        let kept = (0..choices.len()).filter(|&index| keep(index));
        let texts: Vec<String> = kept.map(|index| asked.fill(&choices[index].text)).collect();
        texts.join(SEPARATOR)
    };
    let key = texts(&|index| choices[index].is_right());
    Judged {
        right: hit == choices.len(),
        partial: Some(Partial {
            hit,
            of: choices.len(),
        }),
        answer: texts(&|index| picked.contains(&index)),
        told: key.clone(),
        key,
        notes,
        misconceptions,
    }
}

fn note(asked: &Asked<'_>, choice: &Choice, right: bool) -> Note {
    Note {
        about: asked.fill(&choice.text),
        right,
        text: choice.feedback.clone(),
    }
}
