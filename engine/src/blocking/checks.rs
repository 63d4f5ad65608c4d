//! What must hold of a run: the checkers, given what this cluster knows of it.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use super::cluster::Cluster;
use super::options::GetOptions;
use crate::check::{
    self, Concurrent, Disks, Figure, History, StreamFigures, Survivors, Tombstones, Verdict,
    Violation,
};
use crate::node::{Level, Policy, Purge, Table, TableId};
use crate::{NodeId, Result};

/// Keys of a page where a scan is checked: few, so that there are many edges.
const CHECKED_PAGE: usize = 2;
/// How long the reads of a check may take.
const CHECKED_TIMEOUT: Duration = Duration::from_secs(5);

/// One table, and what a run did to it.
struct Part<'a> {
    table: &'a Table,
    history: History,
    disks: Disks,
    survivors: &'a Survivors,
}

/// A read that every owner must answer.
fn of_all_owners() -> GetOptions {
    GetOptions {
        read: Some(Level::All),
        timeout: Some(CHECKED_TIMEOUT),
        ..GetOptions::default()
    }
}

impl Cluster {
    /// Whether all owners of every key hold the same versions of it, no hint waits, and no node is short of data
    /// after it lost its disk.
    ///
    /// # Errors
    /// In words, where they differ.
    pub fn check_converged(&self) -> Verdict {
        let filling = self.nodes().into_iter().find(|node| {
            self.world
                .node(*node)
                .is_some_and(crate::node::Node::is_rebuilding)
        });
        if let Some(node) = filling {
            let words = format!("{node} lost its disk and has not got its data back yet");
            return Err(Violation::new("replicas agree", words));
        }
        let disks = self.disks()?;
        let hints = self.stats().hints;
        let copies = |key: &Bytes| self.copies_of(key);
        check::converged(&disks, &*self.placement, &copies, &hints)
    }

    /// How many copies of keys, on all disks, lack something that another owner of the key holds.
    ///
    /// # Errors
    /// [`Corruption`](crate::Error::Corruption) when a disk cannot be read.
    pub fn copies_behind(&self) -> Result<u64> {
        let copies = |key: &Bytes| self.copies_of(key);
        let resolve = |key: &Bytes| self.tables.of(key).resolve();
        Ok(check::behind(
            &self.read_disks()?,
            &*self.placement,
            &copies,
            &resolve,
        ))
    }

    /// Whether every put and delete acknowledged at a majority is still there, or was superseded knowingly.
    ///
    /// # Errors
    /// In words, the first that is not.
    pub fn check_no_lost_writes(&self) -> Verdict {
        self.each_table(&self.disks()?, |part| {
            let (table, survivors) = (part.table, part.survivors);
            let resolve = table.resolve();
            check::no_lost_writes(
                &part.history,
                &part.disks,
                table.replication,
                resolve,
                survivors,
            )
        })
    }

    /// Whether each key of plain values behaved as one register.
    ///
    /// # Errors
    /// In words, the first key that did not, and the request that shows it.
    pub fn check_linearizable(&self) -> Verdict {
        check::linearizable(&self.history)
    }

    /// Whether each key of one table behaved as one register. Keys that are compared and set always must.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::Error::InvalidArgument) where there is no such table; the verdict as
    /// [`Cluster::check_linearizable`].
    pub fn check_linearizable_table(&self, table: &str) -> Result<Verdict> {
        let (history, places) = self.history.of_table(self.table(Some(table))?);
        Ok(check::linearizable(&history).map_err(|violation| placed(violation, &places)))
    }

    /// Whether one full key behaved as one register.
    ///
    /// # Errors
    /// As [`Cluster::check_linearizable`].
    pub fn check_linearizable_key(&self, key: &Bytes) -> Verdict {
        check::linearizable_key(&self.history, key)
    }

