//! Replays the seeds of the fuzz targets in `engine/fuzz` as plain tests.

mod fuzz_seeds;

use std::fs;
use std::path::PathBuf;

use kvorum::storage::fuzz;

fn folder(target: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target)
}

/// Hands every seed of `target` to `read`.
#[expect(
    clippy::disallowed_methods,
    reason = "seeds are files of the repository"
)]
fn replay(target: &str, seeds_min: usize, read: impl Fn(&[u8])) {
    let seeds = fs::read_dir(folder(target)).expect("the corpus is there");
    let mut count = 0;
    for seed in seeds {
        let path = seed.expect("the folder can be read").path();
        println!("{}", path.display());
        read(&fs::read(&path).expect("the seed can be read"));
        count += 1;
    }
    assert!(count >= seeds_min, "{count} seeds of {target}");
}

#[test]
fn the_log_reads_every_seed() {
    replay("log", 30, fuzz::log);
}

#[test]
fn the_manifest_reads_every_seed() {
    replay("manifest", 20, fuzz::manifest);
}

#[test]
fn a_table_reads_every_seed() {
    replay("table", 20, fuzz::table);
}

#[test]
#[ignore = "writes the seeds anew"]
#[expect(
    clippy::disallowed_methods,
    reason = "seeds are files of the repository"
)]
fn write_the_seeds() {
    for (target, seeds) in [
        ("log", fuzz_seeds::log()),
        ("manifest", fuzz_seeds::manifest()),
        ("table", fuzz_seeds::table()),
    ] {
        fs::create_dir_all(folder(target)).expect("the folder can be made");
        for (name, bytes) in seeds {
            fs::write(folder(target).join(name), bytes).expect("the seed can be written");
        }
    }
}
