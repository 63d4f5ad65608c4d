//! How fast a world runs, for whoever changes it: `cargo test --release -p kvorum --lib sim::tests::speed --
//! --ignored --nocapture`.

use std::collections::{BTreeMap, VecDeque};

use super::*;
use crate::sim::trace::TraceKeep;

const PUTS: u64 = 200_000;
const OPEN: usize = 64;

#[test]
#[ignore = "a figure, not a check"]
#[expect(clippy::disallowed_methods, reason = "a figure needs a clock")]
fn puts_on_five_nodes() {
    for keep in [TraceKeep::All, TraceKeep::Nothing] {
        let mut world = world();
        world.keep_trace(keep);
        let (mut open, mut ended) = (VecDeque::new(), BTreeMap::new());
        let mut contexts: Vec<Context> = vec![Context::default(); 1_000];
        let start = std::time::Instant::now();
        for number in 0..PUTS {
            let place = (number % 1_000) as usize;
            let via = NodeId(number as u32 % 5 + 1);
            let kind = Kind::Put {
                value: Bytes::from_static(&[b'v'; 100]),
                context: core::mem::take(&mut contexts[place]),
            };
            let key = full(&format!("key-{place}"));
            let request = submit(&mut world, via, &key, kind, 2).unwrap();
            open.push_back((place, request));
            if open.len() == OPEN {
                let (place, request) = open.pop_front().unwrap();
                while !ended.contains_key(&request) {
                    world.step().unwrap();
                    ended.extend(world.take_ended());
                }
                let told = ended.remove(&request).unwrap().result.unwrap();
                contexts[place] = told.context;
            }
        }
        let seconds = start.elapsed().as_secs_f64();
        let messages = world.message_next as f64;
        println!(
            "{keep:?}: {:.0} puts/s, {:.0} messages/s, {:.0} events/s",
            PUTS as f64 / seconds,
            messages / seconds,
            world.trace().count() as f64 / seconds,
        );
    }
}
