//! `kvorum plan-topology`: what a change of members would move, before anybody agrees on it.

mod show;

use std::collections::BTreeMap;
use std::sync::Arc;

use kvorum::blocking::{ClusterConfig, sample_keys};
use kvorum::ring::topology::placed;
use kvorum::ring::{
    Member, Placement, RangeMove, Reshape, Ring, Topology, movement, plan as ranges_of,
};
use kvorum::{NodeId, Zone};

use crate::args::{Joiner, PlanTopologyArgs, node, weight};
use crate::exit::{Exit, Stop};
use crate::ring::members;
use crate::terminal::Terminal;

/// Keys that are counted where a placement has no ranges.
const KEYS: u64 = 100_000;
/// The positions of a ring.
const RING: f64 = (1_u128 << 64) as f64;

/// Prints what a change of members would move, and how evenly keys would lie after it.
///
/// # Errors
/// [`Stop::Usage`] for members that make no cluster; [`Stop::Environment`] for pictures that cannot be written.
pub fn plan(args: &PlanTopologyArgs, terminal: &mut Terminal) -> Result<Exit, Stop> {
    let outlook = Outlook::of(args)?;
    let pictures = match &args.svg {
        Some(path) => show::pictures(&outlook, path)?,
        None => Vec::new(),
    };
    match args.json {
        true => show::object(args, &outlook, terminal)?,
        false => show::text(args, &outlook, &pictures, terminal)?,
    }
    Ok(Exit::Done)
}

/// A change of members, with all that follows from it.
struct Outlook {
    what: String,
    copies: usize,
    before: Arc<dyn Placement>,
    after: Arc<dyn Placement>,
    /// Each member's part of all copies, before and after.
    held_before: BTreeMap<NodeId, f64>,
    held_after: BTreeMap<NodeId, f64>,
    sends: Vec<Sent>,
    /// What a ring sends, range by range; none of another placement.
    ranges: Option<Vec<RangeMove>>,
    dead: Option<NodeId>,
}

/// What one node sends to another.
struct Sent {
    /// Who gives; nobody by name where the one that loses it is dead.
    from: Option<NodeId>,
    to: NodeId,
    /// Its part of all copies.
    share: f64,
    /// In how many ranges of the ring.
    ranges: usize,
}

impl Outlook {
    fn of(args: &PlanTopologyArgs) -> Result<Self, Stop> {
        let copies = args.copies();
        if !(1..=args.nodes as usize).contains(&copies) {
            return Err(Stop::Usage(format!(
                "--copies is {copies}: must be from 1 to {}, the number of nodes",
                args.nodes
            )));
        }
        let config = ClusterConfig {
            tokens: args.tokens,
            replication: copies,
            seed: args.seed,
            ..ClusterConfig::default()
        };
        let before = config.place(args.placement.into(), members(args.nodes, args.zones))?;
        let (reshape, what) = wish(args, before.members())?;
        // The members' own rules decide what makes sense.
        let moving = Topology::founding(before.members()).reshaped(&reshape, copies)?;
        let coming = moving.coming.map(|coming| coming.members);
        let coming = coming.unwrap_or(moving.members);
        let after = match placed(&*before, &coming)? {
            Some(after) => Arc::from(after),
            None => Arc::clone(&before),
        };
        let dead = match reshape {
            Reshape::Remove(node) | Reshape::Replace(node, _) => Some(node),
            _ => None,
        };
        let (sends, ranges) = match (before.as_ring(), after.as_ring()) {
            (Some(old), Some(new)) => by_ranges(old, new, copies, dead),
            _ => (by_keys(&*before, &*after, copies, dead), None),
        };
        Ok(Self {
            what,
            copies,
            held_before: held(&*before, copies),
            held_after: held(&*after, copies),
            sends,
            ranges,
            dead,
            before,
            after,
        })
    }

    /// The part of all copies that is sent.
    fn moved(&self) -> f64 {
        self.sends.iter().map(|sent| sent.share).sum()
    }

    /// The least that any plan sends which leaves each node with as much as this one.
    fn least(&self) -> f64 {
        let held = |node: &NodeId| self.held_before.get(node).copied().unwrap_or(0.0);
        let after = self.held_after.iter();
        after.map(|(node, now)| (now - held(node)).max(0.0)).sum()
    }
}

