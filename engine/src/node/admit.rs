//! Taking a client's request: whether there is room, whether it makes sense, and who carries it out.

use core::time::Duration;

use super::io::{Kind, Outbox, Request};
use super::level::Need;
use super::machine::{Client, Node};
use super::message::{Change, Forwarded};
use super::table::Policy;
use crate::base::id::{Nodes, RequestId};
use crate::base::limits::{
    KEY_BYTES_MAX, REGISTER_CONDITIONS_MAX, REQUESTS_PENDING_MAX, TTL_MS_MAX, VALUE_BYTES_MAX,
};
use crate::base::time::{Now, Wall};
use crate::causal::Context;
use crate::{Error, Result, Zone};

impl Node {
    pub(super) fn admit(
        &mut self,
        now: Now,
        id: RequestId,
        request: Request,
        out: &mut Outbox,
    ) -> Result<()> {
        self.let_in(now)?;
        self.check_member()?;
        if let Kind::Reshape(reshape) = &request.kind {
            return self.start_reshape(now, id, reshape, request.timeout, out);
        }
        if matches!(request.kind, Kind::Scan { .. }) {
            self.stats.scans += 1;
            return self.start_scan(now, id, request, out);
        }
        check_size("key", request.key.len().saturating_sub(1), KEY_BYTES_MAX)?;
        self.hot.touch(&request.key);
        if request.kind.writes() {
            self.stats.writes += 1;
        } else {
            self.stats.reads += 1;
        }
        self.carry_out(now, id, request, out)
    }

    /// Whether one more request may come in now.
    fn let_in(&mut self, now: Now) -> Result<()> {
        let refused = if !self.has_room() {
            format!(
                "{} already holds {REQUESTS_PENDING_MAX} requests; try again later",
                self.id
            )
        } else if !self.admission.take(now.mono, 1) {
            format!(
                "{} admits {} requests a second; try again later, or ask another node",
                self.id, self.settings.admit_rate
            )
        } else {
            return Ok(());
        };
        self.stats.overloaded += 1;
        Err(Error::Overloaded { detail: refused })
    }

    /// Begins a read, or a write after its stamp and its deadline are fixed.
    pub(super) fn carry_out(
        &mut self,
        now: Now,
        id: RequestId,
        request: Request,
        out: &mut Outbox,
    ) -> Result<()> {
        if self.is_serial(&request)? {
            return self.start_serial(now, id, request, out);
        }
        let owners = self.asked_owners(&request)?;
        // A level that cannot be met is refused before anything is sent.
        self.need(request.level, &owners)?;
        let (change, context) = match request.kind {
            Kind::Get | Kind::Delete { context: None } => {
                return self.start_read(now, id, request, out);
            }
            Kind::Put { value, context } => {
                check_size("value", value.len(), VALUE_BYTES_MAX)?;
                (Change::Value(Some(value)), context)
            }
            Kind::Delete {
                context: Some(context),
            } => (Change::Value(None), context),
            Kind::Update(change) => (Change::Crdt(change), Context::default()),
            Kind::Scan { .. } | Kind::Cas { .. } | Kind::Reshape(_) => {
                unreachable!("it was begun before")
            }
        };
        self.check_change(&request.key, &change)?;
        let deadline = self.deadline(now, &request.key, request.ttl, &change)?;
        self.heed(now, &request.key, context.stamp)?;
        let write = Forwarded {
            stamp: self.stamp(now, &request.key),
            key: request.key,
            change,
            context,
            deadline,
            token: request.token,
            level: request.level,
            zone: self.zone_of(self.id),
            pinned: request.pinned,
            timeout: request.timeout,
        };
        if owners.contains(&self.id) && !self.rebuilding {
            self.start_write(now, Client::Here, id, write, out)
        } else {
            self.stats.forwarded += 1;
            self.start_forward(now, id, write, owners, out);
            Ok(())
        }
    }

    /// Whether a request is one of a register.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] where the table and the request do not fit.
    fn is_serial(&self, request: &Request) -> Result<bool> {
        let register = matches!(self.tables.of(&request.key).policy, Policy::Cas);
        let problem = match (&request.kind, register) {
            (Kind::Cas { .. }, false) => {
                "this table holds plain values, on which replicas do not agree: compare-and-set is for a table with \
                 conflict=cas"
            }
            (Kind::Get | Kind::Cas { .. }, true) if !request.level.is_serial() => {
                "a register is read at serial or local_serial, and changed at serial: fewer replicas cannot agree"
            }
            (Kind::Cas { .. }, true) if request.level == super::Level::LocalSerial => {
                "a register is changed at serial: the owners of one zone cannot agree for the others"
            }
            (Kind::Reshape(_), _) => return Ok(false),
            (Kind::Get | Kind::Cas { .. }, true) => {
                return self.check_register(request).map(|()| true);
            }
            (_, true) => {
                "this table holds registers, on which replicas agree: a plain write would go past that; use cas, \
                 or incr"
            }
            (_, false) if request.level.is_serial() => {
                "serial and local_serial are for a table with conflict=cas; quorum is what this table has"
            }
            (_, false) => return Ok(false),
        };
        Err(Error::invalid(problem))
    }

