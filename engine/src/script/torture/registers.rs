//! Requests for registers: bursts that meet at few keys through several nodes at once.

use super::settings::Mix;
use crate::base::mutant::Mutant;
use crate::base::rng::Rng;

/// The table of registers.
pub(super) const REGISTERS: &str = "reg";
/// The share of turns that are bursts, in a scenario with registers.
pub(super) const BURSTS: f64 = 0.45;
/// Keys that hold words, and keys that hold numbers.
const WORDS: u64 = 3;
const NUMBERS: u64 = 2;
/// Values of a word: few, so that a guess is often right.
const VALUES: u64 = 4;
/// Requests after which a change is not tried again.
const RETRIED_WITHIN: u64 = 20;

/// Every key.
pub(super) fn keys() -> impl Iterator<Item = String> {
    let words = (0..WORDS).map(|key| format!("w{key}"));
    words.chain((0..NUMBERS).map(|key| format!("c{key}")))
}

/// What the clients know so far.
#[derive(Debug, Default)]
pub(super) struct Registers {
    number: u64,
    /// By key, about how often it was changed.
    versions: [u64; (WORDS + NUMBERS) as usize],
    /// The last change under a token, to be tried again, and the number that it had.
    retry: Option<(String, u64)>,
}

impl Registers {
    /// Some requests for one or two keys. Most are started and not waited for, so that they overlap.
    pub(super) fn burst(&mut self, rng: &mut Rng, mix: &Mix, down: &[bool]) -> Vec<String> {
        let up: Vec<usize> = (0..down.len()).filter(|node| !down[*node]).collect();
        if up.is_empty() {
            return Vec::new();
        }
        let mut keys = [rng.index(self.versions.len()); 2];
        if rng.chance(0.3) {
            keys[1] = rng.index(self.versions.len());
        }
        let count = rng.between(3, 20);
        let mut lines = Vec::new();
        for number in 0..count {
            let via = up[rng.index(up.len())] + 1;
            let key = keys[rng.index(2)];
            self.number += 1;
            let request = self
                .retry(rng)
                .unwrap_or_else(|| self.request(rng, mix, key));
            // The last one of a burst is often waited for, so that the next finds it done.
            let waits = rng.chance(0.1) || number + 1 == count && rng.chance(0.7);
            let start = match waits {
                true => String::new(),
                false => format!("start c{}: ", self.number),
            };
            lines.push(format!("{start}{request} table={REGISTERS} via n{via}"));
            if rng.chance(0.1) {
                lines.push(format!("run {}ms", rng.between(1, 30)));
            }
        }
        lines
    }

    /// The last change under a token once more, now and then. A register remembers its latest changes only.
    fn retry(&mut self, rng: &mut Rng) -> Option<String> {
        let number = self.retry.as_ref()?.1;
        if self.number - number > RETRIED_WITHIN {
            self.retry = None;
        } else if rng.chance(0.3) {
            return self.retry.take().map(|(change, _)| change);
        }
        None
    }

    fn request(&mut self, rng: &mut Rng, mix: &Mix, key: usize) -> String {
        let kind = rng.below(20);
        if kind < 4 {
            let level = match rng.chance(0.25) {
                true => " read=local_serial",
                false => "",
            };
            return format!("get {}{level}", name(key));
        }
        let about = self.versions[key] + rng.below(2);
        // About half of the changes take place.
        self.versions[key] += u64::from(rng.chance(0.5));
        let change = match key >= WORDS as usize {
            true => number(rng, &name(key), kind, about),
            false => word(rng, &name(key), kind, about),
        };
        if !(mix.tokens && rng.chance(0.3)) {
            return change;
        }
        let change = format!("{change} token={}", self.number);
        self.retry = Some((change.clone(), self.number));
        change
    }
}

fn name(key: usize) -> String {
    match (key as u64).checked_sub(WORDS) {
        None => format!("w{key}"),
        Some(key) => format!("c{key}"),
    }
}

fn value(rng: &mut Rng) -> String {
    format!("v{}", rng.below(VALUES))
}

