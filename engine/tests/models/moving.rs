//! The register while its owners change.
//!
//! ```text
//! documents  Stable(A) -> Moving(A, B) -> Stable(B), or Stable(A) again; Stable(A) -> Stable(A) with a node rejoining.
//!            Decided elsewhere, adopted one by one
//! message    carries its sender's epoch, and is handled in that epoch only
//! proposer   in a newer epoch: Preparing again, at a new ballot; in Moving a quorum is a majority of A and one of B
//! gaining    drops what it holds, takes part, and imports from every node of A, each in this epoch: the higher promise,
//!            and what was accepted at the higher ballot. All gaining nodes have: the commit may be decided
//! losing     erases the register when it adopts Stable(B)
//! blank      has lost its disk: takes no part before it has imported from every other owner, each in the epoch of the
//!            document with which it rejoins
//! ```
//!
//! Proposers have epochs of their own, which matter when they send: they adopt on the way there what they like.

use super::ballot::{Ballot, Log};
use super::history::History;
use super::register::Op;
use state::{Answer, Document, Held, NODES, Node, Nodes, Proposer, Request, State, Step, has};

mod explore;
mod proposer;
pub mod state;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bug {
    /// In Moving a majority of the new owners is enough.
    NewOwnersOnly,
    /// An acceptor handles messages of older epochs.
    OlderEpochTaken,
    /// A gaining node imports nothing.
    NothingImported,
    /// It imports the state without the ballot at which it was accepted.
    AcceptedForgotten,
    /// It imports what was accepted, and no promise beyond that.
    PromiseForgotten,
    /// An old owner answers an import before it is in the epoch.
    ImportedEarly,
    /// A gaining node keeps what it held in an epoch before.
    StaleKept,
    /// A node that has lost its disk takes part at once.
    BlankTakesPart,
    /// A node that rejoins takes part before it has imported.
    RejoinTakesPart,
}

/// The bounds of one exploration.
#[derive(Clone)]
pub struct Moving {
    pub bug: Option<Bug>,
    pub clients: Vec<Vec<Op>>,
    /// Whether a client begins only after those before it are answered.
    pub in_turn: bool,
    /// Rounds that a proposer uses at most.
    pub rounds: u8,
    /// Whether an Accept asks for a promise of the next ballot.
    pub asks_next: bool,
    /// The owners at first, and where each move goes.
    pub owners: Vec<Nodes>,
    /// Moves that are cancelled, at most.
    pub cancels: u8,
    /// Whether the third node loses its disk once, in an epoch without a move.
    pub wipes: u8,
}

/// The node that loses its disk.
const WIPED: usize = 2;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    BeginMove,
    Commit,
    Cancel,
    Wipe,
    Rejoin,
    Adopt {
        node: usize,
    },
    /// What `from` holds, or held when it entered the epoch.
    Import {
        from: usize,
        to: usize,
        late: bool,
    },
    Deliver {
        node: usize,
        request: Request,
    },
    Begin {
        proposer: usize,
        epoch: u8,
    },
    Hear {
        proposer: usize,
        from: Nodes,
    },
    Chosen {
        proposer: usize,
    },
    /// A proposer was refused, waited too long, or adopted a newer epoch.
    Again {
        proposer: usize,
        epoch: u8,
    },
}

impl Moving {
    fn decide(&self, state: &mut State, action: Action) -> Option<()> {
        let epoch = state.newest();
        let last = state.document(epoch);
        let next = match action {
            Action::BeginMove if !last.moving() => {
                let to = *self.owners.get(usize::from(state.moves) + 1)?;
                Document {
                    new: to,
                    ..Document::stable(last.old)
                }
            }
            Action::Commit if last.moving() => {
                let moved = |node: usize| {
                    let gaining = &state.nodes[node];
                    gaining.epoch == epoch && self.imported(gaining, last)
                };
                if !(0..NODES).all(|node| !has(last.importing(), node) || moved(node)) {
                    return None;
                }
                state.moves += 1;
                Document::stable(last.new)
            }
            Action::Cancel if last.moving() && state.cancels < self.cancels => {
                state.cancels += 1;
                Document::stable(last.old)
            }
            Action::Rejoin if !last.moving() && state.nodes[WIPED].blank && last.rejoins == 0 => {
                Document {
                    rejoins: 1 << WIPED,
                    ..last
                }
            }
            _ => return None,
        };
        state.documents.push(next);
        Some(())
    }

    /// Whether the node has imported from all that it must.
    fn imported(&self, node: &Node, document: Document) -> bool {
        match self.bug {
            Some(Bug::NothingImported) => true,
            _ => node.imports == document.imported(),
        }
    }

    fn wipe(&self, state: &mut State) -> Option<()> {
        let stable = !state.document(state.newest()).moving();
        if state.wipes == self.wipes || !stable {
            return None;
        }
        state.wipes += 1;
        state.nodes[WIPED].held = Held::default();
        state.nodes[WIPED].blank = self.bug != Some(Bug::BlankTakesPart);
        Some(())
    }

