//! What the checker explores.

use stateright::{Model, Property};

use super::*;

impl Model for Moving {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let proposer = Proposer {
            epoch: 1,
            round: 0,
            step: Step::Idle,
            done: 0,
            cached: None,
        };
        let node = Node {
            epoch: 1,
            ..Node::default()
        };
        vec![State {
            documents: vec![Document::stable(self.owners[0])],
            moves: 0,
            cancels: 0,
            wipes: 0,
            nodes: core::array::from_fn(|_| node.clone()),
            proposers: vec![proposer; self.clients.len()],
            requests: Vec::new(),
            history: History::default(),
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if self.answered(state) {
            return;
        }
        actions.extend([
            Action::BeginMove,
            Action::Commit,
            Action::Cancel,
            Action::Wipe,
            Action::Rejoin,
        ]);
        let ever = self.owners.iter().fold(0, |all, owners| all | owners);
        let nodes = || (0..NODES).filter(move |node| has(ever, *node));
        for node in nodes() {
            let epoch = state.nodes[node].epoch;
            if epoch < state.newest() {
                actions.push(Action::Adopt { node });
            }
            if has(state.document(epoch).importing(), node) {
                let both = |from| {
                    [false, true].map(|late| Action::Import {
                        from,
                        to: node,
                        late,
                    })
                };
                actions.extend(nodes().flat_map(both));
            }
            let handled = |request: &&Request| request.epoch() <= epoch;
            let requests = state.requests.iter().filter(handled);
            actions.extend(requests.map(|request| Action::Deliver {
                node,
                request: *request,
            }));
        }
        for (proposer, last) in state.proposers.iter().enumerate() {
            for epoch in last.epoch..=state.newest() {
                actions.push(match last.step {
                    Step::Idle => Action::Begin { proposer, epoch },
                    _ => Action::Again { proposer, epoch },
                });
            }
            match last.step {
                Step::Idle => {}
                Step::Accepting { .. } => actions.push(Action::Chosen { proposer }),
                Step::Preparing(_) | Step::Querying => {
                    let enough =
                        (1..1 << NODES).filter(|from| self.just_enough(state, proposer, *from));
                    actions.extend(enough.map(|from| Action::Hear { proposer, from }));
                }
            }
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        self.step(&mut state, action)?;
        state.tidy(self.bug);
        if !self.is_hunted() {
            self.order_twins(&mut state);
        }
        (state != *last).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut properties = vec![Property::<Self>::always("linearizable", |_, state| {
            state.history.wrong.is_none()
        })];
        if !self.is_hunted() {
            properties.push(Property::<Self>::sometimes(
                "all is answered, the last in the last epoch",
                |model, state| {
                    let last = model.owners.len() * 2 - 1;
                    let last = last + usize::from(model.cancels) * 2 + usize::from(model.wipes);
                    model.answered(state)
                        && state
                            .proposers
                            .iter()
                            .any(|proposer| usize::from(proposer.epoch) == last)
                },
            ));
        }
        properties
    }
}
