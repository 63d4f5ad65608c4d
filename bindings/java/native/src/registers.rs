//! The operations of registers, and of leases, which are some.

use bytes::Bytes;
use kvorum::base::limits::{KEY_BYTES_MAX, VALUE_BYTES_MAX};
use kvorum::base::time::Mono;
use kvorum::blocking::{Cluster, Lease};
use kvorum::node::{Condition, Edit};

use crate::cluster::{read_put_options, write_read};
use crate::failure::Failure;
use crate::op::Op;
use crate::request::Request;
use crate::response::Response;

/// In the order of the kinds of `dev.kvorum.Condition`.
#[derive(Clone, Copy, Debug)]
enum ConditionKind {
    Absent,
    Exists,
    Version,
    Value,
}

/// Changes a register where its conditions hold.
pub(crate) fn change(
    op: Op,
    cluster: &mut Cluster,
    request: &mut Request<'_>,
) -> Result<Response, Failure> {
    let key = request.key()?;
    if op == Op::Increment {
        let by = request.number("by")?;
        let (conditions, options) = (read_conditions(request)?, read_put_options(request)?);
        return Ok(write_read(cluster.increment(
            key,
            by,
            &conditions,
            &options,
        )?));
    }
    let edit = match op {
        Op::Cas => Edit::Put(Bytes::copy_from_slice(
            request.bytes("value", VALUE_BYTES_MAX)?,
        )),
        _ => Edit::Delete,
    };
    let (conditions, options) = (read_conditions(request)?, read_put_options(request)?);
    Ok(write_read(cluster.cas(key, &conditions, edit, &options)?))
}

fn read_conditions(request: &mut Request<'_>) -> Result<Vec<Condition>, Failure> {
    request.list(|request| {
        const KINDS: [ConditionKind; 4] = [
            ConditionKind::Absent,
            ConditionKind::Exists,
            ConditionKind::Version,
            ConditionKind::Value,
        ];
        Ok(match request.choice(&KINDS)? {
            ConditionKind::Absent => Condition::Absent,
            ConditionKind::Exists => Condition::Exists,
            ConditionKind::Version => Condition::Version(request.number("version")?),
            ConditionKind::Value => Condition::Value(Bytes::copy_from_slice(
                request.bytes("value", VALUE_BYTES_MAX)?,
            )),
        })
    })
}

/// Acquires, renews or releases a lease.
pub(crate) fn lease(
    op: Op,
    cluster: &mut Cluster,
    request: &mut Request<'_>,
) -> Result<Response, Failure> {
    let name = request.text("lease name", KEY_BYTES_MAX)?;
    let holder = request.text("holder", VALUE_BYTES_MAX)?;
    if op == Op::AcquireLease {
        let (ttl, options) = (request.span("ttl")?, read_put_options(request)?);
        return Ok(write_lease(
            &cluster.acquire_lease(name, holder, ttl, &options)?,
        ));
    }
    let lease = Lease {
        name: name.to_owned(),
        holder: holder.to_owned(),
        token: request.number("token")?,
        version: request.number("version")?,
        until: Mono(0),
    };
    if op == Op::RenewLease {
        let (ttl, options) = (request.span("ttl")?, read_put_options(request)?);
        return Ok(write_lease(&cluster.renew_lease(&lease, ttl, &options)?));
    }
    cluster.release_lease(&lease, &read_put_options(request)?)?;
    Ok(Response::new())
}

fn write_lease(lease: &Lease) -> Response {
    Response::new()
        .text(&lease.name)
        .text(&lease.holder)
        .number(lease.token)
        .number(lease.version)
        .number(lease.until.0)
}
