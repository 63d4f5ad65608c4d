//! A table from cells of keys to nodes, for placements that fix which keys belong together: how it is dealt, and
//! how little of it changes when members come and go.

use smallvec::SmallVec;

use super::Member;
use super::allocate::fair_copies;
use super::members::Members;
use super::sweep::ZoneRule;
use crate::base::hash::hash64_with;
use crate::base::id::Nodes;
use crate::{Error, NodeId, Result};

/// Each cell's owners, the preferred one first. Inside hold:
///
/// - a list has `copies` distinct nodes, or all of them where there are fewer, in as many zones as can be;
/// - as far as zones allow, every node is first of its part of the cells by weight, and holds its part of all
///   copies, within one cell;
/// - a join changes only cells that the joiner takes, a leave only those that the leaver had.
#[derive(Clone, Debug)]
pub(super) struct Table {
    members: Members,
    copies: usize,
    cells: Vec<Nodes>,
}

/// What each member has and should have, by its number, in cells.
struct Quotas {
    copies: Vec<u32>,
    firsts: Vec<u32>,
    copies_due: Vec<u32>,
    firsts_due: Vec<u32>,
}

/// What a joiner may take from whom, the first way that helps coming first.
#[derive(Clone, Copy)]
enum Take {
    /// From who has copies too many, and a first place only from who has too many of those.
    Gently,
    /// From who has copies too many.
    Surplus,
    /// From who has its due.
    Anything,
}

impl Quotas {
    fn of(table: &Table) -> Self {
        let members = table.members.as_slice();
        let cells = table.cells.len() as f64;
        let copies = table.copies.min(members.len());
        let fair = fair_copies(&table.members, &ZoneRule::of(&table.members), copies);
        let copies_due: Vec<f64> = fair.into_iter().map(|share| share * cells).collect();
        let weight: u32 = members.iter().map(|member| member.weight).sum();
        let part = |member: &Member| cells * f64::from(member.weight) / f64::from(weight);
        let firsts_due: Vec<f64> = members.iter().map(part).collect();
        let mut quotas = Self {
            copies: vec![0; members.len()],
            firsts: vec![0; members.len()],
            copies_due: whole(&copies_due, table.cells.len() * copies),
            firsts_due: whole(&firsts_due, table.cells.len()),
        };
        for list in &table.cells {
            for node in list {
                quotas.copies[table.place(*node)] += 1;
            }
            if let Some(first) = list.first() {
                quotas.firsts[table.place(*first)] += 1;
            }
        }
        quotas
    }

    /// Copies that a member has too many; negative if it has too few.
    fn surplus(&self, place: usize) -> i64 {
        i64::from(self.copies[place]) - i64::from(self.copies_due[place])
    }

    /// Cells that a member is first of and should not be; negative if it should be first of more.
    fn surplus_firsts(&self, place: usize) -> i64 {
        i64::from(self.firsts[place]) - i64::from(self.firsts_due[place])
    }
}

/// Whole numbers near `parts` that sum to `total`: those with the largest remainder are rounded up, of equal ones
/// the first.
fn whole(parts: &[f64], total: usize) -> Vec<u32> {
    let mut dealt: Vec<u32> = parts
        .iter()
        .map(|part| (part + 1e-6).floor() as u32)
        .collect();
    let left = total.saturating_sub(dealt.iter().map(|part| *part as usize).sum());
    let mut order: Vec<usize> = (0..parts.len()).collect();
    let remainder = |place: usize| parts[place] - f64::from(dealt[place]);
    order.sort_by(|one, other| remainder(*other).total_cmp(&remainder(*one)));
    for place in order.into_iter().take(left) {
        dealt[place] += 1;
    }
    dealt
}

impl Table {
    /// A table of `cells` cells, dealt as if the members had joined in the order of their ids.
    pub(super) fn new(members: Vec<Member>, cells: usize, copies: usize) -> Result<Self> {
        let members = Members::new(members)?;
        let list = members.as_slice();
        let mut table = Self {
            members: Members::new(vec![list[0]])?,
            copies,
            cells: vec![Nodes::from_slice(&[list[0].node]); cells],
        };
        table.check()?;
        for member in &list[1..] {
            table = table.with(*member)?;
        }
        Ok(table)
    }

    fn check(&self) -> Result<()> {
        if self.copies == 0 {
            return Err(Error::invalid(
                "a table lists the owners of each key: give 1 copy or more",
            ));
        }
        let (cells, members) = (self.cells.len(), self.members.as_slice().len());
        if cells < members {
            return Err(Error::invalid(format!(
                "{cells} partitions for {members} nodes: give each at least one"
            )));
        }
        Ok(())
    }

