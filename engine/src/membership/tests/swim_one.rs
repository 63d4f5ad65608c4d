//! One SWIM detector, with its messages made by hand.

use core::time::Duration;
use std::collections::BTreeSet;

use super::cluster::{MS, SECOND, n};
use crate::NodeId;
use crate::base::time::Mono;
use crate::membership::*;

const MEMBERS: [NodeId; 5] = [NodeId(1), NodeId(2), NodeId(3), NodeId(4), NodeId(5)];

struct One {
    swim: Swim,
    out: Vec<Envelope>,
}

fn rumour(
    node: NodeId,
    (life, refuted): (u32, u32),
    liveness: Liveness,
    accuser: NodeId,
) -> Update {
    let incarnation = Incarnation { life, refuted };
    let state = MemberState {
        incarnation,
        liveness,
    };
    Update {
        node,
        state,
        accuser,
    }
}

fn ping(incarnation: Incarnation, updates: Vec<Update>) -> Gossip {
    let news = News {
        incarnation,
        updates,
    };
    Gossip::Ping { sequence: 7, news }
}

fn updates(gossip: &Gossip) -> &[Update] {
    match gossip {
        Gossip::Ping { news, .. }
        | Gossip::Ack { news, .. }
        | Gossip::PingReq { news, .. }
        | Gossip::Nack { news, .. } => &news.updates,
        Gossip::Offer(_) | Gossip::Newer(_) => panic!("SWIM sends no heartbeats"),
    }
}

fn sequence(gossip: &Gossip) -> u64 {
    match gossip {
        Gossip::Ping { sequence, .. }
        | Gossip::Ack { sequence, .. }
        | Gossip::PingReq { sequence, .. }
        | Gossip::Nack { sequence, .. } => *sequence,
        Gossip::Offer(_) | Gossip::Newer(_) => panic!("SWIM sends no heartbeats"),
    }
}

impl One {
    fn new(settings: SwimSettings) -> Self {
        let phase = Phase::Together;
        let settings = SwimSettings { phase, ..settings };
        let swim = Swim::new(n(1), 1, &MEMBERS, settings, 1, Mono(0));
        Self {
            swim,
            out: Vec::new(),
        }
    }

    /// Lets `swim` tick by itself up to `end`.
    fn run_to(&mut self, end: Mono) -> Vec<Envelope> {
        self.out.clear();
        while let Some(due) = self.swim.next_due().filter(|due| *due <= end) {
            self.swim.tick(due, &mut self.out);
        }
        self.out.clone()
    }

    fn receive(&mut self, at: Mono, from: NodeId, gossip: Gossip) -> Vec<Envelope> {
        self.out.clear();
        self.swim.receive(at, from, gossip, &mut self.out);
        self.out.clone()
    }

    fn told(&mut self, at: Mono, update: Update) -> Vec<Envelope> {
        // By a node that nothing is held against, in a life that is known.
        let from = MEMBERS
            .into_iter()
            .rfind(|node| *node != update.node)
            .unwrap();
        self.receive(at, from, ping(Incarnation::starting(1), vec![update]))
    }

    fn suspicion(&self, node: NodeId, at: Mono) -> f64 {
        let view = self.swim.view(at);
        view.iter()
            .find(|member| member.node == node)
            .unwrap()
            .suspicion
    }
}

fn at(ms: u64) -> Mono {
    Mono(0).after(Duration::from_millis(ms))
}