    fn adopt(&self, state: &mut State, index: usize) -> Option<()> {
        let epoch = state.nodes[index].epoch + 1;
        if epoch > state.newest() {
            return None;
        }
        let document = state.document(epoch);
        let node = &mut state.nodes[index];
        node.epoch = epoch;
        node.imports = 0;
        node.blank &= !has(document.rejoins, index);
        let gains = has(document.new & !document.old, index) && self.bug != Some(Bug::StaleKept);
        let loses = !document.owns(index) && self.bug != Some(Bug::StaleKept);
        if gains || loses {
            node.held = Held::default();
        }
        node.entered = if document.importing() == 0 {
            Held::default()
        } else {
            node.held
        };
        Some(())
    }

    fn import(&self, state: &mut State, from: usize, to: usize, late: bool) -> Option<()> {
        let epoch = state.nodes[to].epoch;
        let document = state.document(epoch);
        let old = &state.nodes[from];
        let early = self.bug == Some(Bug::ImportedEarly) && old.epoch < epoch;
        if !has(document.imported(), from)
            || !has(document.importing(), to)
            || old.epoch != epoch && !early
        {
            return None;
        }
        let found = if late { old.entered } else { old.held };
        let gaining = &mut state.nodes[to];
        if has(gaining.imports, from) || self.imported(gaining, document) {
            return None;
        }
        gaining.imports |= 1 << from;
        let held = &mut gaining.held;
        let forgets = self.bug == Some(Bug::PromiseForgotten);
        held.promised = held.promised.max(if forgets {
            found.accepted
        } else {
            found.promised
        });
        if self.bug == Some(Bug::AcceptedForgotten) {
            if found.log.version() > held.log.version() {
                held.log = found.log;
            }
        } else if found.accepted > held.accepted {
            held.accepted = found.accepted;
            held.log = found.log;
        }
        Some(())
    }

    /// Whether the node takes part as an acceptor.
    fn takes_part(&self, node: &Node, index: usize, document: Document) -> bool {
        let rejoining = has(document.rejoins, index) && !self.imported(node, document);
        document.owns(index)
            && !node.blank
            && (!rejoining || self.bug == Some(Bug::RejoinTakesPart))
    }

    fn deliver(&self, state: &mut State, index: usize, request: Request) -> Option<()> {
        let document = state.document(state.nodes[index].epoch);
        let node = &mut state.nodes[index];
        let older = request.epoch() < node.epoch && self.bug == Some(Bug::OlderEpochTaken);
        if request.epoch() != node.epoch && !older || !self.takes_part(node, index, document) {
            return None;
        }
        let held = node.held;
        let answer = match request {
            Request::Prepare { ballot, .. } if ballot >= held.promised => {
                node.held.promised = ballot;
                Answer::Promised {
                    to: ballot,
                    accepted: held.accepted,
                    log: held.log,
                }
            }
            Request::Accept {
                ballot, log, next, ..
            } if ballot >= held.promised => {
                node.held = Held {
                    promised: next.max(ballot),
                    accepted: ballot,
                    log,
                };
                Answer::Accepted { to: ballot }
            }
            Request::Query {
                epoch,
                node,
                operation,
            } => Answer::Queried {
                epoch,
                node,
                operation,
                accepted: held.accepted,
                log: held.log,
            },
            _ => return None,
        };
        if state.waits_for(&answer) {
            let sent = &mut state.nodes[index].sent;
            if let Err(place) = sent.binary_search(&answer) {
                sent.insert(place, answer);
            }
        }
        Some(())
    }

    fn step(&self, state: &mut State, action: Action) -> Option<()> {
        match action {
            Action::BeginMove | Action::Commit | Action::Cancel | Action::Rejoin => {
                self.decide(state, action)
            }
            Action::Wipe => self.wipe(state),
            Action::Adopt { node } => self.adopt(state, node),
            Action::Import { from, to, late } => self.import(state, from, to, late),
            Action::Deliver { node, request } => self.deliver(state, node, request),
            Action::Begin { proposer, epoch } => self.begin(state, proposer, epoch),
            Action::Hear { proposer, from } => self.hear(state, proposer, from),
            Action::Chosen { proposer } => self.chosen(state, proposer),
            Action::Again { proposer, epoch } => self.again(state, proposer, epoch),
        }
    }

    /// Two nodes that own the register in the same epochs differ in their names alone.
    fn order_twins(&self, state: &mut State) {
        let twins = |node: usize| {
            let alike = |owners: &Nodes| has(*owners, node) == has(*owners, node + 1);
            self.owners.iter().all(alike) && (self.wipes == 0 || node != WIPED && node + 1 != WIPED)
        };
        for node in (0..NODES - 1).filter(|node| twins(*node)) {
            if state.nodes[node] > state.nodes[node + 1] {
                state.nodes.swap(node, node + 1);
                for other in &mut state.nodes {
                    let (one, two) = (other.imports >> node & 1, other.imports >> (node + 1) & 1);
                    other.imports = other.imports & !(3 << node) | two << node | one << (node + 1);
                }
            }
        }
    }

    /// Whether the planted bug is one that shows.
    const fn is_hunted(&self) -> bool {
        !matches!(
            self.bug,
            None | Some(Bug::PromiseForgotten | Bug::StaleKept)
        )
    }

    fn answered(&self, state: &State) -> bool {
        let all = |(ops, proposer): (&Vec<Op>, &Proposer)| ops.len() == usize::from(proposer.done);
        self.clients.iter().zip(&state.proposers).all(all)
    }
}
