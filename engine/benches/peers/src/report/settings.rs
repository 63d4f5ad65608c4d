//! What every figure rests on: said before the figures, and kept with them.

use serde_json::{Map, Value, json};

use crate::args::Args;
use crate::engines::Name;

/// The lock file this was built from: it knows which versions are measured.
const LOCK: &str = include_str!("../../Cargo.lock");

/// The conditions, one a line.
fn conditions(args: &Args, file_system: &str) -> Vec<String> {
    let versions: Vec<_> = args
        .engines
        .iter()
        .map(|&engine| format!("{engine} {}", version(engine)))
        .collect();
    vec![
        format!("engines      {}", versions.join(", ")),
        format!("machine      {}, {} threads, {file_system}", cpu(), threads()),
        "builds       peers at opt-level 3; kvorum too, with overflow checks and assertions on, as it ships".into(),
        format!("             code for {}", target()),
        format!(
            "data         {} entries, 16-byte keys, values half compressible and checked when read",
            args.entries()
        ),
        format!(
            "cache        {} MiB each; memtable {} MiB each (redb: a B-tree, has none)",
            args.cache_bytes() >> 20,
            args.memtable_bytes() >> 20
        ),
        "compression  none on the first two levels, lz4 below; redb has none".into(),
        "durability   fillsync: on the disk before the call returns (fdatasync; redb commits Immediate)".into(),
        "             else: handed to the system, not synced; redb commits None: less, kept in its cache".into(),
        "settled      flush, then wait until no compaction runs or is due: before every workload but".into(),
        "             fills, and before space is measured; redb: durable commits".into(),
        "reads        redb reads in a transaction it keeps open, but for mixed".into(),
        format!(
            "rounds       {}, engines in turn, order rotating; medians; one process per engine and cell,",
            args.rounds()
        ),
        "             all of this executable".into(),
    ]
}

/// The conditions as text above the tables.
pub fn header(args: &Args, file_system: &str) -> String {
    conditions(args, file_system).join("\n")
}

/// The same for the JSON.
pub fn json(args: &Args, file_system: &str) -> Value {
    let versions: Map<_, _> = args
        .engines
        .iter()
        .map(|&engine| (engine.to_string(), json!(version(engine))))
        .collect();
    json!({
        "engines": versions,
        "entries": args.entries(),
        "value_bytes": args.value_bytes,
        "key_bytes": crate::keys::KEY_BYTES,
        "rounds": args.rounds(),
        "cache_bytes": args.cache_bytes(),
        "memtable_bytes": args.memtable_bytes(),
        "cpu": cpu(),
        "cpu_threads": threads(),
        "file_system": file_system,
        "conditions": conditions(args, file_system),
    })
}

/// The version in the lock file of the crate that an engine comes from.
fn version(engine: Name) -> &'static str {
    let name = format!("name = \"{engine}\"");
    LOCK.lines()
        .skip_while(|&line| line != name)
        .find_map(|line| line.strip_prefix("version = "))
        .map_or("?", |version| version.trim_matches('"'))
}

fn cpu() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    text.lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or_else(|| std::env::consts::ARCH.into(), |(_, name)| name.into())
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// RocksDB's build follows Rust's target, so that this says what all of them were built for.
const fn target() -> &'static str {
    if cfg!(target_feature = "avx2") {
        "a processor with AVX2 (RUSTFLAGS)"
    } else {
        "any processor of this kind (for this one: RUSTFLAGS=-Ctarget-cpu=native)"
    }
}
