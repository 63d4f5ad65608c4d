//! Members that come and go, as lines.

use super::super::values::{count, duration, name};
use super::words::{Parsed, Words, one_of, value};
use crate::{NodeId, Zone};
use core::time::Duration;

/// What an operator asks for.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::script) enum Wish {
    /// A node comes in.
    Join {
        node: NodeId,
        zone: Option<Zone>,
        weight: Option<u32>,
    },
    /// A node goes, and gives away what it owns; or it is dead, and nothing is waited for.
    Leave { node: NodeId, dead: bool },
    /// The second takes the place of the first.
    Replace(NodeId, NodeId),
    /// A node gets another zone or weight.
    Change {
        node: NodeId,
        zone: Option<Zone>,
        weight: Option<u32>,
    },
    /// A table gets another N.
    Copies {
        copies: usize,
        table: Option<String>,
    },
    /// The move under way is given up.
    Cancel,
}

/// A wish, with the node that it is told and how long that has.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::script) struct ReshapeLine {
    pub(in crate::script) wish: Wish,
    pub(in crate::script) via: Option<NodeId>,
    pub(in crate::script) timeout: Option<Duration>,
}

pub(super) fn reshape(verb: &str, words: &mut Words<'_>) -> Parsed<ReshapeLine> {
    let (mut zone, mut weight, mut dead) = (None, None, false);
    let (mut table, mut timeout) = (None, None);
    for setting in &words.line.settings {
        match setting.name.as_str() {
            "zone" => zone = Some(value(words.place, setting, name)?),
            "weight" => weight = Some(value(words.place, setting, count)?),
            "dead" => {
                let choice = |text: &str| one_of(text, &[("yes", true), ("no", false)]);
                dead = value(words.place, setting, choice)?;
            }
            "table" => table = Some(setting.value.text()),
            "timeout" => timeout = Some(value(words.place, setting, duration)?),
            other => unreachable!("'{other}' stands in the table of verbs"),
        }
    }
    let wish = match verb {
        "join" => Wish::Join {
            node: words.read("a node", name)?,
            zone,
            weight,
        },
        "leave" => Wish::Leave {
            node: words.read("a node", name)?,
            dead,
        },
        "replace" => Wish::Replace(words.read("a node", name)?, words.read("a node", name)?),
        "change" => Wish::Change {
            node: words.read("a node", name)?,
            zone,
            weight,
        },
        "copies" => Wish::Copies {
            copies: words.read("a number of copies", count)?,
            table,
        },
        "cancel" => Wish::Cancel,
        other => unreachable!("'{other}' stands in the table of verbs"),
    };
    Ok(ReshapeLine {
        wish,
        via: words.via()?,
        timeout,
    })
}
