//! Every verb has a line that works, and one that is refused with a message that helps.

use std::collections::BTreeSet;

use super::*;

/// The script's last step; every step before it went well.
fn tried(text: &str) -> Result<Step, String> {
    let report = run("verbs.kv", text, &RunOptions::default())
        .map_err(|error| format!("{text}\n{error}"))?;
    let (last, before) = report.steps.split_last().ok_or("no line")?;
    match before.iter().find(|step| !step.ok) {
        Some(step) => Err(format!(
            "{text}\n{}: {} {:?}",
            step.source, step.printed, step.detail
        )),
        None => Ok(last.clone()),
    }
}

fn ran(text: &str) -> Step {
    tried(text).unwrap_or_else(|wrong| panic!("{wrong}"))
}

/// What a reader is told of a script whose last line is refused, before anything runs or when its turn comes.
fn refusal(text: &str) -> String {
    match run("verbs.kv", text, &RunOptions::default()) {
        Err(error) => error.to_string(),
        Ok(_) => match tried(text) {
            Err(wrong) => wrong,
            Ok(Step {
                printed, detail, ..
            }) if printed.starts_with("error") || printed.starts_with("failed") => {
                detail.unwrap_or(printed)
            }
            Ok(step) => format!("not refused: {}", step.printed),
        },
    }
}