/// What the members would be asked, and in words what happens.
fn wish(args: &PlanTopologyArgs, members: &[Member]) -> Result<(Reshape, String), Stop> {
    if let Some(joiner) = args.join {
        let member = newcomer(joiner, members);
        let what = format!(
            "{} joins in {}, with weight {}",
            member.node, member.zone, member.weight
        );
        return Ok((Reshape::Join(member), what));
    }
    if let Some(node) = args.leave {
        return Ok(match args.dead {
            true => (Reshape::Remove(node), format!("{node} is dead and goes")),
            false => (Reshape::Leave(node), format!("{node} leaves")),
        });
    }
    if let Some([old, new]) = args.replace.as_deref() {
        let what = format!("{new} takes the place of {old}, which is dead");
        return Ok((Reshape::Replace(*old, *new), what));
    }
    let Some([who, value]) = args.change.as_deref() else {
        return Err(Stop::Usage("name a change of members".to_owned()));
    };
    let refused = |why: String| Stop::Usage(format!("--change: {why}"));
    let node = node(who).map_err(refused)?;
    let member = members.iter().find(|member| member.node == node);
    let mut member = *member.ok_or_else(|| refused(format!("{node} is no member")))?;
    let what = match value.parse::<Zone>() {
        Ok(zone) => {
            member.zone = zone;
            format!("{node} is in {zone} from now on")
        }
        Err(_) => {
            member.weight = weight(value).map_err(refused)?;
            format!("{node} has weight {} from now on", member.weight)
        }
    };
    Ok((Reshape::Change(member), what))
}

/// A joiner as a member: in its zone, or in the one that has fewest members.
fn newcomer(joiner: Joiner, members: &[Member]) -> Member {
    let of = |zone: Zone| members.iter().filter(|member| member.zone == zone).count();
    let zones = members.iter().map(|member| member.zone);
    let fewest = zones.min_by_key(|zone| (of(*zone), *zone));
    Member {
        node: joiner.node,
        zone: joiner.zone.or(fewest).unwrap_or(Zone(1)),
        weight: joiner.weight.unwrap_or(1),
    }
}

/// Each member's part of all copies: exactly of a ring, else counted over keys.
fn held(placement: &dyn Placement, copies: usize) -> BTreeMap<NodeId, f64> {
    if let Some(ring) = placement.as_ring() {
        return ring.copy_shares(copies);
    }
    let members = placement.members().iter();
    let mut held: BTreeMap<_, f64> = members.map(|member| (member.node, 0.0)).collect();
    for key in sample_keys(KEYS) {
        for node in placement.owners(&key, copies) {
            *held.entry(node).or_default() += 1.0;
        }
    }
    let all: f64 = held.values().sum();
    held.values_mut().for_each(|part| *part /= all);
    held
}

/// Each member's part of the keys as their first owner.
fn firsts(placement: &dyn Placement) -> BTreeMap<NodeId, f64> {
    match placement.as_ring() {
        Some(ring) => ring.shares(),
        None => held(placement, 1),
    }
}

/// The fullest node's part over its part by weight.
fn fullest(members: &[Member], held: &BTreeMap<NodeId, f64>) -> f64 {
    let weights: u32 = members.iter().map(|member| member.weight).sum();
    let over = |member: &Member| {
        let part = held.get(&member.node).copied().unwrap_or(0.0);
        part * f64::from(weights) / f64::from(member.weight)
    };
    members.iter().map(over).fold(0.0, f64::max)
}

/// What is sent, by who gives and who takes, in that order.
#[derive(Default)]
struct Sends(BTreeMap<(NodeId, Option<NodeId>), (f64, usize)>);

impl Sends {
    fn add(&mut self, from: NodeId, to: NodeId, dead: Option<NodeId>, share: f64) {
        let from = Some(from).filter(|_| dead != Some(from));
        let sent = self.0.entry((to, from)).or_default();
        sent.0 += share;
        sent.1 += 1;
    }

    fn list(self) -> Vec<Sent> {
        let sent = self.0.into_iter();
        sent.map(|((to, from), (share, ranges))| Sent {
            from,
            to,
            share,
            ranges,
        })
        .collect()
    }
}

fn by_ranges(
    before: &Ring,
    after: &Ring,
    copies: usize,
    dead: Option<NodeId>,
) -> (Vec<Sent>, Option<Vec<RangeMove>>) {
    let moves = ranges_of(before, after, copies).moves;
    let copies = copies.min(after.members().len()) as f64;
    let mut sends = Sends::default();
    for sent in &moves {
        let share = sent.start.positions_to(sent.end) as f64 / RING / copies;
        sends.add(sent.from, sent.to, dead, share);
    }
    (sends.list(), Some(moves))
}

fn by_keys(
    before: &dyn Placement,
    after: &dyn Placement,
    copies: usize,
    dead: Option<NodeId>,
) -> Vec<Sent> {
    let counted = movement(before, after, copies, sample_keys(KEYS));
    let mut sends = Sends::default();
    for ((from, to), keys) in counted.between {
        sends.add(from, to, dead, keys as f64 / counted.replicas as f64);
    }
    sends.list()
}
