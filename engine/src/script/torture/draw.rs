//! Draws a scenario: requests that overlap, through any node that is up, among faults.

use core::fmt::Write as _;

use super::Plan;
use super::moves::{Moves, ambush as move_ambush};
use super::registers::{BURSTS, REGISTERS, Registers, ambush as register_ambush};
use super::requests::Requests;
use super::settings::{Kind, Mix, is_of_moves, is_of_registers, settings};
use crate::base::mutant::Mutant;
use crate::base::rng::Rng;

/// Turns between two copies of a disk that may be put back.
const COPIED_EVERY: usize = 15;

/// The script's lines, without those that follow every scenario.
pub(super) fn scenario(seed: u64, plan: &Plan) -> Vec<String> {
    let plan = &match plan.mutant {
        // Where every node owns every key, an ambush knows whom to ask.
        Some(Mutant::EagerRebuild) => Plan { nodes: 3, ..*plan },
        // And where one leaves, it is known who gains.
        Some(Mutant::SkipEpoch | Mutant::NewQuorumOnly | Mutant::StreamWithoutTail) => {
            Plan { nodes: 4, ..*plan }
        }
        Some(mutant) if is_of_registers(mutant) => Plan { nodes: 3, ..*plan },
        _ => *plan,
    };
    let mut rng = Rng::from_seed(seed);
    let (cluster, mix) = settings(&mut rng, seed, plan);
    let mut lines = vec![cluster];
    if mix.counters {
        lines.push("table count conflict=counter".to_owned());
        lines.push("table tags conflict=orset".to_owned());
    }
    if mix.registers {
        lines.push(format!("table {REGISTERS} conflict=cas"));
    }
    let mut down = vec![false; plan.nodes as usize];
    let mut requests = Requests::new(&mix);
    let mut moves = Moves::new(plan.nodes as usize);
    let mut registers = Registers::default();
    let mut kept = 0;
    while kept < plan.steps {
        if let Some(ambush) = ambush(&mut rng, plan, &down, kept) {
            lines.extend(ambush);
            kept += 1;
            continue;
        }
        kept += 1;
        if mix.wipe && kept.is_multiple_of(COPIED_EVERY) {
            let node = mix.wiped_only.unwrap_or_else(|| rng.index(down.len()));
            lines.push(format!("disk n{} backup", node + 1));
        }
        if mix.registers && rng.chance(BURSTS) {
            lines.extend(registers.burst(&mut rng, &mix, &down));
            continue;
        }
        // A mix may have no fault to draw.
        let line = match rng.below(20) {
            0 if mix.moves => moves.draw(&mut rng, &mix, &mut down),
            0..=4 => fault(&mut rng, &mix, &mut down),
            5..=6 => Some(format!("run {}ms", rng.between(1, 400))),
            7 if mix.kind == Kind::Any => Some("run 3s".to_owned()),
            _ => requests.draw(&mut rng, &mix, &down),
        };
        lines.extend(line);
    }
    lines
}

/// Lines in which a planted bug is likely to show, now and then: a crash at the wrong moment, and a read that
/// would notice.
fn ambush(rng: &mut Rng, plan: &Plan, down: &[bool], turn: usize) -> Option<Vec<String>> {
    let mutant = plan.mutant.filter(|_| rng.chance(0.15))?;
    let victim = rng.index(down.len());
    if down.iter().any(|down| *down) {
        return None;
    }
    let (victim, key) = (victim + 1, rng.below(5));
    let other = victim % down.len() + 1;
    if is_of_registers(mutant) {
        return register_ambush(mutant, (victim, other, other % down.len() + 1), turn);
    }
    if is_of_moves(mutant) {
        return move_ambush(mutant, (victim, other, other % down.len() + 1), turn);
    }
    let value = format!("a{turn}");
    let lines: &[String] = match mutant {
        Mutant::EarlyAck => &[
            format!("disk n{victim} slow=40ms"),
            format!("put k{key} {value} via n{other}"),
            format!("kill n{victim}"),
            format!("disk n{victim} fine"),
            format!("restart n{victim}"),
            format!("get k{key} via n{victim}"),
        ],
        Mutant::EagerRebuild => {
            let third = other % down.len() + 1;
            &[
                format!("hold n{other} n{third}"),
                format!("put k{key} {value} via n{other}"),
                format!("wipe n{victim}"),
                format!("restart n{victim}"),
                format!("get k{key} via n{third} to=n{victim},n{third}"),
                format!("release n{other} n{third}"),
            ]
        }
        Mutant::ReuseDot => &[
            format!("isolate n{victim}"),
            format!("put k{key} {value} via n{victim} write=1"),
            "heal".to_owned(),
            format!("wipe n{victim}"),
            format!("restart n{victim}"),
            "run 1s".to_owned(),
            format!("put k{key} {value}b via n{victim}"),
        ],
        _ => return None,
    };
    Some(lines.to_vec())
}