#[test]
fn a_silent_target_is_asked_for_through_helpers_and_then_suspect() {
    let mut one = One::new(SwimSettings::default());
    let first = one.run_to(at(0));
    assert_eq!(first.len(), 1);
    assert_eq!(first[0].gossip.label(), "ping");
    let target = first[0].to;
    assert!(one.run_to(at(499)).is_empty());
    let asked = one.run_to(at(500));
    let helpers: Vec<NodeId> = asked.iter().map(|sent| sent.to).collect();
    assert_eq!(helpers.len(), 3);
    assert!(!helpers.contains(&target) && !helpers.contains(&n(1)));
    for sent in &asked {
        assert!(matches!(sent.gossip, Gossip::PingReq { target: whom, .. } if whom == target));
        assert_eq!(sequence(&sent.gossip), sequence(&first[0].gossip));
    }
    assert_eq!(one.swim.liveness(target), Liveness::Alive);
    let next = one.run_to(at(1_000));
    assert_eq!(one.swim.liveness(target), Liveness::Suspect);
    assert_eq!(next[0].gossip.label(), "ping", "the next period starts");
    let changes = one.swim.take_changes();
    let expected = Change {
        node: target,
        liveness: Liveness::Suspect,
        at: at(1_000),
    };
    assert_eq!(changes, [expected]);
    assert!(one.swim.take_changes().is_empty());
    assert_eq!(
        one.swim.health_score(),
        2,
        "no ack, and helpers that say nothing"
    );
}

#[test]
fn an_ack_by_any_way_is_enough() {
    for by_helper in [false, true] {
        let mut one = One::new(SwimSettings::default());
        let first = one.run_to(at(0)).remove(0);
        let from = if by_helper {
            one.run_to(at(500))[1].to
        } else {
            first.to
        };
        let news = News {
            incarnation: Incarnation::starting(1),
            updates: Vec::new(),
        };
        let sequence = sequence(&first.gossip);
        one.receive(at(900), from, Gossip::Ack { sequence, news });
        one.run_to(at(1_000));
        assert_eq!(one.swim.liveness(first.to), Liveness::Alive);
        assert_eq!(one.swim.health_score(), 0);
    }
}

#[test]
fn an_ack_to_another_question_or_from_a_node_that_was_not_asked_is_none() {
    let mut one = One::new(SwimSettings::default());
    let first = one.run_to(at(0)).remove(0);
    let asked = one.run_to(at(500));
    let sequence = sequence(&first.gossip);
    let stranger = MEMBERS.into_iter().find(|node| {
        *node != n(1) && *node != first.to && asked.iter().all(|sent| sent.to != *node)
    });
    // With five members, three helpers and a target nobody is left over: the one way is a wrong number.
    assert_eq!(stranger, None);
    let news = News::default();
    one.receive(
        at(600),
        first.to,
        Gossip::Ack {
            sequence: sequence + 1,
            news: news.clone(),
        },
    );
    one.receive(at(600), n(99), Gossip::Ack { sequence, news });
    one.run_to(at(1_000));
    assert_eq!(one.swim.liveness(first.to), Liveness::Suspect);
}

#[test]
fn a_helper_pings_and_routes_the_ack_back_or_sends_a_nack() {
    let mut one = One::new(SwimSettings::default());
    one.run_to(at(0));
    let news = News {
        incarnation: Incarnation::starting(1),
        updates: Vec::new(),
    };
    let ask = Gossip::PingReq {
        sequence: 40,
        target: n(3),
        news: news.clone(),
    };
    let pinged = one.receive(at(10), n(2), ask.clone());
    assert_eq!((pinged[0].to, pinged[0].gossip.label()), (n(3), "ping"));
    let own = sequence(&pinged[0].gossip);
    let routed = one.receive(
        at(20),
        n(3),
        Gossip::Ack {
            sequence: own,
            news: news.clone(),
        },
    );
    assert_eq!((routed[0].to, routed[0].gossip.label()), (n(2), "ack"));
    assert_eq!(sequence(&routed[0].gossip), 40);
    let again = one.receive(
        at(21),
        n(3),
        Gossip::Ack {
            sequence: own,
            news,
        },
    );
    assert!(again.is_empty(), "once");

    one.receive(at(30), n(2), ask);
    let late = one.run_to(at(430));
    assert_eq!((late[0].to, late[0].gossip.label()), (n(2), "nack"));
    assert_eq!(sequence(&late[0].gossip), 40);
}

