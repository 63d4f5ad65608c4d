//! The operations of a cluster.

use std::sync::{Mutex, MutexGuard};

use bytes::Bytes;
use kvorum::NodeId;
use kvorum::base::limits::{CONTEXT_BYTES_MAX, VALUE_BYTES_MAX};
use kvorum::blocking::{
    Cluster, ClusterConfig, Conflict, Context, GetOptions, PlacementKind, PutOptions, Read,
    owners_needed,
};
use kvorum::check::Verdict;
use kvorum::crdt::Change;
use kvorum::draw;
use kvorum::node::{Level, ReadRepair};

use crate::failure::Failure;
use crate::op::Op;
use crate::registers;
use crate::registry::Registry;
use crate::request::{Request, TEXT_BYTES_MAX};
use crate::response::Response;
use crate::ring;
use crate::topology;

/// Each cluster has its own lock: a long run of one keeps no other waiting.
static CLUSTERS: Registry<Mutex<Cluster>> = Registry::new();

/// Columns of a picture as text, the same as in Python.
const TEXT_COLUMNS: usize = 100;
/// In the order of the constants of `dev.kvorum.Conflict`: that of [`Conflict::NAMED`].
const CONFLICTS: [Conflict; Conflict::NAMED.len()] = {
    let mut conflicts = [Conflict::Siblings; Conflict::NAMED.len()];
    let mut place = 0;
    while place < conflicts.len() {
        conflicts[place] = Conflict::NAMED[place].1;
        place += 1;
    }
    conflicts
};
/// The changes of a set, by their place.
#[derive(Clone, Copy, Debug)]
enum ChangeKind {
    Insert,
    Remove,
}
/// In the order of the constants of `dev.kvorum.Placement`.
const PLACEMENTS: [PlacementKind; 7] = [
    PlacementKind::Ring,
    PlacementKind::Modulo,
    PlacementKind::Rendezvous,
    PlacementKind::Jump,
    PlacementKind::Allocated,
    PlacementKind::Partitions,
    PlacementKind::Slots,
];

/// Starts, closes or uses a cluster.
pub(crate) fn perform(op: Op, request: &mut Request<'_>) -> Result<Response, Failure> {
    match op {
        Op::ClusterStart => {
            let cluster = Cluster::simulated(read_config(request)?)?;
            Ok(Response::new().number(CLUSTERS.open(Mutex::new(cluster))))
        }
        Op::ClusterDefaults => Ok(write_config(Response::new(), &ClusterConfig::default())),
        Op::ClusterClose => {
            CLUSTERS.close(request.handle()?);
            Ok(Response::new())
        }
        _ => {
            let cluster = CLUSTERS.find(request.handle()?)?;
            let mut cluster = cluster.lock().map_err(|_| Failure::failed_earlier())?;
            match op {
                Op::Put | Op::Get | Op::Delete | Op::Change => ask(op, &mut cluster, request),
                Op::Increment | Op::Cas | Op::CasDelete => {
                    registers::change(op, &mut cluster, request)
                }
                Op::AcquireLease | Op::RenewLease | Op::ReleaseLease => {
                    registers::lease(op, &mut cluster, request)
                }
                Op::Join
                | Op::Leave
                | Op::Replace
                | Op::ChangeMember
                | Op::SetCopies
                | Op::CancelMove
                | Op::RunUntilMoved
                | Op::Topology => topology::perform(op, &mut cluster, request),
                Op::ClusterConfig
                | Op::Now
                | Op::Nodes
                | Op::IsUp
                | Op::Owners
                | Op::Peek
                | Op::CheckConverged
                | Op::CheckNoLostWrites
                | Op::CheckLinearizable
                | Op::CheckCausal
                | Op::CheckNoResurrection
                | Op::CheckTopology
                | Op::Stats => inspect(op, &cluster, request),
                Op::TraceHash
                | Op::TraceEvents
                | Op::TraceCount
                | Op::TraceText
                | Op::TraceSvg
                | Op::ClusterRing
                | Op::PlacementSvg => picture(op, &cluster, request),
                _ => disturb(op, cluster, request),
            }
        }
    }
}

