//! Modules import only from floors below their own; the table in `lib.rs` says which floor is whose.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// The table of `lib.rs`: lines like ``//! | 2 | [`ring`], [`causal`] |``.
fn floors(lib: &str) -> BTreeMap<String, u32> {
    let mut floors = BTreeMap::new();
    for line in lib.lines().filter_map(|line| line.strip_prefix("//! | ")) {
        let (floor, modules) = line.split_once(" | ").unwrap();
        if let Ok(floor) = floor.parse() {
            let names = modules.split('`').skip(1).step_by(2);
            floors.extend(names.map(|name| (name.to_owned(), floor)));
        }
    }
    floors
}

/// The modules that a source names as `crate::module`, comments and tests left out.
fn imports(text: &str) -> Vec<String> {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let code = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let mut names = Vec::new();
    for line in code {
        for rest in line.split("crate::").skip(1) {
            let end = rest
                .find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(rest.len());
            names.push(rest[..end].to_owned());
        }
    }
    names
}

#[test]
fn imports_go_down_only() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let floors = floors(&fs::read_to_string(src.join("lib.rs")).unwrap());
    let mut files = Vec::new();
    sources(&src, &mut files);
    let mut checked = 0;
    for file in files {
        let inside = file.strip_prefix(&src).unwrap();
        let module = inside.iter().next().unwrap().to_str().unwrap();
        if module == "lib.rs" || inside.ends_with("tests.rs") {
            continue;
        }
        let floor = floors
            .get(module)
            .unwrap_or_else(|| panic!("{module} stands on no floor in lib.rs"));
        for import in imports(&fs::read_to_string(&file).unwrap()) {
            if let Some(below) = floors.get(&import).filter(|_| import != module) {
                checked += 1;
                assert!(
                    below < floor,
                    "{}: {module} (floor {floor}) imports {import} (floor {below})",
                    inside.display()
                );
            }
        }
    }
    assert!(checked > 50, "only {checked} imports were found");
}

/// The doors to the operating system: these alone are for what lies behind the feature `live`.
const DOORS: [&str; 4] = ["live/", "live.rs", "vfs/os/", "vfs/os.rs"];

/// What a sans-IO core has no use for. The lint in `clippy.toml` names single calls; this names whole doors.
const OUTSIDE: [&str; 9] = [
    "std::fs",
    "std::net",
    "std::thread",
    "std::process",
    "std::env",
    "std::io",
    "Instant",
    "SystemTime",
    "RandomState",
];

#[test]
fn the_engine_reaches_for_no_operating_system() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    assert!(files.len() > 50, "the sources are there");
    let inside = |file: &Path| {
        let path = file.strip_prefix(&src).unwrap().to_str().unwrap();
        !path.ends_with("tests.rs")
            && !path.contains("/tests/")
            && !DOORS.iter().any(|door| path.starts_with(door))
    };
    for file in files.iter().filter(|file| inside(file)) {
        let text = fs::read_to_string(file).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for line in code
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
        {
            let found = OUTSIDE.iter().find(|door| line.contains(**door));
            assert!(found.is_none(), "{}: {found:?} in: {line}", file.display());
        }
    }
}