#[test]
fn a_suspect_that_does_not_refute_in_time_is_dead() {
    let mut one = One::new(SwimSettings {
        helpers: 0,
        ..SwimSettings::default()
    });
    one.told(at(0), rumour(n(3), (1, 0), Liveness::Suspect, n(4)));
    // Four times ln 5 periods, and six times that with one accuser.
    let due = one.swim.suspicion_due().unwrap();
    assert_eq!(due.0 / 1_000_000, 38_626);
    one.told(at(0), rumour(n(3), (1, 0), Liveness::Suspect, n(4)));
    assert_eq!(
        one.suspicion(n(3), at(0)),
        1.0,
        "the same accuser is not independent"
    );
    one.told(at(0), rumour(n(3), (1, 0), Liveness::Suspect, n(3)));
    assert_eq!(one.suspicion(n(3), at(0)), 1.0, "nobody accuses itself");
    let mut dues = vec![due];
    for accuser in [2, 5, 1] {
        one.told(at(0), rumour(n(3), (1, 0), Liveness::Suspect, n(accuser)));
        dues.push(one.swim.suspicion_due().unwrap());
    }
    assert!(dues.is_sorted_by(|a, b| a > b), "{dues:?}");
    let last = *dues.last().unwrap();
    assert_eq!(last.0 / 1_000_000, 6_437);
    assert!(
        dues[0].since(dues[1]) > dues[1].since(dues[2]),
        "the first counts most"
    );
    one.swim.bury(Mono(last.0 - 1));
    assert_eq!(one.swim.liveness(n(3)), Liveness::Suspect);
    one.swim.bury(last);
    assert_eq!(one.swim.liveness(n(3)), Liveness::Dead);
}

#[test]
fn a_rumour_about_oneself_is_refuted_above_its_incarnation() {
    let mut one = One::new(SwimSettings::default());
    let acks = one.told(at(0), rumour(n(1), (1, 0), Liveness::Suspect, n(3)));
    let alive = Incarnation {
        life: 1,
        refuted: 1,
    };
    assert_eq!(one.swim.incarnation(), alive);
    assert_eq!(one.swim.liveness(n(1)), Liveness::Alive);
    assert_eq!(one.swim.health_score(), 1);
    let Gossip::Ack { news, .. } = &acks[0].gossip else {
        panic!("a ping is answered")
    };
    assert_eq!(news.incarnation, alive);
    assert!(
        news.updates
            .iter()
            .any(|it| it.node == n(1) && it.state == MemberState::alive(alive))
    );
    one.told(at(0), rumour(n(1), (1, 0), Liveness::Dead, n(3)));
    assert_eq!(one.swim.incarnation(), alive, "that one is refuted already");
    one.told(at(0), rumour(n(1), (4, u32::MAX), Liveness::Dead, n(3)));
    assert_eq!(one.swim.incarnation(), Incarnation::starting(5));
    one.told(
        at(0),
        rumour(n(1), (u32::MAX, u32::MAX), Liveness::Dead, n(3)),
    );
    assert_eq!(
        one.swim.incarnation(),
        Incarnation::starting(5),
        "nothing is above that"
    );
}

#[test]
fn a_suspect_is_told_first_and_its_answer_clears_it() {
    let mut one = One::new(SwimSettings::default());
    one.told(at(0), rumour(n(3), (1, 0), Liveness::Suspect, n(4)));
    let ack = one.receive(at(1), n(3), ping(Incarnation::starting(1), Vec::new()));
    let first = updates(&ack[0].gossip)[0];
    assert_eq!(
        (first.node, first.state.liveness),
        (n(3), Liveness::Suspect)
    );
    assert_eq!(
        one.swim.liveness(n(3)),
        Liveness::Suspect,
        "a sign of life is no refutation"
    );
    let refuted = Incarnation {
        life: 1,
        refuted: 1,
    };
    one.receive(at(2), n(3), ping(refuted, Vec::new()));
    assert_eq!(one.swim.liveness(n(3)), Liveness::Alive);
    assert_eq!(one.swim.suspicion_due(), None);
}

