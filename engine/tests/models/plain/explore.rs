//! What the checker explores.

use stateright::{Model, Property};

use super::*;

impl Model for Plain {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let reader = Reader {
            epoch: 1,
            get: Get::Idle,
            floor: 0,
        };
        vec![State {
            documents: vec![Document {
                old: self.owners[0],
                new: self.owners[0],
            }],
            moves: 0,
            cancels: 0,
            nodes: [Node {
                epoch: 1,
                ..Node::default()
            }; NODES],
            writer: Writer {
                epoch: 1,
                ..Writer::default()
            },
            readers: vec![reader; self.readers],
            answered: 0,
            wrong: false,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        actions.extend([Action::BeginMove, Action::Commit, Action::Cancel]);
        actions.push(Action::Write);
        let epochs = || 1..=state.newest();
        actions.extend(epochs().map(|epoch| Action::Acknowledge { epoch }));
        let ever = self.owners.iter().fold(0, |all, owners| all | owners);
        let nodes = || (0..NODES).filter(move |node| has(ever, *node));
        for node in nodes() {
            actions.push(Action::Adopt { node });
            actions.extend((1..=self.writes).map(|version| Action::Put { node, version }));
            for from in nodes() {
                actions.extend((0..=self.writes).map(|version| Action::Merge {
                    from,
                    to: node,
                    version,
                }));
            }
        }
        for reader in 0..state.readers.len() {
            actions.extend(epochs().map(|epoch| Action::BeginRead { reader, epoch }));
            actions.push(Action::Answer { reader });
            for node in nodes() {
                actions.extend([
                    Action::Read { reader, node },
                    Action::Repair { reader, node },
                ]);
            }
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        self.step(&mut state, action)?;
        (state != *last).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut properties = vec![Property::<Self>::always(
            "no read misses what was answered",
            |_, state| !state.wrong,
        )];
        if self.bug.is_none() {
            properties.push(Property::<Self>::sometimes(
                "all is answered across all moves",
                |model, state| {
                    usize::from(state.moves) + 1 == model.owners.len()
                        && state.answered == model.writes
                        && state.writer.under_way != (model.reads == Reads::Regular)
                        && state.readers.iter().all(|reader| reader.get == Get::Done)
                },
            ));
        }
        properties
    }
}
