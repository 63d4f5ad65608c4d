//! All faults at once: a run is its seed's, and every kind of fault strikes.

use super::*;
use crate::base::rng::Rng;
use crate::sim::trace::TraceKeep;
use crate::sim::{ClockFault, Delay, DiskFault, FaultCounts, LinkConfig};

const STEPS: usize = 400;

struct Ordeal {
    world: World,
    rng: Rng,
}

impl Ordeal {
    fn node(&mut self) -> NodeId {
        NodeId(self.rng.between(1, 5) as u32)
    }

    fn link(&mut self) -> (NodeId, NodeId) {
        let from = self.node();
        let to = NodeId((from.0 + self.rng.below(4) as u32) % 5 + 1);
        (from, to)
    }

    fn span(&mut self) -> Duration {
        Duration::from_micros(self.rng.below(50_000))
    }

    /// One fault, or the end of one. What cannot be now is refused, and is none.
    fn strike(&mut self) -> Result<()> {
        let (node, (from, to), span) = (self.node(), self.link(), self.span());
        let world = &mut self.world;
        match self.rng.below(20) {
            0 => world.kill(node),
            1 | 2 => world.restart(node),
            3 => world.wipe(node),
            4 => world.pause(node, span),
            5 => world.partition(&[vec![from], vec![to]]),
            6 => world.oneway(from, to),
            7 => world.isolate(node),
            8 => world.bridge(N3, &[N1, N2], &[N4, N5]),
            9 => world.hold(from, to),
            10 => world.release(from, to),
            11 => world.disk(node, DiskFault::Slow(span)),
            12 => world.disk(node, DiskFault::Full),
            13 => world.disk(node, DiskFault::Lie),
            14 => world.disk(node, DiskFault::FailSync),
            15 => world.disk(node, DiskFault::Flip),
            16 => world.disk(node, DiskFault::Fine),
            17 => world.clock(node, ClockFault::Ahead(span)),
            18 => world.clock(node, ClockFault::Drift { ppm: 500 }),
            _ => {
                world.heal();
                let own = LinkConfig {
                    loss: Some(0.0),
                    delay: Some(Delay::Exponential {
                        floor: Duration::ZERO,
                        mean: span,
                    }),
                    ..LinkConfig::default()
                };
                world.link(from, to, own)
            }
        }
    }

    fn ask(&mut self) {
        let (via, key) = (self.node(), self.rng.below(10));
        let key = full(&format!("key-{key}"));
        let kind = match self.rng.below(3) {
            0 => Kind::Get,
            1 => Kind::Delete { context: None },
            _ => Kind::Put {
                value: "milk".into(),
                context: Context::default(),
            },
        };
        let _ = submit(&mut self.world, via, &key, kind, 2);
    }
}

fn ordeal(seed: u64, keep: TraceKeep) -> (String, u64, FaultCounts) {
    let mut config = config(seed);
    config.settings.repair_every = ms(50);
    config.network = NetworkConfig {
        delay: Some(Delay::HeavyTail {
            floor: ms(1),
            cap: ms(100),
        }),
        loss: 0.02,
        duplicate: 0.05,
        reorder: 0.05,
        ..NetworkConfig::default()
    };
    let mut ordeal = Ordeal {
        world: World::new(config).unwrap(),
        rng: Rng::from_seed(seed),
    };
    ordeal.world.keep_trace(keep);
    for _ in 0..STEPS {
        if ordeal.rng.chance(0.3) {
            let _ = ordeal.strike();
        } else {
            ordeal.ask();
        }
        let span = Duration::from_micros(ordeal.rng.below(10_000));
        run_for(&mut ordeal.world, span);
    }
    ordeal.world.heal();
    for node in ordeal.world.nodes() {
        ordeal.world.disk(node, DiskFault::Fine).unwrap();
    }
    ordeal.world.settle().unwrap();
    let trace = ordeal.world.trace();
    (trace.hash(), trace.count(), *ordeal.world.faults())
}

#[test]
fn one_seed_gives_one_run_under_all_faults_and_every_kind_strikes() {
    let (mut hashes, mut counts) = (Vec::new(), FaultCounts::default());
    for seed in 0..30 {
        let run = ordeal(seed, TraceKeep::All);
        assert_eq!(run, ordeal(seed, TraceKeep::Nothing), "SEED={seed}");
        counts += run.2;
        hashes.push(run.0);
    }
    hashes.sort();
    hashes.dedup();
    assert_eq!(hashes.len(), 30, "and each seed its own");
    for kind in FaultKind::ALL
        .iter()
        .filter(|kind| **kind != FaultKind::QueueFull)
    {
        assert!(counts.of(*kind) > 0, "{} never struck", kind.name());
    }
}

#[test]
fn a_fault_of_one_concern_shifts_no_draw_of_another() {
    let flights = |disturb: fn(&mut World)| {
        let mut world = World::new(WorldConfig {
            network: NetworkConfig::default(),
            ..config(7)
        })
        .unwrap();
        disturb(&mut world);
        let start = world.now();
        send(&mut world, N1, N2, 50);
        world.settle().unwrap();
        let events = world.trace().events().iter();
        let at = events.filter_map(|event| match &event.what {
            What::Deliver { .. } => Some(event.at.since(start)),
            _ => None,
        });
        at.collect::<Vec<_>>()
    };
    let disturbed = flights(|world| {
        world.disk(N5, DiskFault::Flip).unwrap();
        world.clock(N5, ClockFault::Ahead(ms(1))).unwrap();
        world.kill(N5).unwrap();
    });
    assert_eq!(flights(|_| {}), disturbed);
}