/// One of the faults that the mix allows.
fn fault(rng: &mut Rng, mix: &Mix, down: &mut [bool]) -> Option<String> {
    let node = match mix.wiped_only {
        // What befalls its disk takes several steps.
        Some(only) if rng.chance(0.3) => only,
        _ => rng.index(down.len()),
    };
    let name = node + 1;
    let other = (node + 1 + rng.index(down.len() - 1)) % down.len() + 1;
    let loses_disk = mix.wipe && mix.wiped_only.is_none_or(|only| only == node);
    match rng.below(9) {
        0 | 1 if mix.kill && !down[node] => {
            down[node] = true;
            Some(format!("kill n{name}"))
        }
        // Without a copy there is nothing to put back, and the line is passed over.
        0 if down[node] && loses_disk => Some(format!("disk n{name} restore")),
        0..=2 if down[node] => {
            down[node] = false;
            Some(format!("restart n{name}"))
        }
        2 if loses_disk => {
            down[node] = true;
            Some(format!("wipe n{name}"))
        }
        3 if mix.pause => Some(format!("pause n{name} {}ms", rng.between(1, 2_000))),
        4 if mix.cut => Some(cut(rng, down.len() as u32, name, other)),
        5 if mix.cut => Some("heal".to_owned()),
        6 if mix.hold => Some(match rng.chance(0.5) {
            true => format!("hold n{name} n{other}"),
            false => format!("release n{name} n{other}"),
        }),
        7 if mix.clock => Some(clock(rng, name)),
        8 if mix.disk => Some(disk(rng, name)).filter(|line| {
            mix.spoils_disks() || !(line.ends_with(" lie") || line.ends_with(" flip"))
        }),
        7 | 8 if mix.network => Some(link(rng, mix, name, other)),
        _ => None,
    }
}

fn cut(rng: &mut Rng, nodes: u32, name: usize, other: usize) -> String {
    match rng.below(5) {
        0 => format!("oneway n{name} n{other}"),
        1 => format!("isolate n{name}"),
        2 => {
            let rest: Vec<String> = (1..=nodes as usize)
                .filter(|node| *node != name)
                .map(|node| format!("n{node}"))
                .collect();
            let middle = 1 + rng.index(rest.len() - 1);
            format!(
                "bridge n{name} {} | {}",
                rest[..middle].join(" "),
                rest[middle..].join(" ")
            )
        }
        _ => split(rng, nodes),
    }
}

fn split(rng: &mut Rng, nodes: u32) -> String {
    let (mut left, mut right) = (String::new(), String::new());
    let anchor = rng.below(u64::from(nodes));
    for node in 0..u64::from(nodes) {
        let goes_left =
            node == anchor || (node != (anchor + 1) % u64::from(nodes) && rng.chance(0.5));
        let side = if goes_left { &mut left } else { &mut right };
        let written = write!(side, " n{}", node + 1);
        assert!(written.is_ok(), "a String takes every write");
    }
    format!("partition{left} |{right}")
}

fn clock(rng: &mut Rng, name: usize) -> String {
    match rng.below(4) {
        0 => format!("clock n{name} +{}ms", rng.between(1, 20_000)),
        1 => format!("clock n{name} -{}ms", rng.between(1, 20_000)),
        2 => format!("clock n{name} drift={}ppm", rng.between(1, 100_000)),
        _ => format!("clock n{name} fine"),
    }
}

fn disk(rng: &mut Rng, name: usize) -> String {
    match rng.below(11) {
        8..=10 => format!("disk n{name} flip"),
        0 => format!("disk n{name} slow={}ms", rng.between(1, 30)),
        1 => format!("disk n{name} full"),
        2 => format!("disk n{name} room"),
        3 => format!("disk n{name} lie"),
        4 => format!("disk n{name} failsync"),
        5 => format!("disk n{name} flip"),
        _ => format!("disk n{name} fine"),
    }
}

fn link(rng: &mut Rng, mix: &Mix, name: usize, other: usize) -> String {
    let loss = match mix.kind {
        Kind::Register => 0,
        _ => rng.below(40),
    };
    let delay = match rng.below(4) {
        0 => "exp:1ms..20ms".to_owned(),
        1 => "tail:1ms..200ms".to_owned(),
        2 => format!("{}ms", rng.between(1, 60)),
        _ => format!("1ms..{}ms", rng.between(2, 60)),
    };
    format!(
        "link n{name} n{other} delay={delay} loss={loss}% duplicate={}%",
        rng.below(20)
    )
}
