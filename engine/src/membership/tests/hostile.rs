//! Whatever comes in, a detector neither panics nor grows.

use core::time::Duration;

use super::cluster::n;
use crate::base::rng::Rng;
use crate::base::time::Mono;
use crate::membership::*;

fn number(rng: &mut Rng) -> u32 {
    match rng.below(4) {
        0 => u32::MAX - rng.below(2) as u32,
        _ => rng.below(9) as u32,
    }
}

fn incarnation(rng: &mut Rng) -> Incarnation {
    Incarnation {
        life: number(rng),
        refuted: number(rng),
    }
}

fn news(rng: &mut Rng) -> News {
    let length = rng.below(24);
    let update = |rng: &mut Rng| Update {
        node: n(number(rng)),
        state: MemberState {
            incarnation: incarnation(rng),
            liveness: [Liveness::Alive, Liveness::Suspect, Liveness::Dead][rng.index(3)],
        },
        accuser: n(number(rng)),
    };
    News {
        incarnation: incarnation(rng),
        updates: (0..length).map(|_| update(rng)).collect(),
    }
}

fn gossip(rng: &mut Rng) -> Gossip {
    let sequence = match rng.below(3) {
        0 => rng.next_u64(),
        _ => (1 << 32) + rng.below(20),
    };
    let beats = |rng: &mut Rng| {
        let length = rng.below(200);
        let beat = |rng: &mut Rng| Heartbeat {
            node: n(number(rng)),
            life: number(rng),
            beat: if rng.chance(0.1) {
                u64::MAX
            } else {
                rng.below(9)
            },
        };
        (0..length).map(|_| beat(rng)).collect()
    };
    match rng.below(6) {
        0 => Gossip::Ping {
            sequence,
            news: news(rng),
        },
        1 => Gossip::Ack {
            sequence,
            news: news(rng),
        },
        2 => Gossip::PingReq {
            sequence,
            target: n(number(rng)),
            news: news(rng),
        },
        3 => Gossip::Nack {
            sequence,
            news: news(rng),
        },
        4 => Gossip::Offer(beats(rng)),
        _ => Gossip::Newer(beats(rng)),
    }
}

#[test]
fn forged_messages_neither_break_a_detector_nor_swell_it() {
    let members: Vec<_> = (1..=8).map(n).collect();
    for seed in super::cluster::seeds(40) {
        let mut rng = Rng::from_seed(seed);
        let mut swim = Swim::new(n(1), 1, &members, SwimSettings::default(), seed, Mono(0));
        let mut phi = PhiAccrual::new(n(1), 1, &members, PhiSettings::default(), seed, Mono(0));
        let mut now = Mono(0);
        for _ in 0..3_000 {
            now = now.after(Duration::from_millis(rng.below(400)));
            let (from, gossip) = (n(number(&mut rng)), gossip(&mut rng));
            for detector in [&mut swim as &mut dyn Detector, &mut phi] {
                let mut out = Vec::new();
                detector.receive(now, from, gossip.clone(), &mut out);
                detector.tick(now, &mut out);
                assert!(out.len() <= 8, "one message calls forth a bounded number");
                for sent in &out {
                    assert!(sent.to != n(1) && members.contains(&sent.to));
                    assert!(!sent.gossip.is_oversize());
                }
                assert_eq!(detector.liveness(n(1)), Liveness::Alive);
                assert!(detector.next_due().is_some_and(|due| due >= now));
            }
        }
        for detector in [&mut swim as &mut dyn Detector, &mut phi] {
            assert!(detector.take_changes().len() <= CHANGES_MAX);
            assert!(detector.take_changes().is_empty());
        }
    }
}

#[test]
fn an_unknown_sender_and_an_oversize_list_are_ignored() {
    let members: Vec<_> = (1..=3).map(n).collect();
    let mut swim = Swim::new(n(1), 1, &members, SwimSettings::default(), 1, Mono(0));
    let dead = Update {
        node: n(3),
        state: MemberState {
            incarnation: Incarnation::starting(1),
            liveness: Liveness::Dead,
        },
        accuser: n(2),
    };
    let ping = |count| Gossip::Ping {
        sequence: 1,
        news: News {
            incarnation: Incarnation::default(),
            updates: vec![dead; count],
        },
    };
    let mut out = Vec::new();
    swim.receive(Mono(0), n(9), ping(1), &mut out);
    swim.receive(Mono(0), n(1), ping(1), &mut out);
    swim.receive(Mono(0), n(2), ping(RECORDS_PER_MESSAGE_MAX + 1), &mut out);
    assert!(out.is_empty());
    assert_eq!(swim.liveness(n(3)), Liveness::Alive);
    assert_eq!(
        swim.liveness(n(9)),
        Liveness::Alive,
        "nothing is held against a stranger"
    );
    swim.receive(Mono(0), n(2), ping(RECORDS_PER_MESSAGE_MAX), &mut out);
    assert_eq!(swim.liveness(n(3)), Liveness::Dead);
}
