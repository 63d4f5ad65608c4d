//! The preference lists of all segments of a ring in one pass, where a walk from each would begin anew.
//!
//! A segment is what ends at one token: all its keys have the owners of that token's walk. Going backwards
//! from token to token, the order in which a walk meets the nodes changes by one step only: the token's own
//! node comes to the front. So each list costs a few steps, however long its walk.

use smallvec::SmallVec;

use super::members::Members;

/// A member by its number in the list of members, which is sorted by node id. [`NODES_MAX`] of them fit.
///
/// [`NODES_MAX`]: crate::base::limits::NODES_MAX
pub(super) type Index = u8;

/// The members of one preference list.
pub(super) type Indices = SmallVec<[Index; 8]>;

/// What the zone rule needs to know of the members, by their numbers.
#[derive(Clone, Debug)]
pub(super) struct ZoneRule {
    zone_of: Vec<u8>,
    zones: u32,
}

impl ZoneRule {
    pub(super) fn of(members: &Members) -> Self {
        let list = members.as_slice();
        let mut zones: Vec<_> = list.iter().map(|member| member.zone).collect();
        zones.sort_unstable();
        zones.dedup();
        let number = |zone| zones.iter().position(|other| *other == zone);
        let zone_of = list
            .iter()
            .map(|member| number(member.zone).expect("a member's zone is among the zones") as u8);
        Self {
            zone_of: zone_of.collect(),
            zones: zones.len() as u32,
        }
    }

    /// The number of the member's zone.
    pub(super) fn zone_of(&self, member: Index) -> usize {
        usize::from(self.zone_of[usize::from(member)])
    }

    /// How many zones there are.
    pub(super) fn zones(&self) -> usize {
        self.zones as usize
    }

    /// What [`Members::spread`] takes from `order`, which names no member twice; and how many of `order`
    /// it looked at, or nothing if it looked for more when they were at an end. `wanted` is not 0.
    pub(super) fn take(
        &self,
        order: impl Iterator<Item = Index>,
        wanted: usize,
        list: &mut Indices,
    ) -> Option<usize> {
        list.clear();
        let mut passed_over = Indices::new();
        let (mut used, mut looked_at) = (0_u128, None);
        for (index, member) in order.enumerate() {
            let zone = 1 << self.zone_of[usize::from(member)];
            match used & zone {
                0 => list.push(member),
                _ => passed_over.push(member),
            }
            used |= zone;
            let found = match used.count_ones() == self.zones {
                true => list.len() + passed_over.len(),
                false => list.len(),
            };
            if found >= wanted {
                looked_at = Some(index + 1);
                break;
            }
        }
        let missing = wanted.saturating_sub(list.len());
        list.extend(passed_over.into_iter().take(missing));
        looked_at
    }
}

/// Calls `segment` for each token of a ring, the last first, with the token's number, the members of its
/// list, the token at which the walk meets each member first, and the one at which it ends; both counted on
/// past the last token. A walk that finds too few comes back to where it began.
///
/// `owners` are the tokens' members in ring order, `members` how many there are.
pub(super) fn sweep(
    owners: &[Index],
    members: usize,
    rule: &ZoneRule,
    wanted: usize,
    mut segment: impl FnMut(usize, &[Index], &[usize], usize),
) {
    let mut order: Vec<Index> = Vec::with_capacity(members);
    let mut next = vec![usize::MAX; members];
    // Once around without a list, so that the last token's walk knows what follows it.
    for (token, owner) in owners.iter().enumerate().rev() {
        to_front(&mut order, *owner);
        next[usize::from(*owner)] = token + owners.len();
    }
    let mut list = Indices::new();
    for (token, owner) in owners.iter().enumerate().rev() {
        to_front(&mut order, *owner);
        next[usize::from(*owner)] = token;
        let looked_at = rule.take(order.iter().copied(), wanted, &mut list);
        let end = match looked_at {
            Some(count) => next[usize::from(order[count - 1])],
            None => token + owners.len(),
        };
        segment(token, &list, &next, end);
    }
}

fn to_front(order: &mut Vec<Index>, member: Index) {
    match order.iter().position(|other| *other == member) {
        Some(place) => order[..=place].rotate_right(1),
        None => order.insert(0, member),
    }
}
