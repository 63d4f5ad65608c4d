//! What the checker explores.

use stateright::{Model, Property};

use super::*;

impl Model for Epochs {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let first = Document {
            members: (1 << NODES) - 1,
            ..Document::default()
        };
        let node = Node {
            life: 1,
            log: vec![first],
            ..Node::default()
        };
        vec![State {
            nodes: core::array::from_fn(|_| node.clone()),
            messages: Vec::new(),
            decided: vec![first],
            disagree: false,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for (node, at) in state.nodes.iter().enumerate() {
            // Two changes at once: the first node and the second each let the third leave, or the second leaves.
            let begin = Change::Begin(if node == 0 { 2 } else { 1 });
            let rejoin = Change::Rejoin {
                node: node as u8,
                life: at.life,
            };
            let changes = [begin, Change::Commit, Change::Cancel, rejoin];
            actions.extend(changes.map(|change| Action::Propose { node, change }));
            actions.extend(state.messages.iter().map(|message| Action::Deliver {
                node,
                message: *message,
            }));
            if matches!(at.step, Step::Preparing { .. }) {
                actions.extend((1..1 << NODES).map(|from| Action::Promised { node, from }));
            }
            actions.push(Action::Decided { node });
            actions.push(Action::Adopt { node });
        }
        actions.push(Action::Wipe);
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Propose { node, change } => self.propose(&mut state, node, change)?,
            Action::Deliver { node, message } => self.deliver(&mut state, node, message)?,
            Action::Promised { node, from } => self.promised(&mut state, node, from)?,
            Action::Decided { node } => self.decided(&mut state, node)?,
            Action::Adopt { node } => self.adopt(&mut state, node)?,
            Action::Wipe => self.wipe(&mut state)?,
        }
        self.tidy(&mut state);
        (state != *last).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut properties = vec![Property::<Self>::always(
            "one document for an epoch",
            |_, state| !state.disagree,
        )];
        if self.bug.is_none() {
            properties.push(Property::<Self>::sometimes(
                "every epoch is decided",
                |model, state| state.decided.len() == usize::from(model.epochs) + 1,
            ));
        }
        properties
    }
}
