//! A client's requests: each can be started without waiting, or carried out whole.

use core::time::Duration;

use bytes::Bytes;

use super::cluster::{Cluster, Finished, Started};
use super::config::{check_level, owners_needed};
use super::options::{Context, Cursor, GetOptions, PutOptions, Read, Scan, Ticket};
use crate::base::limits::{BATCH_KEYS_MAX, RUN_SECONDS_MAX, TICKETS_MAX};
use crate::causal::{self, Token};
use crate::check::cas_told;
use crate::check::{Asked, Operation, Outcome, Promise};
use crate::crdt::Change;
use crate::node::{Answer, Condition, Edit, Kind, Level, Request, Table, TableId, full_key};
use crate::{Error, NodeId, Result};

/// How much of a key or value a trace shows, characters.
const SHOWN_CHARS_MAX: usize = 24;

/// What all requests have in common.
#[derive(Debug)]
struct Terms<'a> {
    table: TableId,
    via: Option<NodeId>,
    level: Level,
    timeout: Option<Duration>,
    to: &'a [NodeId],
    session: Option<&'a str>,
    client: u32,
}

impl Cluster {
    /// Writes a value and lets virtual time run until W replicas have it. Returns the context of the write:
    /// hand it to the next write of the key, unless a get comes between.
    ///
    /// # Errors
    /// [`Error::Ambiguous`] when time ran out: the write may live on. [`Error::Unavailable`] when the node
    /// asked is down, [`Error::TooLarge`] and [`Error::InvalidArgument`] for bad arguments,
    /// [`Error::Conflict`] when too many siblings stand there, [`Error::Overloaded`] when the node has too much
    /// to do: nothing was written then.
    pub fn put(&mut self, key: &[u8], value: &[u8], options: &PutOptions) -> Result<Context> {
        let ticket = self.start_put(key, value, options)?;
        Ok(self.wait(ticket)?.context)
    }

    /// Reads the value, or siblings, that R replicas hold, and lets virtual time run until they answered.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when too few answered in time, or the node asked is down.
    pub fn get(&mut self, key: &[u8], options: &GetOptions) -> Result<Read> {
        let ticket = self.start_get(key, options)?;
        self.wait(ticket)
    }

    /// Deletes what the context has seen or, without one, what W replicas hold now: it reads them first.
    ///
    /// # Errors
    /// As [`Cluster::put`].
    pub fn delete(&mut self, key: &[u8], options: &PutOptions) -> Result<Context> {
        let ticket = self.start_delete(key, options)?;
        Ok(self.wait(ticket)?.context)
    }

    /// Changes a replicated data type: adds to a counter, puts into a set, sets a field of a map.
    ///
    /// # Errors
    /// As [`Cluster::put`]; [`Error::InvalidArgument`] for a change that the table's kind does not know.
    pub fn update(&mut self, key: &[u8], change: &Change, options: &PutOptions) -> Result<Context> {
        let ticket = self.start_update(key, change, options)?;
        Ok(self.wait(ticket)?.context)
    }

    /// Changes a register where all conditions hold: the key's owners agree on it. Returns the register's new version
    /// and, of an [`Edit::Add`], the sum.
    ///
    /// # Errors
    /// [`Error::Conflict`] when a condition does not hold, [`Error::Unavailable`] when no majority of the owners was
    /// reached: nothing was changed then. [`Error::Ambiguous`] when time ran out with the change proposed: it may
    /// live on. [`Error::InvalidArgument`] for a table that is not of registers.
    pub fn cas(
        &mut self,
        key: &[u8],
        conditions: &[Condition],
        edit: Edit,
        options: &PutOptions,
    ) -> Result<Read> {
        let ticket = self.start_cas(key, conditions, edit, options)?;
        self.wait(ticket)
    }

    /// Reads several keys at once; one may fail where another does not.
    ///
    /// # Errors
    /// [`Error::TooLarge`] for more than [`BATCH_KEYS_MAX`] keys, [`Error::Closed`] when the cluster was stopped.
    pub fn get_many(&mut self, keys: &[&[u8]], options: &GetOptions) -> Result<Vec<Result<Read>>> {
        check_batch(keys.len())?;
        let tickets: Vec<_> = keys
            .iter()
            .map(|key| self.start_get(key, options))
            .collect();
        Ok(tickets
            .into_iter()
            .map(|ticket| self.wait(ticket?))
            .collect())
    }

