//! Placements and runs to draw.

pub mod xml;

use kvorum::base::id::RequestId;
use kvorum::base::time::Mono;
use kvorum::ring::{Member, Ring};
use kvorum::sim::trace::{Lost, MessageId, Purpose, Trace, What};
use kvorum::{NodeId, Zone};

/// `count` members in `zones` zones.
pub fn members(count: u32, zones: u32) -> Vec<Member> {
    let member = |id| Member {
        node: NodeId(id),
        zone: Zone(1 + (id - 1) % zones),
        weight: 1,
    };
    (1..=count).map(member).collect()
}

/// A ring of `count` nodes in `zones` zones.
pub fn ring(count: u32, zones: u32, tokens: u32) -> Ring {
    Ring::new(members(count, zones), tokens, 7).expect("these members are good")
}

/// Writes a run event by event, in microseconds.
pub struct Run {
    pub trace: Trace,
    messages: u64,
}

impl Run {
    pub fn new(nodes: u32) -> Self {
        Self {
            trace: Trace::new((1..=nodes).map(NodeId).collect()),
            messages: 0,
        }
    }

    pub fn push(&mut self, at_us: u64, what: What) {
        self.trace.push(Mono(at_us * 1000), what);
    }

    pub fn note(&mut self, at_us: u64, text: &str) {
        self.push(
            at_us,
            What::Note {
                text: text.to_owned(),
            },
        );
    }

    pub fn call(&mut self, at_us: u64, request: u64, node: u32, text: &str) {
        let (request, node, text) = (RequestId(request), NodeId(node), text.to_owned());
        self.push(
            at_us,
            What::Call {
                request,
                node,
                digest: 0,
                text,
            },
        );
    }

    pub fn answer(&mut self, at_us: u64, request: u64, node: u32, text: &str) {
        let (request, node, text) = (RequestId(request), NodeId(node), text.to_owned());
        self.push(
            at_us,
            What::Answer {
                request,
                node,
                digest: 0,
                text,
            },
        );
    }

    pub fn send(
        &mut self,
        at_us: u64,
        from: u32,
        to: u32,
        label: &'static str,
        purpose: Purpose,
    ) -> u64 {
        self.messages += 1;
        let message = MessageId(self.messages);
        let (from, to) = (NodeId(from), NodeId(to));
        self.push(
            at_us,
            What::Send {
                message,
                from,
                to,
                label,
                purpose,
            },
        );
        self.messages
    }

    pub fn deliver(&mut self, at_us: u64, message: u64, from: u32, to: u32) {
        let message = MessageId(message);
        let (from, to) = (NodeId(from), NodeId(to));
        self.push(at_us, What::Deliver { message, from, to });
    }

    pub fn lose(&mut self, at_us: u64, message: u64, from: u32, to: u32, why: Lost) {
        let message = MessageId(message);
        let (from, to) = (NodeId(from), NodeId(to));
        self.push(
            at_us,
            What::Drop {
                message,
                from,
                to,
                why,
            },
        );
    }

    pub fn stored(&mut self, at_us: u64, node: u32, text: &str) {
        self.push(
            at_us,
            What::Stored {
                node: NodeId(node),
                text: text.to_owned().into(),
            },
        );
    }

    /// A write through `via` that `others` and `via` itself hold in the end; 4 ms from `at_us` on.
    pub fn write(&mut self, at_us: u64, request: u64, via: u32, others: [u32; 2], text: &str) {
        self.call(at_us, request, via, text);
        let out: Vec<u64> = others
            .iter()
            .map(|to| self.send(at_us, via, *to, "write", Purpose::Request))
            .collect();
        self.stored(at_us + 300, via, text);
        self.deliver(at_us + 1300, out[0], via, others[0]);
        self.stored(at_us + 1600, others[0], text);
        let first = self.send(at_us + 1600, others[0], via, "ack", Purpose::Request);
        self.deliver(at_us + 2100, out[1], via, others[1]);
        self.stored(at_us + 2400, others[1], text);
        let second = self.send(at_us + 2400, others[1], via, "ack", Purpose::Request);
        self.deliver(at_us + 2900, first, others[0], via);
        self.answer(at_us + 2900, request, via, "ok");
        self.deliver(at_us + 3900, second, others[1], via);
    }
}

