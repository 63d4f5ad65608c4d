//! Running commands, one after the other, on one cluster.

use std::collections::BTreeMap;

use super::command::{Action, Command, Request, ReshapeLine, command};
use super::expect::expect;
use super::lease::Leases;
use super::send::{Shows, Started, get_options, put_options, send};
use super::strike::strike;
use super::syntax::{Place, line, written};
use super::variables::{Variables, room};
use super::{Picture, RunOptions, ScriptError, Step, show};
use crate::base::limits::SCRIPT_NAMES_MAX;
use crate::blocking::{Cluster, ClusterConfig, GetOptions, Read};
use crate::{Code, Error, Result};

/// A run of the scenario language, line by line: what the REPL holds, and what [`run`](super::run) drives.
///
/// ```
/// use kvorum::script::{RunOptions, Session};
///
/// let mut session = Session::new(&RunOptions::default());
/// session.execute("demo.kv", 1, "cluster nodes=5 seed=7")?;
/// session.execute("demo.kv", 2, "put cart milk")?;
/// let step = session.execute("demo.kv", 3, "get cart -> milk")?.expect("the line has a command");
/// assert!(step.ok);
/// # Ok::<(), kvorum::script::ScriptError>(())
/// ```
#[derive(Debug)]
pub struct Session {
    options: RunOptions,
    cluster: Option<Cluster>,
    started: BTreeMap<String, Started>,
    variables: Variables,
    leases: Leases,
}

/// What a command gave.
pub(super) struct Printed {
    pub(super) text: String,
    pub(super) held: bool,
    pub(super) picture: Option<Picture>,
}

impl Printed {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            held: true,
            picture: None,
        }
    }
}

impl Session {
    /// A session with no cluster yet: the first line makes one, with the usual settings unless it is a
    /// `cluster` line.
    #[must_use]
    pub fn new(options: &RunOptions) -> Self {
        Self {
            options: options.clone(),
            cluster: None,
            started: BTreeMap::new(),
            variables: Variables::default(),
            leases: Leases::default(),
        }
    }

    /// The cluster as it stands.
    #[must_use]
    pub fn cluster(&self) -> Option<&Cluster> {
        self.cluster.as_ref()
    }

    /// Ends the session and hands out its cluster, made now if no line did.
    ///
    /// # Errors
    /// As [`Cluster::simulated`].
    pub fn into_cluster(mut self) -> Result<Cluster> {
        self.ready()?;
        self.cluster.ok_or(Error::Closed)
    }

    /// Runs one line; none when it holds no command. A line whose expectation fails is no error: see
    /// [`Step::ok`].
    ///
    /// # Errors
    /// [`ScriptError`] for a line that cannot be understood; nothing happened then.
    pub fn execute(
        &mut self,
        file: &str,
        line_number: usize,
        text: &str,
    ) -> core::result::Result<Option<Step>, ScriptError> {
        let place = Place {
            file,
            line: line_number,
        };
        let Some(line) = line(place, text)? else {
            return Ok(None);
        };
        let parsed = command(place, &line)?;
        self.known(place, &line, &parsed)?;
        if let (Some(cluster), false) = (&mut self.cluster, matches!(parsed, Command::Show(_))) {
            cluster.note(&line.source);
        }
        let expects = matches!(parsed, Command::Expect(_));
        let result = match line.start {
            Some(name) => self.start(name, parsed),
            None => self.carry_out(parsed),
        };
        let (printed, held, picture, detail) = match result {
            Ok(printed) => (printed.text, printed.held, printed.picture, None),
            Err(error) => {
                let printed = format!("error {}", error.code().name());
                (
                    printed,
                    // What could not be looked at was not seen to hold.
                    !expects && is_an_answer(error.code()),
                    None,
                    Some(error.to_string()),
                )
            }
        };
        let ok = line
            .expected
            .as_ref()
            .map_or(held, |expected| *expected == printed);
        Ok(Some(Step {
            line: line_number,
            source: line.source,
            label: line.label,
            printed,
            expected: line.expected,
            ok,
            detail,
            picture,
        }))
    }

