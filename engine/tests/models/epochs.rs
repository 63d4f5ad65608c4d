//! The log of epochs: each document decided by Paxos among the members of the one before.
//!
//! ```text
//! document   of an epoch: its members, an open change or none, and how often each member has lost its disk
//! ballot     Prepare(e, b) and Accept(e, b, document) are voted on by whoever has adopted document e - 1, and no later
//!            one; a majority of the members of document e - 1 decides, for a rejoin ALL of them but the node itself
//! proposer   proposes what document e - 1 asks for: begin, or commit or cancel of what is open; whoever finds another
//!            document accepted proposes that one
//! blank      has lost its disk and its votes: it does not vote before it has adopted a document with a rejoin of its
//!            own, which names the life that asked for it: an earlier life may have voted since
//! ```
//!
//! That all gaining nodes have moved before a commit is `moving.rs`'s to show; here it may be proposed at any time.

use super::ballot::Ballot;

use document::{Change, Document, has};

mod document;
mod explore;

pub const NODES: usize = 3;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bug {
    /// A proposer sends its own document though it has found another accepted.
    FoundIgnored,
    /// A node that has lost its disk votes at once.
    BlankVotes,
}

/// The bounds of one exploration.
#[derive(Clone)]
pub struct Epochs {
    pub bug: Option<Bug>,
    /// Epochs decided beyond the first.
    pub epochs: u8,
    /// Ballots of each node for each epoch, in each of its lives.
    pub rounds: u8,
    /// How often the third node loses its disk.
    pub wipes: u8,
}

/// The node that loses its disk. It asks to rejoin, the others to leave or to let leave.
const WIPED: usize = 2;

#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Debug)]
pub struct Vote {
    promised: Ballot,
    accepted: Option<(Ballot, Document)>,
}

#[derive(Clone, Default, PartialEq, Eq, Hash, Debug)]
pub struct Node {
    life: u8,
    blank: bool,
    /// Documents adopted.
    log: Vec<Document>,
    /// Its vote on the next.
    vote: Vote,
    round: u8,
    /// What it proposes for the next.
    step: Step,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Debug)]
