//! Counts that many threads add to: each thread in a stripe of its own, as far as they go round.

use core::cell::Cell;
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Stripes of a striped count.
pub(crate) const STRIPES: usize = 16;

thread_local! {
    /// The stripe that this thread counts in.
    static STRIPE: Cell<usize> = const { Cell::new(usize::MAX) };
}

static STRIPE_NEXT: AtomicUsize = AtomicUsize::new(0);

/// The stripe that this thread counts in.
#[inline]
pub(crate) fn stripe() -> usize {
    let mut stripe = STRIPE.get();
    if stripe >= STRIPES {
        stripe = STRIPE_NEXT.fetch_add(1, Ordering::Relaxed) % STRIPES;
        STRIPE.set(stripe);
    }
    stripe
}

/// On cache lines of its own: a count that two threads share costs either of them a trip to the other's
/// cache.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Stripe(AtomicU64);

/// One count.
#[derive(Debug, Default)]
pub(super) struct StripedCount {
    stripes: [Stripe; STRIPES],
}

impl StripedCount {
    #[inline]
    pub(super) fn add_one(&self) {
        self.stripes[stripe()].0.fetch_add(1, Ordering::Relaxed);
    }

    /// The sum now. What threads add meanwhile may be in it or not.
    pub(super) fn sum(&self) -> u64 {
        let stripes = self.stripes.iter();
        stripes.map(|stripe| stripe.0.load(Ordering::Relaxed)).sum()
    }
}
