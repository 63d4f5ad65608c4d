//! Coordinating a range scan over a cluster that places keys by their hash: every node holds keys of the range.
//!
//! ```text
//!   n1  a   c     f g  | h ...       each node sends its first keys from the cursor on
//!   n2  a b     e f    | i ...
//!   n3    b c d e      | (end)       up to g every node has told all it holds: the page ends there
//! ```
//!
//! A page goes up to the last key that every answer covers, so that no key at its edge is missed or comes twice;
//! the next one begins at the first key after it. Each key is merged from as many of its owners as a read would
//! ask.

use core::time::Duration;
use std::collections::BTreeMap;

use bytes::Bytes;

use super::io::{Answer, Kind, Outbox, Output, Page, Request};
use super::level::Level;
use super::machine::{Alarm, Client, Node, Reason};
use super::message::Message;
use super::replica::StoreOp;
use crate::base::id::{RequestId, TimerId};
use crate::base::limits::{SCAN_BYTES_MAX, SCAN_KEYS_MAX};
use crate::base::mutant::Mutant;
use crate::base::time::{Mono, Now, Pretty};
use crate::causal::Cell;
use crate::{Error, NodeId, Result};
use core::ops::Bound;

/// One node's part of a page, and the last key that it covers; none is all.
type Part = (Vec<(Bytes, Cell)>, Option<Bytes>);

/// A scan under way.
#[derive(Debug)]
pub(super) struct Scanning {
    request: Request,
    limit: usize,
    quorum: usize,
    replication: usize,
    parts: BTreeMap<NodeId, Part>,
    to: Option<Bytes>,
    until: Mono,
    deadline: TimerId,
}

impl Node {
    pub(super) fn start_scan(
        &mut self,
        now: Now,
        id: RequestId,
        request: Request,
        out: &mut Outbox,
    ) -> Result<()> {
        let Kind::Scan { to, limit } = &request.kind else {
            return Err(Error::invalid("this is no scan"));
        };
        let (to, limit) = (to.clone(), (*limit).clamp(1, SCAN_KEYS_MAX));
        let replication = self.tables.of(&request.key).replication;
        let replication = replication.min(self.parts.placement.members().len());
        let quorum = match request.level {
            Level::Count(count) => count,
            Level::Quorum => replication / 2 + 1,
            Level::All => replication,
            _ => {
                return Err(Error::invalid(
                    "a scan reads at a number, one, two, quorum or all: its keys have owners in every zone",
                ));
            }
        };
        if !(1..=replication).contains(&quorum) {
            return Err(Error::invalid(format!(
                "a quorum of {quorum} of {replication} replicas: it must be from 1 to {replication}"
            )));
        }
        let until = now.mono.after(request.timeout);
        let scanning = Scanning {
            limit,
            quorum,
            replication,
            parts: BTreeMap::new(),
            to,
            until,
            deadline: self.arm(until, Alarm::ScanDeadline(id), out),
            request,
        };
        self.scans.insert(id, scanning);
        self.ask_everybody(now, id, out);
        Ok(())
    }

    /// Asks every member for its part of the page.
    fn ask_everybody(&mut self, now: Now, id: RequestId, out: &mut Outbox) {
        let Some(scanning) = self.scans.get_mut(&id) else {
            return;
        };
        scanning.parts.clear();
        let (key, to) = (scanning.request.key.clone(), scanning.to.clone());
        let (limit, left) = (scanning.limit, scanning.until.since(now.mono));
        let members = self
            .parts
            .placement
            .members()
            .iter()
            .map(|member| member.node);
        let members: Vec<NodeId> = members.collect();
        for node in members {
            if node != self.id {
                let scan = Message::Scan(id, key.clone(), to.clone(), limit, left);
                out.push(Output::Send(node, scan));
            } else if !self.rebuilding {
                let op = page_of(key.clone(), to.clone(), limit);
                self.store(op, Reason::ScanHere(id, self.epoch()), out);
            }
        }
    }

    /// Owners have changed: every page begins anew.
    pub(super) fn restart_scans(&mut self, now: Now, out: &mut Outbox) {
        let ids: Vec<RequestId> = self.scans.ids().collect();
        for id in ids {
            self.ask_everybody(now, id, out);
        }
    }

