//! What the log costs on a real disk. Nothing is checked: figures are printed.
//!
//! `cargo test --release -p kvorum --lib storage::wal::writer -- --ignored --nocapture`

use core::hint::black_box;
use std::time::{Duration, Instant};

use super::*;
use crate::vfs::OsDisk;

const ROUNDS: usize = 9;

/// A writer that is timed, among others, round by round.
struct Timed {
    what: &'static str,
    writer: SegmentWriter,
    mode: AppendMode,
    syncs: bool,
    rounds: Vec<Duration>,
}

impl Timed {
    fn round(&mut self, appends: u32) {
        let mut put = WriteBatch::new();
        put.put([7; 16], [8; 100]);
        let handle = self.writer.sync_handle();
        let start = now();
        for _ in 0..appends {
            let sequence = self.writer.last_sequence() + 1;
            self.writer
                .append(sequence, 1, put.payload(), sequence - 1, self.mode)
                .unwrap();
            if self.syncs {
                handle.sync().unwrap();
            }
        }
        self.rounds.push(start.elapsed() / appends);
    }
}

#[expect(clippy::disallowed_methods, reason = "it measures")]
fn now() -> Instant {
    Instant::now()
}

fn median(rounds: &mut [Duration]) -> Duration {
    rounds.sort_unstable();
    rounds[rounds.len() / 2]
}

fn print(what: &str, count: u32, mut act: impl FnMut()) {
    let mut rounds: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let start = now();
            act();
            start.elapsed() / count
        })
        .collect();
    println!("{what}: {:?}", median(&mut rounds));
}

/// What a segment is made in.
#[derive(Clone, Copy)]
enum In {
    Nothing,
    Zeros,
    /// A file of so many bytes, which was written in pieces of so many.
    Recycled(usize, usize),
}

fn segment(disk: &OsDisk, id: FileId, within: In) -> SegmentWriter {
    let recycled = match within {
        In::Recycled(bytes, piece_bytes) => {
            let name = format!("{:06}.kvr", id + 1_000);
            let mut file = disk.open(&name).unwrap();
            for _ in 0..bytes / piece_bytes {
                file.append(&vec![1; piece_bytes]).unwrap();
            }
            file.sync().unwrap();
            Some(name)
        }
        In::Nothing | In::Zeros => None,
    };
    let ahead = match within {
        In::Nothing => Ahead::Nothing,
        In::Zeros | In::Recycled(..) => Ahead::Zeros,
    };
    let with = SegmentOptions {
        ahead,
        recycled,
        ..options(id, 1)
    };
    SegmentWriter::create(disk, &with).unwrap()
}

#[test]
#[ignore = "prints figures"]
fn appends_and_syncs() {
    let folder = tempfile::tempdir_in(".").unwrap();
    let disk = OsDisk::open(folder.path()).unwrap();
    let mut id = 0;
    let mut timed = |what, within, mode, syncs| {
        id += 1;
        Timed {
            what,
            writer: segment(&disk, id, within),
            mode,
            syncs,
            rounds: Vec::new(),
        }
    };
    let written = AppendMode::WriteThrough;
    let recycled = In::Recycled(80 << 20, LOG_WRITE_BYTES);
    let long_pieces = In::Recycled(80 << 20, 512 << 10);
    let mut all = [
        timed("buffered", In::Nothing, AppendMode::Buffer, false),
        timed("written", In::Nothing, written, false),
        timed("written, zeros ahead", In::Zeros, written, false),
        timed("written, recycled", recycled, written, false),
        timed("written, in long pieces", long_pieces, written, false),
        timed("synced", In::Nothing, written, true),
        timed("synced, zeros ahead", In::Zeros, written, true),
        timed("synced, recycled", recycled, written, true),
    ];
    for _ in 0..ROUNDS {
        for timed in &mut all {
            timed.round(if timed.syncs { 400 } else { 50_000 });
        }
    }
    for timed in &mut all {
        println!("{}: {:?} an append", timed.what, median(&mut timed.rounds));
    }

    const PUTS: u32 = 1_000_000;
    let mut batch = WriteBatch::new();
    print("a put into a batch", PUTS, || {
        for _ in 0..PUTS {
            batch.put([7; 16], [8; 100]);
            if batch.len() == 100 {
                batch.clear();
            }
        }
    });
    all[0].writer.flush_buffer().unwrap();
    let recovery = Recovery::default();
    let folder = tempfile::tempdir_in(".").unwrap();
    let disk = OsDisk::open(folder.path()).unwrap();
    let mut one = Timed {
        what: "",
        writer: segment(&disk, 1, In::Nothing),
        mode: AppendMode::Buffer,
        syncs: false,
        rounds: Vec::new(),
    };
    const BATCHES: u32 = 200_000;
    one.round(BATCHES);
    one.writer.flush_buffer().unwrap();
    print("a batch recovered", BATCHES, || {
        let mut operations = 0;
        recover(&disk, recovery, |_, view| {
            operations += view.operations().count();
            Ok(())
        })
        .unwrap();
        assert_eq!(operations, BATCHES as usize);
    });
}

#[test]
#[ignore = "prints figures"]
fn checksums() {
    const TIMES: u32 = 200_000;
    for length in [16, 119, 300, 1_050, 4_096] {
        let bytes = vec![7_u8; length];
        print(&format!("CRC-32 of {length} bytes"), TIMES, || {
            for _ in 0..TIMES {
                black_box(crc32fast::hash(black_box(&bytes)));
            }
        });
        print(&format!("xxh3 of {length} bytes"), TIMES, || {
            for _ in 0..TIMES {
                black_box(twox_hash::XxHash3_64::oneshot(black_box(&bytes)));
            }
        });
    }
}