pub enum Step {
    #[default]
    Idle,
    Preparing {
        ballot: Ballot,
        change: Change,
    },
    Accepting {
        ballot: Ballot,
        document: Document,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Message {
    Prepare {
        epoch: u8,
        ballot: Ballot,
    },
    Promised {
        epoch: u8,
        to: Ballot,
        by: u8,
        accepted: Option<(Ballot, Document)>,
    },
    Accept {
        epoch: u8,
        ballot: Ballot,
        document: Document,
    },
    Accepted {
        epoch: u8,
        to: Ballot,
        by: u8,
    },
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct State {
    nodes: [Node; NODES],
    messages: Vec<Message>,
    /// What was decided, by epoch, as its proposer saw it.
    decided: Vec<Document>,
    disagree: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    Propose {
        node: usize,
        change: Change,
    },
    Deliver {
        node: usize,
        message: Message,
    },
    /// Enough have promised; the votes of `from` are counted.
    Promised {
        node: usize,
        from: u8,
    },
    Decided {
        node: usize,
    },
    /// Learns the next document.
    Adopt {
        node: usize,
    },
    Wipe,
}

impl State {
    fn send(&mut self, message: Message) {
        if let Err(place) = self.messages.binary_search(&message) {
            self.messages.insert(place, message);
        }
    }
}

impl Node {
    fn enter(&mut self, index: usize, document: Document) {
        self.log.push(document);
        self.vote = Vote::default();
        self.round = 0;
        self.step = Step::Idle;
        if let Change::Rejoin { node: who, life } = document.change {
            self.blank &= (usize::from(who), life) != (index, self.life);
        }
    }
}

impl Epochs {
    fn propose(&self, state: &mut State, index: usize, change: Change) -> Option<()> {
        let node = &mut state.nodes[index];
        let last = *node.log.last()?;
        let epoch = node.log.len() as u8;
        let sensible = match change {
            Change::First => false,
            Change::Begin(leaver) => {
                last.leaving.is_none() && has(last.members, usize::from(leaver)) && !node.blank
            }
            Change::Commit | Change::Cancel => last.leaving.is_some() && !node.blank,
            Change::Rejoin { node: who, life } => {
                (usize::from(who), life, true) == (index, node.life, node.blank)
            }
        };
        if !sensible
            || !has(last.members, index)
            || node.round == self.rounds
            || epoch > self.epochs
        {
            return None;
        }
        node.round += 1;
        let ballot = Ballot {
            round: node.round,
            node: index as u8 + 1,
            life: node.life,
        };
        node.step = Step::Preparing { ballot, change };
        state.send(Message::Prepare { epoch, ballot });
        Some(())
    }

    fn deliver(&self, state: &mut State, index: usize, message: Message) -> Option<()> {
        let node = &mut state.nodes[index];
        let by = index as u8;
        let now = node.log.len() as u8;
        let votes = !node.blank && node.log.last().is_some_and(|last| has(last.members, index));
        let answer = match message {
            Message::Prepare { epoch, ballot }
                if epoch == now && votes && ballot >= node.vote.promised =>
            {
                node.vote.promised = ballot;
                Message::Promised {
                    epoch,
                    to: ballot,
                    by,
                    accepted: node.vote.accepted,
                }
            }
            Message::Accept {
                epoch,
                ballot,
                document,
            } if epoch == now && votes && ballot >= node.vote.promised => {
                node.vote = Vote {
                    promised: ballot,
                    accepted: Some((ballot, document)),
                };
                Message::Accepted {
                    epoch,
                    to: ballot,
                    by,
                }
            }
            _ => return None,
        };
        state.send(answer);
        Some(())
    }

    fn promised(&self, state: &mut State, index: usize, from: u8) -> Option<()> {
        let node = &state.nodes[index];
        let Step::Preparing { ballot, change } = node.step else {
            return None;
        };
        let (epoch, last) = (node.log.len() as u8, *node.log.last()?);
        let mut votes = 0;
        let mut found: Option<(Ballot, Document)> = None;
        for message in &state.messages {
            match *message {
                Message::Promised {
                    epoch: of,
                    to,
                    by,
                    accepted,
                } if (of, to) == (epoch, ballot) && has(from, usize::from(by)) => {
                    votes |= 1 << by;
                    found = found.max(accepted);
                }
                _ => {}
            }
        }
        if votes != from || !last.decides(votes, change) {
            return None;
        }
        let document = match found {
            Some((_, document)) if self.bug != Some(Bug::FoundIgnored) => document,
            _ => last.then(change),
        };
        state.nodes[index].step = Step::Accepting { ballot, document };
        state.send(Message::Accept {
            epoch,
            ballot,
            document,
        });
        Some(())
    }

    fn decided(&self, state: &mut State, index: usize) -> Option<()> {
        let node = &state.nodes[index];
        let Step::Accepting { ballot, document } = node.step else {
            return None;
        };
        let (epoch, last) = (node.log.len(), *node.log.last()?);
        let votes = state
            .messages
            .iter()
            .fold(0, |votes, message| match *message {
                Message::Accepted { epoch: of, to, by }
                    if (usize::from(of), to) == (epoch, ballot) =>
                {
                    votes | 1 << by
                }
                _ => votes,
            });
        // A blank node needs all the others for whatever it proposes: its own vote is lost.
        let rule = if node.blank {
            Change::Rejoin {
                node: index as u8,
                life: 0,
            }
        } else {
            Change::Commit
        };
        if !last.decides(votes, if node.blank { rule } else { document.change }) {
            return None;
        }
        match state.decided.get(epoch) {
            Some(decided) => state.disagree |= *decided != document,
            None => state.decided.push(document),
        }
        state.nodes[index].enter(index, document);
        Some(())
    }

    fn adopt(&self, state: &mut State, index: usize) -> Option<()> {
        let document = *state.decided.get(state.nodes[index].log.len())?;
        state.nodes[index].enter(index, document);
        Some(())
    }

    /// What it knew is lost, all but the first document, by which it finds the others.
    fn wipe(&self, state: &mut State) -> Option<()> {
        let node = &mut state.nodes[WIPED];
        if node.life > self.wipes {
            return None;
        }
        let blank = self.bug != Some(Bug::BlankVotes);
        *node = Node {
            life: node.life + 1,
            blank,
            log: vec![node.log[0]],
            ..Node::default()
        };
        Some(())
    }

    /// Takes out what can have no effect any more.
    fn tidy(&self, state: &mut State) {
        let nodes = &state.nodes;
        let waits = |of: u8, to: Ballot| {
            nodes.iter().any(|node| {
                let ballot = match node.step {
                    Step::Idle => return false,
                    Step::Preparing { ballot, .. } | Step::Accepting { ballot, .. } => ballot,
                };
                usize::from(of) == node.log.len() && to == ballot
            })
        };
        let preparing = |of: u8, to: Ballot| {
            waits(of, to)
                && nodes
                    .iter()
                    .any(|node| matches!(node.step, Step::Preparing { ballot, .. } if ballot == to))
        };
        let wipes = self.wipes > 0;
        state.messages.retain(|message| match *message {
            Message::Prepare { epoch, ballot } => preparing(epoch, ballot),
            Message::Promised { epoch, to, .. } => preparing(epoch, to),
            Message::Accepted { epoch, to, .. } => waits(epoch, to),
            Message::Accept { epoch, .. } => {
                wipes
                    || nodes
                        .iter()
                        .any(|node| node.log.len() <= usize::from(epoch))
            }
        });
    }
}