#[test]
fn an_accuser_does_not_raise_the_incarnation_of_the_accused() {
    let mut one = One::new(SwimSettings::default());
    let refuted = Incarnation {
        life: 3,
        refuted: 2,
    };
    for node in 2..=5 {
        one.receive(at(0), n(node), ping(refuted, Vec::new()));
    }
    let target = one.run_to(at(0))[0].to;
    one.run_to(at(1_000));
    let view = one.swim.view(at(1_000));
    let seen = view.iter().find(|member| member.node == target).unwrap();
    assert_eq!(
        (seen.liveness, seen.incarnation),
        (Liveness::Suspect, refuted)
    );
}

#[test]
fn a_rumour_rides_on_a_bounded_number_of_messages_the_least_sent_first() {
    let settings = SwimSettings {
        retransmit_mult: 2,
        ..SwimSettings::default()
    };
    // Five members: log2 of six, rounded up, is 3.
    let limit = 2 * 3;
    let mut one = One::new(settings);
    let about = |gossip: &Gossip, node| updates(gossip).iter().filter(|it| it.node == node).count();
    let hello = || ping(Incarnation::default(), Vec::new());
    let mut rides = 0;
    for _ in 0..3 {
        rides += about(&one.receive(at(0), n(2), hello())[0].gossip, n(1));
    }
    assert_eq!(rides, 3, "news of itself rides from the start");
    let with_news = one.told(at(0), rumour(n(3), (1, 0), Liveness::Dead, n(4)));
    let order: Vec<NodeId> = updates(&with_news[0].gossip)
        .iter()
        .map(|it| it.node)
        .collect();
    assert_eq!(
        order,
        [n(3), n(1), n(5)],
        "fresh before old, and that a node lives is not urgent"
    );
    let mut of_three = about(&with_news[0].gossip, n(3));
    for _ in 0..50 {
        let ack = one.receive(at(0), n(2), hello());
        of_three += about(&ack[0].gossip, n(3));
        rides += about(&ack[0].gossip, n(1));
    }
    assert_eq!(of_three, limit);
    // It rode on the message that told of n3 as well.
    assert_eq!(rides + 1, limit);
    assert!(
        updates(&one.receive(at(0), n(2), hello())[0].gossip).is_empty(),
        "then it is calm"
    );
}

#[test]
fn a_message_carries_at_most_its_limit_of_records() {
    let members: Vec<NodeId> = (1..=128).map(NodeId).collect();
    let mut swim = Swim::new(n(1), 1, &members, SwimSettings::default(), 1, Mono(0));
    let mut out = Vec::new();
    for node in 2..=128 {
        let dead = rumour(n(node), (1, 0), Liveness::Dead, n(2));
        swim.receive(
            Mono(0),
            n(2),
            ping(Incarnation::default(), vec![dead]),
            &mut out,
        );
    }
    let most = out.iter().map(|sent| sent.gossip.records()).max();
    assert_eq!(
        most,
        Some(UPDATES_PER_MESSAGE_MAX + 1),
        "n2 itself is held for dead"
    );
}

#[test]
fn a_stale_rumour_about_oneself_is_answered_again() {
    let mut one = One::new(SwimSettings::default());
    let tells = |sent: &[Envelope]| updates(&sent[0].gossip).iter().any(|it| it.node == n(1));
    for _ in 0..50 {
        one.receive(at(0), n(2), ping(Incarnation::starting(1), Vec::new()));
    }
    let calm = one.receive(at(0), n(2), ping(Incarnation::starting(1), Vec::new()));
    assert!(!tells(&calm));
    let stale = one.told(at(0), rumour(n(1), (0, 0), Liveness::Suspect, n(3)));
    assert!(tells(&stale));
    assert_eq!(one.swim.incarnation(), Incarnation::starting(1));
    assert_eq!(one.swim.health_score(), 0);
}