    /// Writes several keys at once. Each is a write of its own: there is no promise across keys.
    ///
    /// # Errors
    /// As [`Cluster::get_many`].
    pub fn put_many(
        &mut self,
        pairs: &[(&[u8], &[u8])],
        options: &PutOptions,
    ) -> Result<Vec<Result<Context>>> {
        check_batch(pairs.len())?;
        let mut tickets = Vec::with_capacity(pairs.len());
        for (key, value) in pairs {
            tickets.push(self.start_put(key, value, options));
        }
        let waited = tickets
            .into_iter()
            .map(|ticket| Ok(self.wait(ticket?)?.context));
        Ok(waited.collect())
    }

    /// One page of a range scan in key order, from `from` on and up to `to` (left out; none reads to the end):
    /// at most `limit` keys. Hand the cursor back to go on.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when too few nodes answered in time for every key to have R replicas,
    /// [`Error::InvalidArgument`] for a level that has zones.
    pub fn scan(
        &mut self,
        from: &[u8],
        to: Option<&[u8]>,
        limit: usize,
        cursor: Option<&Cursor>,
        options: &GetOptions,
    ) -> Result<Scan> {
        let ticket = self.start_scan(from, to, limit, cursor, options)?;
        match self.finish(ticket)? {
            Finished::Scan(scan) => scan,
            Finished::Read(_) => Err(Error::invalid("this request is no scan")),
        }
    }

    /// Starts a put and returns at once, with no virtual time passed.
    ///
    /// # Errors
    /// For what can be refused at once; how the put ends, [`Cluster::wait`] tells.
    pub fn start_put(&mut self, key: &[u8], value: &[u8], options: &PutOptions) -> Result<Ticket> {
        let context = read_context(key, options.context.as_ref())?.unwrap_or_default();
        let value = Bytes::copy_from_slice(value);
        let kind = Kind::Put { value, context };
        self.start_write(key, kind, options)
    }

    /// Starts a delete and returns at once.
    ///
    /// # Errors
    /// As [`Cluster::start_put`].
    pub fn start_delete(&mut self, key: &[u8], options: &PutOptions) -> Result<Ticket> {
        let context = read_context(key, options.context.as_ref())?;
        self.start_write(key, Kind::Delete { context }, options)
    }

    /// Starts a change of a replicated data type and returns at once.
    ///
    /// # Errors
    /// As [`Cluster::start_put`].
    pub fn start_update(
        &mut self,
        key: &[u8],
        change: &Change,
        options: &PutOptions,
    ) -> Result<Ticket> {
        self.start_write(key, Kind::Update(change.clone()), options)
    }

    /// Starts a change of a register and returns at once.
    ///
    /// # Errors
    /// As [`Cluster::start_put`].
    pub fn start_cas(
        &mut self,
        key: &[u8],
        conditions: &[Condition],
        edit: Edit,
        options: &PutOptions,
    ) -> Result<Ticket> {
        let conditions = conditions.to_vec();
        let serial = PutOptions {
            write: Some(options.write.unwrap_or(Level::Serial)),
            ..options.clone()
        };
        self.start_write(key, Kind::Cas { conditions, edit }, &serial)
    }

    fn start_write(&mut self, key: &[u8], kind: Kind, options: &PutOptions) -> Result<Ticket> {
        let terms = Terms {
            table: self.table(options.table.as_deref())?,
            via: options.via,
            level: options.write.unwrap_or(self.config.write),
            timeout: options.timeout,
            to: &options.to,
            session: options.session.as_deref(),
            client: options.client,
        };
        self.start(key, kind, terms, options.token.map(Token), options.ttl)
    }

    /// Starts a get and returns at once.
    ///
    /// # Errors
    /// As [`Cluster::start_put`].
    pub fn start_get(&mut self, key: &[u8], options: &GetOptions) -> Result<Ticket> {
        let mut terms = self.terms_of(options)?;
        let table = self.tables.get(terms.table);
        if options.read.is_none() && table.is_some_and(Table::is_of_registers) {
            terms.level = Level::Serial;
        }
        self.start(key, Kind::Get, terms, None, None)
    }