/// A write, a partition with a write on either side, a kill, repair after the heal, and a read.
pub fn story() -> Trace {
    let mut run = Run::new(5);
    run.note(0, "Both sides of a partition take a write");
    run.write(0, 1, 1, [2, 4], "put cart milk");
    run.push(
        5_000,
        What::Partition {
            groups: vec![vec![NodeId(1), NodeId(2)], (3..=5).map(NodeId).collect()],
        },
    );
    run.call(6_000, 2, 4, "put cart eggs");
    let lost = [1, 2].map(|to| run.send(6_000, 4, to, "write", Purpose::Request));
    run.stored(6_300, 4, "cart eggs");
    run.lose(6_000, lost[0], 4, 1, Lost::Partition);
    run.lose(6_000, lost[1], 4, 2, Lost::Partition);
    run.answer(2_006_000, 2, 4, "error ambiguous");
    run.push(2_007_000, What::Kill { node: NodeId(2) });
    run.push(2_008_000, What::Heal);
    run.call(2_009_000, 3, 4, "get cart");
    let reads = [1, 2].map(|to| run.send(2_009_000, 4, to, "read", Purpose::Request));
    run.deliver(2_010_500, reads[0], 4, 1);
    let answer = run.send(2_010_500, 1, 4, "value", Purpose::Request);
    run.lose(2_010_900, reads[1], 4, 2, Lost::Down);
    run.deliver(2_012_100, answer, 1, 4);
    run.answer(2_012_100, 3, 4, "eggs, milk");
    let repair = run.send(2_012_100, 4, 1, "repair", Purpose::Upkeep);
    run.deliver(2_013_500, repair, 4, 1);
    run.stored(2_013_800, 1, "cart eggs, milk");
    run.push(12_000_000, What::Restart { node: NodeId(2) });
    let drop = run.send(12_001_000, 4, 2, "repair", Purpose::Upkeep);
    run.lose(12_002_000, drop, 4, 2, Lost::Network);
    let hint = run.send(12_001_500, 4, 2, "repair", Purpose::Upkeep);
    run.deliver(12_003_000, hint, 4, 2);
    run.stored(12_003_300, 2, "cart eggs, milk");
    run.call(12_004_000, 4, 2, "get cart");
    run.send(12_004_000, 2, 1, "read", Purpose::Request);
    run.trace
}

/// Nine nodes, two writes at once to every node.
pub fn crowd() -> Trace {
    let mut run = Run::new(9);
    run.call(0, 1, 5, "put cart milk");
    run.call(0, 2, 2, "put cart a-very-long-value-that-goes-on");
    let mut arrivals = Vec::new();
    for (via, delay_us) in [(5, 1_000), (2, 1_130)] {
        for to in (1..=9).filter(|to| *to != via) {
            let message = run.send(0, via, to, "write", Purpose::Request);
            arrivals.push((delay_us + 270 * u64::from(to), message, via, to, "ack"));
        }
    }
    while !arrivals.is_empty() {
        arrivals.sort();
        let (at_us, message, from, to, next) = arrivals.remove(0);
        run.deliver(at_us, message, from, to);
        if next == "ack" {
            let ack = run.send(at_us, to, from, "ack", Purpose::Request);
            arrivals.push((at_us + 900, ack, to, from, ""));
        }
    }
    run.answer(5_000, 1, 5, "ok");
    run.answer(5_000, 2, 2, "ok");
    run.trace
}

/// Everything a hostile client may put into a picture.
pub fn hostile() -> Trace {
    let mut run = Run::new(2);
    run.note(
        0,
        "<script>alert(1)</script> & \"quotes\" \u{202e}turned\u{0} ]]> \u{ffff}",
    );
    run.call(0, 1, 1, "put <script>alert('1')</script> \u{7}\u{1b}[31m");
    run.stored(1, 1, "<b>\"&'\u{0}");
    run.answer(2, 1, 1, &"牛".repeat(5000));
    run.note(3, &"x".repeat(100_000));
    run.trace
}