    pub(super) fn members(&self) -> &Members {
        &self.members
    }

    pub(super) fn cells(&self) -> &[Nodes] {
        &self.cells
    }

    /// What the lists take, bytes: four for each node listed.
    pub(super) fn bytes(&self) -> usize {
        self.cells.iter().map(|list| size_of_val(&list[..])).sum()
    }

    fn place(&self, node: NodeId) -> usize {
        self.members
            .place_of(node)
            .expect("a cell's owner is a member")
    }

    /// The first `copies` owners of a cell. Past its list come the first owners of the cells after it.
    pub(super) fn owners(&self, cell: usize, copies: usize) -> Nodes {
        let list = &self.cells[cell];
        if copies <= list.len() {
            return Nodes::from_slice(&list[..copies]);
        }
        let (before, after) = self.cells.split_at(cell);
        let next = after.iter().chain(before).map(|list| list[0]);
        let rest = self.members.as_slice().iter().map(|member| member.node);
        let walk = list.iter().copied().chain(next).chain(rest);
        self.members.spread(walk, copies)
    }

    /// The table after `member` has joined.
    pub(super) fn with(&self, member: Member) -> Result<Self> {
        let mut table = Self {
            members: self.members.with(member)?,
            ..self.clone()
        };
        table.check()?;
        let mut quotas = Quotas::of(&table);
        // Not from end to end: each member's cells lie all over the table for the next joiner too.
        let mut order: Vec<usize> = (0..table.cells.len()).collect();
        let salt = u64::from(member.node.0);
        order.sort_by_cached_key(|cell| hash64_with(salt, &(*cell as u64).to_le_bytes()));
        match table.members.as_slice().len() <= table.copies {
            true => table
                .cells
                .iter_mut()
                .for_each(|list| list.push(member.node)),
            false => {
                for take in [Take::Gently, Take::Surplus, Take::Anything] {
                    table.take_copies(member.node, &mut quotas, &order, take);
                }
            }
        }
        let mut quotas = Quotas::of(&table);
        table.take_firsts(member.node, &mut quotas, &order);
        table.order_zones();
        Ok(table)
    }

    /// Puts `joiner` in the place of the fullest owner of cells, until it has its due; and wherever a zone would
    /// otherwise be missing.
    fn take_copies(&mut self, joiner: NodeId, quotas: &mut Quotas, order: &[usize], take: Take) {
        let own = self.place(joiner);
        let zone = self.members.as_slice()[own].zone;
        let members = self.members.as_slice().iter();
        let opens_zone = members.filter(|member| member.zone == zone).count() == 1;
        for cell in order {
            if !opens_zone && quotas.surplus(own) >= 0 {
                return;
            }
            if self.cells[*cell].contains(&joiner) {
                continue;
            }
            let must =
                opens_zone && self.zones_with(*cell, None) < self.zones_with(*cell, Some(joiner));
            if !must && quotas.surplus(own) >= 0 {
                continue;
            }
            let moves_first = quotas.surplus_firsts(self.place(self.cells[*cell][0])) > 0
                && quotas.surplus_firsts(own) < 0;
            let Some(rank) = self.fullest(*cell, joiner, quotas, moves_first) else {
                continue;
            };
            let from = self.place(self.cells[*cell][rank]);
            let may = match take {
                Take::Gently => quotas.surplus(from) > 0 && (rank > 0 || moves_first),
                Take::Surplus => quotas.surplus(from) > 0,
                Take::Anything => quotas.surplus(from) >= 0,
            };
            if !must && !may {
                continue;
            }
            self.cells[*cell][rank] = joiner;
            quotas.copies[from] -= 1;
            quotas.copies[own] += 1;
            if rank == 0 {
                quotas.firsts[from] -= 1;
                quotas.firsts[own] += 1;
            }
        }
    }

    /// Whom `joiner` should replace in a cell, by rank: the fullest whose place it can take without a zone too
    /// few. The first owner only with `moves_first`, or if nobody else can go.
    fn fullest(
        &self,
        cell: usize,
        joiner: NodeId,
        quotas: &Quotas,
        moves_first: bool,
    ) -> Option<usize> {
        let list = &self.cells[cell];
        let zones = self.zones_with(cell, Some(joiner));
        let may_go = |rank: &usize| {
            let mut changed = list.clone();
            changed[*rank] = joiner;
            self.zones_of(&changed) >= zones
        };
        let key = |rank: &usize| {
            let kept_first = *rank == 0 && !moves_first;
            (!kept_first, quotas.surplus(self.place(list[*rank])))
        };
        (0..list.len()).filter(may_go).max_by_key(key)
    }

