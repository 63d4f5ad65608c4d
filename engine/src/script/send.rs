//! Sending a request for one key.

use super::command::{Action, If, Options};
use super::syntax::written;
use super::variables::Variables;
use crate::blocking::{Cluster, Context, GetOptions, PutOptions, Ticket};
use crate::crdt::Change;
use crate::node::{Condition, Edit};
use crate::{Error, Result};

/// A request under way.
#[derive(Debug)]
pub(super) struct Started {
    pub(super) ticket: Ticket,
    pub(super) shows: Shows,
    /// `as $c`.
    pub(super) bind: Option<String>,
    pub(super) of_register: bool,
}

/// What a request that went well prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shows {
    /// That it did.
    Ok,
    /// What it found.
    Values,
    /// The sum that it made.
    Sum,
}

/// Starts a request for one key.
pub(super) fn send(
    cluster: &mut Cluster,
    variables: &Variables,
    action: &Action,
    options: Options,
) -> Result<Started> {
    let of_register = cluster.holds_registers(options.table.as_deref())?;
    let (ticket, shows) = match (action, of_register || options.conditions.is_some()) {
        (Action::Get(key), _) => (
            cluster.start_get(key, &get_options(&options))?,
            Shows::Values,
        ),
        (Action::Put(key, value), true) => {
            let edit = Edit::Put(value.clone().into());
            change(cluster, variables, key, edit, &options)?
        }
        (Action::Delete(key), true) => change(cluster, variables, key, Edit::Delete, &options)?,
        (Action::Update(key, Change::Add(by)), true) => {
            change(cluster, variables, key, Edit::Add(*by), &options)?
        }
        (Action::Put(key, value), false) => {
            let put = put_options(&options, context(variables, &options)?);
            (cluster.start_put(key, value, &put)?, Shows::Ok)
        }
        (Action::Delete(key), false) => {
            let put = put_options(&options, context(variables, &options)?);
            (cluster.start_delete(key, &put)?, Shows::Ok)
        }
        (Action::Update(key, change), _) => {
            let put = put_options(&options, None);
            (cluster.start_update(key, change, &put)?, Shows::Ok)
        }
        (Action::Scan { .. } | Action::GetMany(_) | Action::PutMany(_), _) => {
            return Err(Error::invalid("only a request for one key can be started"));
        }
    };
    Ok(Started {
        ticket,
        shows,
        bind: options.bind,
        of_register,
    })
}

fn context(variables: &Variables, options: &Options) -> Result<Option<Context>> {
    let context = options.context.as_ref();
    context.map(|name| variables.context(name)).transpose()
}

/// Starts a change of a register, with `if=`, or with `context=`, which means the version that it stands for.
fn change(
    cluster: &mut Cluster,
    variables: &Variables,
    key: &[u8],
    edit: Edit,
    options: &Options,
) -> Result<(Ticket, Shows)> {
    let shows = match edit {
        Edit::Add(_) => Shows::Sum,
        Edit::Put(_) | Edit::Delete => Shows::Ok,
    };
    if shows == Shows::Ok && options.conditions.is_none() && options.context.is_none() {
        return Err(Error::invalid(format!(
            "this table holds registers, on which replicas agree: say what must hold of {} for the change to take \
             place, by if=absent, if=exists, if=version:3 or if=value:milk; if=any is for what may stand there \
             whatever it is",
            written(key)
        )));
    }
    let mut conditions = Vec::new();
    for condition in options.conditions.iter().flatten() {
        conditions.push(match condition {
            If::Holds(condition) => condition.clone(),
            If::VersionOf(name) => Condition::Version(variables.version(name)?),
        });
    }
    if let Some(name) = &options.context {
        conditions.push(Condition::Version(variables.version(name)?));
    }
    let ticket = cluster.start_cas(key, &conditions, edit, &put_options(options, None))?;
    Ok((ticket, shows))
}

pub(super) fn put_options(options: &Options, context: Option<Context>) -> PutOptions {
    PutOptions {
        via: options.via,
        write: options.level,
        context,
        timeout: options.timeout,
        table: options.table.clone(),
        ttl: options.ttl,
        token: options.token,
        to: options.to.clone(),
        session: options.session.clone(),
        client: options.client,
    }
}

pub(super) fn get_options(options: &Options) -> GetOptions {
    GetOptions {
        via: options.via,
        read: options.level,
        timeout: options.timeout,
        table: options.table.clone(),
        to: options.to.clone(),
        session: options.session.clone(),
        client: options.client,
    }
}
