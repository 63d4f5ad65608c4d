//! The comparison of two pages, and the bucket.

use core::time::Duration;
use std::collections::BTreeMap;

use bytes::Bytes;
use proptest::prelude::*;

use crate::base::limits::REPAIR_BYTES_MAX;
use crate::base::time::Mono;
use crate::node::repair::bucket::Bucket;
use crate::node::repair::diff::{End, Room, diff};
use crate::node::replica::KeyDigest;
use crate::seeded::cases;

type Page = BTreeMap<u8, (u64, usize)>;

fn page() -> impl Strategy<Value = Page> {
    prop::collection::btree_map(0_u8..20, (0_u64..2, 1_usize..50), 0..16)
}

fn named(page: &Page, above: Option<&Bytes>) -> Vec<KeyDigest> {
    let each = page.iter().map(|(key, (digest, bytes))| KeyDigest {
        key: Bytes::from(vec![*key]),
        digest: *digest,
        bytes: *bytes,
    });
    each.filter(|key| above.is_none_or(|above| key.key > *above))
        .collect()
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn what_differs_is_found_once_in_parts_that_fit(
        mine in page(),
        theirs in page(),
        give_max in 1_usize..120,
        want_max in 1_usize..120,
    ) {
        let expect = |from: &Page, to: &Page| -> Vec<Bytes> {
            let digest = |page: &Page, key| page.get(key).map(|(digest, _)| *digest);
            let keys = from.keys().filter(|key| digest(from, key) != digest(to, key));
            keys.map(|key| Bytes::from(vec![*key])).collect()
        };
        let room = Room { give: give_max, want: want_max };
        let (mut give, mut want, mut above) = (Vec::new(), Vec::new(), None);
        let (mut compared, mut parts) = (0, 0);
        loop {
            let part = diff(&named(&mine, above.as_ref()), &named(&theirs, above.as_ref()), room);
            parts += 1;
            prop_assert!(parts <= 40);
            let size = |keys: &[Bytes], page: &Page| -> usize {
                keys.iter().map(|key| page[&key[0]].1).sum()
            };
            let one = part.give.len().max(part.want.len()) <= 1;
            prop_assert!(one || size(&part.give, &mine) <= give_max);
            prop_assert!(one || size(&part.want, &theirs) <= want_max);
            let bytes = size(&part.give, &mine) + size(&part.want, &theirs);
            prop_assert_eq!(part.bytes, bytes as u64);
            compared += part.compared;
            give.extend(part.give);
            want.extend(part.want);
            match part.end {
                End::Whole => break,
                End::Full(upto) => above = Some(upto),
                End::Empty(_) => prop_assert!(false, "there was room"),
            }
        }
        prop_assert_eq!(give, expect(&mine, &theirs));
        prop_assert_eq!(want, expect(&theirs, &mine));
        let all: std::collections::BTreeSet<_> = mine.keys().chain(theirs.keys()).collect();
        prop_assert_eq!(compared as usize, all.len());
    }
}

#[test]
fn with_nothing_to_give_it_stops_before_the_first_key_that_has_something_to_give() {
    let mine = Page::from([(1, (7, 10)), (4, (7, 10))]);
    let theirs = Page::from([(1, (7, 10)), (2, (7, 10))]);
    let room = Room { give: 0, want: 100 };
    let part = diff(&named(&mine, None), &named(&theirs, None), room);
    let key = |number: u8| Bytes::from(vec![number]);
    assert_eq!((part.give, part.want), (vec![], vec![key(2)]));
    assert_eq!(part.end, End::Empty(Some(key(2))));
    let part = diff(&named(&mine, None), &[], room);
    assert_eq!((part.end, part.compared), (End::Empty(None), 0));
}

#[test]
fn a_bucket_fills_to_one_message_and_a_large_cell_is_made_up_for() {
    let at = |ms: u64| Mono(0).after(Duration::from_millis(ms));
    let mut bucket = Bucket::new(1000);
    assert_eq!(bucket.available(at(0)), REPAIR_BYTES_MAX);
    assert_eq!(bucket.available(at(1_000_000)), REPAIR_BYTES_MAX);
    bucket.spend(REPAIR_BYTES_MAX + 500);
    assert_eq!(bucket.available(at(1_000_500)), 0);
    assert_eq!(bucket.available(at(1_000_600)), 100);
    // Time that stands, or goes back, gives nothing.
    assert_eq!(bucket.available(at(1_000_000)), 100);
    assert_eq!(bucket.available(at(1_000_601)), 101);
    let mut slow = Bucket::new(3);
    slow.spend(REPAIR_BYTES_MAX);
    (1..=1000).for_each(|ms| assert!(slow.available(at(ms)) <= 3));
    assert_eq!(slow.available(at(1000)), 3, "no fraction of a byte is lost");
    let mut free = Bucket::new(0);
    free.spend(usize::MAX);
    assert_eq!(free.available(at(0)), REPAIR_BYTES_MAX);
    let mut wild = Bucket::new(u64::MAX);
    wild.spend(usize::MAX);
    assert!(wild.available(Mono(u64::MAX)) > 0);
}
