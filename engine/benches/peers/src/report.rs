//! What was measured, as tables and as JSON. A figure is the median of its rounds.

mod settings;
mod tables;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::args::Args;
use crate::engines::Name;
use crate::workload::Step;

pub use self::settings::header;

/// Everything measured so far.
pub struct Report {
    engines: Vec<Name>,
    settings: Value,
    /// Operations a second, more is better.
    speeds: BTreeMap<(usize, Step), Rounds>,
    /// Space, memory and waiting, less is better; in the order in which they came up.
    measures: Vec<Measure>,
}

/// What each engine reached in each round.
type Rounds = BTreeMap<Name, Vec<f64>>;

struct Measure {
    value_bytes: usize,
    name: String,
    unit: String,
    rounds: Rounds,
}

/// A row: the medians, and Kvorum against the best of the others.
struct Row {
    medians: BTreeMap<Name, f64>,
    best_peer: Option<(Name, f64)>,
    /// Above 1 Kvorum is ahead.
    ratio: Option<f64>,
    /// The same against RocksDB alone.
    ratio_to_rocksdb: Option<f64>,
}

/// Which way a figure is good.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Better {
    More,
    Less,
}

impl Report {
    /// Nothing measured yet.
    pub fn new(args: &Args, file_system: &str) -> Self {
        Self {
            engines: args.engines.clone(),
            settings: settings::json(args, file_system),
            speeds: BTreeMap::new(),
            measures: Vec::new(),
        }
    }

    /// Takes down a round of a workload, in operations a second.
    pub fn speed(&mut self, engine: Name, value_bytes: usize, step: Step, speed: f64) {
        let rounds = self.speeds.entry((value_bytes, step)).or_default();
        rounds.entry(engine).or_default().push(speed);
    }

    /// Takes down a round of anything else.
    pub fn measure(
        &mut self,
        engine: Name,
        value_bytes: usize,
        name: &str,
        unit: &str,
        value: f64,
    ) {
        let known = self
            .measures
            .iter()
            .position(|measure| measure.value_bytes == value_bytes && measure.name == name);
        let index = known.unwrap_or_else(|| {
            self.measures.push(Measure {
                value_bytes,
                name: name.into(),
                unit: unit.into(),
                rounds: Rounds::new(),
            });
            self.measures.len() - 1
        });
        let rounds = &mut self.measures[index].rounds;
        rounds.entry(engine).or_default().push(value);
    }

    /// `{"settings": {...}, "rows": [...], "space": [...]}`.
    pub fn json(&self) -> Value {
        let rows: Vec<_> = self
            .speeds
            .iter()
            .map(|((value_bytes, step), rounds)| {
                let row = Row::new(rounds, Better::More);
                let mut json = row.json(rounds);
                json.insert("workload".into(), json!(step.workload.as_str()));
                json.insert("threads".into(), json!(step.threads));
                json.insert("value_bytes".into(), json!(value_bytes));
                json.insert("unit".into(), json!("ops/s"));
                json.insert(
                    "fastest_peer".into(),
                    json!(row.best_peer.map(|(_, best)| best)),
                );
                json
            })
            .collect();
        let space: Vec<_> = self
            .measures
            .iter()
            .map(|measure| {
                let row = Row::new(&measure.rounds, Better::Less);
                let mut json = row.json(&measure.rounds);
                json.insert("measure".into(), json!(measure.name));
                json.insert("value_bytes".into(), json!(measure.value_bytes));
                json.insert("unit".into(), json!(measure.unit));
                json.insert(
                    "least_peer".into(),
                    json!(row.best_peer.map(|(_, best)| best)),
                );
                json
            })
            .collect();
        json!({"settings": self.settings, "rows": rows, "space": space})
    }
}

impl Row {
    fn new(rounds: &Rounds, better: Better) -> Self {
        let medians: BTreeMap<_, _> = rounds
            .iter()
            .map(|(&engine, values)| (engine, median(values)))
            .collect();
        let peers = medians
            .iter()
            .filter(|&(&engine, _)| engine != Name::Kvorum)
            .map(|(&engine, &value)| (engine, value));
        let best_peer = match better {
            Better::More => peers.max_by(|a, b| a.1.total_cmp(&b.1)),
            Better::Less => peers.min_by(|a, b| a.1.total_cmp(&b.1)),
        };
        let ours = medians.get(&Name::Kvorum);
        let ratio_to = |theirs: f64| {
            ours.map(|&ours| match better {
                Better::More => ours / theirs,
                Better::Less => theirs / ours,
            })
        };
        Self {
            best_peer,
            ratio: best_peer.and_then(|(_, best)| ratio_to(best)),
            ratio_to_rocksdb: medians
                .get(&Name::Rocksdb)
                .and_then(|&theirs| ratio_to(theirs)),
            medians,
        }
    }

    fn json(&self, rounds: &Rounds) -> Map<String, Value> {
        let mut json = Map::new();
        for engine in Name::ALL {
            json.insert(engine.as_str().into(), json!(self.medians.get(&engine)));
        }
        json.insert(
            "peer".into(),
            json!(self.best_peer.map(|(peer, _)| peer.as_str())),
        );
        json.insert("ratio".into(), json!(self.ratio));
        json.insert("ratio_to_rocksdb".into(), json!(self.ratio_to_rocksdb));
        let rounds: Map<_, _> = rounds
            .iter()
            .map(|(engine, values)| (engine.to_string(), json!(values)))
            .collect();
        json.insert("rounds".into(), Value::Object(rounds));
        json
    }
}

/// The middle value; of an even number the mean of the middle two.
fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len().is_multiple_of(2) {
        (sorted[middle - 1] + sorted[middle]) / 2.0
    } else {
        sorted[middle]
    }
}

#[cfg(test)]
mod tests;
