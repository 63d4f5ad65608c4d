//! The member list, and each member's place in it. State is kept in vectors by place.

use crate::NodeId;
use crate::base::limits::NODES_MAX;
use crate::base::rng::Rng;

#[derive(Clone, Debug)]
pub(super) struct Roster {
    ids: Vec<NodeId>,
    me: usize,
    /// The places of the others, in an order that is stirred by every draw.
    others: Vec<usize>,
}

impl Roster {
    /// `members`, with `me` whether it is among them or not.
    pub(super) fn new(me: NodeId, members: &[NodeId]) -> Self {
        let mut ids = members.to_vec();
        ids.push(me);
        ids.sort_unstable();
        ids.dedup();
        assert!(
            ids.len() <= NODES_MAX as usize,
            "a cluster has at most {NODES_MAX} nodes"
        );
        let me = ids.binary_search(&me).expect("it was just put in");
        let others = (0..ids.len()).filter(|place| *place != me).collect();
        Self { ids, me, others }
    }

    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// This node's own place.
    pub(super) fn me(&self) -> usize {
        self.me
    }

    pub(super) fn id(&self, place: usize) -> NodeId {
        self.ids[place]
    }

    pub(super) fn ids(&self) -> &[NodeId] {
        &self.ids
    }

    pub(super) fn place(&self, node: NodeId) -> Option<usize> {
        self.ids.binary_search(&node).ok()
    }

    /// The places of all but this node.
    pub(super) fn others(&self) -> &[usize] {
        &self.others
    }

    /// Puts up to `count` different others that `fit` into `drawn`, each set of them equally likely. It walks no
    /// further than it needs.
    pub(super) fn draw(
        &mut self,
        rng: &mut Rng,
        count: usize,
        fit: impl Fn(usize) -> bool,
        drawn: &mut Vec<usize>,
    ) {
        drawn.clear();
        for at in 0..self.others.len() {
            if drawn.len() >= count {
                return;
            }
            let with = at + rng.index(self.others.len() - at);
            self.others.swap(at, with);
            if fit(self.others[at]) {
                drawn.push(self.others[at]);
            }
        }
    }

    /// One other that `fits`, at random.
    pub(super) fn draw_one(
        &mut self,
        rng: &mut Rng,
        fits: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        for at in 0..self.others.len() {
            let with = at + rng.index(self.others.len() - at);
            self.others.swap(at, with);
            if fits(self.others[at]) {
                return Some(self.others[at]);
            }
        }
        None
    }
}
