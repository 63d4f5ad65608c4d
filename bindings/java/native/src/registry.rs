//! What Java holds by number. A number is never used twice and is no address, so one that is closed or
//! made up finds nothing, and an object that one thread closes lives on until the threads that are
//! inside it have left.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use kvorum::Error;

use crate::failure::Failure;

/// The open objects of one kind. Its lock is held for a look-up only, never while an object works.
#[derive(Debug)]
pub(crate) struct Registry<T> {
    open: RwLock<Open<T>>,
}

#[derive(Debug)]
struct Open<T> {
    /// The number handed out last; the first is 1.
    last: u64,
    by_number: BTreeMap<u64, Arc<T>>,
}

impl<T> Registry<T> {
    pub(crate) const fn new() -> Self {
        Self {
            open: RwLock::new(Open {
                last: 0,
                by_number: BTreeMap::new(),
            }),
        }
    }

    /// Keeps an object and gives it its number.
    pub(crate) fn open(&self, object: T) -> u64 {
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        open.last += 1;
        let number = open.last;
        open.by_number.insert(number, Arc::new(object));
        number
    }

    /// The object of a number.
    ///
    /// # Errors
    /// `closed` when there is none, or none any more.
    pub(crate) fn find(&self, number: u64) -> Result<Arc<T>, Failure> {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        let found = open.by_number.get(&number).cloned();
        found.ok_or_else(|| Error::Closed.into())
    }

    /// Lets go of an object; it is dropped here, or by the last thread that still uses it. Closing
    /// twice does nothing.
    pub(crate) fn close(&self, number: u64) {
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        let closed = open.by_number.remove(&number);
        // Freeing a large cluster takes time; others need not wait for it.
        drop(open);
        drop(closed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_until_it_is_closed_and_is_never_given_again() {
        let registry = Registry::new();
        let first = registry.open("a");
        assert_eq!(*registry.find(first).expect("open"), "a");
        registry.close(first);
        registry.close(first);
        assert_eq!(
            registry.find(first).expect_err("closed"),
            Failure::from(Error::Closed)
        );
        assert_ne!(registry.open("b"), first);
        assert!(registry.find(0).is_err());
        assert!(registry.find(u64::MAX).is_err());
    }

    #[test]
    fn a_closed_object_lives_until_its_last_user_leaves() {
        let registry = Registry::new();
        let number = registry.open(vec![7]);
        let used = registry.find(number).expect("open");
        registry.close(number);
        assert_eq!(*used, [7]);
        assert_eq!(Arc::strong_count(&used), 1);
    }
}