/// Scripts whose last line is of the verb, and goes as it says.
const WORK: &[&str] = &[
    "put k v\njoin n6 zone=z1 weight=2 timeout=2s via n2\nexpect moved within=30s -> ok",
    "expect topology -> ok",
    "join n6 -> ok",
    "leave n2 timeout=2s via n1 -> ok",
    "kill n2\nleave n2 dead=yes -> ok",
    "kill n2\nreplace n2 n7 -> ok",
    "change n2 weight=2 zone=z1 -> ok",
    "table t conflict=cas\ncopies 5 table=t -> ok",
    "join n6\ncancel -> ok",
    "cluster nodes=6 zones=2 replication=3 read=quorum write=each_quorum seed=7 -> ok",
    "table carts conflict=merge replication=5 ttl=1h -> ok",
    "table t conflict=lww replication=1\nput k v table=t write=1 -> ok",
    "put k v write=all ttl=10s token=7 timeout=1s client=3 session=a via n2 -> ok",
    "put k v\nget k read=all session=a client=1 timeout=1s via n3 -> v",
    "put k v\ndelete k write=two token=9\nget k -> (nothing)\ndelete k -> ok",
    "cluster conflict=cas\nput k a if=absent via n2\ncas k a b via n3 ttl=10s token=7 timeout=1s client=3 as $c\nincr n 5 if=absent -> 5\ncas k a c -> error conflict",
    "cluster conflict=counter\nincr k 5\nincr k -2\nincr k\nincr k 10 token=7 via n1\nincr k 10 token=7 via n2\nget k read=all -> 14\nincr k via n3 as $c -> ok",
    "cluster conflict=orset\nadd k milk\nadd k eggs\nadd k milk via n2 -> ok",
    "cluster conflict=orset\nadd k milk\nadd k eggs\nremove k milk\nget k read=all -> eggs\nremove k nothing -> ok",
    "cluster conflict=map\nset k name:Ann\nset k town:Rome\nget k read=all -> \"name=Ann\", \"town=Rome\"\nset k a:b:c -> ok",
    "cluster conflict=register\nset k Ann\nset k Bob\nget k read=all -> Bob\nset k \"\" -> ok",
    "cluster conflict=map\nset k name:Ann\nset k town:Rome\nunset k name\nget k read=all -> \"town=Rome\"\nunset k name -> ok",
    "mput a 1 b 2 c 3\nscan b.. -> b=2, c=3\nscan ..b -> a=1\nscan a..c limit=1 -> a=1, b=2\nscan prefix=c read=all via n2 -> c=3",
    "put a 1\nput a 2 via n2\nscan -> a=1|2",
    "mput a 1 b 2\nmget b x a read=all -> 2; (nothing); 1",
    "mput a 1 b 2 \"\" 3 write=all via n2 -> ok; ok; error invalid-argument",
    "start w1: put k v -> started",
    "start w1: incr k via n1\nwait w1 -> error invalid-argument",
    "start w1: put k v\nwait w1 -> ok",
    "cluster conflict=cas\nlease acquire file ann ttl=10s via n2 -> 1\nlease renew file ann ttl=10s timeout=1s client=3 -> 1\nlease acquire file bob ttl=10s -> error conflict\nlease release file ann -> ok\nlease acquire file bob ttl=10s -> 4",
    "load 100 keys=10 size=64KiB mix=0.5 hot=10% rate=1000 prefix=c-",
    "kill n1 n2 -> ok",
    "kill n1 n2\nrestart n1 n2 -> ok",
    "wipe n1\nwipe n1 n2 -> ok",
    "pause n1 5s -> ok",
    "partition n1 n2 | n3 n4 n5 -> ok",
    "oneway n1 n2 -> ok",
    "isolate n1\nget k via n1 -> error unavailable\nisolate n2 -> ok",
    "bridge n3 n1 n2 | n4 n5 -> ok",
    "partition n1 | n2 n3 n4 n5\nheal\nput k v via n1 write=all -> ok\nheal -> ok",
    "hold n1 n2 -> ok",
    "hold n1 n2\nrelease n1 n2 -> ok",
    "link n1 n2 delay=50ms loss=10% duplicate=1% reorder=5% -> ok",
    "link n1 n2 delay=exp:1ms..5ms -> ok",
    "network delay=tail:1ms..1s loss=1%\nnetwork delay=1ms..5ms loss=0 -> ok",
    "clock n2 +30s\nclock n2 -1s\nclock n2 drift=200ppm\nclock n2 drift=-50ppm\nclock n2 fine -> ok",
    "disk n1 full\ndisk n1 room\ndisk n1 lie\ndisk n1 failsync\ndisk n1 fine\ndisk n1 slow=20ms -> ok",
    "run 10s -> ok",
    "put k v\nsettle -> ok",
    "repair\nrepair n1 -> ok",
    "purge\npurge n1 -> ok",
    "plan join n6 zone=z1 weight=2 keys=1000 placement=modulo",
    "plan leave n2 keys=1000",
    "put k v\nexpect converged within=10s -> ok",
    "put k v\nexpect no-lost-writes -> ok",
    "put k v\nget k\nexpect linearizable\nexpect linearizable k -> ok",
    "put k v session=a\nget k session=a\nexpect sessions -> ok",
    "put k v\nexpect causal -> ok",
    "put k v\ndelete k\nexpect no-resurrection -> ok",
    "put k v token=1\nput k v token=1 via n2\nexpect applied-once -> ok",
    "load 100\nexpect bounded -> ok",
    "cluster nodes=1\nexpect owners k n1 -> ok",
    "run 5s\nexpect member n3 alive via n1 -> ok",
    "kill n3\nrun 60s\nexpect member n3 dead via n1 -> ok",
    "mput a 1 b 2 c 3\nexpect scan -> ok",
    "put k v\nexpect available k -> ok",
    "kill n1 n2 n3 n4\nexpect not available k -> ok",
    "cluster conflict=cas\nput k v if=any\nexpect version k 1 via n2 -> ok",
    "cluster nodes=3 hints=off\nkill n3\nput k v\nexpect not converged -> ok",
    "put k v\nexpect took < 1s -> ok",
    "put k v\nput k w\nexpect stat writes is 2\nexpect stat reads < 1\nexpect stat balance < 10 keys=1000 -> ok",
    "cluster nodes=1\nshow key k -> n1",
    "show ring",
    "show ring k",
    "show balance keys=1000",
    "show members",
    "show members via n1",
    "show history -> (nothing)",
    "show timeline",
    "show trace",
    "show hints -> (nothing)",
    "put k v\nshow stats",
    "show faults -> (nothing)",
    "put k v\nshow tree",
];

