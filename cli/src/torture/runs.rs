//! Running seeds on several threads. What came of them is handed on in the order of the seeds, so that the first
//! failure is the same however many threads there are.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::catch_unwind;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kvorum::script::torture::{Failure, Outcomes, Plan, run_seed};

use crate::exit::Stop;
use crate::interrupt::Interrupt;

/// Every so many seeds one is run a second time, and must give the same trace.
const TWICE_EVERY: u64 = 10;
/// How many seeds a run may be ahead of the one whose turn it is: so many wait to be handed on at most.
const AHEAD_MAX: u64 = 256;
/// How often an interrupt is looked for while no run ends.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How the runs ended.
#[derive(Debug)]
pub enum Ended {
    /// All held.
    Held,
    /// A promise was broken.
    Broken(Failure),
    /// A seed, and the two traces that it gave.
    Differs(u64, String, String),
    /// A seed whose run panicked, and its message.
    Panicked(u64, String),
    /// Somebody pressed Ctrl-C.
    Interrupted,
}

/// What came of one seed.
#[derive(Debug)]
enum Ran {
    /// Its outcomes, and the trace of its second run.
    Whole(Box<Outcomes>, Option<String>),
    Panicked(String),
    Refused(kvorum::Error),
}

/// See the module.
#[derive(Debug)]
pub struct Runs {
    shared: Arc<Shared>,
    threads: usize,
}

/// What the threads share. Places count from 0: the seed of a place is the first seed and so many more.
#[derive(Debug)]
struct Shared {
    plan: Plan,
    first: u64,
    count: u64,
    /// The next place that nobody runs.
    next: AtomicU64,
    /// Nobody waits for further runs.
    over: AtomicBool,
    /// The place whose turn it is.
    turn: Mutex<u64>,
    turned: Condvar,
}

impl Runs {
    /// Runs of `count` seeds from `first` on.
    pub fn new(first: u64, count: u64, plan: Plan, threads: usize) -> Self {
        Self {
            shared: Arc::new(Shared {
                plan,
                first,
                count,
                next: AtomicU64::new(0),
                over: AtomicBool::new(false),
                turn: Mutex::new(0),
                turned: Condvar::new(),
            }),
            threads,
        }
    }

    /// Runs all seeds up to the first failure, and hands each run's outcomes to `take`. Runs that nobody waits for
    /// any more end by themselves; they keep nobody waiting.
    ///
    /// # Errors
    /// What `take` returns, what is wrong with the plan, and [`Stop::Environment`] where no thread starts.
    pub fn each(
        self,
        interrupt: &Interrupt,
        take: impl FnMut(&Outcomes) -> Result<(), Stop>,
    ) -> Result<Ended, Stop> {
        let (sender, receiver) = channel();
        let threads = u64::try_from(self.threads)
            .unwrap_or(u64::MAX)
            .min(self.shared.count);
        let started = (0..threads).try_for_each(|_| {
            let (shared, sender) = (Arc::clone(&self.shared), sender.clone());
            let thread = std::thread::Builder::new().name("torture".to_owned());
            thread.spawn(move || shared.work(&sender)).map(drop)
        });
        drop(sender);
        let ended = match started {
            Ok(()) => self.shared.hand_on(&receiver, interrupt, take),
            Err(error) => Err(Stop::Environment(format!(
                "cannot start a thread: {error}; try fewer, with --threads"
            ))),
        };
        self.shared.stop();
        ended
    }
}

impl Shared {
    /// One thread: takes the next seed, until there is none or nobody waits.
    fn work(&self, sender: &Sender<(u64, Ran)>) {
        loop {
            let place = self.next.fetch_add(1, Ordering::Relaxed);
            if place >= self.count || !self.may_run(place) {
                return;
            }
            let seed = self.first + place;
            let ran = catch_unwind(|| run(seed, &self.plan))
                .unwrap_or_else(|panic| Ran::Panicked(words(&*panic)));
            if sender.send((place, ran)).is_err() {
                return;
            }
        }
    }

    /// Waits until a place is not too far ahead; false when nobody waits for it any more.
    fn may_run(&self, place: u64) -> bool {
        let far = |turn: &mut u64| place - *turn >= AHEAD_MAX && !self.over.load(Ordering::Relaxed);
        drop(self.turned.wait_while(self.turn(), far));
        !self.over.load(Ordering::Relaxed)
    }

