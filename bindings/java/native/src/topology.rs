//! The operations on who belongs to a cluster.

use kvorum::blocking::Cluster;
use kvorum::ring::{Member, Reshape};

use crate::failure::Failure;
use crate::op::Op;
use crate::request::Request;
use crate::response::Response;
use crate::ring::{read_member, write_members};

/// Lets the members agree on a change, waits for what moves, or says who they are.
pub(crate) fn perform(
    op: Op,
    cluster: &mut Cluster,
    request: &mut Request<'_>,
) -> Result<Response, Failure> {
    let reshape = match op {
        Op::RunUntilMoved => {
            let within = request.span("the time to wait")?;
            let moved = cluster.run_until_moved(within)?;
            moved.map_err(|violation| Failure::check(violation.words))?;
            return Ok(Response::new());
        }
        Op::Topology => {
            let topology = cluster.topology();
            let coming = topology.coming.as_ref().map(|coming| &coming.members[..]);
            let response = Response::new().number(topology.epoch);
            return Ok(write_members(response, &topology.members).option(coming, write_members));
        }
        Op::Join => {
            let node = request.node()?;
            let zone = request.option(Request::zone)?;
            let weight = request.option(|request| request.number("weight"))?;
            cluster.joining(node, zone, weight)?
        }
        Op::Leave => {
            let node = request.node()?;
            match request.flag()? {
                true => Reshape::Remove(node),
                false => Reshape::Leave(node),
            }
        }
        Op::Replace => cluster.replacing(request.node()?, request.node()?)?,
        Op::ChangeMember => {
            let Member { node, zone, weight } = read_member(request)?;
            cluster.changing(node, Some(zone), Some(weight))?
        }
        Op::SetCopies => {
            let copies = request.number("the number of copies")?;
            let table = request.option(|request| request.name("table"))?;
            Reshape::Copies(cluster.table(table.as_deref())?, copies)
        }
        _ => Reshape::Cancel,
    };
    Ok(Response::new().number(cluster.reshape(&reshape, None)?))
}