/// Scripts whose last line is refused, and part of what its writer is told.
const REFUSED: &[(&str, &str)] = &[
    (
        "cluster nodes=5 write=6",
        "write=6: it must be from 1 to 3, the replication",
    ),
    (
        "cluster nodes=5 replication=6",
        "replication=6: it must be from 1 to 5, the number of nodes",
    ),
    (
        "table carts conflict=counte",
        "no choice 'counte'; did you mean 'counter'?",
    ),
    (
        "table carts\ntable carts",
        "there is a table 'carts' already",
    ),
    (
        "table",
        "a name is missing; write: table NAME conflict=counter",
    ),
    (
        "put k v table=carts",
        "there is no table 'carts': add it first, like: table carts conflict=lww",
    ),
    (
        "table a\ntable b\nget k table=c",
        "there is no table 'c': there are a, b",
    ),
    (
        "put k v write=most",
        "write: 'most' is no level: write a number, one, two, quorum, all, local_one",
    ),
    ("put k v ttl=10", "ttl: '10' is no time"),
    ("put k v to=n1,x", "to: 'x' is not a node"),
    ("put k v token=x", "token: 'x' is no whole number"),
    ("put k v read=1", "no setting of 'put' 'read'"),
    (
        "get k read=any",
        "read=any: a hint answers no read; take one",
    ),
    ("get k ttl=1s", "no setting of 'get' 'ttl'"),
    ("delete k v", "'v' has no place here; write: delete K"),
    (
        "cluster conflict=orset\nincr k",
        "kind orset takes insert and remove, not add",
    ),
    ("join n2", "n2 is a member already"),
    ("leave n9", "n9 is no member"),
    (
        "cluster nodes=3\nleave n2",
        "2 members cannot keep 3 copies",
    ),
    ("replace n1", "a node is missing; write: replace n2 n7"),
    ("change n2", "n2 has this zone and weight already"),
    ("copies 9", "N=9: it must be from 1 to 5"),
    ("cancel", "no move is under way"),
    ("join n6\nexpect moved", "failed: ranges move since epoch 2"),
    (
        "kill n1 n2 n3\njoin n6 timeout=1s via n4",
        "no majority of the owners",
    ),
    (
        "cas k old",
        "the new value is missing; write: cas K OLD NEW",
    ),
    ("expect linearizable table=t", "there is no table 't'"),
    ("incr k", "this table holds plain values: put them"),
    ("incr k five", "'five' is no whole number in range"),
    ("incr k 99999999999999999999", "is no whole number in range"),
    (
        "cluster conflict=counter\nput k v",
        "this table holds a counter: change it, do not put over it",
    ),
    ("add k", "an element is missing; write: add K V"),
    ("remove k", "an element is missing; write: remove K V"),
    (
        "set k",
        "a field, or a register's value is missing; write: set K F:V | V",
    ),
    (
        "cluster conflict=map\nset k Ann",
        "kind map takes set and unset, not assign",
    ),
    ("unset k", "a field is missing; write: unset K F"),
    ("scan a", "'a' is no range: write FROM..TO, FROM.. or ..TO"),
    (
        "scan read=local_quorum",
        "a scan reads at a number, one, two, quorum or all",
    ),
    ("mget", "a key is missing; write: mget K [K ...]"),
    (
        "mput a 1 b",
        "a value is missing; write: mput K V [K V ...]",
    ),
    ("mput a 1 token=7", "no setting of 'mput' 'token'"),
    (
        "start w1: scan",
        "only a request for one key can be started",
    ),
    (
        "start w1: put k v\nstart w1: put k v",
        "'w1' is under way already; wait for it first",
    ),
    (
        "wait w1",
        "nothing was started as 'w1', or it was waited for already",
    ),
    (
        "lease acquire file ann",
        "how long it lasts, ttl=, is missing; write: lease acquire",
    ),
    (
        "cluster conflict=cas\nlease renew file ann ttl=10s",
        "ann has never held the lease 'file': acquire it first",
    ),
    ("lease release file ann ttl=10s", "leave ttl= out"),
    ("lease acquire file ann ttl=10s", "conflict=cas"),
    ("load many", "'many' is no whole number in range"),
    (
        "load 10 rate=9999999",
        "rate=9999999: at most 1000000 a second",
    ),
    ("kill n9", "there is no n9: the nodes are n1 to n5"),
    ("restart n1", "n1 is up"),
    ("wipe", "a node is missing; write: wipe n1"),
    ("pause n1", "a time is missing; write: pause n1 5s"),
    ("kill n1\npause n1 5s", "n1 is down"),
    (
        "partition n1 n2 |",
        "a group of nodes is missing; write: partition n1 n2 | n3 n4 n5",
    ),
    ("oneway n1", "a node is missing; write: oneway n1 n2"),
    ("oneway n1 n1", "n1"),
    ("isolate", "a node is missing; write: isolate n1"),
    (
        "bridge n3 n1 n2",
        "a second group of nodes is missing; write: bridge n3 n1 n2 | n4 n5",
    ),
    ("heal now", "'now' has no place here; write: heal"),
    ("hold n1", "a node is missing; write: hold n1 n2"),
    ("release n1 n9", "there is no n9"),
    (
        "link n1 n2 delay=slow:1ms",
        "'slow' is no kind of delay: write 5ms, 1ms..5ms, exp:1ms..5ms or tail:1ms..1s",
    ),
    (
        "link n1 n2 speed=1ms",
        "no setting of 'link' 'speed'; one of: delay, loss, duplicate, reorder",
    ),
    (
        "network loss=150%",
        "loss: '150%' is no share: write it from 0% to 100%",
    ),
    ("network delay=5ms..1ms", "delay"),
    (
        "clock n2 30s",
        "'30s' is no jump: write +30s, -1s, drift=200ppm or fine",
    ),
    (
        "clock n2 drift=fast",
        "drift: 'fast' is no drift: write it like 200ppm or -50ppm",
    ),
    (
        "clock n2 drift=1000000ppm",
        "a drift of 1000000ppm: it must be from",
    ),
    (
        "disk n1",
        "full, room, lie, failsync, flip, fine or slow=20ms is missing",
    ),
    ("disk n1 ful", "did you mean 'full'?"),
    ("run 11d", "run: at most 864000s at a time"),
    ("settle n1", "'n1' has no place here; write: settle"),
    ("kill n1\nrepair n1", "n1 is down; restart it first"),
    ("purge x", "'x' is not a node"),
    ("plan stay n1", "no choice 'stay'; one of: join, leave"),
    ("plan join n1", "n1"),
    ("expect not not converged", "'not' stands once"),
    (
        "expect member n3 asleep via n1",
        "no choice 'asleep'; one of: alive, suspect, dead",
    ),
    (
        "kill n1\nexpect member n3 alive via n1",
        "n1 is down, and sees nobody",
    ),
    (
        "expect member n3 dead via n1",
        "failed: n1 sees n3 as alive",
    ),
    (
        "expect stat writez < 5",
        "no statistic 'writez'; did you mean 'writes'?",
    ),
    ("expect stat writes ~ 5", "no choice '~'"),
    ("expect stat writes < many", "'many' is no number"),
    ("expect stat writes > 0", "failed: writes is 0"),
    (
        "cluster nodes=1\nexpect owners k n2",
        "failed: owners are n1",
    ),
    (
        "put k a\nput k b\nget k read=all\nexpect linearizable",
        "failed: ",
    ),
    (
        "show me",
        "no choice 'me'; one of: ring, key, balance, members",
    ),
    ("show key", "a key is missing"),
    (
        "kill n1\nshow members via n1",
        "n1 is down, and sees nobody",
    ),
];