#[test]
fn the_rumours_sent_least_often_go_first() {
    let members: Vec<NodeId> = (1..=128).map(NodeId).collect();
    let mut swim = Swim::new(n(1), 1, &members, SwimSettings::default(), 1, Mono(0));
    let mut out = Vec::new();
    for node in 2..=128 {
        let news = News {
            incarnation: Incarnation::default(),
            updates: vec![rumour(n(node), (1, 0), Liveness::Dead, n(2))],
        };
        // Nothing is answered to a nack.
        swim.receive(Mono(0), n(2), Gossip::Nack { sequence: 0, news }, &mut out);
    }
    assert!(out.is_empty());
    // 128 rumours, 16 a message, and the addressee's own beside them.
    for _ in 0..8 {
        let hello = ping(Incarnation::default(), Vec::new());
        swim.receive(Mono(0), n(2), hello, &mut out);
    }
    let told: BTreeSet<NodeId> = out
        .iter()
        .flat_map(|sent| updates(&sent.gossip))
        .map(|update| update.node)
        .collect();
    assert_eq!(told.len(), 128);
}

#[test]
fn every_member_is_probed_once_in_a_pass() {
    let mut one = One::new(SwimSettings {
        helpers: 0,
        suspicion_mult: 100,
        health: Health::Off,
        ..SwimSettings::default()
    });
    for pass in 0..20_u64 {
        let mut probed: Vec<NodeId> = (0..4)
            .map(|period| one.run_to(at((pass * 4 + period) * 1_000))[0].to)
            .collect();
        probed.sort_unstable();
        assert_eq!(probed, [n(2), n(3), n(4), n(5)]);
    }
}

#[test]
fn a_node_that_was_frozen_restarts_its_probe_and_accuses_nobody() {
    for health in [Health::On, Health::Off] {
        let mut one = One::new(SwimSettings {
            health,
            ..SwimSettings::default()
        });
        let first = one.run_to(at(0)).remove(0);
        one.told(at(1), rumour(n(3), (1, 0), Liveness::Suspect, n(2)));
        let due = one.swim.suspicion_due();
        one.out.clear();
        one.swim.tick(at(60_000), &mut one.out);
        let again = &one.out[0];
        if health == Health::Off {
            assert_eq!(one.swim.liveness(n(3)), Liveness::Dead);
            assert_ne!(one.swim.liveness(first.to), Liveness::Alive);
            continue;
        }
        assert_eq!(again.to, first.to);
        assert_eq!(
            sequence(&again.gossip),
            sequence(&first.gossip),
            "the old ack counts too"
        );
        assert_eq!(one.swim.health_score(), 1);
        assert_eq!(one.swim.liveness(n(3)), Liveness::Suspect);
        // Late by 59.5 s, and time to read its mail.
        assert_eq!(
            one.swim.suspicion_due(),
            due.map(|due| due.after(60 * SECOND))
        );
        let mail = ping(Incarnation::starting(1), Vec::new());
        one.receive(at(60_000), n(2), mail);
        assert_eq!(one.swim.health_score(), 1, "one pause counts once");
    }
}

#[test]
fn a_pause_that_shows_first_in_the_mail_counts_as_well() {
    let mut one = One::new(SwimSettings::default());
    let first = one.run_to(at(0)).remove(0);
    for _ in 0..3 {
        one.receive(at(9_000), n(2), ping(Incarnation::starting(1), Vec::new()));
    }
    assert_eq!(one.swim.health_score(), 1);
    one.run_to(at(9_000));
    assert_eq!(one.swim.liveness(first.to), Liveness::Alive);
}

#[test]
fn bad_health_stretches_the_timeout_and_the_period_and_success_heals_it() {
    let mut one = One::new(SwimSettings::default());
    let first = one.run_to(at(0)).remove(0);
    let next = one.run_to(at(1_000));
    assert_eq!(one.swim.health_score(), 2);
    let probe = next
        .iter()
        .rfind(|sent| sent.gossip.label() == "ping")
        .unwrap();
    assert!(probe.to != first.to);
    assert!(one.run_to(at(2_499)).is_empty(), "500 ms, three times");
    assert_eq!(one.run_to(at(2_500)).len(), 2, "a suspect is no helper");
    let news = News::default();
    one.receive(
        at(2_600),
        probe.to,
        Gossip::Ack {
            sequence: sequence(&probe.gossip),
            news,
        },
    );
    assert_eq!(one.swim.health_score(), 1);
    assert!(one.run_to(at(3_999)).is_empty());
    assert_eq!(one.run_to(at(4_000)).len(), 1);
    for second in 5..200 {
        one.run_to(at(second * 1_000));
    }
    assert_eq!(one.swim.health_score(), HEALTH_SCORE_MAX);
}

