use clap::Parser;

use super::*;
use crate::workload::Workload;

fn report() -> Report {
    let args = Args::parse_from(["peers"]);
    let mut report = Report::new(&args, "ext4");
    let step = Step {
        workload: Workload::ReadRandom,
        threads: 2,
    };
    for (engine, speeds) in [
        (Name::Kvorum, [900e3, 2_000e3, 1_000e3]),
        (Name::Rocksdb, [100e3, 300e3, 200e3]),
        (Name::Redb, [500e3, 400e3, 600e3]),
    ] {
        for speed in speeds {
            report.speed(engine, 100, step, speed);
        }
    }
    for (engine, disk) in [
        (Name::Kvorum, 50.0),
        (Name::Rocksdb, 100.0),
        (Name::Redb, 400.0),
    ] {
        report.measure(engine, 100, "disk", "MiB", disk);
    }
    report
}

#[test]
fn a_ratio_compares_medians_with_the_fastest_peer() {
    let json = report().json();
    let row = &json["rows"][0];
    assert_eq!(row["workload"], "readrandom");
    assert_eq!(row["kvorum"], 1_000e3);
    assert_eq!(row["peer"], "redb");
    assert_eq!(row["fastest_peer"], 500e3);
    assert_eq!(row["ratio"], 2.0);
    assert_eq!(row["fjall"], Value::Null);
}

#[test]
fn less_space_is_ahead() {
    let json = report().json();
    let row = &json["space"][0];
    assert_eq!(row["peer"], "rocksdb");
    assert_eq!(row["ratio"], 2.0);
    assert_eq!(row["ratio_to_rocksdb"], 2.0);
}

#[test]
fn no_line_is_wider_than_a_hundred_columns() {
    let args = Args::parse_from(["peers"]);
    let text = format!("{}\n{}", header(&args, "ext4"), report());
    for line in text.lines().filter(|line| !line.starts_with("machine")) {
        assert!(line.chars().count() <= 100, "{line}");
    }
}

#[test]
fn a_median_of_two_is_their_mean() {
    assert_eq!(median(&[1.0, 3.0]), 2.0);
    assert_eq!(median(&[5.0, 1.0, 3.0]), 3.0);
}
