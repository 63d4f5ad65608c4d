//! What the storage tests share: a view of a store as a plain map, and a disk
//! that fails at a chosen step.
#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use core::ops::Bound;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use kvorum::storage::{LOG_FILE, LogStore, Storage, WriteBatch};
use kvorum::vfs::{File, Lock, MemoryDisk, Vfs};
use kvorum::{Error, Result};

pub type Map = BTreeMap<Vec<u8>, Vec<u8>>;

pub fn put(key: &str, value: &str) -> WriteBatch {
    let mut batch = WriteBatch::new();
    batch.put(key.to_owned(), value.to_owned());
    batch
}

pub fn content(store: &LogStore) -> Map {
    let pairs = store
        .scan(Bound::Unbounded, Bound::Unbounded, usize::MAX)
        .unwrap();
    pairs
        .into_iter()
        .map(|(key, value)| (key.to_vec(), value.to_vec()))
        .collect()
}

pub fn open(disk: &MemoryDisk) -> Result<LogStore> {
    LogStore::open(Arc::new(disk.clone()))
}

/// The log's bytes as they stand on `disk`.
pub fn log_of(disk: &MemoryDisk) -> Vec<u8> {
    disk.open(LOG_FILE).unwrap().read_all().unwrap()
}

/// A disk whose log is `bytes`, all of it synced.
pub fn disk_with(bytes: &[u8]) -> MemoryDisk {
    let disk = MemoryDisk::new();
    let mut file = disk.open(LOG_FILE).unwrap();
    file.append(bytes).unwrap();
    file.sync().unwrap();
    disk.sync_dir().unwrap();
    disk
}

/// How long a failure lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// One step fails, later ones do not.
    Once,
    /// That step and every later one fail, as when the machine goes down.
    ForGood,
}

/// A memory disk that refuses one of its changing steps. An append that fails leaves half its bytes.
#[derive(Clone, Debug)]
pub struct FailingDisk {
    pub disk: MemoryDisk,
    plan: Arc<Mutex<Plan>>,
}

#[derive(Debug, Default)]
struct Plan {
    steps: u64,
    fail_at: Option<(u64, Failure)>,
}

impl FailingDisk {
    pub fn new(disk: MemoryDisk) -> Self {
        Self {
            disk,
            plan: Arc::default(),
        }
    }

    /// Lets `steps` more changes pass and fails the next.
    pub fn fail_after(&self, steps: u64, failure: Failure) {
        let mut plan = self.plan.lock().unwrap();
        plan.fail_at = Some((plan.steps + steps, failure));
    }

    pub fn heal(&self) {
        self.plan.lock().unwrap().fail_at = None;
    }

    /// Whether the failure asked for has come.
    pub fn has_failed(&self) -> bool {
        let plan = self.plan.lock().unwrap();
        plan.fail_at.is_some_and(|(at, _)| plan.steps > at)
    }
}

fn step(plan: &Mutex<Plan>) -> Result<()> {
    let mut plan = plan.lock().unwrap();
    let now = plan.steps;
    plan.steps += 1;
    match plan.fail_at {
        Some((at, Failure::Once)) if now == at => {}
        Some((at, Failure::ForGood)) if now >= at => {}
        _ => return Ok(()),
    }
    Err(Error::io("the test's disk failed as told"))
}

impl Vfs for FailingDisk {
    fn open(&self, path: &str) -> Result<Box<dyn File>> {
        step(&self.plan)?;
        Ok(Box::new(FailingFile {
            file: self.disk.open(path)?,
            disk: self.disk.clone(),
            plan: Arc::clone(&self.plan),
        }))
    }
    fn exists(&self, path: &str) -> Result<bool> {
        self.disk.exists(path)
    }
    fn list(&self) -> Result<Vec<String>> {
        self.disk.list()
    }
    fn remove(&self, path: &str) -> Result<()> {
        step(&self.plan)?;
        self.disk.remove(path)
    }
    fn rename(&self, from: &str, to: &str) -> Result<()> {
        step(&self.plan)?;
        self.disk.rename(from, to)
    }
    fn link(&self, from: &str, folder: &str, to: &str) -> Result<()> {
        step(&self.plan)?;
        self.disk.link(from, folder, to)
    }
    fn folder(&self, name: &str) -> Result<Arc<dyn Vfs>> {
        self.disk.folder(name)
    }
    fn lock(&self) -> Result<Box<dyn Lock>> {
        self.disk.lock()
    }
    fn sync_dir(&self) -> Result<()> {
        if step(&self.plan).is_err() {
            self.disk.fail_next_sync();
        }
        self.disk.sync_dir()
    }
}

#[derive(Debug)]
struct FailingFile {
    file: Box<dyn File>,
    disk: MemoryDisk,
    plan: Arc<Mutex<Plan>>,
}

impl File for FailingFile {
    fn append(&mut self, bytes: &[u8]) -> Result<()> {
        if let Err(error) = step(&self.plan) {
            self.file.append(&bytes[..bytes.len() / 2])?;
            return Err(error);
        }
        self.file.append(bytes)
    }
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> Result<()> {
        step(&self.plan)?;
        self.file.write_at(offset, bytes)
    }
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        self.file.read_at(offset, buffer)
    }
    fn len(&self) -> Result<u64> {
        self.file.len()
    }
    fn truncate(&mut self, len: u64) -> Result<()> {
        step(&self.plan)?;
        self.file.truncate(len)
    }
    fn sync(&self) -> Result<()> {
        if step(&self.plan).is_err() {
            self.disk.fail_next_sync();
        }
        self.file.sync()
    }
    fn try_clone(&self) -> Result<Box<dyn File>> {
        Ok(Box::new(Self {
            file: self.file.try_clone()?,
            disk: self.disk.clone(),
            plan: Arc::clone(&self.plan),
        }))
    }
}