    fn check_register(&self, request: &Request) -> Result<()> {
        if !request.pinned.is_empty() || !request.floor.seen.is_empty() {
            return Err(Error::invalid(
                "to= and session= do not go with a register: its owners agree, so every reader sees the newest",
            ));
        }
        let Kind::Cas { conditions, edit } = &request.kind else {
            return Ok(());
        };
        if conditions.len() > REGISTER_CONDITIONS_MAX {
            return Err(Error::TooLarge {
                what: "conditions",
                actual: conditions.len(),
                limit: REGISTER_CONDITIONS_MAX,
            });
        }
        let compared = conditions.iter().filter_map(|condition| match condition {
            super::Condition::Value(value) => Some(value.len()),
            _ => None,
        });
        let put = match edit {
            super::Edit::Put(value) => value.len(),
            super::Edit::Delete | super::Edit::Add(_) => 0,
        };
        check_size(
            "value",
            compared.chain([put]).max().unwrap_or(0),
            VALUE_BYTES_MAX,
        )
    }

    pub(super) fn need(&self, level: super::Level, owners: &[crate::NodeId]) -> Result<Need> {
        self.need_from(self.zone_of(self.id), level, owners)
    }

    /// What a level needs for a request that was taken in zone `local`.
    pub(super) fn need_from(
        &self,
        local: Zone,
        level: super::Level,
        owners: &[crate::NodeId],
    ) -> Result<Need> {
        Need::of(level, owners, |node| self.zone_of(node), local)
    }

    /// The owners of a request's key, or those of them that it pins.
    fn asked_owners(&self, request: &Request) -> Result<Nodes> {
        let owners = self.owners(&request.key);
        if request.pinned.is_empty() {
            return Ok(owners);
        }
        if let Some(stranger) = request.pinned.iter().find(|node| !owners.contains(node)) {
            return Err(Error::invalid(format!(
                "{stranger} does not own this key: its owners are {}",
                owners
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join(", ")
            )));
        }
        Ok(request.pinned.clone())
    }

    /// Whether the key's table takes this change.
    fn check_change(&self, key: &[u8], change: &Change) -> Result<()> {
        match (&self.tables.of(key).policy, change) {
            (Policy::Crdt(_), Change::Crdt(_) | Change::Value(None)) => Ok(()),
            (Policy::Crdt(kind), Change::Value(Some(_))) => Err(Error::invalid(format!(
                "this table holds a {}: change it, do not put over it",
                kind.name()
            ))),
            (_, Change::Crdt(_)) => Err(Error::invalid(
                "this table holds plain values: put them; a table with conflict=counter, orset, map or register \
                 takes changes",
            )),
            (_, Change::Value(_)) => Ok(()),
        }
    }

    /// When the value expires: fixed here, once, and data from then on, so that no replica's clock has a say.
    fn deadline(
        &self,
        now: Now,
        key: &[u8],
        ttl: Option<Duration>,
        change: &Change,
    ) -> Result<Option<Wall>> {
        match change {
            Change::Value(None) => Ok(None),
            _ => self.expiry(now, key, ttl),
        }
    }

    /// When a value that is written now expires, given how long it shall live or, without that, its table's time.
    pub(super) fn expiry(
        &self,
        now: Now,
        key: &[u8],
        ttl: Option<Duration>,
    ) -> Result<Option<Wall>> {
        let Some(ttl) = ttl.or(self.tables.of(key).ttl) else {
            return Ok(None);
        };
        let ms = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX);
        if !(1..=TTL_MS_MAX).contains(&ms) {
            return Err(Error::invalid(format!(
                "ttl: it must be from 1 ms to {TTL_MS_MAX} ms"
            )));
        }
        let deadline = now.wall.0.checked_add(ms);
        deadline.map(|ms| Some(Wall(ms))).ok_or_else(|| {
            Error::invalid(
                "ttl: the deadline lies beyond the end of time; this node's clock is wrong",
            )
        })
    }
}

fn check_size(what: &'static str, actual: usize, limit: usize) -> Result<()> {
    match actual {
        0 if what == "key" => Err(Error::invalid("an empty key: a key has at least one byte")),
        _ if actual > limit => Err(Error::TooLarge {
            what,
            actual,
            limit,
        }),
        _ => Ok(()),
    }
}
