//! The machines of a world.

use super::host::Host;
use crate::NodeId;

/// In the order of their nodes. Nodes are mostly numbered from 1 on, so each is looked for at its own place
/// first.
#[derive(Debug)]
pub(super) struct Hosts(Vec<Host>);

impl Hosts {
    pub(super) fn new(mut hosts: Vec<Host>) -> Self {
        hosts.sort_by_key(|host| host.id);
        Self(hosts)
    }

    pub(super) fn add(&mut self, host: Host) {
        self.0.push(host);
        self.0.sort_by_key(|host| host.id);
    }

    pub(super) fn get(&self, node: NodeId) -> Option<&Host> {
        self.0.get(self.place(node)?)
    }

    pub(super) fn get_mut(&mut self, node: NodeId) -> Option<&mut Host> {
        let place = self.place(node)?;
        self.0.get_mut(place)
    }

    fn place(&self, node: NodeId) -> Option<usize> {
        let guess = (node.0 as usize).wrapping_sub(1);
        if self.0.get(guess).is_some_and(|host| host.id == node) {
            return Some(guess);
        }
        self.0.binary_search_by_key(&node, |host| host.id).ok()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Host> {
        self.0.iter()
    }

    pub(super) fn nodes(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.0.iter().map(|host| host.id)
    }
}