    fn terms_of<'a>(&self, options: &'a GetOptions) -> Result<Terms<'a>> {
        Ok(Terms {
            table: self.table(options.table.as_deref())?,
            via: options.via,
            level: options.read.unwrap_or(self.config.read),
            timeout: options.timeout,
            to: &options.to,
            session: options.session.as_deref(),
            client: options.client,
        })
    }

    fn start_scan(
        &mut self,
        from: &[u8],
        to: Option<&[u8]>,
        limit: usize,
        cursor: Option<&Cursor>,
        options: &GetOptions,
    ) -> Result<Ticket> {
        let terms = self.terms_of(options)?;
        let table = terms.table;
        let from = match cursor {
            // The first key after the cursor's is it and one zero byte more.
            Some(Cursor(last)) if last.first() == Some(&table) => [last, &[0][..]].concat().into(),
            Some(_) => return Err(Error::invalid("this cursor belongs to another table")),
            None => full_key(table, from),
        };
        let to = to.map(|to| full_key(table, to));
        let kind = Kind::Scan { to, limit };
        self.start_full(from, kind, terms, None, None)
    }

    /// Lets virtual time run until a started request has ended. A write returns no values.
    ///
    /// # Errors
    /// How the request failed; [`Error::InvalidArgument`] when it was waited for already;
    /// [`Error::Closed`] when the cluster was stopped on the way.
    pub fn wait(&mut self, ticket: Ticket) -> Result<Read> {
        match self.finish(ticket)? {
            Finished::Read(read) => read,
            Finished::Scan(_) => Err(Error::invalid("this request is a scan")),
        }
    }

    /// How a request for one key has ended, if it has; no time passes. It is told once, as by [`Cluster::wait`].
    pub fn poll(&mut self, ticket: Ticket) -> Option<Result<Read>> {
        self.collect();
        if !matches!(self.finished.get(&ticket), Some((Finished::Read(_), _))) {
            return None;
        }
        let (Finished::Read(read), took) = self.finished.remove(&ticket)? else {
            return None;
        };
        self.took = Some(took);
        Some(read)
    }

    fn finish(&mut self, ticket: Ticket) -> Result<Finished> {
        loop {
            self.collect();
            if let Some((finished, took)) = self.finished.remove(&ticket) {
                self.took = Some(took);
                return Ok(finished);
            }
            if !self.open.contains_key(&ticket) {
                return Err(Error::invalid("this request was waited for already"));
            }
            assert!(
                self.world.step()?,
                "an open request always has its deadline to come"
            );
        }
    }

    /// The number of a table; of the default one without a name.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] where there is none of the name.
    pub fn table(&self, name: Option<&str>) -> Result<TableId> {
        let Some(name) = name else {
            return Ok(0);
        };
        self.tables.id(name).filter(|id| *id > 0).ok_or_else(|| {
            let names = self.tables().join(", ");
            Error::invalid(match names.is_empty() {
                true => format!(
                    "there is no table '{name}': add it first, like: table {name} conflict=lww"
                ),
                false => format!("there is no table '{name}': there are {names}"),
            })
        })
    }

    fn start(
        &mut self,
        key: &[u8],
        kind: Kind,
        terms: Terms<'_>,
        token: Option<Token>,
        ttl: Option<Duration>,
    ) -> Result<Ticket> {
        let key = full_key(terms.table, key);
        self.start_full(key, kind, terms, token, ttl)
    }

    fn start_full(
        &mut self,
        key: Bytes,
        kind: Kind,
        terms: Terms<'_>,
        token: Option<Token>,
        ttl: Option<Duration>,
    ) -> Result<Ticket> {
        let name = if kind.writes() { "write" } else { "read" };
        let replication = self.tables.of(&key).replication;
        check_level(name, terms.level, replication)?;
        if !kind.writes() && terms.level == Level::Any {
            return Err(Error::invalid("read=any: a hint answers no read; take one"));
        }
        let timeout = terms.timeout.unwrap_or(self.config.timeout);
        if timeout < Duration::from_millis(1) || timeout > Duration::from_secs(RUN_SECONDS_MAX) {
            return Err(Error::invalid(format!(
                "timeout: it must be from 1ms to {RUN_SECONDS_MAX}s"
            )));
        }
        if self.open.len() + self.finished.len() >= TICKETS_MAX {
            let detail = format!("{TICKETS_MAX} requests were started and not waited for");
            return Err(Error::Overloaded { detail });
        }
        let via = self.via(terms.via)?;
        let session = terms
            .session
            .map(|name| self.sessions.number(name))
            .transpose()?;
        let floor = session
            .map(|session| self.sessions.floor(session, &key))
            .transpose()?;
        let floor = floor.unwrap_or_default();
        let kind = after_session(kind, session.is_some(), &floor);
        let asked = asked(&kind);
        let expires = kind.writes() && (ttl.is_some() || self.tables.of(&key).ttl.is_some());
        let called = self.world.now();
        let request = Request {
            key: key.clone(),
            kind,
            level: terms.level,
            timeout,
            pinned: terms.to.iter().copied().collect(),
            floor,
            token,
            ttl,
        };
        let text = || told(&request);
        let (text, render) = (
            text(),
            if request.kind.writes() {
                told_ok
            } else {
                told_values
            },
        );
        let ticket = Ticket(self.world.submit(via, request, || text, render)?);
        let place = match asked {
            None => None,
            Some(asked) => Some(self.history.open(Operation {
                client: terms.client,
                session,
                via,
                key: key.clone(),
                asked,
                token: token.map(|Token(token)| token),
                level: terms.level,
                quorum: owners_needed(terms.level, replication),
                expires,
                // What expires is promised to be gone some day.
                promise: match expires {
                    true => Promise::None,
                    false => Promise::Strict,
                },
                called,
                ended: None,
                outcome: Outcome::Open,
            })?),
        };
        self.open.insert(
            ticket,
            Started {
                scans: place.is_none(),
                place,
                key,
                session,
                called,
            },
        );
        Ok(ticket)
    }

    fn via(&self, via: Option<NodeId>) -> Result<NodeId> {
        let nodes = self.world.nodes();
        match via {
            Some(node) if nodes.contains(&node) => Ok(node),
            Some(node) => Err(Error::invalid(format!(
                "there is no {node}: the nodes are n1 to n{}",
                nodes.len()
            ))),
            None => nodes
                .into_iter()
                .find(|node| self.world.is_up(*node) && self.topology().has(*node))
                .ok_or_else(|| Error::Unavailable {
                    detail: "every node is down; restart one".to_owned(),
                }),
        }
    }
}