/// A client's request.
fn ask(op: Op, cluster: &mut Cluster, request: &mut Request<'_>) -> Result<Response, Failure> {
    let key = request.key()?;
    match op {
        Op::Put => {
            let value = request.bytes("value", VALUE_BYTES_MAX)?;
            let options = read_put_options(request)?;
            let context = cluster.put(key, value, &options)?;
            Ok(Response::new().bytes(&context.0))
        }
        Op::Delete => {
            let options = read_put_options(request)?;
            let context = cluster.delete(key, &options)?;
            Ok(Response::new().bytes(&context.0))
        }
        Op::Change => {
            let change = read_change(request)?;
            let options = read_put_options(request)?;
            let context = cluster.update(key, &change, &options)?;
            Ok(Response::new().bytes(&context.0))
        }
        _ => {
            let options = GetOptions {
                via: request.option(Request::node)?,
                read: request.option(|request| request.level("read"))?,
                timeout: request.option(|request| request.span("timeout"))?,
                table: request.option(|request| request.name("table"))?,
                session: request.option(|request| request.name("session"))?,
                ..GetOptions::default()
            };
            Ok(write_read(cluster.get(key, &options)?))
        }
    }
}

/// What happens to the nodes, to the network and to the clock.
fn disturb(
    op: Op,
    mut cluster: MutexGuard<'_, Cluster>,
    request: &mut Request<'_>,
) -> Result<Response, Failure> {
    match op {
        Op::Kill => cluster.kill(request.node()?)?,
        Op::Restart => cluster.restart(request.node()?)?,
        Op::Wipe => cluster.wipe(request.node()?)?,
        Op::Pause => cluster.pause(request.node()?, request.span("the pause")?)?,
        Op::Oneway => cluster.oneway(request.node()?, request.node()?)?,
        Op::Isolate => cluster.isolate(request.node()?)?,
        Op::Hold => cluster.hold(request.node()?, request.node()?)?,
        Op::Release => cluster.release(request.node()?, request.node()?)?,
        Op::Table => {
            let name = request.name("table")?;
            let conflict = request.choice(&CONFLICTS)?;
            let replication = request.option(|request| request.number("replication"))?;
            let ttl = request.option(|request| request.span("ttl"))?;
            cluster.add_table(&name, conflict, replication, ttl)?;
        }
        Op::Partition => {
            let groups = request.list(|request| request.list(Request::node))?;
            cluster.partition(&groups)?;
        }
        Op::Heal => cluster.heal()?,
        Op::RunFor => cluster.run_for(request.span("the time to run")?)?,
        Op::Settle => cluster.settle()?,
        Op::Note => cluster.note(request.text("note", TEXT_BYTES_MAX)?),
        // What a bug would do: it leaves the lock poisoned. Java's tests alone ask for it.
        Op::PanicForTest => panic!("asked for by a test"),
        other => {
            let name = other.name();
            return Err(Failure::internal(format!(
                "{name} is no operation of a cluster"
            )));
        }
    }
    Ok(Response::new())
}

/// Questions that change nothing.
fn inspect(op: Op, cluster: &Cluster, request: &mut Request<'_>) -> Result<Response, Failure> {
    let response = Response::new();
    Ok(match op {
        Op::ClusterConfig => write_config(response, cluster.config()),
        Op::Now => response.number(cluster.now().0),
        Op::Nodes => write_nodes(response, cluster.nodes()),
        Op::IsUp => {
            let node = request.node()?;
            response.flag(cluster.is_up(node))
        }
        Op::Owners => write_nodes(response, cluster.owners(request.key()?)),
        Op::Peek => {
            let node = request.node()?;
            write_values(response, cluster.peek(node, request.key()?)?)
        }
        Op::Stats => {
            let counters: Vec<(&str, u64)> = cluster.stats().total.named().collect();
            response.list(counters, |response, (name, count)| {
                response.text(name).number(count)
            })
        }
        Op::CheckConverged => judged(response, cluster.check_converged())?,
        Op::CheckLinearizable => judged(response, cluster.check_linearizable())?,
        Op::CheckCausal => judged(response, cluster.check_causal())?,
        Op::CheckTopology => judged(response, cluster.check_topology())?,
        Op::CheckNoResurrection => judged(response, cluster.check_no_resurrection())?,
        _ => judged(response, cluster.check_no_lost_writes())?,
    })
}

fn judged(response: Response, verdict: Verdict) -> Result<Response, Failure> {
    verdict.map_err(|violation| Failure::check(violation.words))?;
    Ok(response)
}

