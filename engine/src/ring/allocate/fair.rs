//! What each member should hold: its part of all copies by weight, as far as the zone rule lets it.

use super::super::members::Members;
use super::super::sweep::ZoneRule;

/// The copies of an average key that each member should hold, 0 to 1, in the members' order; they sum to
/// `copies`, or to the number of members if that is less.
///
/// By weight, within what the preference list allows: a node holds a key once at most, so a share that
/// weight would put above 1 is 1 and the rest is dealt to the others. With at least as many zones as copies
/// the same holds for a whole zone. With fewer zones than copies each zone holds every key at least once.
///
/// Only sums, products and quotients, which IEEE 754 rounds the same on every machine.
pub fn fair_copies(members: &Members, rule: &ZoneRule, copies: usize) -> Vec<f64> {
    let list = members.as_slice();
    if list.len() <= copies {
        return vec![1.0; list.len()];
    }
    let weights: Vec<f64> = list.iter().map(|member| f64::from(member.weight)).collect();
    let zone_of = |place: usize| rule.zone_of(place as u8);
    let mut zone_weights = vec![0.0; rule.zones()];
    for (place, weight) in weights.iter().enumerate() {
        zone_weights[zone_of(place)] += weight;
    }
    if rule.zones() >= copies {
        let zones = filled(&zone_weights, copies as f64);
        let share =
            |place: usize| zones[zone_of(place)] * weights[place] / zone_weights[zone_of(place)];
        return (0..list.len()).map(share).collect();
    }
    // Zones that would hold less than one copy of each key hold exactly one; the others share the rest.
    let mut small = vec![false; rule.zones()];
    loop {
        let open = |place: usize| !small[zone_of(place)];
        let rest = copies - small.iter().filter(|small| **small).count();
        let open_weights: Vec<f64> = (0..list.len())
            .filter(|place| open(*place))
            .map(|place| weights[place])
            .collect();
        let mut open_shares = filled(&open_weights, rest as f64).into_iter();
        let mut shares = Vec::with_capacity(list.len());
        let mut zones = vec![0.0; rule.zones()];
        for place in 0..list.len() {
            let share = match open(place) {
                true => open_shares.next().expect("one share for each open member"),
                false => weights[place] / zone_weights[zone_of(place)],
            };
            zones[zone_of(place)] += share;
            shares.push(share);
        }
        let short = (0..rule.zones()).find(|zone| !small[*zone] && zones[*zone] < 1.0 - 1e-9);
        match short {
            Some(zone) => small[zone] = true,
            None => return shares,
        }
    }
}

/// `total` dealt by weight, none above 1.
fn filled(weights: &[f64], total: f64) -> Vec<f64> {
    let mut full = vec![false; weights.len()];
    loop {
        let mut rest = total;
        let mut weight_left = 0.0;
        for (full, weight) in full.iter().zip(weights) {
            match full {
                true => rest -= 1.0,
                false => weight_left += weight,
            }
        }
        let part = |weight: f64| rest * weight / weight_left;
        let next = (0..weights.len()).find(|place| !full[*place] && part(weights[*place]) > 1.0);
        match next {
            Some(place) => full[place] = true,
            None => {
                let share = |(full, weight): (&bool, &f64)| match full {
                    true => 1.0,
                    false => part(*weight),
                };
                return full.iter().zip(weights).map(share).collect();
            }
        }
    }
}