    /// Makes `joiner` the first owner of cells that it holds, where the first one is so of too many.
    fn take_firsts(&mut self, joiner: NodeId, quotas: &mut Quotas, order: &[usize]) {
        let own = self.place(joiner);
        for surplus_min in [1, 0] {
            for cell in order {
                let first = self.place(self.cells[*cell][0]);
                let rank = self.cells[*cell].iter().position(|node| *node == joiner);
                let Some(rank) = rank.filter(|rank| *rank > 0) else {
                    continue;
                };
                if quotas.surplus_firsts(own) < 0 && quotas.surplus_firsts(first) >= surplus_min {
                    self.cells[*cell].swap(0, rank);
                    quotas.firsts[first] -= 1;
                    quotas.firsts[own] += 1;
                }
            }
        }
    }

    /// The table after `node` has left.
    pub(super) fn without(&self, node: NodeId) -> Result<Self> {
        let members = self.members.without(node)?;
        let mut table = self.clone();
        let mut left = Vec::new();
        for (cell, list) in table.cells.iter_mut().enumerate() {
            if let Some(rank) = list.iter().position(|other| *other == node) {
                list.remove(rank);
                left.push((cell, rank));
            }
        }
        table.members = members;
        let mut quotas = Quotas::of(&table);
        // The cells that lost their first owner count their second one as first already.
        for (cell, rank) in &left {
            if let (0, Some(first)) = (*rank, table.cells[*cell].first()) {
                quotas.firsts[table.place(*first)] -= 1;
            }
        }
        for (cell, rank) in left {
            table.refill(cell, rank, &mut quotas);
        }
        table.order_zones();
        Ok(table)
    }

    /// Gives a cell one more owner, who has the fewest copies of what is due, and a first owner if it lost it.
    fn refill(&mut self, cell: usize, rank: usize, quotas: &mut Quotas) {
        let list = &self.cells[cell];
        if list.len() < self.copies.min(self.members.as_slice().len()) {
            let others = self.members.as_slice().iter().map(|member| member.node);
            let others = others.filter(|node| !list.contains(node));
            let emptiest = others.min_by_key(|node| {
                let zones = self.zones_with(cell, Some(*node));
                (
                    core::cmp::Reverse(zones),
                    quotas.surplus(self.place(*node)),
                    *node,
                )
            });
            let node = emptiest.expect("a member is left that is not in the list");
            quotas.copies[self.place(node)] += 1;
            self.cells[cell].push(node);
        }
        if rank == 0 {
            let list = &self.cells[cell];
            let due = |rank: &usize| quotas.surplus_firsts(self.place(list[*rank]));
            let first = (0..list.len())
                .min_by_key(due)
                .expect("a cell has an owner");
            quotas.firsts[self.place(list[first])] += 1;
            self.cells[cell][..=first].rotate_right(1);
        }
    }

    /// The zones of a cell's owners, and of one more node.
    fn zones_with(&self, cell: usize, node: Option<NodeId>) -> usize {
        let mut list = self.cells[cell].clone();
        list.extend(node);
        self.zones_of(&list).min(self.copies)
    }

    fn zones_of(&self, list: &[NodeId]) -> usize {
        let mut zones: SmallVec<[_; 8]> = SmallVec::new();
        for node in list {
            let zone = self.members.as_slice()[self.place(*node)].zone;
            if !zones.contains(&zone) {
                zones.push(zone);
            }
        }
        zones.len()
    }

    /// Puts each list in the order of a preference list: a zone comes again only after all others.
    fn order_zones(&mut self) {
        for cell in 0..self.cells.len() {
            let list = &self.cells[cell];
            let distinct = self.zones_of(list);
            if self.zones_of(&list[..distinct]) < distinct {
                let mut again = Nodes::new();
                let mut ordered = Nodes::new();
                for node in list {
                    let zone = |node: &NodeId| self.members.as_slice()[self.place(*node)].zone;
                    match ordered.iter().any(|other| zone(other) == zone(node)) {
                        true => again.push(*node),
                        false => ordered.push(*node),
                    }
                }
                ordered.extend(again);
                self.cells[cell] = ordered;
            }
        }
    }
}