    /// Whether no session saw its own past undone.
    ///
    /// # Errors
    /// In words, the first that did.
    pub fn check_sessions(&self) -> Verdict {
        self.each_table(&Disks::new(), |part| {
            check::sessions(&part.history, part.table.resolve(), part.survivors)
        })
    }

    /// Whether no overwritten value returned, and no strict read missed what was acknowledged before it.
    ///
    /// # Errors
    /// In words, the first that did.
    pub fn check_causal(&self) -> Verdict {
        self.each_table(&self.disks()?, |part| {
            let copies = part.table.replication;
            check::overwritten_stays_gone(&part.history, &part.disks, copies, part.survivors)
        })
    }

    /// Whether no deleted value returned.
    ///
    /// # Errors
    /// In words, the first that did.
    pub fn check_no_resurrection(&self) -> Verdict {
        self.each_table(&self.disks()?, |part| {
            let copies = part.table.replication;
            check::deleted_stays_gone(&part.history, &part.disks, copies, part.survivors)
        })
    }

    /// Whether every write was applied once: no value stands twice beside itself, and counters count what was
    /// added to them. It is for runs in which every put has a value of its own.
    ///
    /// # Errors
    /// In words, the first that was not.
    pub fn check_applied_once(&self) -> Verdict {
        self.each_table(&self.disks()?, |part| match part.table.policy {
            Policy::Crdt(kind) => {
                let copies = part.table.replication;
                check::counted_once(&part.history, &part.disks, kind, part.survivors, copies)
            }
            _ => check::applied_once(&part.disks),
        })
    }

    /// Whether repair sent what differs and little more, and every queue stayed within its limit.
    ///
    /// # Errors
    /// In words, the first that did not.
    pub fn check_bounded(&self) -> Verdict {
        let mut figures = BTreeMap::new();
        for node in self.nodes() {
            let Some(running) = self.world.node(node) else {
                continue;
            };
            for (name, value, limit) in running.bounds() {
                let figure = Figure {
                    value: value as u64,
                    limit: limit as u64,
                };
                figures.insert(format!("{name} of {node}"), figure);
            }
        }
        check::within_limits(&figures)?;
        let total = self.stats().total;
        check::stream_bounded(&StreamFigures {
            streamed_bytes: total.repair_bytes,
            differing_bytes: total.repair_differing_bytes,
            exchanges: total.repairs,
        })
    }

    /// Whether every owner of a key answers or, where the table holds registers, a majority in agreement: a read at ALL,
    /// or a serial one, which is recorded as any other, ends in an answer within 5 s.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::Error::InvalidArgument) where there is no such table; the verdict has in words what
    /// the read was told instead.
    pub fn check_available(&mut self, table: Option<&str>, key: &[u8]) -> Result<Verdict> {
        let id = self.table(table)?;
        let (read, rule) = match self.tables.get(id).is_some_and(Table::is_of_registers) {
            true => (Level::Serial, "a majority answers"),
            false => (Level::All, "every owner answers"),
        };
        let options = GetOptions {
            read: Some(read),
            table: table.map(str::to_owned),
            ..of_all_owners()
        };
        Ok(self.get(key, &options).map(drop).map_err(|error| {
            let words = format!("{}: {error}", String::from_utf8_lossy(key));
            Violation::new(rule, words)
        }))
    }

