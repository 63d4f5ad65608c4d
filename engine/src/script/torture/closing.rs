//! What follows every scenario: all faults end, what is under way settles, the cluster comes to rest, and the
//! promises are checked.

use std::collections::BTreeSet;

use super::registers::{self, REGISTERS};

/// How long after the last fault the replicas may take to agree. Any message of an exchange may have been lost,
/// so that repair needs several turns with each peer, and a node that lost its disk is filled first.
const REST: &str = "180s";

/// The lines.
pub(super) fn closing(lines: &[String]) -> Vec<String> {
    // Those that join later have no link of their own, and may have a clock.
    let nodes = setting(lines, "nodes").unwrap_or(5) + 3;
    let (mut touched, mut spoiled, mut poisoned) =
        (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for line in lines {
        let mut words = line.split(' ');
        match (words.next(), words.next(), words.next()) {
            (Some("kill" | "wipe" | "restart"), Some(node), _)
            | (Some("disk"), Some(node), Some("restore")) => {
                touched.insert(node);
            }
            // What a disk that lied, or lost a bit, still holds cannot be trusted: its machine gets a new one.
            (Some("disk"), Some(node), Some("lie" | "flip")) => {
                spoiled.insert(node);
            }
            (Some("disk"), Some(node), Some("failsync" | "full")) => {
                poisoned.insert(node);
            }
            _ => {}
        }
    }
    let mut closing = vec![
        "heal".to_owned(),
        "network loss=0% duplicate=0% reorder=0%".to_owned(),
    ];
    for node in 1..=nodes {
        for what in ["clock", "disk"] {
            let of_node = format!("{what} n{node} ");
            if lines.iter().any(|line| line.starts_with(&of_node)) {
                closing.push(format!("{of_node}fine"));
            }
        }
        for other in (1..=nodes).filter(|other| *other > node) {
            if lines.iter().any(|line| line.starts_with("link ")) {
                closing.push(format!("link n{node} n{other}"));
            }
        }
    }
    // Who is up is killed, who is down started: a line that does not apply is passed over.
    closing.extend(
        poisoned
            .difference(&spoiled)
            .map(|node| format!("kill {node}")),
    );
    closing.extend(spoiled.iter().map(|node| format!("wipe {node}")));
    let again: BTreeSet<&str> = touched.into_iter().chain(poisoned).chain(spoiled).collect();
    closing.extend(again.iter().map(|node| format!("restart {node}")));
    closing.push("settle".to_owned());
    if lines.iter().any(|line| is_reshape(line)) {
        closing.push(format!("expect moved within={REST}"));
        closing.push("expect topology".to_owned());
    }
    closing.push(format!("expect converged within={REST}"));
    for check in [
        "no-lost-writes",
        "causal",
        "no-resurrection",
        "sessions",
        "applied-once",
        "bounded",
    ] {
        closing.push(format!("expect {check}"));
    }
    if lines
        .first()
        .is_some_and(|line| line.contains("timeout=600000ms"))
    {
        closing.push("expect linearizable".to_owned());
    }
    if lines
        .iter()
        .any(|line| line.starts_with(&format!("table {REGISTERS} ")))
    {
        closing.extend(
            registers::keys().map(|key| format!("expect available {key} table={REGISTERS}")),
        );
        // What these reads were told counts, too.
        closing.push(format!("expect linearizable table={REGISTERS}"));
    }
    closing.extend((0..5).map(|key| format!("expect available k{key}")));
    closing.push("expect scan".to_owned());
    closing
}

/// Whether a line asks for a change of members.
fn is_reshape(line: &str) -> bool {
    let wish = line.split_once(": ").map_or(line, |(_, wish)| wish);
    [
        "join ", "leave ", "replace ", "change ", "copies ", "cancel ",
    ]
    .iter()
    .any(|verb| wish.starts_with(verb))
}

/// A number that the cluster's line sets.
fn setting(lines: &[String], name: &str) -> Option<u32> {
    let words = lines.first()?.split(' ');
    let mut values = words.filter_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    values.next()?.parse().ok()
}