    /// Checks that what a line names was started or bound before.
    fn known(
        &self,
        place: Place<'_>,
        line: &super::syntax::Line,
        command: &Command,
    ) -> core::result::Result<(), ScriptError> {
        match command {
            Command::Wait(name) if !self.started.contains_key(name) => {
                let message =
                    format!("nothing was started as '{name}', or it was waited for already");
                Err(place.error(line.end, message))
            }
            Command::Request(request) => {
                let mut variables = request.variables();
                match variables.find(|(name, _)| !self.variables.knows(name)) {
                    Some((name, column)) => {
                        let message =
                            format!("no context ${name}: bind it first, like: get cart as ${name}");
                        Err(place.error(*column, message))
                    }
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    fn ready(&mut self) -> Result<&mut Cluster> {
        if self.cluster.is_none() {
            self.build(ClusterConfig::default())?;
        }
        self.cluster.as_mut().ok_or(Error::Closed)
    }

    fn build(&mut self, mut config: ClusterConfig) -> Result<()> {
        config.seed = self.options.seed.unwrap_or(config.seed);
        let mut cluster = Cluster::stoppable(config, self.options.stop.clone())?;
        cluster.keep_trace(self.options.keep);
        self.cluster = Some(cluster);
        self.started.clear();
        self.variables.clear();
        self.leases.clear();
        Ok(())
    }

    fn carry_out(&mut self, command: Command) -> Result<Printed> {
        let done = || Ok(Printed::text("ok"));
        match command {
            Command::Cluster(config) => {
                self.build(*config)?;
                return done();
            }
            Command::Request(request) => return self.ask(*request),
            Command::Reshape(line) => {
                let started = self.start_reshape(&line)?;
                return self.wait(started);
            }
            Command::Wait(name) => {
                let started = self.started.remove(&name).ok_or(Error::Closed)?;
                return self.wait(started);
            }
            Command::Lease(line) => {
                self.ready()?;
                let cluster = self.cluster.as_mut().ok_or(Error::Closed)?;
                return self.leases.carry_out(cluster, line);
            }
            _ => {}
        }
        let cluster = self.ready()?;
        match command {
            Command::Table(table) => cluster
                .add_table(&table.name, table.conflict, table.replication, table.ttl)
                .and_then(|()| done()),
            Command::Load(plan) => Ok(Printed::text(cluster.load(&plan)?.to_string())),
            Command::Fault(fault) => strike(cluster, fault).and_then(|()| done()),
            Command::Run(span) => cluster.run_for(span).and_then(|()| done()),
            Command::Settle => cluster.settle().and_then(|()| done()),
            Command::Repair(node) => cluster.repair(node).and_then(|()| done()),
            Command::Purge(node) => cluster.purge(node).and_then(|()| done()),
            Command::Plan {
                change,
                placement,
                keys,
            } => {
                let kind = placement.unwrap_or(cluster.config().placement);
                let movement = cluster.weigh(change, kind, keys)?;
                Ok(Printed::text(format!(
                    "moved {:.1}%",
                    movement.share() * 100.0
                )))
            }
            Command::Expect(expectation) => expect(cluster, expectation),
            Command::Show(what) => show::show(cluster, what),
            Command::Cluster(_)
            | Command::Request(_)
            | Command::Reshape(_)
            | Command::Wait(_)
            | Command::Lease(_) => done(),
        }
    }

    /// Carries a request out whole.
    fn ask(&mut self, request: Request) -> Result<Printed> {
        if !matches!(
            request.action,
            Action::Scan { .. } | Action::GetMany(_) | Action::PutMany(_)
        ) {
            let started = self.send(request)?;
            return self.wait(started);
        }
        let (get, put) = (
            get_options(&request.options),
            put_options(&request.options, None),
        );
        let cluster = self.ready()?;
        match request.action {
            Action::Scan { from, to, limit } => scan(cluster, &from, to.as_deref(), limit, &get),
            Action::GetMany(keys) => {
                let keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
                let reads = cluster.get_many(&keys, &get)?;
                let texts = reads.iter().map(|read| match read {
                    Ok(read) => values(read),
                    Err(error) => format!("error {}", error.code().name()),
                });
                Ok(Printed::text(texts.collect::<Vec<_>>().join("; ")))
            }
            Action::PutMany(pairs) => {
                let pairs: Vec<(&[u8], &[u8])> = pairs
                    .iter()
                    .map(|(key, value)| (&key[..], &value[..]))
                    .collect();
                let writes = cluster.put_many(&pairs, &put)?;
                let texts = writes.iter().map(|write| match write {
                    Ok(_) => "ok".to_owned(),
                    Err(error) => format!("error {}", error.code().name()),
                });
                Ok(Printed::text(texts.collect::<Vec<_>>().join("; ")))
            }
            _ => Err(Error::invalid("this request is for one key")),
        }
    }

    fn start(&mut self, name: String, command: Command) -> Result<Printed> {
        if self.started.contains_key(&name) {
            return Err(Error::invalid(format!(
                "'{name}' is under way already; wait for it first"
            )));
        }
        room(self.started.len(), "requests under way")?;
        let started = match command {
            Command::Request(request) => self.send(*request)?,
            Command::Reshape(line) => self.start_reshape(&line)?,
            _ => return Err(Error::invalid("only a request for one key can be started")),
        };
        self.started.insert(name, started);
        Ok(Printed::text("started"))
    }

    fn start_reshape(&mut self, line: &ReshapeLine) -> Result<Started> {
        let ticket = super::reshape::start(self.ready()?, line)?;
        Ok(Started {
            ticket,
            shows: Shows::Ok,
            of_register: false,
            bind: None,
        })
    }

    fn send(&mut self, request: Request) -> Result<Started> {
        self.ready()?;
        let cluster = self.cluster.as_mut().ok_or(Error::Closed)?;
        send(cluster, &self.variables, &request.action, request.options)
    }

    fn wait(&mut self, started: Started) -> Result<Printed> {
        let result = self.ready()?.wait(started.ticket);
        if let Some(name) = started.bind {
            let told = result.as_ref().ok();
            self.variables.bind(name, started.of_register, told)?;
        }
        let read = result?;
        Ok(Printed::text(match started.shows {
            Shows::Values => values(&read),
            Shows::Sum if !read.values.is_empty() => values(&read),
            Shows::Sum | Shows::Ok => "ok".to_owned(),
        }))
    }
}

/// Errors that answer a request under faults, and so are no fault of the script.
fn is_an_answer(code: Code) -> bool {
    matches!(
        code,
        Code::Unavailable | Code::Ambiguous | Code::Conflict | Code::Overloaded
    )
}

/// Reads a whole range, page by page, `limit` keys at a time: `a=1, b=2|3`.
fn scan(
    cluster: &mut Cluster,
    from: &[u8],
    to: Option<&[u8]>,
    limit: usize,
    get: &GetOptions,
) -> Result<Printed> {
    let (mut rows, mut cursor) = (Vec::new(), None);
    loop {
        let page = cluster.scan(from, to, limit, cursor.as_ref(), get)?;
        for (key, values) in page.rows {
            let values: Vec<String> = values.iter().map(|value| written(value)).collect();
            rows.push(format!("{}={}", written(&key), values.join("|")));
        }
        if rows.len() > SCRIPT_NAMES_MAX {
            return Err(Error::Overloaded {
                detail: format!("more than {SCRIPT_NAMES_MAX} keys; scan a smaller range"),
            });
        }
        match page.cursor {
            Some(next) => cursor = Some(next),
            None if rows.is_empty() => return Ok(Printed::text("(nothing)")),
            None => return Ok(Printed::text(rows.join(", "))),
        }
    }
}

fn values(read: &Read) -> String {
    match read.values.as_slice() {
        [] => "(nothing)".to_owned(),
        values => values
            .iter()
            .map(|value| written(value))
            .collect::<Vec<_>>()
            .join(", "),
    }
}
