//! What befalls nodes: they are killed, started again, stopped for a while, or lose their disk.

use core::time::Duration;

use super::agenda::{Due, Slot};
use super::counts::FaultKind;
use super::trace::What;
use super::world::World;
use crate::base::id::RequestId;
use crate::base::limits::RUN_SECONDS_MAX;
use crate::{Error, NodeId, Result};

impl World {
    /// Stops a node at once. Its open requests end: writes as ambiguous, reads as unavailable.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when there is no such node, or it is down.
    pub fn kill(&mut self, node: NodeId) -> Result<()> {
        let host = self.host(node)?;
        let Some(life) = &host.life else {
            return Err(Error::invalid(format!("{node} is down already")));
        };
        let changes = life.work.changes();
        let counted = life.node.stats();
        let timers: Vec<Slot> = life.timers.slots().collect();
        let waiting = core::mem::take(&mut host.waiting);
        if let Some(host) = self.hosts.get_mut(node) {
            host.past.add(&counted);
            host.crash(&mut self.counts);
        }
        for slot in timers {
            self.agenda.call_off(slot);
        }
        self.unsettled -= changes;
        self.counts.one(FaultKind::Kill);
        self.trace.push(self.now, What::Kill { node });
        for due in waiting {
            if let Due::Arrive(arrival) = due {
                self.lose(&arrival, FaultKind::Down);
            }
        }
        self.end_all(node);
        Ok(())
    }

    /// Ends the open requests of a node that died.
    fn end_all(&mut self, node: NodeId) {
        let open: Vec<(RequestId, bool)> = self
            .outstanding
            .iter()
            .filter(|(_, request)| request.node == node)
            .map(|(id, request)| (*id, request.writes))
            .collect();
        for (id, writes) in open {
            let error = if writes {
                Error::Ambiguous {
                    detail: format!("{node} died with the write under way; it may live on"),
                }
            } else {
                Error::Unavailable {
                    detail: format!("{node} died with the read under way"),
                }
            };
            self.end(id, Err(error));
        }
    }

    /// Starts a node from its disk.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when there is no such node, or it is up; [`Error::Corruption`],
    /// [`Error::Io`] or [`Error::DiskFull`] when its disk cannot be read, or not be written: the node then
    /// stays down.
    pub fn restart(&mut self, node: NodeId) -> Result<()> {
        if self.host(node)?.life.is_some() {
            return Err(Error::invalid(format!("{node} is up already")));
        }
        let opened = match self.open(node) {
            Ok(opened) => opened,
            Err(error) => {
                if let Some(kind) = self.host(node)?.disk.blame(&error) {
                    self.counts.one(kind);
                }
                return Err(error);
            }
        };
        self.counts.one(FaultKind::Restart);
        self.trace.push(self.now, What::Restart { node });
        self.boot(node, opened)
    }

    /// Stops a node for a while, as a long garbage collection or a stopped process does: messages, timers,
    /// completions of its disk and requests wait, at most
    /// [`PAUSED_INPUTS_MAX`](crate::base::limits::PAUSED_INPUTS_MAX) of them, and come all at once, in order,
    /// when it goes on. A second pause that ends later makes the first one longer.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when there is no such node, it is down, or the span is longer than
    /// [`RUN_SECONDS_MAX`].
    pub fn pause(&mut self, node: NodeId, span: Duration) -> Result<()> {
        let until = self.now.after(span);
        let host = self.host(node)?;
        if host.life.is_none() {
            return Err(Error::invalid(format!("{node} is down")));
        }
        if span > Duration::from_secs(RUN_SECONDS_MAX) {
            return Err(Error::invalid(format!("pause: at most {RUN_SECONDS_MAX}s")));
        }
        host.paused_until = host.paused_until.max(Some(until));
        self.agenda.push(until, Due::Resume { node });
        self.trace.push(self.now, What::Pause { node, span });
        Ok(())
    }

    /// Takes a node's disk away and puts an empty one in its place; a node that is up is killed first.
    /// [`restart`](Self::restart) starts it with nothing, in a new incarnation: its machine, not its disk,
    /// counts those. On a folder that was given, the files are removed.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when there is no such node; what removing the files of a given folder
    /// reports: some may be gone then.
    pub fn wipe(&mut self, node: NodeId) -> Result<()> {
        if self.host(node)?.life.is_some() {
            self.kill(node)?;
        }
        self.host(node)?.disk.wipe()?;
        self.counts.one(FaultKind::Wipe);
        self.trace.push(self.now, What::Wipe { node });
        Ok(())
    }
}
