//! What a scenario's clients ask.

use super::settings::{Kind, Mix};
use crate::base::rng::Rng;

/// Keys that a scenario writes: few, so that writes meet.
const KEYS: usize = 5;
/// Clients, each of which asks one thing after the other.
const CLIENTS: u64 = 4;

/// What the clients know so far.
pub(super) struct Requests {
    bound: [bool; KEYS],
    number: u64,
    /// The last tokened write, to be tried again.
    retry: Option<String>,
}

impl Requests {
    pub(super) fn new(_mix: &Mix) -> Self {
        Self {
            bound: [false; KEYS],
            number: 0,
            retry: None,
        }
    }

    pub(super) fn draw(&mut self, rng: &mut Rng, mix: &Mix, down: &[bool]) -> Option<String> {
        let up: Vec<usize> = (0..down.len()).filter(|node| !down[*node]).collect();
        if up.is_empty() {
            return None;
        }
        let via = up[rng.index(up.len())] + 1;
        self.number += 1;
        if mix.kind == Kind::Register {
            return Some(self.register(rng, via));
        }
        let line = match rng.below(12) {
            0 if mix.counters => self.counter(rng, mix, via),
            1 if mix.counters => self.tags(rng, via),
            2 if rng.chance(0.3) => format!("scan prefix=k via n{via}"),
            3 if self.retry.is_some() => {
                let retry = self.retry.take()?;
                return Some(format!("{retry} via n{via}"));
            }
            _ => self.plain(rng, mix, via),
        };
        Some(line)
    }

    /// Half of the requests wait for their answer, so that they order; half overlap with what follows.
    fn start(&self, rng: &mut Rng) -> String {
        match rng.chance(0.5) {
            true => format!("start r{}: ", self.number),
            false => String::new(),
        }
    }

    fn plain(&mut self, rng: &mut Rng, mix: &Mix, via: usize) -> String {
        let key = rng.index(KEYS);
        let number = self.number;
        let start = self.start(rng);
        let context = match self.bound[key] && rng.chance(0.6) {
            true => format!(" context=$k{key}"),
            false => String::new(),
        };
        let session = match mix.sessions && rng.chance(0.5) {
            true => format!(" session=s{}", rng.below(2)),
            false => String::new(),
        };
        match rng.below(10) {
            0..=4 => {
                let ttl = match mix.ttl && rng.chance(0.3) {
                    true => format!(" ttl={}ms", rng.between(100, 5_000)),
                    false => String::new(),
                };
                if mix.tokens && ttl.is_empty() && rng.chance(0.4) {
                    // A retry is the same request: with a context it would have to be the same one, too.
                    let put = format!("put k{key} v{number} token={number}");
                    self.retry = Some(put.clone());
                    return format!("{start}{put} via n{via}");
                }
                // A client may go on with what its own put returned, without a get between.
                let bind = match rng.chance(0.3) {
                    true => format!(" as $k{key}"),
                    false => String::new(),
                };
                self.bound[key] |= start.is_empty() && !bind.is_empty();
                format!("{start}put k{key} v{number} via n{via}{bind}{context}{ttl}{session}")
            }
            5 if mix.deletes => format!("{start}delete k{key} via n{via}{context}{session}"),
            6..=7 => {
                self.bound[key] = true;
                format!("get k{key} via n{via} as $k{key}{session}")
            }
            _ => format!("{start}get k{key} via n{via}{session}"),
        }
    }

    fn counter(&mut self, rng: &mut Rng, mix: &Mix, via: usize) -> String {
        let (key, start) = (rng.below(2), self.start(rng));
        if mix.tokens && rng.chance(0.6) {
            let incr = format!(
                "incr c{key} {} table=count token={}",
                rng.between(1, 9),
                self.number
            );
            self.retry = Some(incr.clone());
            return format!("{start}{incr} via n{via}");
        }
        match rng.below(4) {
            0 => format!("get c{key} table=count via n{via}"),
            1 => format!(
                "{start}incr c{key} -{} table=count via n{via}",
                rng.between(1, 9)
            ),
            _ => format!(
                "{start}incr c{key} {} table=count via n{via}",
                rng.between(1, 9)
            ),
        }
    }

    fn tags(&mut self, rng: &mut Rng, via: usize) -> String {
        let start = self.start(rng);
        let tag = rng.below(4);
        match rng.below(4) {
            0 => format!("get t table=tags via n{via}"),
            1 => format!("{start}remove t x{tag} table=tags via n{via}"),
            _ => format!("{start}add t x{tag} table=tags via n{via}"),
        }
    }

    /// One writer a key, which goes on with the context of its own last write; readers overlap with it.
    fn register(&mut self, rng: &mut Rng, via: usize) -> String {
        let key = rng.index(KEYS);
        let number = self.number;
        let client = 1 + rng.below(CLIENTS);
        match rng.below(3) {
            0 => {
                let context = match self.bound[key] {
                    true => format!(" context=$k{key}"),
                    false => String::new(),
                };
                self.bound[key] = true;
                format!("put k{key} v{number} via n{via} as $k{key}{context}")
            }
            1 => format!("start r{number}: get k{key} via n{via}"),
            _ => format!("get k{key} via n{via} client={client}"),
        }
    }
}
