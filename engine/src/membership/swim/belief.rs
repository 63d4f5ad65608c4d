//! What is believed of the members, and what news of them does to it.

use super::Swim;
use super::suspicion::Suspicion;
use crate::NodeId;
use crate::base::time::Mono;
use crate::membership::gossip::Update;
use crate::membership::incarnation::{Incarnation, Liveness, MemberState, merge_member};

/// A member as this node sees it.
#[derive(Clone, Debug, Default)]
pub(super) struct Peer {
    pub(super) state: MemberState,
    /// There while it is suspect.
    pub(super) suspicion: Option<Suspicion>,
    /// Who found out what `state` says.
    accuser: Option<NodeId>,
}

impl Peer {
    /// Its accuser has left: `me` accuses it then, whom all know.
    pub(super) fn accused_by_member(&mut self, me: NodeId, is_member: impl Fn(NodeId) -> bool) {
        self.accuser = self
            .accuser
            .map(|accuser| if is_member(accuser) { accuser } else { me });
    }
}

impl Swim {
    /// Takes in one rumour, from whom and how late ever it comes.
    pub(super) fn learn(&mut self, now: Mono, update: Update) {
        let known = self.roster.place(update.node);
        let (Some(place), Some(_)) = (known, self.roster.place(update.accuser)) else {
            return;
        };
        if update.state.incarnation == Incarnation::LAST {
            return;
        }
        if place == self.roster.me() {
            self.hear_of_myself(update.state);
            return;
        }
        let before = self.peers[place].state;
        let after = merge_member(before, update.state);
        if after != before {
            self.believe(now, place, update);
        } else if update.state == before {
            self.confirm(now, place, update);
        }
    }

    /// The sender of a message lives at the incarnation that it states.
    pub(super) fn hear_from(&mut self, now: Mono, from: NodeId, incarnation: Incarnation) {
        let alive = Update {
            node: from,
            state: MemberState::alive(incarnation),
            accuser: from,
        };
        self.learn(now, alive);
    }

    fn believe(&mut self, now: Mono, place: usize, update: Update) {
        let peer = &mut self.peers[place];
        let before = core::mem::replace(&mut peer.state, update.state);
        let after = update.state;
        peer.accuser = Some(update.accuser);
        peer.suspicion = (after.liveness == Liveness::Suspect)
            .then(|| Suspicion::new(now, update.accuser, &self.patience));
        self.suspects.retain(|suspect| *suspect != place);
        if after.liveness == Liveness::Suspect {
            self.suspects.push(place);
        }
        self.dead -= usize::from(before.liveness == Liveness::Dead);
        self.dead += usize::from(after.liveness == Liveness::Dead);
        if before.liveness != after.liveness {
            self.changes.push(update.node, after.liveness, now);
        }
        if before == MemberState::default() && after.liveness == Liveness::Alive {
            // A start is a storm of these, and nobody waits for them: all were taken for alive. But accusers confirm
            // each other only at the same incarnation.
            self.updates.push_late(place, update);
        } else {
            self.updates.push(place, update);
        }
        if after.incarnation.life > before.incarnation.life {
            self.tell_of_the_absent();
        }
    }

    /// A node that has just started takes everybody for alive: what is held against others goes round again.
    fn tell_of_the_absent(&mut self) {
        if self.dead + self.suspects.len() == 0 {
            return;
        }
        for place in 0..self.roster.len() {
            if self.peers[place].state.liveness != Liveness::Alive && !self.updates.has(place) {
                self.updates.push(place, self.record(place));
            }
        }
    }

    /// A suspicion that is known, perhaps from another accuser.
    fn confirm(&mut self, now: Mono, place: usize, update: Update) {
        if let Some(suspicion) = &mut self.peers[place].suspicion
            && update.accuser != update.node
            && suspicion.confirm(now, update.accuser, &self.patience)
        {
            self.updates.push(place, update);
        }
    }

    /// Nobody knows better than this node that it lives: it takes an incarnation above that of the rumour.
    fn hear_of_myself(&mut self, state: MemberState) {
        if state <= MemberState::alive(self.incarnation) {
            // Refuted already, but somebody does not know it.
            if state.liveness != Liveness::Alive && !self.updates.has(self.roster.me()) {
                self.announce_myself();
            }
            return;
        }
        if state.liveness == Liveness::Alive {
            self.incarnation = state.incarnation;
        } else {
            self.incarnation = state.incarnation.above();
            self.local_health.worsen();
        }
        self.announce_myself();
    }

    pub(super) fn announce_myself(&mut self) {
        let me = self.roster.me();
        self.peers[me].state = MemberState::alive(self.incarnation);
        self.updates.push(me, self.record(me));
    }

    /// What is believed of the member at `place`, to be passed on.
    pub(super) fn record(&self, place: usize) -> Update {
        let peer = &self.peers[place];
        let node = self.roster.id(place);
        Update {
            node,
            state: peer.state,
            accuser: peer.accuser.unwrap_or(node),
        }
    }

    /// The next suspicion to become a death.
    pub(in crate::membership) fn suspicion_due(&self) -> Option<Mono> {
        let due = |place: &usize| self.peers[*place].suspicion.as_ref().map(Suspicion::due);
        self.suspects.iter().filter_map(due).min()
    }

    /// Declares the suspects dead whose time to refute has passed.
    pub(in crate::membership) fn bury(&mut self, now: Mono) {
        while let Some(at) = self.suspects.iter().position(|place| {
            let suspicion = &self.peers[*place].suspicion;
            suspicion.as_ref().is_some_and(|it| it.due() <= now)
        }) {
            let place = self.suspects[at];
            let dead = Update {
                node: self.roster.id(place),
                state: MemberState {
                    liveness: Liveness::Dead,
                    ..self.peers[place].state
                },
                accuser: self.me,
            };
            self.believe(now, place, dead);
        }
    }
}
