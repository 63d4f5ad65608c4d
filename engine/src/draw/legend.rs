//! The members beside a ring, with what each one owns.

use crate::NodeId;
use crate::ring::{Member, Placement, balance};

/// One line of the legend.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub member: Member,
    /// What it owns as first owner, 0 up to 1.
    pub share: f64,
    /// Its place in the preference list of the key shown, from 1.
    pub place: Option<usize>,
}

/// The lines that fit, and in words what the others own.
#[derive(Clone, Debug)]
pub(super) struct Legend {
    pub rows: Vec<Row>,
    pub rest: Option<String>,
}

/// Keys sampled for the shares of a placement that cannot tell them exactly.
pub(super) const KEYS_SAMPLED: u32 = 4096;

impl Legend {
    /// At most `rows_max` members by node id; the `owners` of the key shown are always among them.
    pub(super) fn of(placement: &dyn Placement, owners: &[NodeId], rows_max: usize) -> Self {
        let members = placement.members();
        let mut rows: Vec<Row> = members
            .iter()
            .zip(shares(placement))
            .map(|(member, share)| Row {
                member: *member,
                share,
                place: owners
                    .iter()
                    .position(|owner| *owner == member.node)
                    .map(|index| index + 1),
            })
            .collect();
        if rows.len() <= rows_max {
            return Self { rows, rest: None };
        }
        rows.sort_by_key(|row| (row.place.unwrap_or(usize::MAX), row.member.node));
        let left_out = rows.split_off(rows_max);
        rows.sort_by_key(|row| row.member.node);
        let least = left_out.iter().map(|row| row.share).fold(1.0, f64::min);
        let most = left_out.iter().map(|row| row.share).fold(0.0, f64::max);
        let rest = format!(
            "and {} more, from {} to {} each",
            left_out.len(),
            percent(least),
            percent(most)
        );
        Self {
            rows,
            rest: Some(rest),
        }
    }

    /// The longest bar's share, so that bars use their space.
    pub(super) fn largest(&self) -> f64 {
        self.rows
            .iter()
            .map(|row| row.share)
            .fold(f64::MIN_POSITIVE, f64::max)
    }
}

/// Every member's share, by node id: exact for a ring, else counted over [`KEYS_SAMPLED`] keys.
fn shares(placement: &dyn Placement) -> Vec<f64> {
    let members = placement.members().iter();
    match placement.as_ring() {
        Some(ring) => ring.shares().into_values().collect(),
        None => {
            let keys = (0..KEYS_SAMPLED).map(|index| format!("key/{index}").into_bytes());
            let counted = balance(placement, keys).per_node;
            members
                .map(|member| {
                    counted
                        .get(&member.node)
                        .map_or(0.0, |keys| *keys as f64 / f64::from(KEYS_SAMPLED))
                })
                .collect()
        }
    }
}

/// `21.3%`.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1}%", share * 100.0)
}