    fn turn(&self) -> MutexGuard<'_, u64> {
        // Nothing panics with the lock held.
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stop(&self) {
        let turn = self.turn();
        self.over.store(true, Ordering::Relaxed);
        drop(turn);
        self.turned.notify_all();
    }

    /// Takes the runs in as they end, and hands them on in order.
    fn hand_on(
        &self,
        receiver: &Receiver<(u64, Ran)>,
        interrupt: &Interrupt,
        mut take: impl FnMut(&Outcomes) -> Result<(), Stop>,
    ) -> Result<Ended, Stop> {
        let mut waiting: BTreeMap<u64, Ran> = BTreeMap::new();
        let mut turn = 0;
        while turn < self.count {
            if interrupt.came() {
                return Ok(Ended::Interrupted);
            }
            match receiver.recv_timeout(LOOK_EVERY) {
                Ok((place, ran)) => drop(waiting.insert(place, ran)),
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Stop::Environment(
                        "a thread ended before its work".to_owned(),
                    ));
                }
            }
            while let Some(ran) = waiting.remove(&turn) {
                let ended = judge(self.first + turn, ran, &mut take)?;
                if !matches!(ended, Ended::Held) {
                    return Ok(ended);
                }
                turn += 1;
                *self.turn() = turn;
                self.turned.notify_all();
            }
        }
        Ok(Ended::Held)
    }
}

/// One seed's run, and its second one where it is time for one.
fn run(seed: u64, plan: &Plan) -> Ran {
    let outcomes = match run_seed(seed, plan) {
        Ok(outcomes) => Box::new(outcomes),
        Err(error) => return Ran::Refused(error),
    };
    if !seed.is_multiple_of(TWICE_EVERY) || outcomes.failure.is_some() {
        return Ran::Whole(outcomes, None);
    }
    match run_seed(seed, plan) {
        Ok(second) => Ran::Whole(outcomes, Some(second.trace_hash)),
        Err(error) => Ran::Refused(error),
    }
}

/// What a panic said.
fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("no message").to_owned()
}

fn judge(
    seed: u64,
    ran: Ran,
    take: &mut impl FnMut(&Outcomes) -> Result<(), Stop>,
) -> Result<Ended, Stop> {
    let (mut outcomes, second) = match ran {
        Ran::Whole(outcomes, second) => (outcomes, second),
        Ran::Panicked(message) => return Ok(Ended::Panicked(seed, message)),
        Ran::Refused(error) => return Err(error.into()),
    };
    take(&outcomes)?;
    if let Some(failure) = outcomes.failure.take() {
        return Ok(Ended::Broken(failure));
    }
    Ok(match second {
        Some(second) if second != outcomes.trace_hash => {
            Ended::Differs(seed, outcomes.trace_hash, second)
        }
        _ => Ended::Held,
    })
}

#[cfg(test)]
mod tests {
    use super::{AHEAD_MAX, Ended, Runs};
    use crate::exit::Stop;
    use crate::interrupt::Interrupt;
    use kvorum::script::torture::Plan;

    const SHORT: Plan = Plan {
        nodes: 3,
        steps: 3,
        mutant: None,
    };

    fn hashes(first: u64, count: u64, threads: usize) -> Vec<String> {
        let mut hashes = Vec::new();
        let ended =
            Runs::new(first, count, SHORT, threads).each(&Interrupt::default(), |outcomes| {
                hashes.push(outcomes.trace_hash.clone());
                Ok(())
            });
        assert!(matches!(ended, Ok(Ended::Held)), "{ended:?}");
        hashes
    }

    #[test]
    fn runs_come_in_the_order_of_their_seeds_however_many_threads_there_are() {
        let by_one = hashes(1, 40, 1);
        assert_eq!(by_one.len(), 40);
        assert_eq!(hashes(1, 40, 5), by_one);
    }

    #[test]
    fn more_seeds_than_may_wait_all_come() {
        let count = AHEAD_MAX + 20;
        assert_eq!(hashes(1, count, 3).len() as u64, count);
    }

    #[test]
    fn the_last_seed_that_there_is_has_its_turn() {
        assert_eq!(hashes(u64::MAX, 1, 2).len(), 1);
    }

    #[test]
    fn who_takes_no_more_stops_the_runs() {
        let mut taken = 0;
        let ended = Runs::new(1, u64::MAX / 2, SHORT, 2).each(&Interrupt::default(), |_| {
            taken += 1;
            Err(Stop::ReaderGone)
        });
        assert!(matches!(ended, Err(Stop::ReaderGone)), "{ended:?}");
        assert_eq!(taken, 1);
    }
}
