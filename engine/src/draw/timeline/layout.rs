//! Which operations are drawn, and where.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use crate::base::time::clock;
use crate::check::{Asked, Edge, Effect, History, Moment, Operation, Outcome, cas_told, shown_key};
use crate::draw::text::{fit, key_text};
use crate::node::client_key;

/// Columns of a value within a label.
const VALUE_COLUMNS: usize = 24;

/// How many operations and columns a picture has room for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    pub operations: usize,
    pub slots: usize,
}

/// One operation.
#[derive(Clone, Debug)]
pub(super) struct Bar {
    pub lane: usize,
    /// Its first and last column.
    pub from: usize,
    pub to: usize,
    /// Among those that show the violation.
    pub marked: bool,
    /// It may take effect at any time after its call.
    pub unknown: bool,
    pub writes: bool,
    /// What was asked and answered, short: `get -> milk`.
    pub label: String,
    /// From when to when.
    pub times: String,
}

#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// The lanes' names.
    pub lanes: Vec<String>,
    pub bars: Vec<Bar>,
    /// When each column begins.
    pub slots: Vec<String>,
    /// What the picture is of, and what it leaves out.
    pub title: String,
    pub left_out: Option<String>,
}

impl Layout {
    pub(super) fn of(history: &History, marked: &[usize], room: Room) -> Self {
        let marked: BTreeSet<usize> = marked
            .iter()
            .copied()
            .filter(|place| *place < history.operations().len())
            .collect();
        let candidates = candidates(history, &marked);
        let total = candidates.len();
        let mut chosen = chosen(history, candidates, &marked, room.operations);
        let mut columns = Columns::of(history, &chosen);
        while columns.starts.len() > room.slots {
            // Of what shows a violation, and of what led up to it, the earliest goes first.
            let unmarked = chosen.iter().position(|place| !marked.contains(place));
            if marked.is_empty() {
                chosen.pop();
            } else {
                chosen.remove(unmarked.unwrap_or(0));
            }
            columns = Columns::of(history, &chosen);
        }
        let left_out = total - chosen.len();
        let keys: BTreeSet<&Bytes> = chosen
            .iter()
            .map(|place| &history.operations()[*place].key)
            .collect();
        let (lanes, bars) = bars(history, &chosen, &marked, &columns, keys.len() > 1);
        Self {
            lanes,
            bars,
            slots: columns.starts.into_iter().map(clock).collect(),
            title: match keys.first() {
                Some(key) if keys.len() == 1 => {
                    format!("Operations on {}", fit(&shown_key(key), 40))
                }
                _ => "Operations".to_owned(),
            },
            left_out: (left_out > 0).then(|| format!("{left_out} more not drawn")),
        }
    }

    /// Where the dots behind a bar of unknown end stop: at the next bar of its lane, if there is one.
    pub(super) fn dots_to(&self, bar: &Bar) -> Option<usize> {
        let later = self
            .bars
            .iter()
            .filter(|next| next.lane == bar.lane && next.from > bar.to);
        later.map(|next| next.from).min()
    }
}

/// The marked operations and, of their keys, what overlaps the time that they span; with no marks all.
fn candidates(history: &History, marked: &BTreeSet<usize>) -> Vec<usize> {
    let operations = history.operations();
    let keys: BTreeSet<&Bytes> = marked.iter().map(|place| &operations[*place].key).collect();
    let first = marked.iter().map(|place| history.called(*place)).min();
    let last = marked
        .iter()
        .map(|place| history.ended(*place).unwrap_or(history.called(*place)))
        .max();
    let mut places: Vec<usize> = (0..operations.len())
        .filter(|place| match (first, last) {
            (Some(first), Some(last)) => {
                let reach = history.ended(*place).unwrap_or(history.called(*place));
                marked.contains(place)
                    || keys.contains(&operations[*place].key)
                        && history.called(*place) <= last
                        && reach >= first
            }
            _ => true,
        })
        .collect();
    places.sort_unstable_by_key(|place| history.called(*place));
    places
}

/// At most `operations` of them: the marked ones, then those nearest before the last of these; with no marks
/// the first.
fn chosen(
    history: &History,
    candidates: Vec<usize>,
    marked: &BTreeSet<usize>,
    operations: usize,
) -> Vec<usize> {
    if marked.is_empty() {
        return candidates.into_iter().take(operations).collect();
    }
    let skipped = marked.len().saturating_sub(operations);
    let kept = candidates.iter().filter(|place| marked.contains(place));
    let mut chosen: Vec<usize> = kept.skip(skipped).copied().collect();
    let others = candidates
        .iter()
        .rev()
        .filter(|place| !marked.contains(place));
    let free = operations.saturating_sub(chosen.len());
    chosen.extend(others.take(free));
    chosen.sort_unstable_by_key(|place| history.called(*place));
    chosen
}

