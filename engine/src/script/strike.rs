//! Faults, carried out.

use super::command::Fault;
use crate::Result;
use crate::blocking::Cluster;

/// Lets a fault strike, or end.
///
/// # Errors
/// What the cluster says of it; of several nodes, those before the one it refuses have been struck.
pub(super) fn strike(cluster: &mut Cluster, fault: Fault) -> Result<()> {
    match fault {
        Fault::Kill(nodes) => nodes.into_iter().try_for_each(|node| cluster.kill(node)),
        Fault::Restart(nodes) => nodes.into_iter().try_for_each(|node| cluster.restart(node)),
        Fault::Wipe(nodes) => nodes.into_iter().try_for_each(|node| cluster.wipe(node)),
        Fault::Pause(node, span) => cluster.pause(node, span),
        Fault::Partition(groups) => cluster.partition(&groups),
        Fault::Oneway(from, to) => cluster.oneway(from, to),
        Fault::Isolate(node) => cluster.isolate(node),
        Fault::Bridge(node, left, right) => cluster.bridge(node, &left, &right),
        Fault::Heal => cluster.heal(),
        Fault::Hold(from, to) => cluster.hold(from, to),
        Fault::Release(from, to) => cluster.release(from, to),
        Fault::Link(from, to, config) => {
            cluster.link(from, to, config)?;
            cluster.link(to, from, config)
        }
        Fault::Network(config) => {
            let network = cluster.world().network_config().with(&config);
            cluster.network(network)
        }
        Fault::Clock(node, fault) => cluster.clock(node, fault),
        Fault::Disk(node, fault) => cluster.disk(node, fault),
    }
}