/// The trace and the pictures.
fn picture(op: Op, cluster: &Cluster, request: &mut Request<'_>) -> Result<Response, Failure> {
    let response = Response::new();
    Ok(match op {
        Op::TraceHash => response.text(&cluster.trace_hash()),
        Op::TraceCount => response.number(cluster.trace().count()),
        Op::TraceEvents => response.text(&cluster.trace().to_string()),
        Op::TraceText => {
            let options = draw::SpacetimeOptions::default();
            response.text(&draw::spacetime_text(
                cluster.trace(),
                &options,
                TEXT_COLUMNS,
            ))
        }
        Op::TraceSvg => {
            let options = draw::SpacetimeOptions::default();
            response.text(&draw::spacetime_svg(cluster.trace(), &options))
        }
        Op::ClusterRing => match cluster.placement().as_ring() {
            Some(ring) => ring::open(ring.clone()),
            None => {
                let name = cluster.placement().name();
                return Err(Failure::invalid(format!(
                    "this cluster places keys by {name}: only placement RING has a ring"
                )));
            }
        },
        _ => {
            let marked = request.option(Request::key)?;
            let copies = cluster.config().replication;
            let marked = marked.map(|key| (key, copies));
            response.text(&draw::ring_svg(cluster.placement(), marked))
        }
    })
}

pub(crate) fn read_put_options(request: &mut Request<'_>) -> Result<PutOptions, Failure> {
    Ok(PutOptions {
        via: request.option(Request::node)?,
        write: request.option(|request| request.level("write"))?,
        context: request.option(|request| {
            let context = request.bytes("context", CONTEXT_BYTES_MAX)?;
            Ok(Context(Bytes::copy_from_slice(context)))
        })?,
        timeout: request.option(|request| request.span("timeout"))?,
        table: request.option(|request| request.name("table"))?,
        ttl: request.option(|request| request.span("ttl"))?,
        // Every token that a long can be is one: only that they differ counts.
        token: request.option(Request::handle)?,
        session: request.option(|request| request.name("session"))?,
        ..PutOptions::default()
    })
}

fn read_change(request: &mut Request<'_>) -> Result<Change, Failure> {
    let kind = request.choice(&[ChangeKind::Insert, ChangeKind::Remove])?;
    let element = Bytes::copy_from_slice(request.bytes("element", VALUE_BYTES_MAX)?);
    Ok(match kind {
        ChangeKind::Insert => Change::Insert(element),
        ChangeKind::Remove => Change::Remove(element),
    })
}

/// The fields of `dev.kvorum.ClusterConfig`, in its order.
fn read_config(request: &mut Request<'_>) -> Result<ClusterConfig, Failure> {
    Ok(ClusterConfig {
        nodes: request.number("nodes")?,
        zones: request.number("zones")?,
        tokens: request.number("tokens")?,
        replication: request.number("replication")?,
        read: Level::Count(request.number("read")?),
        write: Level::Count(request.number("write")?),
        conflict: request.choice(&CONFLICTS)?,
        placement: request.choice(&PLACEMENTS)?,
        readrepair: match request.flag()? {
            true => ReadRepair::Async,
            false => ReadRepair::Off,
        },
        repair: request.span("repair")?,
        timeout: request.span("timeout")?,
        delay_min: request.span("delayMin")?,
        delay_max: request.span("delayMax")?,
        loss: request.float()?,
        seed: request.number("seed")?,
        ..ClusterConfig::default()
    })
}

/// The same fields back.
fn write_config(response: Response, config: &ClusterConfig) -> Response {
    let conflict = CONFLICTS
        .iter()
        .position(|conflict| *conflict == config.conflict);
    let conflict = conflict
        .and_then(|place| u8::try_from(place).ok())
        .unwrap_or_default();
    let placement = match config.placement {
        PlacementKind::Ring => 0,
        PlacementKind::Modulo => 1,
        PlacementKind::Rendezvous => 2,
        PlacementKind::Jump => 3,
        PlacementKind::Allocated => 4,
        PlacementKind::Partitions => 5,
        PlacementKind::Slots => 6,
    };
    response
        .number(u64::from(config.nodes))
        .number(u64::from(config.zones))
        .number(u64::from(config.tokens))
        .number(config.replication as u64)
        .number(owners_needed(config.read, config.replication) as u64)
        .number(owners_needed(config.write, config.replication) as u64)
        .choice(conflict)
        .choice(placement)
        .flag(config.readrepair != ReadRepair::Off)
        .span(config.repair)
        .span(config.timeout)
        .span(config.delay_min)
        .span(config.delay_max)
        .float(config.loss)
        .number(config.seed)
}

fn write_nodes(response: Response, nodes: Vec<NodeId>) -> Response {
    response.list(nodes, |response, node| response.text(&node.to_string()))
}

/// What a request found or told, as `dev.kvorum.Read` has it.
pub(crate) fn write_read(read: Read) -> Response {
    write_values(Response::new(), read.values)
        .bytes(&read.context.0)
        .number(read.version)
}

fn write_values(response: Response, values: Vec<Bytes>) -> Response {
    response.list(values, |response, value| response.bytes(&value))
}
