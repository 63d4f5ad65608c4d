//! Leases: locks that end by themselves, as a small client of compare-and-set.
//!
//! A lease is a register that holds the name of its holder, for a time:
//!
//! | call | change of the register | it takes place where |
//! |---|---|---|
//! | [`Cluster::acquire_lease`] | put the holder, `ttl` | there is no value: never was, was released, has expired |
//! | [`Cluster::renew_lease`] | put the holder, `ttl` | nobody has changed it since, and it has not expired |
//! | [`Cluster::release_lease`] | delete | nobody has changed it since |
//!
//! Who holds a lease may still be wrong about it, and no lock service can help that (Kleppmann 2016, "How to do
//! distributed locking"):
//!
//! - **A pause.** The holder stops (garbage collection, a page fault, a slow network) between its look at the clock and
//!   its write. It comes back when the lease has expired and another holds it, and its write goes out all the same.
//!   Only the protected resource can refuse it: [`Lease::token`] rises from each acquisition to the next, so a resource
//!   that remembers the highest token that it has seen refuses every lower one. Chubby calls such a token a sequencer
//!   (Burrows 2006, section 2.4). It must be kept where the write goes, not where the lock is.
//! - **A clock.** The deadline is fixed once, by the wall clock of the node that took the request, and judged by that
//!   of the node that takes the next one. Where that runs ahead, the lease ends before [`Lease::until`], and there are
//!   two holders. Which write is let in, the token decides again: it is counted by agreement, and no clock has a say.
//!
//! So a lease alone saves work that would be done twice; a lease with a token that is checked keeps data whole.

use core::time::Duration;

use super::cluster::Cluster;
use super::options::PutOptions;
use crate::base::time::Mono;
use crate::node::{Condition, Edit};
use crate::{Error, Result};

/// How far a deadline may be before the end of the time that was asked for: wall clocks count whole milliseconds.
const WALL_STEP: Duration = Duration::from_millis(1);

/// A lease as its holder knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// What is held: the key of the register.
    pub name: String,
    /// Who holds it.
    pub holder: String,
    /// The fencing token: the register's version at the acquisition. It is greater than that of every acquisition
    /// before, also over releases and expiries, and stays through renewals. The protected resource checks it.
    pub token: u64,
    /// The register's version now: what the next renewal or the release builds on.
    pub version: u64,
    /// Until when its holder may count on it, as [`Cluster::now`] counts: from before it was asked for.
    pub until: Mono,
}

impl Cluster {
    /// Acquires a lease for a time. Of the options `via`, `timeout`, `table` and `client` have a say.
    ///
    /// A holder that was paused has an old token, and the resource refuses it:
    ///
    /// ```
    /// use core::time::Duration;
    /// use kvorum::Code;
    /// use kvorum::blocking::{Cluster, ClusterConfig, Conflict, PutOptions};
    ///
    /// /// A file that takes no write under an older token than it has seen.
    /// #[derive(Default)]
    /// struct File { newest: u64, text: String }
    ///
    /// impl File {
    ///     fn write(&mut self, token: u64, text: &str) -> bool {
    ///         if token < self.newest {
    ///             return false;
    ///         }
    ///         (self.newest, self.text) = (token, text.to_owned());
    ///         true
    ///     }
    /// }
    ///
    /// let config = ClusterConfig { conflict: Conflict::Cas, seed: 7, ..ClusterConfig::default() };
    /// let (mut cluster, mut file) = (Cluster::simulated(config)?, File::default());
    /// let (ttl, usual) = (Duration::from_secs(10), PutOptions::default());
    ///
    /// let ann = cluster.acquire_lease("file", "ann", ttl, &usual)?;
    /// assert!(file.write(ann.token, "by ann"));
    /// let refused = cluster.acquire_lease("file", "bob", ttl, &usual).unwrap_err();
    /// assert_eq!(refused.code(), Code::Conflict);
    /// assert!(refused.to_string().contains("found 'ann'"));
    ///
    /// cluster.run_for(Duration::from_secs(11))?; // Ann is paused.
    /// let bob = cluster.acquire_lease("file", "bob", ttl, &usual)?;
    /// assert!(bob.token > ann.token && file.write(bob.token, "by bob"));
    ///
    /// assert!(!file.write(ann.token, "by ann again")); // She is back, and does not know.
    /// assert_eq!(cluster.renew_lease(&ann, ttl, &usual).unwrap_err().code(), Code::Conflict);
    /// assert_eq!(file.text, "by bob");
    /// # Ok::<(), kvorum::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Conflict`] that says who holds it. [`Error::Ambiguous`] when time ran out: it may be held in this
    /// holder's name now, and nobody knows it; it is free again after `ttl`. Others as [`Cluster::cas`].
    pub fn acquire_lease(
        &mut self,
        name: &str,
        holder: &str,
        ttl: Duration,
        options: &PutOptions,
    ) -> Result<Lease> {
        let lease = Lease {
            name: name.to_owned(),
            holder: holder.to_owned(),
            token: 0,
            version: 0,
            until: self.now(),
        };
        let held = self
            .put_lease(lease, &[Condition::Absent], ttl, options)
            .map_err(|error| told(error, format!("the lease '{name}' is not free")))?;
        Ok(Lease {
            token: held.version,
            ..held
        })
    }