/// The columns of time: a new one begins with each call that follows an end.
struct Columns {
    starts: Vec<crate::base::time::Mono>,
    /// By place, the first and the last column.
    spans: BTreeMap<usize, (usize, usize)>,
}

impl Columns {
    fn of(history: &History, chosen: &[usize]) -> Self {
        let mut events: Vec<(Moment, usize, Edge)> = Vec::new();
        for &place in chosen {
            events.push((history.called(place), place, Edge::Call));
            events.extend(history.ended(place).map(|end| (end, place, Edge::Return)));
        }
        events.sort_unstable();
        let mut columns = Self {
            starts: Vec::new(),
            spans: BTreeMap::new(),
        };
        let mut after_end = true;
        for (moment, place, edge) in events {
            if edge == Edge::Call && after_end {
                columns.starts.push(moment.at);
            }
            after_end = edge == Edge::Return;
            let column = columns.starts.len().saturating_sub(1);
            let span = columns.spans.entry(place).or_insert((column, column));
            span.1 = column;
        }
        columns
    }
}

/// Lanes by client, then by node for requests of which nobody says whose they are; one more where two overlap.
fn bars(
    history: &History,
    chosen: &[usize],
    marked: &BTreeSet<usize>,
    columns: &Columns,
    with_keys: bool,
) -> (Vec<String>, Vec<Bar>) {
    let operations = history.operations();
    let lane_of = |place: usize| match operations[place].client {
        0 => (u32::MAX, operations[place].via.0),
        client => (client, 0),
    };
    // For each lane's name its rows, each with the column from which on it is free.
    let mut rows: BTreeMap<(u32, u32), Vec<usize>> = BTreeMap::new();
    let mut set: Vec<((u32, u32), usize, usize)> = Vec::new();
    for &place in chosen {
        let (from, to) = columns.spans.get(&place).copied().unwrap_or_default();
        let lane = rows.entry(lane_of(place)).or_default();
        let row = lane.iter().position(|free| *free <= from);
        let row = row.unwrap_or_else(|| {
            lane.push(0);
            lane.len() - 1
        });
        lane[row] = to + 1;
        set.push((lane_of(place), row, place));
    }
    let mut lanes = Vec::new();
    let mut first_row = BTreeMap::new();
    for (lane, taken) in &rows {
        first_row.insert(*lane, lanes.len());
        let name = match *lane {
            (u32::MAX, node) => format!("via n{node}"),
            (client, _) => format!("client {client}"),
        };
        lanes.extend(taken.iter().map(|_| name.clone()));
    }
    let bars = set.into_iter().map(|(lane, row, place)| {
        let operation = &operations[place];
        let (from, to) = columns.spans.get(&place).copied().unwrap_or_default();
        Bar {
            lane: first_row.get(&lane).copied().unwrap_or(0) + row,
            from,
            to,
            marked: marked.contains(&place),
            unknown: operation.effect() == Effect::Unknown,
            writes: operation.writes(),
            label: label(operation, with_keys),
            times: times(operation),
        }
    });
    (lanes, bars.collect())
}

fn label(operation: &Operation, with_keys: bool) -> String {
    let key = match with_keys {
        true => format!(" {}", key_text(client_key(&operation.key), VALUE_COLUMNS)),
        false => String::new(),
    };
    let value = |value: &[u8]| match value {
        [] => "(empty)".to_owned(),
        value => key_text(value, VALUE_COLUMNS),
    };
    let asked = match &operation.asked {
        Asked::Get => format!("get{key}"),
        Asked::Put { value: put, .. } => format!("put{key} {}", value(put)),
        Asked::Delete { .. } => format!("delete{key}"),
        Asked::Cas { conditions, edit } => {
            format!(
                "cas{key} {}",
                fit(&cas_told(conditions, edit), VALUE_COLUMNS)
            )
        }
        Asked::Update(change) => format!("update{key} {}", fit(&change.to_string(), VALUE_COLUMNS)),
    };
    match &operation.outcome {
        Outcome::Open => format!("{asked} ..."),
        Outcome::Failed(code) => format!("{asked}: {}", code.name()),
        Outcome::Done(_) if operation.writes() => asked,
        Outcome::Done(answer) if answer.values.is_empty() => format!("{asked} -> nothing"),
        Outcome::Done(answer) => {
            let values = answer.values.iter().take(4).map(|one| value(one));
            let all: Vec<String> = values.collect();
            format!("{asked} -> {}", fit(&all.join(", "), 2 * VALUE_COLUMNS))
        }
    }
}

fn times(operation: &Operation) -> String {
    let ended = operation.ended.map(clock);
    format!(
        "{} .. {}",
        clock(operation.called),
        ended.unwrap_or_default()
    )
    .trim_end()
    .to_owned()
}
