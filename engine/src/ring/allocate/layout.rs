//! A ring while tokens are being chosen for it: who holds how much now, and what one more token would change.

use smallvec::SmallVec;

use super::super::members::Members;
use super::super::sweep::{Index, ZoneRule, sweep};
use super::fair::fair_copies;

/// The ring's length in the units of the search: positions are looked at by their upper 32 bits.
const UNITS: f64 = 4_294_967_296.0;

/// How much an even length of segments counts, against the nodes' even holdings. Without it a join or two
/// stay even, and some dozens leave segments so long that a cut takes too much, beside some too short to cut.
const EVENNESS: f64 = 1e-3;

/// A token by its upper 32 bits, and its member.
pub(super) type Cut = (u32, Index);

/// Where one more token of the joiner would do most good.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    /// Its upper 32 bits.
    position: u32,
    /// What all deviations, squared, would sum up to less.
    gain: f64,
}

/// A ring, and each member's holdings on it. The joiner is a member from the start.
pub(super) struct Layout {
    rule: ZoneRule,
    members: usize,
    copies: usize,
    cuts: Vec<Cut>,
    lists: Vec<SmallVec<[Met; 4]>>,
    ends: Vec<usize>,
    copies_held: Vec<f64>,
    primaries_held: Vec<f64>,
    /// What each should hold, in units.
    copies_fair: Vec<f64>,
    primaries_fair: Vec<f64>,
}

/// What a change does to a few members' holdings: by full segments, and for each unit of the cut one.
#[derive(Default)]
struct Effects(SmallVec<[(Index, f64, f64); 12]>);

impl Effects {
    fn add(&mut self, member: Index, whole: f64, each_unit: f64) {
        match self.0.iter_mut().find(|(other, ..)| *other == member) {
            Some((_, wholes, units)) => {
                *wholes += whole;
                *units += each_unit;
            }
            None => self.0.push((member, whole, each_unit)),
        }
    }

    fn exchange(&mut self, from: Option<Index>, to: Index, whole: f64, each_unit: f64) {
        if let Some(from) = from {
            self.add(from, -whole, -each_unit);
        }
        self.add(to, whole, each_unit);
    }
}

/// One owner of a segment, and the number of its token that the walk from there meets first.
type Met = (Index, usize);

/// What one more token ahead on its walk does to a segment's owners.
enum Change {
    /// The walk has all its owners before it comes to the token. So has every walk from further back.
    Unreached,
    /// The joiner holds the segment already.
    Same,
    /// The joiner takes it, from this owner unless there were too few.
    Takes(Option<Index>),
}

/// What all squares of deviations sum up to more, by where in a segment of `x` units the cut is made.
#[derive(Default)]
struct Parabola {
    square: f64,
    line: f64,
    constant: f64,
}

impl Parabola {
    /// A deviation of `now`, which becomes `now + step + slope * x`.
    fn add(&mut self, now: f64, step: f64, slope: f64) {
        let start = now + step;
        self.square += slope * slope;
        self.line += 2.0 * start * slope;
        self.constant += start * start - now * now;
    }

    fn lowest(&self) -> f64 {
        -self.line / (2.0 * self.square)
    }

    fn at(&self, x: f64) -> f64 {
        (self.square * x + self.line) * x + self.constant
    }
}

impl Layout {
    pub(super) fn new(members: &Members, cuts: Vec<Cut>, copies: usize) -> Self {
        let rule = ZoneRule::of(members);
        let list = members.as_slice();
        assert!(
            list.len() <= 128,
            "members are numbered by the bits of a u128"
        );
        let copies_fair = fair_copies(members, &rule, copies)
            .into_iter()
            .map(|share| share * UNITS);
        let weight: u32 = list.iter().map(|member| member.weight).sum();
        let primaries_fair = list
            .iter()
            .map(|member| UNITS * f64::from(member.weight) / f64::from(weight));
        let mut layout = Self {
            members: list.len(),
            copies: copies.min(list.len()),
            copies_fair: copies_fair.collect(),
            primaries_fair: primaries_fair.collect(),
            rule,
            cuts,
            lists: Vec::new(),
            ends: Vec::new(),
            copies_held: Vec::new(),
            primaries_held: Vec::new(),
        };
        layout.survey();
        layout
    }

    /// How long the segment that ends at a token is, in units. All tokens on one position leave all of the
    /// ring to the first.
    fn length(&self, token: usize) -> f64 {
        let before = token.checked_sub(1).unwrap_or(self.cuts.len() - 1);
        let length = self.cuts[token].0.wrapping_sub(self.cuts[before].0);
        match (length, token) {
            (0, 0) => UNITS,
            _ => f64::from(length),
        }
    }

    /// Takes stock of who holds how much.
    fn survey(&mut self) {
        let owners: Vec<Index> = self.cuts.iter().map(|(_, member)| *member).collect();
        let mut lists: Vec<SmallVec<[Met; 4]>> = vec![SmallVec::new(); owners.len()];
        let mut ends = vec![0; owners.len()];
        self.copies_held = vec![0.0; self.members];
        self.primaries_held = vec![0.0; self.members];
        sweep(
            &owners,
            self.members,
            &self.rule,
            self.copies,
            |token, list, next, end| {
                let met = list
                    .iter()
                    .map(|member| (*member, next[usize::from(*member)]));
                lists[token] = met.collect();
                ends[token] = end;
            },
        );
        for (token, list) in lists.iter().enumerate() {
            let length = self.length(token);
            self.primaries_held[usize::from(list[0].0)] += length;
            for (member, _) in list {
                self.copies_held[usize::from(*member)] += length;
            }
        }
        (self.lists, self.ends) = (lists, ends);
    }

    /// All tokens, in ring order.
    pub(super) fn cuts(&self) -> &[Cut] {
        &self.cuts
    }