fn word(rng: &mut Rng, key: &str, kind: u64, about: u64) -> String {
    let new = value(rng);
    match kind {
        4..=8 => format!("cas {key} {} {new}", value(rng)),
        9 => format!("put {key} {new} if=absent"),
        10 => format!("put {key} {new} if=exists"),
        11..=12 => format!("put {key} {new} if=version:{about}"),
        13..=15 => format!("put {key} {new} if=any"),
        16 => format!("delete {key} if=value:{new}"),
        17 => format!("delete {key} if=any"),
        // Of a word there is no sum.
        18 if rng.chance(0.3) => format!("incr {key} 1"),
        _ => format!("put {key} {new} if=value:{}", value(rng)),
    }
}

fn number(rng: &mut Rng, key: &str, kind: u64, about: u64) -> String {
    match kind {
        4 => format!("put {key} {} if=version:{about}", rng.below(10)),
        5 => format!("delete {key} if=version:{about}"),
        6 => format!("delete {key} if=exists"),
        7..=9 => format!("incr {key} -{}", rng.between(1, 9)),
        _ => format!("incr {key} {}", rng.between(1, 3)),
    }
}

/// Lines in which a planted bug of the agreement is likely to show: every node owns every key, and `key` is new.
pub(super) fn ambush(
    mutant: Mutant,
    (victim, other, third): (usize, usize, usize),
    turn: usize,
) -> Option<Vec<String>> {
    let key = format!("a{turn}");
    let at = |node: usize| format!("table={REGISTERS} via n{node}");
    let lines: &[String] = match mutant {
        // Two of three acknowledge, of which one crashes with its disk behind.
        Mutant::EagerAccept => &[
            format!("put {key} a if=any {}", at(other)),
            format!("isolate n{third}"),
            format!("disk n{victim} slow=30ms"),
            format!("put {key} b if=any {}", at(other)),
            format!("kill n{victim}"),
            format!("disk n{victim} fine"),
            format!("restart n{victim}"),
            "heal".to_owned(),
            format!("isolate n{other}"),
            format!("get {key} {}", at(third)),
            "heal".to_owned(),
        ],
        // A change that only its proposer has accepted is seen, and then is not.
        Mutant::LeaveProposal => &[
            format!("put {key} a if=any {}", at(victim)),
            format!("isolate n{victim}"),
            format!("put {key} b if=any {}", at(victim)),
            "heal".to_owned(),
            format!("isolate n{third}"),
            format!("get {key} {}", at(victim)),
            "heal".to_owned(),
            format!("isolate n{victim}"),
            format!("get {key} {}", at(other)),
            "heal".to_owned(),
        ],
        // Its former life has accepted a state under the ballot that its next life takes.
        Mutant::ReuseBallot => &[
            format!("kill n{victim}"),
            format!("restart n{victim}"),
            format!("put {key} a if=any {}", at(victim)),
            format!("isolate n{victim}"),
            format!("put {key} b if=any {}", at(victim)),
            format!("kill n{victim}"),
            "heal".to_owned(),
            format!("restart n{victim}"),
            format!("put {key} c if=any {}", at(victim)),
            format!("put {key} d if=any {}", at(victim)),
            format!("isolate n{third}"),
            format!("get {key} {}", at(other)),
            format!("get {key} {}", at(victim)),
            "heal".to_owned(),
        ],
        // Its change is accepted, and another's after it, before it hears of that.
        Mutant::ApplyTwice => &[
            format!("incr {key} 1 {}", at(victim)),
            format!("oneway n{other} n{victim}"),
            format!("oneway n{third} n{victim}"),
            format!("start a{turn}: incr {key} 1 {}", at(victim)),
            "run 30ms".to_owned(),
            format!("incr {key} 1 {}", at(other)),
            "heal".to_owned(),
            "run 300ms".to_owned(),
            format!("get {key} {}", at(other)),
        ],
        _ => return None,
    };
    Some(lines.to_vec())
}
