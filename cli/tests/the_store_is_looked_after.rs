//! `kvorum store`: a folder's store can be looked at, checked, printed, compacted and mended.

#![allow(
    clippy::disallowed_methods,
    reason = "tests damage real files behind the command's back"
)]
#![allow(clippy::unwrap_used, reason = "a test that cannot start has failed")]

mod command;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use command::Place;
use kvorum::live;
use kvorum::storage::compact::{FifoOptions, LeveledOptions};
use kvorum::storage::{Compaction, Durability, Options, WriteBatch};

/// Runs that [`place`] makes: every entry is in the first, a third of them again in each further one.
const RUNS: u64 = 3;
const ENTRIES: u64 = 300;

/// Every flush stays a run.
fn options() -> Options {
    Options {
        compaction: Compaction::Fifo(FifoOptions::default()),
        ..Options::small()
    }
}

/// A folder with the store `cart`: `item:000` to `item:299`, one of them deleted, and a few keys that are no text.
fn place() -> Place {
    let place = Place::new();
    let store = live::open(&place.path("cart"), options()).unwrap();
    for run in 0..RUNS {
        let mut batch = WriteBatch::new();
        for number in (0..ENTRIES).filter(|number| run == 0 || number % RUNS == run) {
            batch.put(
                format!("item:{number:03}"),
                format!("{number} in run {run}"),
            );
        }
        if run == 0 {
            batch.put(b"\x00\xff", b"\x1b[2J");
            batch.put("tab\tkey", "back\\slash");
        }
        if run + 1 == RUNS {
            batch.delete("item:000");
        }
        store.write(&batch, Durability::Os).unwrap();
        store.flush().unwrap();
    }
    store
        .put_with(b"last", b"in the log", Durability::Os)
        .unwrap();
    store.close().unwrap();
    place
}