#[test]
fn nacks_from_all_helpers_speak_for_the_prober() {
    let mut one = One::new(SwimSettings::default());
    one.run_to(at(0));
    for sent in one.run_to(at(500)) {
        let news = News::default();
        one.receive(
            at(950),
            sent.to,
            Gossip::Nack {
                sequence: sequence(&sent.gossip),
                news,
            },
        );
    }
    one.run_to(at(1_000));
    assert_eq!(one.swim.health_score(), 1, "the ack alone is missed");
}

#[test]
fn a_dead_member_is_called_now_and_then_and_told() {
    let mut one = One::new(SwimSettings {
        helpers: 0,
        ..SwimSettings::default()
    });
    one.told(at(0), rumour(n(3), (1, 0), Liveness::Dead, n(4)));
    let calls: Vec<Envelope> = (0..400_u64)
        .flat_map(|tenth| one.run_to(at(tenth * 100)))
        .filter(|sent| sent.to == n(3))
        .collect();
    assert!((1..=10).contains(&calls.len()), "{}", calls.len());
    for call in &calls {
        assert_eq!(call.gossip.label(), "ping");
        assert_eq!(updates(&call.gossip)[0].node, n(3));
        assert_eq!(updates(&call.gossip)[0].state.liveness, Liveness::Dead);
    }
}

#[test]
fn a_member_in_a_new_life_is_told_who_is_absent() {
    let mut one = One::new(SwimSettings {
        retransmit_mult: 1,
        ..SwimSettings::default()
    });
    one.told(at(0), rumour(n(3), (1, 0), Liveness::Dead, n(4)));
    let hello = |life| ping(Incarnation::starting(life), Vec::new());
    let tells = |sent: &[Envelope]| updates(&sent[0].gossip).iter().any(|it| it.node == n(3));
    for _ in 0..10 {
        one.receive(at(0), n(2), hello(1));
    }
    assert!(!tells(&one.receive(at(0), n(2), hello(1))));
    assert!(tells(&one.receive(at(0), n(2), hello(2))));
}

#[test]
fn a_cluster_of_one_has_nothing_to_do() {
    let mut swim = Swim::new(n(1), 1, &[n(1)], SwimSettings::default(), 1, Mono(0));
    let mut phi = PhiAccrual::new(n(1), 1, &[n(1)], PhiSettings::default(), 1, Mono(0));
    let mut off = Off::new(&[n(1)]);
    let mut out = Vec::new();
    for detector in [&mut swim as &mut dyn Detector, &mut phi, &mut off] {
        detector.tick(at(5_000), &mut out);
        assert_eq!(detector.next_due(), None);
        assert_eq!(detector.view(at(5_000)).len(), 1);
        assert_eq!(detector.liveness(n(1)), Liveness::Alive);
    }
    assert!(out.is_empty());
}

#[test]
fn settings_out_of_bounds_are_refused_by_name() {
    let usual = SwimSettings::default();
    assert!(usual.check().is_ok());
    let slow = SwimSettings {
        probe_timeout: SECOND,
        ..usual.clone()
    };
    let crowd = SwimSettings {
        helpers: 9,
        ..usual.clone()
    };
    let never = SwimSettings {
        dead_every: 0,
        ..usual.clone()
    };
    let still = SwimSettings {
        period: Duration::ZERO,
        ..usual
    };
    for bad in [slow, crowd, never, still] {
        assert!(bad.check().unwrap_err().to_string().contains("swim"));
    }
    let nan = PhiSettings {
        threshold: f64::NAN,
        ..PhiSettings::default()
    };
    let short = PhiSettings {
        mean_min: MS / 2,
        ..PhiSettings::default()
    };
    for bad in [nan, short] {
        assert!(bad.check().unwrap_err().to_string().contains("phi"));
    }
}
