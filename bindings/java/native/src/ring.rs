//! The operations of a ring. A ring never changes, so it needs no lock.

use std::sync::Arc;

use kvorum::base::limits::{NODES_MAX, SAMPLE_KEYS_MAX};
use kvorum::draw;
use kvorum::ring::{Member, Placement, Ring, movement};
use kvorum::{NodeId, Zone};

use crate::failure::Failure;
use crate::op::Op;
use crate::registry::Registry;
use crate::request::Request;
use crate::response::Response;

static RINGS: Registry<Ring> = Registry::new();

/// Opens, closes or uses a ring.
pub(crate) fn perform(op: Op, request: &mut Request<'_>) -> Result<Response, Failure> {
    match op {
        Op::RingOf => {
            let nodes: u32 = request.number("nodes")?;
            if !(1..=NODES_MAX).contains(&nodes) {
                return Err(Failure::invalid(format!(
                    "{nodes} nodes: give 1 to {NODES_MAX}"
                )));
            }
            let alike = |node| Member {
                node: NodeId(node),
                zone: Zone(1),
                weight: 1,
            };
            let tokens = request.number("tokens")?;
            let seed = request.number("seed")?;
            Ok(open(Ring::new(
                (1..=nodes).map(alike).collect(),
                tokens,
                seed,
            )?))
        }
        Op::RingOpen => {
            let members = request.list(read_member)?;
            let tokens = request.number("tokens")?;
            let seed = request.number("seed")?;
            Ok(open(Ring::new(members, tokens, seed)?))
        }
        Op::RingClose => {
            RINGS.close(request.handle()?);
            Ok(Response::new())
        }
        _ => {
            let ring = RINGS.find(request.handle()?)?;
            use_ring(op, &ring, request)
        }
    }
}

fn use_ring(op: Op, ring: &Arc<Ring>, request: &mut Request<'_>) -> Result<Response, Failure> {
    let response = Response::new();
    Ok(match op {
        Op::RingAdd => open(ring.with(read_member(request)?)?),
        Op::RingRemove => open(ring.without(request.node()?)?),
        Op::RingMembers => write_members(response, ring.members()),
        Op::RingPreferenceList => {
            let key = request.key()?;
            let copies: u32 = request.number("the number of nodes")?;
            let owners = ring.owners(key, copies.min(NODES_MAX) as usize);
            response.list(owners, |response, node| response.text(&node.to_string()))
        }
        Op::RingShares => response.list(ring.shares(), |response, (node, share)| {
            response.text(&node.to_string()).float(share)
        }),
        Op::RingMoved => {
            let other = RINGS.find(request.handle()?)?;
            let keys: u64 = request.number("the number of keys")?;
            if !(1..=SAMPLE_KEYS_MAX).contains(&keys) {
                return Err(Failure::invalid(format!(
                    "{keys} keys: give 1 to {SAMPLE_KEYS_MAX}"
                )));
            }
            let copies = match request.number("the number of nodes")? {
                0_u32 => return Err(Failure::invalid("0 nodes hold nothing that could move")),
                copies => copies.min(NODES_MAX) as usize,
            };
            let sample = (0..keys).map(|index| format!("key-{index}").into_bytes());
            response.float(movement(&**ring, &*other, copies, sample).replica_share())
        }
        Op::RingSvg => {
            let marked = request.option(|request| {
                let key = request.key()?;
                let copies: u32 = request.number("the number of nodes")?;
                Ok((key, copies.min(NODES_MAX) as usize))
            })?;
            response.text(&draw::ring_svg(&**ring, marked))
        }
        other => {
            let name = other.name();
            return Err(Failure::internal(format!(
                "{name} is no operation of a ring"
            )));
        }
    })
}

/// Keeps a ring and answers its number.
pub(crate) fn open(ring: Ring) -> Response {
    Response::new().number(RINGS.open(ring))
}

pub(crate) fn write_members(response: Response, members: &[Member]) -> Response {
    response.list(members, |response, member| {
        response
            .text(&member.node.to_string())
            .text(&member.zone.to_string())
            .number(u64::from(member.weight))
    })
}

pub(crate) fn read_member(request: &mut Request<'_>) -> Result<Member, Failure> {
    Ok(Member {
        node: request.node()?,
        zone: request.zone()?,
        weight: request.number("weight")?,
    })
}