    /// Whether a scan of the default table, page by page, finds every key that has a value, and each once.
    ///
    /// # Errors
    /// What the scan itself reports; the verdict tells which key it missed.
    pub fn check_scan(&mut self) -> Result<Verdict> {
        let options = of_all_owners();
        let (mut found, mut cursor, mut last) = (BTreeSet::new(), None, None);
        loop {
            let page = self.scan(b"", None, CHECKED_PAGE, cursor.as_ref(), &options)?;
            for (key, _) in page.rows {
                if last.as_ref().is_some_and(|last| *last >= key) {
                    let words = format!(
                        "key {} comes out of order, or twice",
                        String::from_utf8_lossy(&key)
                    );
                    return Ok(Err(Violation::new("a scan finds each key once", words)));
                }
                last = Some(key.clone());
                found.insert(key);
            }
            match page.cursor {
                Some(next) => cursor = Some(next),
                None => break,
            }
        }
        let disks = match self.disks() {
            Ok(disks) => disks,
            Err(violation) => return Ok(Err(violation)),
        };
        let now = self
            .nodes()
            .first()
            .map(|node| self.world.wall(*node))
            .transpose()?
            .unwrap_or_default();
        let held = disks
            .values()
            .flatten()
            .filter(|(key, cell)| key.first() == Some(&0) && !cell.values(now).is_empty());
        let missed = held
            .map(|(key, _)| key.slice(1..))
            .find(|key| !found.contains(key));
        Ok(missed.map_or(Ok(()), |key| {
            let words = format!(
                "key {} has a value, and the scan missed it",
                String::from_utf8_lossy(&key)
            );
            Err(Violation::new("a scan finds each key once", words))
        }))
    }

    /// Judges table by table; what a verdict names are places in the whole history.
    fn each_table(&self, disks: &Disks, check: impl Fn(&Part<'_>) -> Verdict) -> Verdict {
        let survivors = self.survivors();
        for id in 0..self.conflicts.len() as TableId {
            let Some(table) = self.tables.get(id) else {
                continue;
            };
            let (history, places) = self.history.of_table(id);
            let part = Part {
                table,
                history,
                disks: table_of(disks, id),
                survivors: &Survivors {
                    concurrent: match table.policy {
                        Policy::Latest => Concurrent::LatestWins,
                        _ => Concurrent::Kept,
                    },
                    ..survivors.clone()
                },
            };
            check(&part).map_err(|violation| placed(violation, &places))?;
        }
        Ok(())
    }

    /// N of a full key in the newest epoch.
    fn copies_of(&self, key: &Bytes) -> usize {
        let made_with = self.tables.of(key).replication;
        self.world.shape().copies(key, made_with)
    }

    /// What of this run's data may rightly be gone.
    fn survivors(&self) -> Survivors {
        Survivors {
            lost: self.lost.clone(),
            // What a disk that lied or lost a bit still holds cannot be vouched for.
            rolled_back: self.spoiled.clone(),
            tombstones: match self.config.purge {
                Purge::Off => Tombstones::Kept,
                Purge::Safe | Purge::Grace => Tombstones::Purged,
            },
            concurrent: Concurrent::Kept,
        }
    }

    fn disks(&self) -> core::result::Result<Disks, Violation> {
        self.read_disks()
            .map_err(|error| Violation::new("disks can be read", error.to_string()))
    }

    fn read_disks(&self) -> Result<Disks> {
        // Who is no member is asked by nobody, and may not know yet that it is none.
        let members = self.topology().everybody().map(|member| member.node);
        let read = |node: NodeId| Ok((node, self.world.cells(node)?.into_iter().collect()));
        members.map(read).collect()
    }

    /// The roots of a node's Merkle trees: the owners of each group, and its root.
    ///
    /// # Errors
    /// [`Unavailable`](crate::Error::Unavailable) when the node is down.
    pub fn tree_roots(&self, node: NodeId) -> Result<Vec<(Vec<NodeId>, u64)>> {
        self.world.tree_roots(node)
    }
}

/// A verdict on one table, its operations at their places in the whole history.
fn placed(mut violation: Violation, places: &[usize]) -> Violation {
    for place in &mut violation.operations {
        *place = places[*place];
    }
    violation
}

/// What the disks hold of one table.
fn table_of(disks: &Disks, id: TableId) -> Disks {
    let of = |cells: &BTreeMap<Bytes, crate::causal::Cell>| {
        let cells = cells.iter().filter(|(key, _)| key.first() == Some(&id));
        cells
            .map(|(key, cell)| (key.clone(), cell.clone()))
            .collect()
    };
    disks
        .iter()
        .map(|(node, cells)| (*node, of(cells)))
        .collect()
}
