//! Two hundred registers, a thousand requests each, through any node, while nodes are killed and cut off and messages
//! lost: what the clients were told is exported, read back from the rows alone, and judged. `SEED=n` replays one.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::Bytes;
use kvorum::base::rng::Rng;
use kvorum::base::time::Mono;
use kvorum::blocking::{Cluster, ClusterConfig, Conflict, GetOptions, PutOptions, Ticket};
use kvorum::check::{Asked, History, Operation, Outcome, Promise, Row, linearizable, rows};
use kvorum::node::{Answer, Condition, Edit, Level, full_key};
use kvorum::{Code, NodeId};

const KEYS: u64 = 200;
const REQUESTS: u64 = KEYS * 1_000;
const NODES: u64 = 5;
/// Requests under way at once.
const OPEN: usize = 150;

/// A run: its cluster, and who of it is down.
struct Run {
    rng: Rng,
    cluster: Cluster,
    down: Option<NodeId>,
    open: VecDeque<Ticket>,
    faults: u64,
}

impl Run {
    fn new(seed: u64) -> Self {
        let config = ClusterConfig {
            nodes: NODES as u32,
            replication: 3,
            conflict: Conflict::Cas,
            timeout: Duration::from_millis(400),
            delay_min: Duration::from_millis(1),
            delay_max: Duration::from_millis(8),
            loss: 0.02,
            duplicate: 0.02,
            reorder: 0.05,
            seed,
            ..ClusterConfig::default()
        };
        Self {
            rng: Rng::from_seed(seed),
            cluster: Cluster::simulated(config).unwrap(),
            down: None,
            open: VecDeque::new(),
            faults: 0,
        }
    }

    fn node(&mut self) -> NodeId {
        loop {
            let node = NodeId(self.rng.between(1, NODES) as u32);
            if self.down != Some(node) {
                return node;
            }
        }
    }

    fn fault(&mut self) {
        self.faults += 1;
        let node = self.node();
        match (self.rng.below(6), self.down.take()) {
            (0, Some(down)) => self.cluster.restart(down).unwrap(),
            (0, None) => {
                self.cluster.kill(node).unwrap();
                self.down = Some(node);
            }
            (1, down) => {
                self.down = down;
                self.cluster.isolate(node).unwrap();
            }
            (2, down) => {
                self.down = down;
                let other = NodeId(node.0 % NODES as u32 + 1);
                self.cluster.oneway(node, other).unwrap();
            }
            (_, down) => {
                self.down = down;
                self.cluster.heal().unwrap();
            }
        }
    }

    fn request(&mut self) {
        let key = format!("k{}", self.rng.below(KEYS));
        let via = Some(self.node());
        if self.rng.chance(0.3) {
            let options = GetOptions {
                via,
                ..GetOptions::default()
            };
            let ticket = self.cluster.start_get(key.as_bytes(), &options);
            return self.open.push_back(ticket.unwrap());
        }
        let number = |rng: &mut Rng| Bytes::from(rng.below(5).to_string());
        let conditions = match self.rng.below(6) {
            0 => vec![Condition::Absent],
            1 => vec![Condition::Value(number(&mut self.rng))],
            2 => vec![Condition::Version(self.rng.below(300))],
            3 => vec![Condition::Exists],
            _ => vec![],
        };
        let edit = match self.rng.below(6) {
            0 => Edit::Delete,
            1..=3 => Edit::Put(number(&mut self.rng)),
            _ => Edit::Add(self.rng.between(1, 3) as i64),
        };
        let options = PutOptions {
            via,
            ..PutOptions::default()
        };
        let ticket = self
            .cluster
            .start_cas(key.as_bytes(), &conditions, edit, &options);
        self.open.push_back(ticket.unwrap());
    }

    fn go(mut self) -> (Cluster, u64) {
        for number in 0..REQUESTS {
            if number % 500 == 499 {
                self.fault();
            }
            self.request();
            if self.open.len() > OPEN {
                let ticket = self.open.pop_front().unwrap();
                drop(self.cluster.wait(ticket));
            }
        }
        for ticket in self.open.drain(..) {
            drop(self.cluster.wait(ticket));
        }
        (self.cluster, self.faults)
    }
}

