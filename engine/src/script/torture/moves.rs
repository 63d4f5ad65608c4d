//! Members that come and go in a scenario.

use super::registers::REGISTERS;
use super::settings::Mix;
use crate::base::mutant::Mutant;
use crate::base::rng::Rng;

/// Machines that may join, beyond those that a cluster is founded with.
const NEWCOMERS: usize = 3;
/// Members below which none leaves: N, and one that may be down.
const MEMBERS_MIN: usize = 4;

/// What a scenario knows of its members: what it has asked for, not what was agreed on.
pub(super) struct Moves {
    founded: usize,
    /// By number from 0: whether it was asked to be a member.
    members: Vec<bool>,
    /// Machines that there are, founded or added.
    machines: usize,
    number: u64,
}

impl Moves {
    pub(super) fn new(nodes: usize) -> Self {
        Self {
            founded: nodes,
            members: vec![true; nodes],
            machines: nodes,
            number: 0,
        }
    }

    /// A line that asks for a change. Machines that are added are up from then on.
    pub(super) fn draw(
        &mut self,
        rng: &mut Rng,
        mix: &Mix,
        down: &mut Vec<bool>,
    ) -> Option<String> {
        let gives_up = mix.gives_up_members();
        self.number += 1;
        let up: Vec<usize> = (0..down.len())
            .filter(|node| !down[*node] && self.members[*node])
            .collect();
        if up.is_empty() {
            return None;
        }
        let via = up[rng.index(up.len())] + 1;
        let members = self.members.iter().filter(|member| **member).count();
        let some = rng.index(self.members.len());
        let wish = match rng.below(9) {
            0..=2 => self.join(rng, down)?,
            3..=4 if members > MEMBERS_MIN && self.members[some] => {
                self.members[some] = false;
                let dead = if down[some] && gives_up {
                    " dead=yes"
                } else {
                    ""
                };
                format!("leave n{}{dead}", some + 1)
            }
            5 if down[some] && self.members[some] && gives_up => {
                let new = self.newcomer(down)?;
                self.members[some] = false;
                format!("replace n{} n{}", some + 1, new + 1)
            }
            6 => format!(
                "change n{} weight={} zone=z{}",
                some + 1,
                1 + rng.below(3),
                1 + rng.below(2)
            ),
            7 => "cancel".to_owned(),
            // What is checked of other tables knows of one N.
            8 if mix.registers => {
                format!("copies {} table={REGISTERS}", 3 + rng.below(3))
            }
            _ => return None,
        };
        let start = match rng.chance(0.6) {
            true => format!("start m{}: ", self.number),
            false => String::new(),
        };
        Some(format!(
            "{start}{wish} timeout={}ms via n{via}",
            rng.between(500, 3_000)
        ))
    }

    /// One of those that left comes back, or a new one comes.
    fn join(&mut self, rng: &mut Rng, down: &mut Vec<bool>) -> Option<String> {
        let away = self.members.iter().position(|member| !member);
        let node = match away {
            Some(node) if rng.chance(0.5) => {
                self.members[node] = true;
                node
            }
            _ => self.newcomer(down)?,
        };
        Some(format!("join n{} weight={}", node + 1, 1 + rng.below(2)))
    }

    fn newcomer(&mut self, down: &mut Vec<bool>) -> Option<usize> {
        if self.machines >= self.founded + NEWCOMERS {
            return None;
        }
        self.machines += 1;
        self.members.push(true);
        down.push(false);
        Some(self.machines - 1)
    }
}

/// Lines in which a planted bug of moves is likely to show, with four nodes and three copies: whoever leaves gives what
/// it owns to the one that did not own it.
pub(super) fn ambush(
    mutant: Mutant,
    (victim, other, third): (usize, usize, usize),
    turn: usize,
) -> Option<Vec<String>> {
    let mut lines = Vec::new();
    match mutant {
        // What only the victim and one more hold is to be found while it leaves, and after.
        Mutant::NewQuorumOnly | Mutant::StreamWithoutTail => {
            let key = turn % 5;
            lines.extend([
                "heal".to_owned(),
                format!("hold n{victim} n{third}"),
                format!("put k{key} a{turn} via n{victim}"),
                format!("start m{turn}: leave n{victim} timeout=2s via n{other}"),
                "run 40ms".to_owned(),
                format!("get k{key} via n{third}"),
                format!("get k{key} via n{other}"),
                format!("release n{victim} n{third}"),
                "run 2s".to_owned(),
            ]);
            lines.extend(
                (1..=4)
                    .filter(|node| *node != victim && *node != third)
                    .map(|node| format!("get k{key} via n{third} to=n{third},n{node}")),
            );
        }
        // It does not know that it was given up, and goes on as if it were an owner.
        Mutant::SkipEpoch => {
            lines.extend([
                "heal".to_owned(),
                format!("isolate n{victim}"),
                format!("leave n{victim} dead=yes timeout=2s via n{other}"),
                "run 2s".to_owned(),
                "heal".to_owned(),
                format!("oneway n{victim} n{third}"),
            ]);
            lines.extend(
                (0..5).map(|key| format!("start w{turn}k{key}: put k{key} a{turn} via n{victim}")),
            );
            lines.push("run 40ms".to_owned());
            lines.extend((0..5).map(|key| format!("get k{key} via n{third}")));
            lines.push("heal".to_owned());
        }
        _ => return None,
    }
    lines.extend([
        "run 1s".to_owned(),
        format!("join n{victim} timeout=2s via n{other}"),
        "run 2s".to_owned(),
    ]);
    Some(lines)
}
