//! What may be believed of a peer's message.

use bytes::Bytes;

use super::RepairMessage;
use crate::NodeId;
use crate::base::limits::{REPAIR_GROUPS_MAX, REPAIR_KEYS_MAX, REPAIR_ROOTS_MAX, REPAIR_ROWS_MAX};
use crate::node::replica::{Group, Leaves};

/// Whether a message of `from` stays within its limits, and names only groups that both nodes are in.
pub(super) fn is_sane(message: &RepairMessage, here: NodeId, from: NodeId) -> bool {
    let shared = |group: &Group| group.contains(here) && group.contains(from);
    let sets = |leaves: &Leaves| {
        leaves.len() <= REPAIR_ROWS_MAX && leaves.iter().all(|(group, _)| shared(group))
    };
    match message {
        RepairMessage::Roots { roots, .. } => {
            roots.len() <= REPAIR_ROOTS_MAX && roots.iter().all(|(group, _)| shared(group))
        }
        RepairMessage::Branches { branches, .. } => {
            branches.len() <= REPAIR_GROUPS_MAX && branches.iter().all(|(group, _)| shared(group))
        }
        RepairMessage::Leaves { leaves, .. } => {
            leaves.len() <= REPAIR_ROWS_MAX && leaves.iter().all(|(group, ..)| shared(group))
        }
        RepairMessage::Keys {
            leaves,
            after,
            upto,
            keys,
            ..
        } => {
            let within = |key: &Bytes| {
                after.as_ref().is_none_or(|after| key > after)
                    && upto.as_ref().is_none_or(|upto| key <= upto)
            };
            sets(leaves)
                && keys.len() <= REPAIR_KEYS_MAX
                && keys.iter().all(|key| within(&key.key))
                && keys.is_sorted_by(|a, b| a.key < b.key)
                && upto.as_ref().is_none_or(within)
        }
        RepairMessage::More { leaves, .. } => sets(leaves),
        RepairMessage::Want(keys) => keys.len() <= REPAIR_KEYS_MAX,
        RepairMessage::Agreed { .. }
        | RepairMessage::Cells(..)
        | RepairMessage::StreamAsk { .. }
        | RepairMessage::StreamPage { .. } => true,
    }
}