/// The files of the store with this ending, by their names.
fn files(place: &Place, ending: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(place.path("cart"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|its| its == ending))
        .collect();
    files.sort();
    files
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

/// Flips a bit in the middle of a file.
fn damage(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    fs::write(path, bytes).unwrap();
}

/// The line of `stats` that begins with this, without it.
fn figure(out: &str, start: &str) -> String {
    let line = out.lines().find(|line| line.starts_with(start)).unwrap();
    line[start.len()..].trim().to_owned()
}

#[test]
fn stats_shows_levels_log_and_runs() {
    let place = place();
    let ran = place.run(&["store", "stats", "cart"]).ends_with(0);
    let level0: Vec<&str> = ran.out.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(level0[..3], ["0", "3", "3"], "{ran:#?}");
    assert_eq!(level0[5..], ["503", "1"], "{ran:#?}");
    assert!(figure(&ran.out, "log").contains("1 write not in tables yet"));
    assert_eq!(figure(&ran.out, "closed"), "yes");
    assert_eq!(figure(&ran.out, "last write"), "504");
    assert!(figure(&ran.out, "runs to search").starts_with('3'));
    assert!(
        ran.out.contains(r#"keys "item:000" to "item:299\x00""#),
        "{ran:#?}"
    );
    assert!(ran.out.lines().all(|line| line.len() <= 80), "{ran:#?}");
}

#[test]
fn looking_changes_nothing() {
    let place = place();
    let content = || -> Vec<(PathBuf, Vec<u8>)> {
        let mut files: Vec<_> = fs::read_dir(place.path("cart"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| (path.clone(), fs::read(path).unwrap()))
            .collect();
        files.sort();
        files
    };
    let before = content();
    place.run(&["store", "stats", "cart"]).ends_with(0);
    place.run(&["store", "verify", "cart"]).ends_with(0);
    assert!(before == content(), "a file changed");
}

#[test]
fn stats_of_long_and_binary_keys_fit_the_terminal() {
    let place = Place::new();
    let options = Options {
        compaction: Compaction::Leveled(LeveledOptions::default()),
        ..Options::small()
    };
    let store = live::open(&place.path("cart"), options).unwrap();
    for number in 0..50_u64 {
        let long = [&number.to_be_bytes()[..], &[b'0'; 500]].concat();
        store.put_with(&long, b"v", Durability::Os).unwrap();
    }
    store.flush().unwrap();
    store.close().unwrap();
    let ran = place
        .run(&["store", "stats", "cart"])
        .ends_with(0)
        .says("keys 0x0000000000000000303030303030... to 0x0000000000000031303030303030...");
    assert!(ran.out.lines().all(|line| line.len() <= 80), "{ran:#?}");
}

#[test]
fn an_empty_store_is_a_store() {
    let place = Place::new();
    live::open(&place.path("cart"), Options::small())
        .unwrap()
        .close()
        .unwrap();
    place.run(&["store", "stats", "cart"]).ends_with(0);
    place
        .run(&["store", "verify", "cart"])
        .ends_with(0)
        .says("0 tables and the log read: 0 entries");
    assert_eq!(place.run(&["store", "dump", "cart"]).ends_with(0).out, "");
    place.run(&["store", "compact", "cart"]).ends_with(0);
    place.run(&["store", "repair", "cart"]).ends_with(0);
}

#[test]
fn verify_reads_every_table() {
    place()
        .run(&["store", "verify", "cart"])
        .ends_with(0)
        .says("3 tables and the log read: 503 entries")
        .says("whole: every checksum and every order holds");
}

#[test]
fn dump_prints_what_a_reader_sees() {
    let place = place();
    let ran = place.run(&["store", "dump", "cart"]).ends_with(0);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(lines.len() as u64, ENTRIES - 1 + 3, "{ran:#?}");
    assert_eq!(lines[0], r"\x00\xff	\x1b[2J");
    assert_eq!(lines[1], "item:001\t1 in run 1");
    assert_eq!(lines[3], "item:003\t3 in run 0");
    assert_eq!(lines[lines.len() - 2], "last\tin the log");
    assert_eq!(lines[lines.len() - 1], r"tab\tkey	back\\slash");
    // It is still there, and still closed.
    let again = place.run(&["store", "dump", "cart"]).ends_with(0);
    assert_eq!(again.out, ran.out);
    let stats = place.run(&["store", "stats", "cart"]).ends_with(0);
    assert_eq!(figure(&stats.out, "closed"), "yes");
}

#[test]
fn dump_keeps_to_a_prefix_and_a_limit() {
    let place = place();
    let ran = place
        .run(&["store", "dump", "cart", "--prefix", "item:29"])
        .ends_with(0);
    assert_eq!(ran.out.lines().count(), 10, "{ran:#?}");
    assert_eq!(ran.err, "");
    let ran = place
        .run(&[
            "store", "dump", "cart", "--prefix", "item:29", "--limit", "10",
        ])
        .ends_with(0);
    assert_eq!((ran.out.lines().count(), ran.err.as_str()), (10, ""));
    let ran = place
        .run(&["store", "dump", "cart", "--limit", "2"])
        .ends_with(0)
        .complains("there are more: --limit is 2");
    assert_eq!(ran.out.lines().count(), 2, "{ran:#?}");
    let ran = place
        .run(&["store", "dump", "cart", "--limit", "0"])
        .ends_with(0)
        .complains("there are more");
    assert_eq!(ran.out, "");
}

#[test]
fn a_prefix_is_typed_as_it_is_printed() {
    let place = place();
    for (prefix, found) in [(r"\x00", r"\x00\xff"), (r"tab\t", r"tab\tkey")] {
        let ran = place
            .run(&["store", "dump", "cart", "--prefix", prefix])
            .ends_with(0);
        assert!(ran.out.starts_with(&format!("{found}\t")), "{ran:#?}");
        assert_eq!(ran.out.lines().count(), 1);
    }
    place
        .run(&["store", "dump", "cart", "--prefix", r"\q"])
        .ends_with(2)
        .complains(r"--prefix \q: a backslash begins \xNN or \\");
}

#[test]
fn a_long_value_is_printed_whole_into_a_pipe() {
    let place = Place::new();
    let store = live::open(&place.path("cart"), Options::small()).unwrap();
    store.put(b"k", &[b'v'; 10_000]).unwrap();
    store.close().unwrap();
    let ran = place.run(&["store", "dump", "cart"]).ends_with(0);
    assert_eq!(ran.out.len(), 10_003);
}

#[test]
fn the_reader_of_a_dump_may_leave_early() {
    let place = Place::new();
    let store = live::open(&place.path("cart"), Options::small()).unwrap();
    for number in 0..20_000_u64 {
        let key = number.to_be_bytes();
        store.put_with(&key, b"value", Durability::Os).unwrap();
    }
    store.close().unwrap();
    let mut child = place.command(&["store", "dump", "cart"]).spawn().unwrap();
    let mut first = String::new();
    BufReader::with_capacity(1, child.stdout.take().unwrap())
        .read_line(&mut first)
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let mut said = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert_eq!(said, "");
    place.run(&["store", "verify", "cart"]).ends_with(0);
}

#[test]
fn compact_leaves_one_run_with_the_same_content() {
    let place = place();
    let before = place.run(&["store", "dump", "cart"]).ends_with(0);
    place
        .run(&["store", "compact", "cart"])
        .ends_with(0)
        .says("in 3 runs")
        .says("in 1 run\n");
    let after = place.run(&["store", "dump", "cart"]).ends_with(0);
    assert_eq!(after.out, before.out);
    let ran = place.run(&["store", "stats", "cart"]).ends_with(0);
    assert_eq!(figure(&ran.out, "space amplification")[..4], *"1.00");
    let line: Vec<&str> = ran.out.lines().nth(1).unwrap().split_whitespace().collect();
    // Overwritten versions and the tombstone are gone.
    assert_eq!(line[line.len() - 2..], ["302", "0"], "{ran:#?}");
    place.run(&["store", "compact", "cart"]).ends_with(0);
    place.run(&["store", "verify", "cart"]).ends_with(0);
}

#[test]
fn expired_values_are_neither_printed_nor_kept() {
    let place = Place::new();
    let store = live::open(&place.path("cart"), Options::small()).unwrap();
    let mut batch = WriteBatch::new();
    batch.put_until("brief", "1", 1_000).put("lasting", "2");
    store.write(&batch, Durability::Os).unwrap();
    store.close().unwrap();
    let ran = place.run(&["store", "dump", "cart"]).ends_with(0);
    assert_eq!(ran.out, "lasting\t2\n");
    place.run(&["store", "compact", "cart"]).ends_with(0);
    place
        .run(&["store", "verify", "cart"])
        .ends_with(0)
        .says("1 table and the log read: 1 entry");
}

#[test]
fn a_damaged_table_is_named_and_repair_saves_the_rest() {
    let place = place();
    let before = place.run(&["store", "dump", "cart"]).ends_with(0);
    let table = files(&place, "kvt").remove(1);
    damage(&table);
    let ran = place
        .run(&["store", "verify", "cart"])
        .ends_with(1)
        .says(&format!("damaged: {}: ", name(&table)))
        .says("To save what is whole: kvorum store repair cart");
    assert!(!ran.out.contains("every checksum"), "{ran:#?}");
    place
        .run(&["store", "repair", "cart"])
        .ends_with(0)
        .says("kept: 2 tables with 403 entries")
        .says(&format!("given up: {}: ", name(&table)))
        .says("kvorum store verify cart");
    let aside = files(&place, "damaged");
    assert_eq!(
        aside.iter().map(|path| name(path)).collect::<Vec<_>>(),
        [name(&table) + ".damaged"]
    );
    place.run(&["store", "verify", "cart"]).ends_with(0);
    let after = place.run(&["store", "dump", "cart"]).ends_with(0);
    // What only the lost run knew is as the run beneath has it.
    assert_eq!(after.out.lines().count(), before.out.lines().count());
    assert!(after.out.contains("item:001\t1 in run 0"), "{after:#?}");
    assert!(after.out.contains("last\tin the log"));
}

#[test]
fn a_missing_table_is_named_too() {
    let place = place();
    let table = files(&place, "kvt").remove(0);
    fs::remove_file(&table).unwrap();
    place
        .run(&["store", "verify", "cart"])
        .ends_with(1)
        .says(&format!("damaged: {}: ", name(&table)));
    place.run(&["store", "repair", "cart"]).ends_with(0);
    place.run(&["store", "verify", "cart"]).ends_with(0);
}

#[test]
fn a_store_without_its_manifest_is_damaged_not_absent() {
    let place = place();
    let before = place.run(&["store", "dump", "cart"]).ends_with(0);
    for manifest in files(&place, "kvm") {
        fs::remove_file(manifest).unwrap();
    }
    place
        .run(&["store", "stats", "cart"])
        .ends_with(3)
        .complains("no manifest is")
        .complains("kvorum store repair cart");
    place
        .run(&["store", "verify", "cart"])
        .ends_with(1)
        .says("kvorum store repair cart");
    place
        .run(&["store", "repair", "cart"])
        .ends_with(0)
        .says("keys that were deleted may be back");
    let after = place.run(&["store", "dump", "cart"]).ends_with(0);
    assert_eq!(after.out, before.out);
}

#[test]
fn a_damaged_manifest_is_set_aside() {
    let place = place();
    let before = place.run(&["store", "dump", "cart"]).ends_with(0);
    let manifest = files(&place, "kvm").remove(0);
    let mut bytes = fs::read(&manifest).unwrap();
    bytes[3] ^= 1;
    fs::write(&manifest, bytes).unwrap();
    place
        .run(&["store", "dump", "cart"])
        .ends_with(3)
        .complains("kvorum store repair cart");
    place
        .run(&["store", "verify", "cart"])
        .ends_with(1)
        .says("damaged: ");
    place
        .run(&["store", "repair", "cart"])
        .ends_with(0)
        .says(&format!("given up: {}: ", name(&manifest)));
    let after = place.run(&["store", "dump", "cart"]).ends_with(0);
    assert_eq!(after.out, before.out);
}

#[test]
fn repairing_a_whole_store_changes_nothing() {
    let place = place();
    let before = place.run(&["store", "stats", "cart"]).ends_with(0);
    place
        .run(&["store", "repair", "cart"])
        .ends_with(0)
        .says("kept: 3 tables with 503 entries");
    assert!(files(&place, "damaged").is_empty());
    let after = place.run(&["store", "stats", "cart"]).ends_with(0);
    assert_eq!(after.out, before.out);
}

#[test]
fn a_store_that_is_open_can_be_looked_at_and_not_changed() {
    let place = place();
    let store = live::open(&place.path("cart"), options()).unwrap();
    store.put(b"newer", b"1").unwrap();
    for action in ["stats", "verify"] {
        place.run(&["store", action, "cart"]).ends_with(0);
    }
    for action in ["dump", "compact", "repair"] {
        place
            .run(&["store", action, "cart"])
            .ends_with(3)
            .complains(&format!("held by process {}", std::process::id()));
    }
    store.close().unwrap();
}

#[test]
fn what_is_no_store_is_said_and_left_alone() {
    let place = Place::new();
    fs::create_dir(place.path("empty")).unwrap();
    place.write("file", "text");
    for action in ["stats", "verify", "dump", "compact", "repair"] {
        place
            .run(&["store", action, "nowhere"])
            .ends_with(2)
            .complains("nowhere: no such folder");
        place
            .run(&["store", action, "file"])
            .ends_with(2)
            .complains("file: not a folder");
        place
            .run(&["store", action, "empty"])
            .ends_with(2)
            .complains("empty: there is no manifest: this is no store");
    }
    assert!(!place.path("nowhere").exists());
    let left: Vec<_> = fs::read_dir(place.path("empty")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_path_with_a_space_is_quoted_where_it_is_to_be_typed() {
    let place = place();
    fs::rename(place.path("cart"), place.path("my cart")).unwrap();
    place
        .run(&["store", "repair", "my cart"])
        .ends_with(0)
        .says("kvorum store verify 'my cart'");
}

#[test]
fn every_action_has_help_a_page_and_completions() {
    let place = Place::new();
    let help = place
        .run(&["store", "--help"])
        .ends_with(0)
        .says("Exit codes:");
    let completions = place.run(&["completions", "bash"]).ends_with(0);
    place.run(&["man", "--out", "pages"]).ends_with(0);
    for action in ["stats", "verify", "dump", "compact", "repair"] {
        assert!(help.out.contains(&format!("  {action}")), "{help:#?}");
        assert!(
            completions.out.contains(&format!("store__{action}"))
                || completions
                    .out
                    .contains(&format!("store__subcmd__{action}")),
            "{action}"
        );
        place
            .run(&["store", action, "--help"])
            .ends_with(0)
            .says("<PATH>");
        let page = place.path("pages").join(format!("kvorum-store-{action}.1"));
        assert!(page.exists(), "{}", page.display());
    }
}