    /// Adds a token.
    pub(super) fn insert(&mut self, candidate: Candidate, joiner: Index) {
        self.cuts.push((candidate.position, joiner));
        self.cuts.sort_by_key(|(position, _)| *position);
        self.survey();
    }

    /// Takes a token away.
    pub(super) fn remove(&mut self, cut: Cut) {
        self.cuts.retain(|other| *other != cut);
        self.survey();
    }

    /// The best place for one more token of `joiner`, which should then hold `part` of its fair share.
    pub(super) fn best(&self, joiner: Index, part: f64) -> Candidate {
        let all = (0..self.cuts.len()).filter_map(|before| self.weigh(before, joiner, part));
        all.reduce(|best, other| match other.gain > best.gain {
            true => other,
            false => best,
        })
        .expect("so few tokens leave a segment of two units")
    }

    /// The best place within the segment that ends at the token `before`; none if the segment is too short.
    fn weigh(&self, before: usize, joiner: Index, part: f64) -> Option<Candidate> {
        let length = self.length(before);
        if length < 2.0 {
            return None;
        }
        let (copies, primaries) = self.effects(before, joiner);
        let mut cost = Parabola::default();
        for (effects, held, fair) in [
            (copies, &self.copies_held, &self.copies_fair),
            (primaries, &self.primaries_held, &self.primaries_fair),
        ] {
            for (member, whole, each_unit) in effects.0 {
                let place = usize::from(member);
                let target = match member == joiner {
                    true => part * fair[place],
                    false => fair[place],
                };
                let now = (held[place] - target) / fair[place];
                cost.add(now, whole / fair[place], each_unit / fair[place]);
            }
        }
        // Two segments of `x` and `length - x` in place of one of `length`, in means: their squares sum up
        // to less by `2 * x * (length - x)`.
        let mean = UNITS / self.cuts.len() as f64;
        let shape = 2.0 * EVENNESS / mean / mean;
        cost.square += shape;
        cost.line -= shape * length;

        let units = cost.lowest().clamp(1.0, length - 1.0) as u32;
        let start = self.cuts[before].0.wrapping_sub(length as u32);
        Some(Candidate {
            position: start.wrapping_add(units),
            gain: -cost.at(f64::from(units)),
        })
    }

    /// What a token of `joiner` in the segment that ends at `before` does to copies and to first owners.
    ///
    /// Keys of that segment ahead of the token now meet the joiner first. So does each walk from a segment
    /// further back, after its own tokens, if it comes as far as `before`; walks from further back end
    /// sooner, so the first that does not come as far is the last to look at.
    fn effects(&self, before: usize, joiner: Index) -> (Effects, Effects) {
        let (mut copies, mut primaries) = (Effects::default(), Effects::default());
        let first = self.lists[before][0].0;
        if first != joiner {
            primaries.exchange(Some(first), joiner, 0.0, 1.0);
        }
        if let Change::Takes(from) = self.change(before, before, joiner) {
            copies.exchange(from, joiner, 0.0, 1.0);
        }
        for back in 1..self.cuts.len() {
            let token = (before + self.cuts.len() - back) % self.cuts.len();
            if self.ends[token] - token < back {
                break;
            }
            match self.change(token, token + back, joiner) {
                Change::Unreached => break,
                Change::Same => {}
                Change::Takes(from) => copies.exchange(from, joiner, self.length(token), 0.0),
            }
        }
        (copies, primaries)
    }

    /// What a token of `joiner` just ahead of the token `before`, counted on past the last, does to the segment
    /// at `token`.
    ///
    /// With at least as many zones as copies, a list is the first node of each of the zones first met. With
    /// fewer it is the first node of every zone, and the others in the order in which they are met.
    fn change(&self, token: usize, before: usize, joiner: Index) -> Change {
        let list = &self.lists[token];
        let zone = self.rule.zone_of(joiner);
        let of_zone = list
            .iter()
            .find(|(member, _)| self.rule.zone_of(*member) == zone);
        let seen = |met: &Met| met.1 < before;
        let full = list.len() == self.copies;
        let last = |among: &[Met]| {
            among
                .iter()
                .max_by_key(|(_, at)| *at)
                .map(|(member, _)| *member)
        };
        if list
            .iter()
            .any(|(member, at)| *member == joiner && *at < before)
        {
            return Change::Unreached;
        }
        let holds = list.iter().any(|(member, _)| *member == joiner);
        if self.rule.zones() >= self.copies {
            return match of_zone {
                Some(met) if seen(met) => Change::Unreached,
                _ if holds => Change::Same,
                Some((member, _)) => Change::Takes(Some(*member)),
                None if full => Change::Takes(last(list)),
                None => Change::Takes(None),
            };
        }
        if holds {
            return Change::Same;
        }
        // Whoever is met last of those that are no zone's first; a zone's first that the joiner comes ahead of
        // is one of them now.
        let firsts = list.iter().enumerate().filter(|(place, (member, _))| {
            let zone = self.rule.zone_of(*member);
            !list[..*place]
                .iter()
                .any(|(other, _)| self.rule.zone_of(*other) == zone)
        });
        let mut others: SmallVec<[Met; 4]> = list.clone();
        for (_, first) in firsts {
            let replaced = self.rule.zone_of(first.0) == zone && !seen(first);
            if !replaced {
                others.retain(|other| other.0 != first.0);
            }
        }
        let joins_firsts = !of_zone.is_some_and(seen);
        match (full, joins_firsts) {
            (false, _) => Change::Takes(None),
            (true, true) => Change::Takes(last(&others)),
            (true, false) if others.iter().all(seen) => Change::Unreached,
            (true, false) => Change::Takes(last(&others)),
        }
    }
}
