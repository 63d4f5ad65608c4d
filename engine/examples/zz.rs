//! scratch
use kvorum::script::{RunOptions, run, torture};
fn main() {
    let args: Vec<String> = std::env::args().collect();
    if args[1] == "run" {
        let text = std::fs::read_to_string(&args[2]).unwrap();
        let done = run(&args[2], &text, &RunOptions::default());
        match done {
            Ok(done) => {
                for step in done.steps {
                    println!(
                        "{}{} -> {} {}",
                        if step.ok { "" } else { "!!! " },
                        step.source,
                        step.printed,
                        step.detail.unwrap_or_default()
                    );
                }
            }
            Err(e) => println!("{e}"),
        }
        return;
    }
    let (from, to): (u64, u64) = (args[2].parse().unwrap(), args[3].parse().unwrap());
    let mutant = args.get(4).map(|m| m.parse().unwrap());
    let plan = torture::Plan {
        mutant,
        ..torture::Plan::default()
    };
    let mut n = 0;
    let threads = 2;
    let next = std::sync::atomic::AtomicU64::new(from);
    let sums = std::sync::Mutex::new((0u64, 0u64, 0u64, 0u64, 0u64, 0u64));
    std::thread::scope(|s| {
        for _ in 0..threads {
            s.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    if seed >= to {
                        break;
                    }
                    if std::env::var("V").is_ok() {
                        eprintln!("seed {seed}");
                    }
                    let out = torture::run_seed(seed, &plan).unwrap();
                    let mut g = sums.lock().unwrap();
                    g.0 += out.operations;
                    g.1 += out.messages;
                    if let Some(f) = out.failure {
                        println!("SEED {seed}: {}\n{}", f.message, f.script);
                        g.5 += 1;
                    }
                }
            });
        }
    });
    n += 1;
    let _ = n;
    println!("{:?}", sums.lock().unwrap());
}