    pub(super) fn take_scan(
        &mut self,
        now: Now,
        (from, id): (NodeId, RequestId),
        (key, to, limit): (Bytes, Option<Bytes>, usize),
        left: Duration,
        out: &mut Outbox,
    ) {
        if !self.is_swamped() && !self.rebuilding && !key.is_empty() {
            let op = page_of(key, to, limit.clamp(1, SCAN_KEYS_MAX));
            let until = now.mono.after(left);
            self.store(op, Reason::ScanFor(from, id, until, self.epoch()), out);
        }
    }

    pub(super) fn scan_answered(
        &mut self,
        now: Now,
        id: RequestId,
        from: NodeId,
        cells: Vec<(Bytes, Cell)>,
        after: Option<Bytes>,
        out: &mut Outbox,
    ) {
        let members = self.parts.placement.members().len();
        let Some(scanning) = self.scans.get_mut(&id) else {
            return;
        };
        scanning.parts.insert(from, (cells, after));
        // With so few answers missing, each key has a read quorum of owners among those that came.
        let missing = members - scanning.parts.len().min(members);
        if missing <= scanning.replication - scanning.quorum {
            self.end_scan(now, id, out);
        }
    }

    fn end_scan(&mut self, now: Now, id: RequestId, out: &mut Outbox) {
        let Some(scanning) = self.scans.remove(&id) else {
            return;
        };
        self.cancel(scanning.deadline, out);
        let answer = self.page(now, scanning).map(|page| Answer {
            page: Some(Box::new(page)),
            ..Answer::default()
        });
        Self::answer(Client::Here, id, answer, out);
    }

    /// Merges what the nodes sent, up to the last key that all of them cover.
    fn page(&mut self, now: Now, scanning: Scanning) -> Result<Page> {
        let covered = scanning
            .parts
            .values()
            .filter_map(|(_, after)| after.clone())
            .min();
        let resolve = self.tables.of(&scanning.request.key).resolve();
        let came: Vec<NodeId> = scanning.parts.keys().copied().collect();
        let mut merged: BTreeMap<Bytes, Cell> = BTreeMap::new();
        for (key, cell) in scanning.parts.into_values().flat_map(|(cells, _)| cells) {
            if covered.as_ref().is_none_or(|last| key <= *last) {
                merged.entry(key).or_default().merge(&cell, resolve);
            }
        }
        let beyond = merged.keys().nth(scanning.limit).cloned();
        let mut page = Page {
            rows: Vec::new(),
            after: covered,
        };
        let mut last = None;
        for (key, cell) in merged.into_iter().take(scanning.limit) {
            let owners = self.owners(&key);
            let answered = owners.iter().filter(|owner| came.contains(owner)).count();
            if answered < scanning.quorum.min(owners.len()) {
                return Err(Error::Unavailable {
                    detail: format!(
                        "{answered} of {} replicas of a key in the range answered; try again, or lower R",
                        scanning.quorum
                    ),
                });
            }
            let values = self.shown(&key, &cell, now.wall)?;
            last = Some(key.clone());
            if !values.is_empty() {
                page.rows.push((key, values));
            }
        }
        if let Some(beyond) = beyond {
            page.after = match self.settings.has(Mutant::ScanGap) {
                true => Some(beyond),
                false => last,
            };
        }
        Ok(page)
    }

    pub(super) fn scan_timed_out(&mut self, id: RequestId, out: &mut Outbox) {
        let Some(scanning) = self.scans.remove(&id) else {
            return;
        };
        let members = self.parts.placement.members().len();
        let detail = format!(
            "{} of {} nodes answered within {}, and at most {} may be missing for every key to have {} replicas",
            scanning.parts.len(),
            members,
            Pretty(scanning.request.timeout),
            scanning.replication - scanning.quorum,
            scanning.quorum,
        );
        self.stats.timeouts += 1;
        Self::answer(Client::Here, id, Err(Error::Unavailable { detail }), out);
    }
}

/// The first keys of a range, on one disk.
fn page_of(from: Bytes, to: Option<Bytes>, limit: usize) -> StoreOp {
    // A table's keys end where the next table's byte begins.
    let end = to.unwrap_or_else(|| Bytes::from(vec![from[0].saturating_add(1)]));
    StoreOp::Scan {
        from: Bound::Included(from),
        to: Bound::Excluded(end),
        keys_max: limit,
        bytes_max: SCAN_BYTES_MAX,
    }
}
