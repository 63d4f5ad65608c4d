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
    /// The fixed words of which one comes first: `show ring`.
    pub words: &'static [&'static str],
    /// The fixed words that may follow, each with a further word: `via n1`, `as $c`.
    pub links: &'static [&'static str],
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
        words: &[],
        links: &[],
        options,
    }
}

impl Verb {
    const fn words(self, words: &'static [&'static str]) -> Self {
        Self { words, ..self }
    }

    const fn links(self, links: &'static [&'static str]) -> Self {
        Self { links, ..self }
    }

    /// How many words must come before settings and links (`via`, `as`), as the usage has it.
    #[must_use]
    pub fn needed(&self) -> usize {
        let needed = |word: &&str| !word.contains(['[', '=', '|']);
        self.usage.split(' ').skip(1).take_while(needed).count()
    }

    /// True where every word is a node: `kill n1`.
    #[must_use]
    pub fn takes_nodes(&self) -> bool {
        self.usage.split(' ').nth(1) == Some("n1")
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
    )
    .links(&["via", "as"]),
    verb(
        "get",
        "get K [via n1] [as $c]",
        "reads the value, or siblings",
        &["read", "timeout"],
    )
    .links(&["via", "as"]),
    verb(
        "delete",
        "delete K [via n1]",
        "writes a tombstone",
        &["write", "context", "timeout"],
    )
    .links(&["via", "as"]),
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
    )
    .words(&["join", "leave"]),
    verb(
        "expect",
        "expect converged | no-lost-writes | owners K n1 n2 | stat balance < 1.2",
        "fails the run where it does not hold",
        &["keys"],
    )
    .words(&["converged", "no-lost-writes", "owners", "stat"]),
    verb(
        "show",
        "show ring [K] | key K | balance | members | history | trace",
        "draws a picture or a table",
        &["keys"],
    )
    .words(&["ring", "key", "balance", "members", "history", "trace"]),
];

pub(super) fn find(name: &str) -> Option<&'static Verb> {
    VERBS.iter().find(|verb| verb.name == name)
}

pub(super) fn names() -> Vec<&'static str> {
    VERBS.iter().map(|verb| verb.name).collect()
}
