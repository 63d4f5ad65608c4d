//! How many changes of registers met another one.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::NodeId;
use crate::check::{Asked, History, Moment};

/// A change under way: its node and, where it ended, when.
type Span = (Moment, Option<Moment>, NodeId);

/// The changes of registers in a history, and those of them that overlapped another change of the same register
/// through another node. What never ended overlaps all that came later.
pub(super) fn count(history: &History) -> (u64, u64) {
    let mut changes: BTreeMap<&Bytes, Vec<Span>> = BTreeMap::new();
    for (place, operation) in history.operations().iter().enumerate() {
        if let Asked::Cas { .. } = operation.asked {
            let span = (history.called(place), history.ended(place), operation.via);
            changes.entry(&operation.key).or_default().push(span);
        }
    }
    let all = changes.values().map(Vec::len).sum::<usize>() as u64;
    let met = |spans: &Vec<Span>| {
        let meets = |one: &&Span| {
            let overlap = |other: &Span| {
                other.2 != one.2
                    && other.1.is_none_or(|ended| one.0 < ended)
                    && one.1.is_none_or(|ended| other.0 < ended)
            };
            spans.iter().any(overlap)
        };
        spans.iter().filter(meets).count() as u64
    };
    (all, changes.values().map(met).sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Mono;
    use crate::check::{Operation, Outcome, Promise};
    use crate::node::{Edit, Level};

    fn change(node: u32, key: &'static [u8], called: u64, ended: Option<u64>) -> Operation {
        Operation {
            client: 0,
            session: None,
            via: NodeId(node),
            key: Bytes::from_static(key),
            asked: Asked::Cas {
                conditions: vec![],
                edit: Edit::Delete,
            },
            token: None,
            level: Level::Serial,
            quorum: 2,
            expires: false,
            promise: Promise::Strict,
            called: Mono(called),
            ended: ended.map(Mono),
            outcome: Outcome::Open,
        }
    }

    #[test]
    fn what_overlaps_through_another_node_has_met_it() {
        let mut history = History::default();
        for operation in [
            change(1, b"\0a", 0, Some(5)),
            change(2, b"\0a", 3, Some(7)),
            change(3, b"\0a", 8, Some(9)),
            change(3, b"\0b", 4, Some(6)),
            change(1, b"\0c", 0, Some(5)),
            change(1, b"\0c", 1, Some(2)),
            change(4, b"\0d", 0, None),
            change(5, b"\0d", 99, Some(100)),
        ] {
            history.open(operation).unwrap();
        }
        assert_eq!(count(&history), (8, 4));
    }
}