/// A write of a session supersedes what the session has seen of the key, beside what its context says.
fn after_session(mut kind: Kind, in_session: bool, floor: &causal::Context) -> Kind {
    match &mut kind {
        Kind::Put { context, .. }
        | Kind::Delete {
            context: Some(context),
        } if in_session => context.join(floor),
        _ => {}
    }
    kind
}

/// What the history records of a request; scans are not recorded.
fn asked(kind: &Kind) -> Option<Asked> {
    Some(match kind {
        Kind::Get => Asked::Get,
        Kind::Put { value, context } => Asked::Put {
            value: value.clone(),
            context: context.clone(),
        },
        Kind::Delete { context } => Asked::Delete {
            context: context.clone(),
        },
        Kind::Update(change) => Asked::Update(change.clone()),
        Kind::Scan { .. } | Kind::Reshape(_) => return None,
        Kind::Cas { conditions, edit } => Asked::Cas {
            conditions: conditions.clone(),
            edit: edit.clone(),
        },
    })
}

fn check_batch(keys: usize) -> Result<()> {
    if keys <= BATCH_KEYS_MAX {
        return Ok(());
    }
    Err(Error::TooLarge {
        what: "batch (keys)",
        actual: keys,
        limit: BATCH_KEYS_MAX,
    })
}

fn read_context(key: &[u8], context: Option<&Context>) -> Result<Option<causal::Context>> {
    context
        .map(|context| causal::Context::decode(key, &context.0))
        .transpose()
}

fn told(request: &Request) -> String {
    let key = shown(request.key.get(1..).unwrap_or_default());
    match &request.kind {
        Kind::Get => format!("get {key}"),
        Kind::Put { value, .. } => format!("put {key} {}", shown(value)),
        Kind::Delete { .. } => format!("delete {key}"),
        Kind::Update(change) => format!("update {key} {change}"),
        Kind::Scan { limit, .. } => format!("scan {key} limit={limit}"),
        Kind::Cas { conditions, edit } => format!("cas {key} {}", cas_told(conditions, edit)),
        Kind::Reshape(reshape) => format!("{reshape:?}"),
    }
}

fn told_ok(_: &Answer) -> String {
    "ok".to_owned()
}

fn told_values(answer: &Answer) -> String {
    if let Some(page) = &answer.page {
        return format!("{} keys", page.rows.len());
    }
    match answer.values.as_slice() {
        [] => "(nothing)".to_owned(),
        values => values
            .iter()
            .map(|value| shown(value))
            .collect::<Vec<_>>()
            .join(", "),
    }
}

/// Bytes as a trace shows them: one line, cut short.
fn shown(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut out: String = text
        .chars()
        .take(SHOWN_CHARS_MAX)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    if text.chars().count() > SHOWN_CHARS_MAX {
        out.push('…');
    }
    out
}
