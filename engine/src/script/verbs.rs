//! The verbs, for the parser, for `help` and for completion.

/// One verb of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verb {
    /// The word.
    pub name: &'static str,
    /// How it is written.
    pub usage: &'static str,
    /// What it does, one line.
    pub about: &'static str,
    /// The `name=value` settings it takes.
    pub options: &'static [&'static str],
}

/// The settings of `cluster`.
const CLUSTER: &[&str] = &[
    "nodes",
    "zones",
    "tokens",
    "replication",
    "read",
    "write",
    "conflict",
    "placement",
    "readrepair",
    "repair",
    "timeout",
    "delay",
    "loss",
    "seed",
];

const fn verb(
    name: &'static str,
    usage: &'static str,
    about: &'static str,
    options: &'static [&'static str],
) -> Verb {
    Verb {
        name,
        usage,
        about,
        options,
    }
}

/// Every verb, in the order of `help`.
pub const VERBS: &[Verb] = &[
    verb(
        "cluster",
        "cluster nodes=5 replication=3 read=2 write=2 seed=7",
        "builds a cluster; later lines run on it",
        CLUSTER,
    ),
    verb(
        "put",
        "put K V [via n1] [as $c]",
        "writes a value",
        &["write", "context", "timeout"],
    ),
    verb(
        "get",
        "get K [via n1] [as $c]",
        "reads the value, or siblings",
        &["read", "timeout"],
    ),
    verb(
        "delete",
        "delete K [via n1]",
        "writes a tombstone",
        &["write", "context", "timeout"],
    ),
    verb(
        "start",
        "start w1: put K V",
        "sends a request without waiting for its answer",
        &[],
    ),
    verb("wait", "wait w1", "waits for a started request", &[]),
    verb(
        "load",
        "load 10000 keys=1000",
        "runs a seeded workload",
        &["keys", "size", "mix", "hot"],
    ),
    verb("kill", "kill n1 [n2 ...]", "stops nodes at once", &[]),
    verb(
        "restart",
        "restart n1 [n2 ...]",
        "starts nodes from their disks",
        &[],
    ),
    verb(
        "partition",
        "partition n1 n2 | n3 n4 n5",
        "cuts groups of nodes off from each other",
        &[],
    ),
    verb(
        "heal",
        "heal",
        "lets every node reach every other again",
        &[],
    ),
    verb("run", "run 10s", "lets virtual time pass", &[]),
    verb(
        "settle",
        "settle",
        "runs until no request is in flight",
        &[],
    ),
    verb(
        "plan",
        "plan join n6 | plan leave n2",
        "says what a change of members would move",
        &["keys", "placement", "zone", "weight"],
    ),
    verb(
        "expect",
        "expect converged | no-lost-writes | owners K n1 n2 | stat balance < 1.2",
        "fails the run where it does not hold",
        &["keys"],
    ),
    verb(
        "show",
        "show ring [K] | key K | balance | members | history | trace",
        "draws a picture or a table",
        &["keys"],
    ),
];

pub(super) fn find(name: &str) -> Option<&'static Verb> {
    VERBS.iter().find(|verb| verb.name == name)
}

pub(super) fn names() -> Vec<&'static str> {
    VERBS.iter().map(|verb| verb.name).collect()
}
