//! An event as the bytes that the trace's hash is made of: the same on every machine.
//!
//! ```text
//! event     := at:u64 kind:u8 fields, in the order below
//! node      := u32       request, message, digest := u64
//! span      := u64, nanoseconds
//! text      := length:u32 bytes of UTF-8
//! nodes     := count:u32 node*
//! groups    := count:u32 nodes*
//! ```
//!
//! Every number is little endian. Texts of calls and answers are no part of it: they are made for pictures
//! only, and the digest stands for them.

use super::what::{Lost, Purpose, What};
use crate::NodeId;
use crate::base::time::{Mono, nanos};
use crate::sim::clock::ClockFault;
use crate::sim::disks::DiskFault;

pub(super) fn event(at: Mono, what: &What, bytes: &mut Vec<u8>) {
    let mut out = Encoder(bytes);
    out.u64(at.0);
    match what {
        What::Call {
            request,
            node,
            digest,
            ..
        } => out.kind(0).u64(request.0).node(*node).u64(*digest),
        What::Answer {
            request,
            node,
            digest,
            ..
        } => out.kind(1).u64(request.0).node(*node).u64(*digest),
        What::Send {
            message,
            from,
            to,
            label,
            purpose,
        } => {
            let purpose = match purpose {
                Purpose::Request => 0,
                Purpose::Upkeep => 1,
            };
            let out = out.kind(2).u64(message.0).node(*from).node(*to);
            out.u8(purpose).text(label)
        }
        What::Deliver { message, from, to } => out.kind(3).u64(message.0).node(*from).node(*to),
        What::Drop {
            message,
            from,
            to,
            why,
        } => {
            let why = match why {
                Lost::Partition => 0,
                Lost::Network => 1,
                Lost::Down => 2,
                Lost::Full => 3,
            };
            out.kind(4).u64(message.0).node(*from).node(*to).u8(why)
        }
        What::Stored { node, text } => out.kind(5).node(*node).text(text),
        What::Kill { node } => out.kind(6).node(*node),
        What::Restart { node } => out.kind(7).node(*node),
        What::Pause { node, span } => out.kind(8).node(*node).u64(nanos(*span)),
        What::Wipe { node } => out.kind(9).node(*node),
        What::Disk { node, fault } => out.kind(10).node(*node).disk(*fault),
        What::Clock { node, fault } => out.kind(11).node(*node).clock(*fault),
        What::Partition { groups } => {
            let out = out.kind(12).count(groups.len());
            groups.iter().fold(out, |out, group| out.nodes(group))
        }
        What::Oneway { from, to } => out.kind(13).node(*from).node(*to),
        What::Isolate { node } => out.kind(14).node(*node),
        What::Bridge { node, left, right } => out.kind(15).node(*node).nodes(left).nodes(right),
        What::Hold { from, to } => out.kind(16).node(*from).node(*to),
        What::Release { from, to } => out.kind(17).node(*from).node(*to),
        What::Heal => out.kind(18),
        What::Note { text } => out.kind(19).text(text),
    };
}

struct Encoder<'a>(&'a mut Vec<u8>);

impl Encoder<'_> {
    fn kind(&mut self, kind: u8) -> &mut Self {
        self.u8(kind)
    }

    fn u8(&mut self, byte: u8) -> &mut Self {
        self.0.push(byte);
        self
    }

    fn u32(&mut self, number: u32) -> &mut Self {
        self.0.extend_from_slice(&number.to_le_bytes());
        self
    }

    fn u64(&mut self, number: u64) -> &mut Self {
        self.0.extend_from_slice(&number.to_le_bytes());
        self
    }

    fn node(&mut self, node: NodeId) -> &mut Self {
        self.u32(node.0)
    }

    fn count(&mut self, count: usize) -> &mut Self {
        // More than 2^32 of anything fits into no trace; a longer text would be told from it by its bytes.
        self.u32(u32::try_from(count).unwrap_or(u32::MAX))
    }

    fn nodes(&mut self, nodes: &[NodeId]) -> &mut Self {
        let out = self.count(nodes.len());
        nodes.iter().fold(out, |out, node| out.node(*node))
    }

    fn text(&mut self, text: &str) -> &mut Self {
        self.count(text.len()).0.extend_from_slice(text.as_bytes());
        self
    }

    fn disk(&mut self, fault: DiskFault) -> &mut Self {
        match fault {
            DiskFault::Slow(by) => self.u8(0).u64(nanos(by)),
            DiskFault::Full => self.u8(1),
            DiskFault::Room => self.u8(2),
            DiskFault::Lie => self.u8(3),
            DiskFault::FailSync => self.u8(4),
            DiskFault::Flip => self.u8(5),
            DiskFault::Fine => self.u8(6),
            DiskFault::Backup => self.u8(7),
            DiskFault::Restore => self.u8(8),
        }
    }

    fn clock(&mut self, fault: ClockFault) -> &mut Self {
        match fault {
            ClockFault::Ahead(span) => self.u8(0).u64(nanos(span)),
            ClockFault::Behind(span) => self.u8(1).u64(nanos(span)),
            ClockFault::Drift { ppm } => self.u8(2).u32(ppm.cast_unsigned()),
            ClockFault::Fine => self.u8(3),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::id::RequestId;

    #[test]
    fn the_bytes_are_what_the_picture_above_says() {
        let mut bytes = Vec::new();
        let what = What::Bridge {
            node: NodeId(3),
            left: vec![NodeId(1)],
            right: vec![],
        };
        event(Mono(258), &what, &mut bytes);
        let expected = [
            2, 1, 0, 0, 0, 0, 0, 0, 15, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0,
        ];
        assert_eq!(bytes, expected);
    }

    #[test]
    fn a_text_for_pictures_is_no_part_of_the_bytes_and_its_digest_is() {
        let encoded = |digest, text: &str| {
            let mut bytes = Vec::new();
            let what = What::Call {
                request: RequestId(1),
                node: NodeId(1),
                digest,
                text: text.to_owned(),
            };
            event(Mono(0), &what, &mut bytes);
            bytes
        };
        assert_eq!(encoded(5, "put a b"), encoded(5, ""));
        assert_ne!(encoded(5, ""), encoded(6, ""));
    }
}
