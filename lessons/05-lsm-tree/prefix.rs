//! The program of lesson 5; its page shows it beside the same in Python and Java.

use kvorum::script::{self, RunOptions, ScriptError};

const SCRIPT: &str = "
cluster nodes=1 replication=1 read=1 write=1 conflict=lww
disk n1 lie
put a 1
put b 1
put c 1
put d 1
kill n1
restart n1
scan
";

fn main() -> Result<(), ScriptError> {
    let (mut kept, mut holes) = ([0; 5], 0);
    for seed in 0..200 {
        let options = RunOptions {
            seed: Some(seed),
            ..RunOptions::default()
        };
        let report = script::run("prefix", SCRIPT, &options)?;
        let left = &report.steps[report.steps.len() - 1].printed;
        let keys: String = left
            .split(", ")
            .filter_map(|pair| pair.strip_suffix("=1"))
            .collect();
        kept[keys.len()] += 1;
        holes += usize::from(!"abcd".starts_with(&keys));
    }
    let [none, one, two, three, four] = kept;
    print!("power cuts that left 0, 1, 2, 3, 4 of the four puts: ");
    println!("{none} {one} {two} {three} {four}");
    println!("power cuts that left a hole: {holes}");
    Ok(())
}
