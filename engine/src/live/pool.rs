//! Threads that step a store's upkeep, at a bounded rate.

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use crate::storage::{Step, Store};
use crate::{Error, Result};

/// Input bytes of one step: small enough that closing a store takes no time, large enough that taking up a
/// job costs nothing beside it.
const STEP_BYTES: u64 = 4 << 20;
/// How often an idle thread looks for work that nobody announced, such as values that expired.
const LOOK_AGAIN: Duration = Duration::from_millis(250);
/// How long a thread rests after a step that failed, for a full disk to be emptied.
const AFTER_FAILURE: Duration = Duration::from_millis(500);
/// Threads of one pool.
pub const POOL_THREADS_MAX: usize = 64;

/// How a pool works.
#[derive(Clone, Copy, Debug)]
pub struct PoolOptions {
    /// Threads; 0 leaves all upkeep to the writers.
    pub threads: usize,
    /// Bytes merged in a second, all threads together; flushes count too, but never wait.
    pub bytes_per_second_max: Option<u64>,
}

impl Default for PoolOptions {
    fn default() -> Self {
        Self {
            threads: 2,
            bytes_per_second_max: None,
        }
    }
}

/// The threads. Dropping the pool ends them after the step they are in.
#[derive(Debug)]
pub struct Pool {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    store: Arc<Store>,
    signal: Arc<Signal>,
    rate: Option<Mutex<Tokens>>,
}

/// Wakes threads that rest. The store holds it too, and tells when work may be due.
#[derive(Debug, Default)]
struct Signal {
    ended: AtomicBool,
    /// How often work was announced.
    announced: Mutex<u64>,
    wake: Condvar,
}

impl Signal {
    fn announced(&self) -> MutexGuard<'_, u64> {
        self.announced
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn announce(&self) {
        *self.announced() += 1;
        self.wake.notify_all();
    }

    fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    /// Rests for `span`, but not past the end, nor past an announcement after the one numbered `seen`.
    fn rest(&self, span: Duration, seen: Option<u64>) {
        let announced = self.announced();
        if span.is_zero() || self.has_ended() || seen.is_some_and(|seen| seen != *announced) {
            return;
        }
        let still =
            |announced: &mut u64| !self.has_ended() && seen.is_none_or(|seen| seen == *announced);
        drop(
            self.wake
                .wait_timeout_while(announced, span, still)
                .unwrap_or_else(PoisonError::into_inner),
        );
    }
}

/// A token bucket that may be overdrawn by one step, and is then refilled before the next.
#[derive(Debug)]
struct Tokens {
    per_second: u64,
    /// From when on the bucket is not overdrawn.
    ready_at: Instant,
}

impl Tokens {
    /// Pays for `bytes`.
    fn spend(&mut self, bytes: u64, now: Instant) {
        let takes = Duration::from_secs_f64(bytes as f64 / self.per_second as f64);
        self.ready_at = self.ready_at.max(now) + takes;
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the driver is where time comes from"
)]
fn now() -> Instant {
    Instant::now()
}

impl Pool {
    /// Starts threads that step `store`.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for more than [`POOL_THREADS_MAX`] threads or a rate of nothing, and where the
    /// system gives no thread.
    pub fn start(store: &Arc<Store>, options: PoolOptions) -> Result<Self> {
        if options.threads > POOL_THREADS_MAX || options.bytes_per_second_max == Some(0) {
            return Err(Error::invalid(format!(
                "a pool has up to {POOL_THREADS_MAX} threads and a rate of 1 byte a second or more"
            )));
        }
        let shared = Arc::new(Shared {
            store: Arc::clone(store),
            signal: Arc::new(Signal::default()),
            rate: options.bytes_per_second_max.map(|per_second| {
                Mutex::new(Tokens {
                    per_second,
                    ready_at: now(),
                })
            }),
        });
        let signal = Arc::clone(&shared.signal);
        store.announce_work_to(Box::new(move || signal.announce()))?;
        let mut pool = Self {
            shared,
            threads: Vec::new(),
        };
        for number in 0..options.threads {
            let shared = Arc::clone(&pool.shared);
            let thread = std::thread::Builder::new()
                .name(format!("kvorum-{number}"))
                .spawn(move || shared.run())
                .map_err(|why| Error::invalid(format!("no thread for the pool: {why}")))?;
            pool.threads.push(thread);
        }
        Ok(pool)
    }
}

impl Shared {
    fn run(&self) {
        while !self.signal.has_ended() {
            let seen = *self.signal.announced();
            match self.store.step(STEP_BYTES) {
                Ok(Step::Worked { bytes }) => self.pay(bytes),
                Ok(Step::Idle | Step::Busy) => self.signal.rest(LOOK_AGAIN, Some(seen)),
                Err(_) => self.signal.rest(AFTER_FAILURE, None),
            }
        }
    }

    fn pay(&self, bytes: u64) {
        let Some(rate) = &self.rate else { return };
        let wait = {
            let mut tokens = rate.lock().unwrap_or_else(PoisonError::into_inner);
            let now = now();
            tokens.spend(bytes, now);
            tokens.ready_at.saturating_duration_since(now)
        };
        self.signal.rest(wait, None);
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.signal.ended.store(true, Ordering::Release);
        self.shared.signal.announce();
        for thread in self.threads.drain(..) {
            // A thread that panicked has nothing to say that the panic did not.
            let _ = thread.join();
        }
    }
}
