//! Whatever is done to a store, and whenever its machine goes down, it holds what a prefix of the batches
//! made, and that prefix reaches to the last sync.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

mod seeded;
mod storage_support;

use std::sync::Arc;

use kvorum::base::rng::Rng;
use kvorum::storage::{LogConfig, LogStore, Maintenance, Storage, WriteBatch};
use kvorum::vfs::{MemoryDisk, Vfs};
use proptest::prelude::*;
use seeded::cases;
use storage_support::{FailingDisk, Failure, Map, content};

#[derive(Clone, Debug)]
enum Step {
    /// Puts and, where there is no value, deletes.
    Write(Vec<(Vec<u8>, Option<Vec<u8>>)>),
    Sync,
    Maintain,
    /// The process ends and starts again; the machine stays up.
    Reopen,
    Crash(u64),
    /// A later change of the disk fails.
    Fault(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let key = prop::collection::vec(b'a'..=b'd', 0..3);
    let value = prop::collection::vec(any::<u8>(), 0..40);
    let operations = prop::collection::vec((key, prop::option::weighted(0.8, value)), 1..5);
    prop_oneof![
        8 => operations.prop_map(Step::Write),
        3 => Just(Step::Sync),
        2 => Just(Step::Maintain),
        1 => Just(Step::Reopen),
        3 => any::<u64>().prop_map(Step::Crash),
        1 => (0..12_u64).prop_map(Step::Fault),
    ]
}

/// A store, and every state that it may have after a crash: oldest first, the last is what readers see.
struct Run {
    disk: FailingDisk,
    store: LogStore,
    allowed: Vec<Map>,
    crashes: u64,
}

fn open(disk: &FailingDisk) -> LogStore {
    let config = LogConfig {
        rewrite_dead_bytes_min: 100,
        rewrite_dead_factor: 1,
    };
    // A failure while opening must leave the disk such that the next try works.
    LogStore::open_with(Arc::new(disk.clone()), config)
        .or_else(|_| {
            assert!(disk.has_failed(), "a healthy disk opens");
            disk.heal();
            LogStore::open_with(Arc::new(disk.clone()), config)
        })
        .expect("a crash never damages a log")
}

impl Run {
    fn new() -> Self {
        let disk = FailingDisk::new(MemoryDisk::new());
        let store = open(&disk);
        Self {
            disk,
            store,
            allowed: vec![Map::new()],
            crashes: 0,
        }
    }

    fn now(&self) -> &Map {
        self.allowed.last().expect("there is always a state")
    }

    fn durable(&mut self) {
        self.allowed.drain(..self.allowed.len() - 1);
    }

    fn reopen(&mut self) {
        self.store = open(&self.disk);
        let actual = content(&self.store);
        assert!(
            self.allowed.contains(&actual),
            "{actual:?} is none of {:?}",
            self.allowed
        );
        self.allowed = vec![actual];
    }

    fn crash(&mut self, seed: u64) {
        self.crashes += 1;
        self.disk.disk.crash(&mut Rng::from_seed(seed));
        self.disk.heal();
        self.reopen();
    }

    /// After an error readers see what they saw before; a poisoned store is then crashed.
    fn failed(&mut self, possible: Option<Map>) {
        assert!(self.disk.has_failed(), "a healthy disk gives no error");
        assert_eq!(&content(&self.store), self.now());
        if self.store.stats().poisoned {
            let refused = self.store.write(storage_support::put("late", "write"));
            assert!(refused.is_err());
            self.allowed.extend(possible);
            self.crash(self.crashes);
        }
        self.disk.heal();
    }

    fn write(&mut self, operations: Vec<(Vec<u8>, Option<Vec<u8>>)>) {
        let mut next = self.now().clone();
        let mut batch = WriteBatch::new();
        for (key, value) in operations {
            match value {
                Some(value) => {
                    batch.put(key.clone(), value.clone());
                    next.insert(key, value);
                }
                None => {
                    batch.delete(key.clone());
                    next.remove(&key);
                }
            }
        }
        match self.store.write(batch) {
            Ok(()) => self.allowed.push(next),
            Err(_) => self.failed(Some(next)),
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Write(operations) => self.write(operations),
            Step::Sync => match self.store.sync() {
                Ok(()) => self.durable(),
                Err(_) => self.failed(None),
            },
            Step::Maintain => match self.store.maintain() {
                Ok(Maintenance::Idle) => {}
                Ok(_) => self.durable(),
                Err(_) => self.failed(None),
            },
            Step::Reopen => {
                let seen = self.now().clone();
                self.reopen();
                assert_eq!(
                    self.now(),
                    &seen,
                    "ending a process loses nothing that was written"
                );
            }
            Step::Crash(seed) => self.crash(seed),
            Step::Fault(steps) => self.disk.fail_after(steps, Failure::Once),
        }
    }

    fn check(&self) {
        let actual = content(&self.store);
        assert_eq!(&actual, self.now());
        for (key, value) in &actual {
            assert_eq!(self.store.get(key).unwrap().as_deref(), Some(&value[..]));
        }
        assert_eq!(self.store.get(b"never written").unwrap(), None);
        let stats = self.store.stats();
        assert_eq!(stats.live_keys, actual.len() as u64);
        let log = self.disk.disk.open(kvorum::storage::LOG_FILE).unwrap();
        assert_eq!(stats.log_bytes, log.len().unwrap());
    }
}

#[test]
fn a_store_holds_a_prefix_of_its_batches_that_reaches_to_the_last_sync() {
    proptest!(cases(3000), |(steps in prop::collection::vec(step(), 1..60))| {
        let mut run = Run::new();
        for step in steps {
            run.take(step);
            run.check();
        }
    });
}