fn condition(text: &str) -> Condition {
    match text.split_once(' ') {
        Some(("version", version)) => Condition::Version(version.parse().unwrap()),
        Some(("value", value)) => Condition::Value(Bytes::from(value.to_owned())),
        _ if text == "absent" => Condition::Absent,
        _ => Condition::Exists,
    }
}

fn edit(text: &str) -> Edit {
    match text.split_once(' ') {
        Some(("put", value)) => Edit::Put(Bytes::from(value.to_owned())),
        Some(("add", by)) => Edit::Add(by.parse().unwrap()),
        _ => Edit::Delete,
    }
}

/// The operation of a row, as a checker from outside reads it.
fn read_back(row: Row) -> Operation {
    let outcome = match row.result.as_str() {
        "ok" => Outcome::Done(Answer {
            values: row.value.into_iter().map(Bytes::from).collect(),
            version: row.version.unwrap(),
            ..Answer::default()
        }),
        "conflict" => Outcome::Failed(Code::Conflict),
        "failed" => Outcome::Failed(Code::Unavailable),
        _ => Outcome::Open,
    };
    let conditions = row.conditions.iter().map(|text| condition(text)).collect();
    Operation {
        client: row.client,
        session: None,
        via: NodeId(1),
        key: full_key(0, row.key.as_bytes()),
        asked: match row.edit {
            Some(text) => Asked::Cas {
                conditions,
                edit: edit(&text),
            },
            None => Asked::Get,
        },
        token: row.token,
        level: Level::Serial,
        quorum: 2,
        expires: false,
        promise: Promise::Strict,
        called: Mono(row.call_ns),
        ended: row.return_ns.map(Mono),
        outcome,
    }
}

fn of(operations: &[Operation]) -> History {
    let mut history = History::default();
    for operation in operations {
        history.open(operation.clone()).unwrap();
    }
    history
}

/// Breaks one operation in the middle, the first that `take` changes.
fn broken(operations: &[Operation], take: impl Fn(&mut Operation) -> bool) -> History {
    let mut operations = operations.to_vec();
    let middle = operations.len() / 2;
    let took = operations[middle..].iter_mut().any(take);
    assert!(took, "there is one to break");
    of(&operations)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test reports the real time that the check took"
)]
fn now() -> Instant {
    Instant::now()
}

#[test]
fn two_hundred_registers_under_faults_are_linearizable_and_a_broken_copy_is_not() {
    let seed = std::env::var("SEED").map_or(7, |seed| seed.parse().expect("SEED is a number"));
    let (cluster, faults) = Run::new(seed).go();
    let operations: Vec<Operation> = rows(cluster.history()).map(read_back).collect();
    assert_eq!(operations.len() as u64, REQUESTS);
    let count = |which: fn(&Operation) -> bool| operations.iter().filter(|one| which(one)).count();
    let done = count(|one| one.answer().is_some());
    let conflicts = count(|one| one.outcome == Outcome::Failed(Code::Conflict));
    let unknown = count(|one| one.outcome == Outcome::Open);
    println!(
        "SEED={seed}: {REQUESTS} requests for {KEYS} registers, {done} done, {conflicts} conflicts, {unknown} of \
         unknown end, {faults} faults"
    );
    assert!(done > 0 && conflicts > 0 && unknown > 0);
    assert_eq!(cluster.check_linearizable(), Ok(()), "SEED={seed}");
    let history = of(&operations);
    let clock = now();
    assert_eq!(linearizable(&history), Ok(()), "SEED={seed}");
    println!("decided in {:.2} s", clock.elapsed().as_secs_f64());

    let stale = broken(&operations, |operation| match &mut operation.outcome {
        Outcome::Done(answer) if answer.version > 50 && operation.asked == Asked::Get => {
            answer.version -= 40;
            true
        }
        _ => false,
    });
    let unmet = broken(&operations, |operation| {
        let done = operation.answer().is_some();
        match &mut operation.asked {
            Asked::Cas { conditions, .. } if done => {
                conditions.push(Condition::Value(Bytes::from_static(b"milk")));
                true
            }
            _ => false,
        }
    });
    for (what, history) in [
        ("a stale read", stale),
        ("a condition that did not hold", unmet),
    ] {
        let violation = linearizable(&history).expect_err(what);
        assert_eq!(violation.rule, "linearizable", "SEED={seed}: {violation}");
        println!("{what}: {violation}");
    }
}
