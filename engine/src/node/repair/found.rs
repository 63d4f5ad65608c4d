//! What the disk found in the trees, and where it goes.

use super::{RepairMessage, RepairStep};
use crate::base::time::Now;
use crate::node::io::{Outbox, Output};
use crate::node::machine::Node;
use crate::node::replica::TreeResult;

impl Node {
    pub(super) fn tree_read(
        &mut self,
        now: Now,
        step: RepairStep,
        found: TreeResult,
        out: &mut Outbox,
    ) {
        match (step, found) {
            (RepairStep::Roots(peer, exchange), TreeResult::Roots { roots, upto }) => {
                self.offer_roots(now, peer, exchange, roots, upto, out);
            }
            (RepairStep::Branches(peer, exchange), TreeResult::Branches { branches, upto }) => {
                let message = if branches.is_empty() {
                    RepairMessage::Agreed { exchange, upto }
                } else {
                    RepairMessage::Branches {
                        exchange,
                        upto,
                        branches,
                    }
                };
                self.repair_send(peer, message, out);
            }
            (RepairStep::Leaves(peer, exchange, round), TreeResult::Leaves { leaves, upto }) => {
                self.offer_leaves(now, peer, exchange, leaves, upto.or(round), out);
            }
            (RepairStep::Differing(peer, exchange, after), TreeResult::Differing(leaves)) => {
                if leaves.is_empty() {
                    self.send_page(peer, exchange, leaves, after, (Vec::new(), None), out);
                } else {
                    self.list_keys(peer, exchange, leaves, after, out);
                }
            }
            (RepairStep::Keys(peer, exchange, leaves, after), TreeResult::Keys { keys, upto }) => {
                self.send_page(peer, exchange, leaves, after, (keys, upto), out);
            }
            (
                RepairStep::Compare(peer, exchange, leaves, theirs),
                TreeResult::Keys { keys, upto },
            ) => {
                self.compare(now, peer, exchange, leaves, (&keys, &theirs), upto, out);
            }
            (RepairStep::Stream(peer, life, after), TreeResult::Stream { page, bytes, next }) => {
                self.send_stream(peer, (life, after), (page, bytes), next, out);
            }
            (step, found) => {
                out.push(Output::Event(format!("repair: {step:?} found {found:?}")));
            }
        }
    }
}
