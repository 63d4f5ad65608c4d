//! Phi of one peer.

use core::f64::consts::LN_10;
use core::time::Duration;

use proptest::prelude::*;

use super::cluster::{MS, SECOND, n};
use crate::base::time::Mono;
use crate::membership::*;

fn beating(settings: &PhiSettings, every: Duration, beats: u32) -> (PhiDetector, Mono) {
    let mut peer = PhiDetector::new(settings, Mono(0));
    let mut now = Mono(0);
    for _ in 0..beats {
        now = now.after(every);
        peer.heartbeat(now);
    }
    (peer, now)
}

#[test]
fn a_mean_of_one_second_convicts_after_18_4_seconds() {
    let (peer, last) = beating(&PhiSettings::default(), SECOND, 100);
    let silence = peer.convict_at().since(last);
    assert_eq!(silence.as_millis(), 18_420);
    assert_eq!(silence.as_secs_f64().to_string(), "18.420680743");
    for (seconds, phi) in [
        (1, 0.434),
        (5, 2.171),
        (10, 4.343),
        (18, 7.817),
        (19, 8.252),
    ] {
        let there = peer.phi(last.after(Duration::from_secs(seconds)));
        assert!((there - phi).abs() < 0.001, "{there} after {seconds} s");
    }
}

#[test]
fn an_outage_is_no_interval() {
    let (mut peer, last) = beating(&PhiSettings::default(), SECOND, 10);
    let back = last.after(Duration::from_secs(1_000));
    peer.heartbeat(back);
    assert_eq!(peer.mean_ns(), 1e9);
    assert_eq!(peer.phi(back), 0.0);
    let slow = back.after(Duration::from_secs(12));
    peer.heartbeat(slow);
    assert_eq!(
        peer.mean_ns(),
        2e9,
        "a long interval is one: ten of 1 s and one of 12 s"
    );
}

#[test]
fn a_burst_does_not_make_a_short_silence_fatal() {
    let (peer, last) = beating(&PhiSettings::default(), MS, 1_000);
    assert_eq!(peer.mean_ns(), 1e9);
    assert!(peer.phi(last.after(10 * SECOND)) < 8.0);
}

#[test]
fn the_window_forgets() {
    let settings = PhiSettings {
        window: 10,
        ..PhiSettings::default()
    };
    let (mut peer, mut now) = beating(&settings, SECOND, 100);
    for _ in 0..10 {
        now = now.after(3 * SECOND);
        peer.heartbeat(now);
    }
    assert_eq!(peer.mean_ns(), 3e9);
}

#[test]
fn heartbeats_out_of_order_do_not_panic_nor_move_time_back() {
    let mut peer = PhiDetector::new(&PhiSettings::default(), Mono(0).after(9 * SECOND));
    peer.heartbeat(Mono(0));
    assert_eq!(peer.phi(Mono(5)), 0.0);
    peer.heartbeat(Mono(u64::MAX));
    assert_eq!(peer.phi(Mono(u64::MAX)), 0.0);
    assert_eq!(peer.convict_at(), Mono(u64::MAX));
}

proptest! {
    #![proptest_config(crate::seeded::cases(500))]

    #[test]
    fn phi_is_monotone_in_silence_and_agrees_with_its_model(
        gaps_ms in prop::collection::vec(1..9_000_u64, 1..60), window in 1..40_usize, silence_ms in 0..100_000_u64,
    ) {
        let settings = PhiSettings { window, mean_min: MS, ..PhiSettings::default() };
        let mut peer = PhiDetector::new(&settings, Mono(0));
        let (mut now, mut kept) = (Mono(0), Vec::new());
        for gap_ms in gaps_ms {
            let mean_ms = if kept.is_empty() { 1.0 } else { kept.iter().sum::<u64>() as f64 / kept.len() as f64 };
            let fatal_ms = 8.0 * mean_ms * LN_10;
            // Where the model cannot tell for rounding, the case says nothing.
            prop_assume!((gap_ms as f64 - fatal_ms).abs() > 1e-6);
            if (gap_ms as f64) < fatal_ms {
                kept.push(gap_ms);
            }
            if kept.len() > window {
                kept.remove(0);
            }
            now = now.after(Duration::from_millis(gap_ms));
            peer.heartbeat(now);
        }
        let mean_ms = if kept.is_empty() { 1.0 } else { kept.iter().sum::<u64>() as f64 / kept.len() as f64 };
        let silent = now.after(Duration::from_millis(silence_ms));
        let model = silence_ms as f64 / (mean_ms * LN_10);
        prop_assert!((peer.phi(silent) - model).abs() <= 1e-9 * model.max(1.0));
        prop_assert!(peer.phi(silent) <= peer.phi(silent.after(MS)));
        let at = peer.phi(peer.convict_at());
        prop_assert!((at - 8.0).abs() < 1e-6, "{at}");
    }
}

#[test]
fn a_view_shows_phi_and_knows_oneself() {
    let members = [n(1), n(2)];
    let phi = PhiAccrual::new(n(1), 3, &members, PhiSettings::default(), 1, Mono(0));
    let view = phi.view(Mono(0).after(10 * SECOND));
    assert_eq!(
        (view[0].suspicion, view[0].incarnation),
        (0.0, Incarnation::starting(3))
    );
    assert!((view[1].suspicion - 4.343).abs() < 0.001);
    assert_eq!(view[1].liveness, Liveness::Alive);
}
