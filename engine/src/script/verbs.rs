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
    "ttl",
    "placement",
    "sloppy",
    "readrepair",
    "digests",
    "hedge",
    "hints",
    "hintwindow",
    "hintrate",
    "repair",
    "repairrate",
    "purge",
    "purgeevery",
    "grace",
    "detector",
    "gossip",
    "health",
    "rate",
    "burst",
    "timeout",
    "delay",
    "loss",
    "duplicate",
    "reorder",
    "seed",
    "mutant",
];

/// What a write may say.
const WRITE: &[&str] = &[
    "write", "context", "timeout", "table", "ttl", "token", "to", "session", "client", "if",
];

/// What a sum may say: it is one of a counter, or of a register.
const SUM: &[&str] = &[
    "write", "timeout", "table", "token", "to", "session", "client", "if",
];

/// What a change of a replicated data type may say.
const CHANGE: &[&str] = &[
    "write", "timeout", "table", "token", "to", "session", "client",
];

/// What a read may say.
const READ: &[&str] = &["read", "timeout", "table", "to", "session", "client"];

/// How links behave.
const LINK: &[&str] = &["delay", "loss", "duplicate", "reorder"];

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
        "table",
        "table NAME conflict=counter",
        "adds a table with settings of its own; requests name it by table=NAME",
        &["conflict", "replication", "ttl"],
    ),
    verb(
        "put",
        "put K V [via n1] [as $c]",
        "writes a value; into a register, where if= holds",
        WRITE,
    )
    .links(&["via", "as"]),
    verb(
        "get",
        "get K [via n1] [as $c]",
        "reads the value, or siblings",
        READ,
    )
    .links(&["via", "as"]),
    verb(
        "delete",
        "delete K [via n1]",
        "writes a tombstone; empties a register, where if= holds",
        WRITE,
    )
    .links(&["via", "as"]),
    verb(
        "cas",
        "cas K OLD NEW",
        "puts a value into a register where the old one is there",
        &["timeout", "table", "ttl", "token", "client"],
    )
    .links(&["via", "as"]),
    verb(
        "incr",
        "incr K [N]",
        "adds to a counter, or to the number in a register",
        SUM,
    )
    .links(&["via", "as"]),
    verb("add", "add K V", "puts an element into a set", CHANGE).links(&["via", "as"]),
    verb(
        "remove",
        "remove K V",
        "takes an element out of a set",
        CHANGE,
    )
    .links(&["via", "as"]),
    verb(
        "set",
        "set K F:V | V",
        "sets a field of a map, or a register",
        CHANGE,
    )
    .links(&["via", "as"]),
    verb("unset", "unset K F", "removes a field of a map", CHANGE).links(&["via", "as"]),
    verb(
        "scan",
        "scan [FROM..TO] [prefix=P]",
        "reads keys in order, from all nodes, page by page",
        &["prefix", "limit", "read", "timeout", "table", "client"],
    )
    .links(&["via"]),
    verb("mget", "mget K [K ...]", "reads several keys at once", READ).links(&["via"]),
    verb(
        "mput",
        "mput K V [K V ...]",
        "writes several keys at once, each by itself",
        &["write", "timeout", "table", "ttl", "session", "client"],
    )
    .links(&["via"]),
    verb(
        "start",
        "start w1: put K V",
        "sends a request without waiting for its answer",
        &[],
    ),
    verb("wait", "wait w1", "waits for a started request", &[]),
    verb(
        "lease",
        "lease acquire NAME HOLDER ttl=10s | renew NAME HOLDER ttl=10s | release NAME HOLDER",
        "takes, keeps or gives back a lock that ends by itself; prints its fencing token",
        &["ttl", "timeout", "table", "client"],
    )
    .words(&["acquire", "renew", "release"]),
    verb(
        "load",
        "load 10000 keys=1000",
        "runs a seeded workload",
        &["keys", "size", "mix", "hot", "rate", "prefix"],
    ),
    verb("kill", "kill n1 [n2 ...]", "stops nodes at once", &[]),
    verb(
        "restart",
        "restart n1 [n2 ...]",
        "starts nodes from their disks",
        &[],
    ),
    verb(
        "wipe",
        "wipe n1 [n2 ...]",
        "takes nodes' disks away, killing those that are up",
        &[],
    ),
    verb(
        "pause",
        "pause n1 5s",
        "freezes a node; what reaches it waits",
        &[],
    ),
    verb(
        "partition",
        "partition n1 n2 | n3 n4 n5",
        "cuts groups of nodes off from each other",
        &[],
    ),
    verb(
        "oneway",
        "oneway n1 n2",
        "lets the first node no longer reach the second",
        &[],
    ),
    verb(
        "isolate",
        "isolate n1",
        "cuts a node off from all others",
        &[],
    ),
    verb(
        "bridge",
        "bridge n3 n1 n2 | n4 n5",
        "lets two groups reach each other only through one node",
        &[],
    ),
    verb("heal", "heal", "ends every cut and every hold", &[]),
    verb(
        "hold",
        "hold n1 n2",
        "keeps messages from the first to the second back",
        &[],
    ),
    verb(
        "release",
        "release n1 n2",
        "lets held messages go, in order",
        &[],
    ),
    verb(
        "link",
        "link n1 n2 delay=50ms loss=10%",
        "changes one link, both ways; delay also 1ms..5ms, exp:1ms..5ms, tail:1ms..1s",
        LINK,
    ),
    verb(
        "network",
        "network delay=1ms..5ms loss=1%",
        "changes every link that has no settings of its own",
        LINK,
    ),
    verb(
        "clock",
        "clock n2 +30s | -1s | fine | drift=200ppm",
        "lets a node's wall clock jump, be right again, or run fast",
        &["drift"],
    ),
    verb(
        "disk",
        "disk n1 full | room | lie | failsync | flip | backup | restore | fine | slow=20ms",
        "lets something befall a node's disk",
        &["slow"],
    ),
    verb(
        "join",
        "join n6 [zone=z2] [weight=2]",
        "lets a node join: the members agree, and its ranges begin to move to it",
        &["zone", "weight", "timeout"],
    )
    .links(&["via"]),
    verb(
        "leave",
        "leave n2 [dead=yes]",
        "lets a node leave; dead=yes waits for nothing from it",
        &["dead", "timeout"],
    )
    .links(&["via"]),
    verb(
        "replace",
        "replace n2 n7",
        "lets a node take the place of one that is dead",
        &["timeout"],
    )
    .links(&["via"]),
    verb(
        "change",
        "change n2 weight=2",
        "gives a node another zone or weight",
        &["zone", "weight", "timeout"],
    )
    .links(&["via"]),
    verb(
        "copies",
        "copies 5",
        "gives a table another N",
        &["table", "timeout"],
    )
    .links(&["via"]),
    verb(
        "cancel",
        "cancel",
        "gives the move under way up: all stays as it was before",
        &["timeout"],
    )
    .links(&["via"]),
    verb("run", "run 10s", "lets virtual time pass", &[]),
    verb(
        "settle",
        "settle",
        "runs until no request is in flight",
        &[],
    ),
    verb(
        "repair",
        "repair [n1]",
        "lets nodes compare what they hold with every peer now",
        &[],
    ),
    verb(
        "purge",
        "purge [n1]",
        "lets nodes look for tombstones that can go now",
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
        "expect [not] converged [within=10s] | stat NAME < 5 | took < 6ms | ...",
        "fails the run where it does not hold",
        &["keys", "within", "table"],
    )
    .words(&[
        "converged",
        "no-lost-writes",
        "linearizable",
        "sessions",
        "causal",
        "no-resurrection",
        "applied-once",
        "bounded",
        "owners",
        "stat",
        "member",
        "scan",
        "took",
        "available",
        "version",
        "moved",
        "topology",
        "not",
    ]),
    verb(
        "show",
        "show ring [K] | key K | members [via n1] | trace | stats | ...",
        "draws a picture or a table",
        &["keys", "table"],
    )
    .words(&[
        "ring", "key", "balance", "members", "history", "timeline", "trace", "hints", "stats",
        "faults", "tree",
    ]),
];

pub(super) fn find(name: &str) -> Option<&'static Verb> {
    VERBS.iter().find(|verb| verb.name == name)
}

pub(super) fn names() -> Vec<&'static str> {
    VERBS.iter().map(|verb| verb.name).collect()
}
