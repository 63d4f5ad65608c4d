//! How long a learner waits who has answered a lot: `cargo bench -p kvorum-quiz --bench start`.
//!
//! A record of 100,000 answers is made first. Then: opening it, reading the bank and choosing the first question, which
//! is what `kvorum quiz` does before it asks; choosing the next one; and keeping an answer. The median of the rounds
//! counts. Beside them stands a floor: one synced write to a file of the same folder.
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark reads the real clock"
)]
#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use kvorum_quiz::choose::{Chooser, Purpose};
use kvorum_quiz::learner::memory::DAY_MS;
use kvorum_quiz::{Bank, Record};

const ANSWERS: i64 = 100_000;
const ROUNDS: usize = 21;
const START_MS: i64 = 1_700_000_000_000;

/// Every question of the bank again and again, over a year.
fn lines(bank: &Bank) -> String {
    let mut lines = String::new();
    let questions = bank.questions();
    for number in 0..ANSWERS {
        let question = &questions[number as usize % questions.len()];
        let at_ms = START_MS + number * 365 * DAY_MS / ANSWERS;
        writeln!(
            lines,
            "{{\"attempt\":{{\"at_ms\":{at_ms},\"kind\":\"quiz\",\"item\":\"{}\",\"revision\":\"{}\",\"lesson\":{},\
             \"seed\":{number},\"answer\":\"1\",\"right\":{},\"elapsed_ms\":30000,\"hints\":0,\"misconceptions\":[],\
             \"confidence\":null}}}}",
            question.id,
            question.revision,
            question.lesson,
            number % 4 != 0
        )
        .unwrap();
    }
    lines
}

fn median(mut rounds: Vec<Duration>) -> Duration {
    rounds.sort_unstable();
    rounds[rounds.len() / 2]
}

fn timed(mut round: impl FnMut()) -> Duration {
    let rounds = (0..ROUNDS).map(|_| {
        let start = Instant::now();
        round();
        start.elapsed()
    });
    median(rounds.collect())
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.sqlite");
    let bank = Bank::embedded().unwrap();
    let mut record = Record::open(&path).unwrap();
    let began = Instant::now();
    let imported = record.import(&mut lines(&bank).as_bytes()).unwrap();
    let took = began.elapsed().as_secs_f64();
    println!(
        "import of {} answers          {took:>9.2} s",
        imported.answers
    );
    let began = Instant::now();
    record.rebuild().unwrap();
    println!(
        "fold of all answers again          {:>9.2} s",
        began.elapsed().as_secs_f64()
    );
    drop(record);
    let size = std::fs::metadata(&path).unwrap().len() as f64 / 1e6;
    println!("size of the record                 {size:>9.1} MB");

    let now_ms = START_MS + 366 * DAY_MS;
    let show =
        |what: &str, took: Duration| println!("{what:<34} {:>9.3} ms", took.as_secs_f64() * 1e3);
    let start = timed(|| first_question(&path, now_ms));
    show("start to first question", start);
    let record = Record::open(&path).unwrap();
    let mut chooser = Chooser::new(&bank, &record, Purpose::Practice, None, 7, now_ms).unwrap();
    let next = timed(|| {
        let pick = chooser.next(now_ms).unwrap();
        chooser.answered(pick.question, true, 0, now_ms);
    });
    show("choosing the next question", next);
    let mut attempt = record
        .attempts(&kvorum_quiz::AttemptFilter::default())
        .unwrap()
        .pop()
        .unwrap()
        .attempt;
    let keep = timed(|| {
        attempt.at_ms += 1000;
        record.append(&attempt).unwrap();
    });
    show("keeping an answer", keep);
    let mut floor = OpenOptions::new()
        .create(true)
        .append(true)
        .open(folder.path().join("floor"))
        .unwrap();
    let floor = timed(|| {
        floor.write_all(&[0; 4096]).unwrap();
        floor.sync_data().unwrap();
    });
    show("one synced write of 4 KiB (floor)", floor);
    println!(
        "an answer costs {:.1} synced writes",
        keep.as_secs_f64() / floor.as_secs_f64()
    );
}

fn first_question(path: &Path, now_ms: i64) {
    let record = Record::open(path).unwrap();
    let bank = Bank::embedded().unwrap();
    let mut chooser = Chooser::new(&bank, &record, Purpose::Practice, None, 7, now_ms).unwrap();
    assert!(chooser.next(now_ms).is_some());
}