    /// Holds a lease for a time that begins now. Its token stays.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it has expired, or another holds it. [`Error::Ambiguous`] when time ran out: count on
    /// no more than the old time, and acquire it anew. Others as [`Cluster::cas`].
    pub fn renew_lease(
        &mut self,
        lease: &Lease,
        ttl: Duration,
        options: &PutOptions,
    ) -> Result<Lease> {
        let still = [Condition::Version(lease.version), Condition::Exists];
        self.put_lease(lease.clone(), &still, ttl, options)
            .map_err(|error| told(error, lost(lease)))
    }

    /// Gives a lease back, so that it is free at once.
    ///
    /// # Errors
    /// [`Error::Conflict`] when another has acquired it since. Others as [`Cluster::cas`]; it ends by itself then.
    pub fn release_lease(&mut self, lease: &Lease, options: &PutOptions) -> Result<()> {
        let still = [Condition::Version(lease.version)];
        let options = terms(options, None)?;
        self.cas(lease.name.as_bytes(), &still, Edit::Delete, &options)
            .map(|_| ())
            .map_err(|error| told(error, lost(lease)))
    }

    fn put_lease(
        &mut self,
        lease: Lease,
        conditions: &[Condition],
        ttl: Duration,
        options: &PutOptions,
    ) -> Result<Lease> {
        let until = self.now().after(ttl.saturating_sub(WALL_STEP));
        let (options, holder) = (terms(options, Some(ttl))?, lease.holder.clone());
        let edit = Edit::Put(holder.into());
        let held = self.cas(lease.name.as_bytes(), conditions, edit, &options)?;
        Ok(Lease {
            version: held.version,
            until,
            ..lease
        })
    }
}

/// The options of a lease's request.
fn terms(options: &PutOptions, ttl: Option<Duration>) -> Result<PutOptions> {
    if options.token.is_some() {
        return Err(Error::invalid(
            "a lease takes no idempotency key: the answer to a retry would be as old as the first try; wait until \
             the lease expires, and acquire it anew",
        ));
    }
    Ok(PutOptions {
        ttl,
        ..options.clone()
    })
}

fn lost(lease: &Lease) -> String {
    format!(
        "{} no longer holds the lease '{}'",
        lease.holder, lease.name
    )
}

/// A conflict, with what it means for a lease.
fn told(error: Error, words: String) -> Error {
    match error {
        Error::Conflict { detail } => Error::Conflict {
            detail: format!("{words}: {detail}"),
        },
        other => other,
    }
}
