//! `lease`: the leases that a run's holders know of.

use std::collections::BTreeMap;

use super::command::{LeaseLine, LeaseStep};
use super::session::Printed;
use super::variables::room;
use crate::blocking::{Cluster, Lease, PutOptions};
use crate::{Error, Result};

/// A table, a lease's name, and a holder.
type Key = (Option<String>, String, String);

/// The latest lease of each table, name and holder, as its holder knows it: what was lost since stays here.
#[derive(Debug, Default)]
pub(super) struct Leases(BTreeMap<Key, Lease>);

impl Leases {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Carries a line out. Acquired and renewed leases print their fencing token.
    pub(super) fn carry_out(&mut self, cluster: &mut Cluster, line: LeaseLine) -> Result<Printed> {
        let options = PutOptions {
            via: line.via,
            timeout: line.timeout,
            table: line.table.clone(),
            client: line.client,
            ..PutOptions::default()
        };
        let key = (line.table, line.name, line.holder);
        let lease = match line.step {
            LeaseStep::Acquire(ttl) => {
                room(self.0.len(), "leases")?;
                cluster.acquire_lease(&key.1, &key.2, ttl, &options)?
            }
            LeaseStep::Renew(ttl) => cluster.renew_lease(self.known(&key)?, ttl, &options)?,
            LeaseStep::Release => {
                cluster.release_lease(self.known(&key)?, &options)?;
                return Ok(Printed::text("ok"));
            }
        };
        let token = lease.token.to_string();
        self.0.insert(key, lease);
        Ok(Printed::text(token))
    }

    fn known(&self, key: &Key) -> Result<&Lease> {
        let (_, name, holder) = key;
        self.0.get(key).ok_or_else(|| Error::Conflict {
            detail: format!(
                "{holder} has never held the lease '{name}': acquire it first, like: lease acquire {name} {holder} \
                 ttl=10s"
            ),
        })
    }
}