#[test]
fn every_verb_works_as_it_says() {
    let mut wrong = Vec::new();
    for text in WORK {
        match tried(text) {
            Err(told) => wrong.push(told),
            Ok(step) if step.ok => {}
            Ok(Step {
                printed, detail, ..
            }) => wrong.push(format!("{text}\nfound    {printed} {detail:?}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    let found: BTreeSet<String> = WORK.iter().map(|text| verb_of(text)).collect();
    assert_eq!(found, all_verbs());
}

#[test]
fn every_verb_refuses_what_makes_no_sense_with_a_message_that_helps() {
    let told = REFUSED
        .iter()
        .map(|(text, said)| (text, said, refusal(text)));
    let wrong = told.filter(|(_, said, told)| !told.contains(**said));
    let wrong: Vec<String> = wrong
        .map(|(text, said, told)| format!("{text}\nfound    {told}\nexpected {said}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    let found: BTreeSet<String> = REFUSED.iter().map(|(text, _)| verb_of(text)).collect();
    assert_eq!(found, all_verbs());
}

fn verb_of(text: &str) -> String {
    text.lines()
        .last()
        .unwrap()
        .split(' ')
        .next()
        .unwrap()
        .to_owned()
}

fn all_verbs() -> BTreeSet<String> {
    VERBS.iter().map(|verb| verb.name.to_owned()).collect()
}

#[test]
fn every_word_of_expect_and_show_is_run_here() {
    for verb in ["expect", "show"] {
        for word in verbs::find(verb).unwrap().words {
            let line = format!("{verb} {word}");
            assert!(
                WORK.iter()
                    .any(|text| text.lines().last().unwrap().starts_with(&line)),
                "{line}"
            );
        }
    }
}

/// Settings of `cluster`: values that it takes, and one that it does not, with what is told.
const SETTINGS: &[(&str, &[&str], &str, &str)] = &[
    (
        "nodes",
        &["1", "128"],
        "129",
        "nodes=129: it must be from 1 to 128",
    ),
    ("zones", &["1", "5"], "6", "zones=6: it must be from 1 to 5"),
    ("tokens", &["1", "256"], "0", "tokens"),
    ("replication", &["1", "5"], "0", "replication=0"),
    (
        "read",
        &[
            "1",
            "quorum",
            "local_one",
            "local_quorum",
            "each_quorum",
            "all",
        ],
        "any",
        "read=any",
    ),
    (
        "write",
        &["one", "two", "any", "each_quorum"],
        "none",
        "'none' is no level",
    ),
    (
        "conflict",
        &[
            "siblings", "lww", "lww-wall", "merge", "gcounter", "counter", "orset", "map",
            "register", "cas",
        ],
        "x",
        "one of: siblings",
    ),
    ("ttl", &["1ms", "10d"], "0", "ttl: the shortest is 1ms"),
    (
        "placement",
        &[
            "ring",
            "allocated",
            "partitions",
            "slots",
            "modulo",
            "rendezvous",
            "jump",
        ],
        "rings",
        "did you mean 'ring'?",
    ),
    (
        "sloppy",
        &["on", "off"],
        "maybe",
        "'maybe' is neither on nor off",
    ),
    (
        "readrepair",
        &["on", "off", "async", "blocking"],
        "asinc",
        "did you mean 'async'?",
    ),
    (
        "digests",
        &["on", "off"],
        "yes",
        "'yes' is neither on nor off",
    ),
    (
        "hedge",
        &["off", "p99", "10ms"],
        "p98",
        "'p98' is no hedge: write off, p99, or a time like 10ms",
    ),
    ("hints", &["on", "off"], "2", "'2' is neither on nor off"),
    (
        "hintwindow",
        &["0", "3h"],
        "11d",
        "hintwindow: the longest is 864000s",
    ),
    ("hintrate", &["0", "64KiB"], "1GB", "'1GB' is no size"),
    (
        "repair",
        &["off", "0", "1s"],
        "1us",
        "repair: the shortest pause is 1ms; 0 switches repair off",
    ),
    ("repairrate", &["0", "1MiB"], "fast", "'fast' is no size"),
    (
        "purge",
        &["off", "safe", "grace"],
        "save",
        "did you mean 'safe'?",
    ),
    (
        "purgeevery",
        &["1ms", "1h"],
        "0",
        "purgeevery: the shortest is 1ms",
    ),
    ("grace", &["0", "10d"], "11d", "grace: the longest is"),
    (
        "detector",
        &["swim", "phi", "off"],
        "swum",
        "did you mean 'swim'?",
    ),
    ("gossip", &["1ms", "1s"], "0", "gossip: the shortest is 1ms"),
    (
        "health",
        &["on", "off"],
        "well",
        "'well' is neither on nor off",
    ),
    (
        "rate",
        &["0", "1000"],
        "-1",
        "'-1' is no whole number in range",
    ),
    ("burst", &["1", "1000"], "0", "burst=0: it must be from 1"),
    (
        "timeout",
        &["1ms", "1h"],
        "0",
        "timeout: the shortest is 1ms",
    ),
    (
        "delay",
        &["0", "1ms..5ms"],
        "5ms..1ms",
        "the shortest delay is above the longest",
    ),
    ("loss", &["0", "100%"], "101%", "'101%' is no share"),
    ("duplicate", &["0", "1%"], "x", "'x' is no share"),
    ("reorder", &["0", "0.5"], "2", "'2' is no share"),
    (
        "seed",
        &["0", "18446744073709551615"],
        "x",
        "'x' is no whole number",
    ),
    (
        "mutant",
        &["skip-fsync", "add-twice"],
        "bug",
        "there is no mutant 'bug'",
    ),
];

#[test]
fn every_setting_of_a_cluster_is_taken_or_refused_by_name() {
    for (name, good, bad, said) in SETTINGS {
        for value in *good {
            let line = format!("cluster {name}={value} -> ok");
            assert!(ran(&line).ok, "{line}");
        }
        let line = format!("cluster {name}={bad}");
        let told = refusal(&line);
        assert!(
            told.contains(said),
            "{line}\nfound    {told}\nexpected {said}"
        );
    }
    let named: Vec<&str> = SETTINGS.iter().map(|(name, ..)| *name).collect();
    assert_eq!(named, verbs::find("cluster").unwrap().options);
}

#[test]
fn a_small_cluster_gets_the_copies_and_quorums_that_fit() {
    assert!(ran("cluster nodes=1\nput k v\nget k -> v").ok);
    assert!(
        ran("cluster nodes=2\nkill n2\nget k via n1 -> error unavailable").ok,
        "both are asked"
    );
    assert!(ran("cluster nodes=3 replication=1\nput k v write=all -> ok").ok);
}

#[test]
fn what_show_prints_names_what_it_is_about() {
    for (text, lines) in [
        (
            "run 5s\nshow members via n1",
            &["n2", "alive", "life 1"][..],
        ),
        ("show members", &["n5", "z1", "weight 1", "up"]),
        (
            "cluster conflict=counter\nincr cart 5 via n1\nshow history",
            &["update cart +5 via n1 -> ok after"],
        ),
        (
            "put cart milk via n1\nget cart via n1\nshow history",
            &["put cart milk via n1 -> ok", "get cart via n1 -> milk"],
        ),
        ("put cart milk\nshow stats", &["writes                   1"]),
        ("load 1000 hot=90%\nshow stats", &["hot key key-0"]),
        (
            "partition n1 | n2 n3 n4 n5\nrun 1s\nshow faults",
            &["partition"],
        ),
        ("put cart milk write=all\nshow tree", &["n1", "n5"]),
    ] {
        let step = ran(text);
        for line in lines {
            assert!(
                step.printed.contains(line),
                "{text}\nfound    {}\nexpected {line}",
                step.printed
            );
        }
    }
    let step = ran(
        "cluster replication=3\nkill n1 n2\nput a v via n3\nput b v via n3\nput c v via n3\nput d v via n3\nrun 5s\nshow hints",
    );
    assert!(
        step.printed.contains("keeps") && step.printed.contains("for n1"),
        "{}",
        step.printed
    );
}

#[test]
fn a_session_in_a_script_reads_its_own_writes() {
    let text = "cluster nodes=3 hints=off readrepair=off repair=off detector=off\nrun 1s\nkill n3\nput k v via n1 session=a\nrestart n3\n\
                get k via n3 to=n3 read=1 -> (nothing)\nget k via n3 to=n3 read=1 session=a -> error unavailable\n\
                get k via n3 read=1 session=a -> v\nexpect sessions -> ok";
    assert!(ran(text).ok);
}
