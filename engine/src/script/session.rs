//! Running commands, one after the other, on one cluster.

use std::collections::BTreeMap;

use super::command::{Action, Command, Expectation, Level, Options, command};
use super::syntax::{Place, line, written};
use super::{Picture, RunOptions, ScriptError, Step, show};
use crate::base::limits::SCRIPT_NAMES_MAX;
use crate::blocking::{Cluster, ClusterConfig, Context, GetOptions, PutOptions, Read, Ticket};
use crate::{Code, Error, Result};

/// A request under way.
#[derive(Debug)]
struct Started {
    ticket: Ticket,
    reads: bool,
    bind: Option<String>,
}

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
    contexts: BTreeMap<String, Context>,
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
            contexts: BTreeMap::new(),
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
                    is_an_answer(error.code()),
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
            Command::Request(
                _,
                _,
                Options {
                    context: Some((name, column)),
                    ..
                },
            ) if !self.contexts.contains_key(name) => {
                let message =
                    format!("no context ${name}: bind it first, like: get cart as ${name}");
                Err(place.error(*column, message))
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
        self.cluster = Some(Cluster::stoppable(config, self.options.stop.clone())?);
        self.started.clear();
        self.contexts.clear();
        Ok(())
    }

    fn carry_out(&mut self, command: Command) -> Result<Printed> {
        let done = || Ok(Printed::text("ok"));
        match command {
            Command::Cluster(config) => {
                self.build(*config)?;
                return done();
            }
            Command::Request(..) => {
                let started = self.send(command)?;
                return self.wait(started);
            }
            Command::Wait(name) => {
                let started = self.started.remove(&name).ok_or(Error::Closed)?;
                return self.wait(started);
            }
            _ => {}
        }
        let cluster = self.ready()?;
        match command {
            Command::Load(plan) => {
                let report = cluster.load(&plan)?;
                let busiest = report.busiest().map_or_else(String::new, |(node, share)| {
                    format!(", busiest {node} {:.1}%", share * 100.0)
                });
                Ok(Printed::text(format!(
                    "ok {}, errors {}{busiest}",
                    report.ok, report.errors
                )))
            }
            Command::Kill(nodes) => nodes
                .into_iter()
                .try_for_each(|node| cluster.kill(node))
                .and_then(|()| done()),
            Command::Restart(nodes) => nodes
                .into_iter()
                .try_for_each(|node| cluster.restart(node))
                .and_then(|()| done()),
            Command::Partition(groups) => cluster.partition(&groups).and_then(|()| done()),
            Command::Heal => cluster.heal().and_then(|()| done()),
            Command::Run(span) => cluster.run_for(span).and_then(|()| done()),
            Command::Settle => cluster.settle().and_then(|()| done()),
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
            Command::Cluster(_) | Command::Request(..) | Command::Wait(_) => done(),
        }
    }

    fn start(&mut self, name: String, command: Command) -> Result<Printed> {
        if self.started.contains_key(&name) {
            return Err(Error::invalid(format!(
                "'{name}' is under way already; wait for it first"
            )));
        }
        room(self.started.len(), "requests under way")?;
        let started = self.send(command)?;
        self.started.insert(name, started);
        Ok(Printed::text("started"))
    }

    fn send(&mut self, command: Command) -> Result<Started> {
        let Command::Request(key, action, options) = command else {
            return Err(Error::invalid("only put, get and delete can be started"));
        };
        let context = options
            .context
            .and_then(|(name, _)| self.contexts.get(&name).cloned());
        let cluster = self.ready()?;
        let n = cluster.config().replication;
        let quorum = options.quorum.map(|level| match level {
            Level::Count(count) => count,
            Level::Quorum => n / 2 + 1,
            Level::All => n,
        });
        let put = PutOptions {
            via: options.via,
            write: quorum,
            context,
            timeout: options.timeout,
        };
        let ticket = match &action {
            Action::Put(value) => cluster.start_put(&key, value, &put)?,
            Action::Delete => cluster.start_delete(&key, &put)?,
            Action::Get => {
                let get = GetOptions {
                    via: options.via,
                    read: quorum,
                    timeout: options.timeout,
                };
                cluster.start_get(&key, &get)?
            }
        };
        Ok(Started {
            ticket,
            reads: action == Action::Get,
            bind: options.bind,
        })
    }

    fn wait(&mut self, started: Started) -> Result<Printed> {
        let result = self.ready()?.wait(started.ticket);
        if let Some(name) = started.bind {
            room(self.contexts.len(), "variables")?;
            match &result {
                Ok(read) => drop(self.contexts.insert(name, read.context.clone())),
                // Who read nothing knows what it knew before: nothing, unless an earlier read told.
                Err(_) => drop(self.contexts.entry(name).or_default()),
            }
        }
        let read = result?;
        Ok(Printed::text(if started.reads {
            values(&read)
        } else {
            "ok".to_owned()
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

fn room(count: usize, what: &str) -> Result<()> {
    if count < SCRIPT_NAMES_MAX {
        return Ok(());
    }
    Err(Error::Overloaded {
        detail: format!("{SCRIPT_NAMES_MAX} {what} already"),
    })
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

fn expect(cluster: &Cluster, expectation: Expectation) -> Result<Printed> {
    let verdict = match expectation {
        Expectation::Converged => cluster.check_converged(),
        Expectation::NoLostWrites => cluster.check_no_lost_writes(),
        Expectation::Owners(key, expected) => {
            let owners = cluster.owners(&key);
            if owners == expected {
                Ok(())
            } else {
                Err(format!("owners are {}", show::nodes(&owners)))
            }
        }
        Expectation::Balance { below, bound, keys } => {
            let found = cluster.balance(keys)?.max_over_mean;
            let holds = if below { found < bound } else { found > bound };
            if holds {
                Ok(())
            } else {
                Err(format!("balance is {found:.3}"))
            }
        }
    };
    Ok(match verdict {
        Ok(()) => Printed::text("ok"),
        Err(why) => Printed {
            text: format!("failed: {why}"),
            held: false,
            picture: None,
        },
    })
}
