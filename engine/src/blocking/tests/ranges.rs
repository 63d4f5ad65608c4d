//! Several keys at once: batches and range scans.

use std::collections::BTreeMap;

use super::*;
use crate::base::limits::BATCH_KEYS_MAX;

#[test]
fn a_batch_answers_key_by_key_in_its_order() {
    let mut cluster = cluster(|_| {});
    let large = vec![b'v'; VALUE_BYTES_MAX + 1];
    let pairs: [(&[u8], &[u8]); 5] = [
        (b"b", b"2"),
        (b"a", b"1"),
        (b"x", &large),
        (b"", b"0"),
        (b"c", b"3"),
    ];
    let codes = |told: Vec<crate::Result<Context>>| -> Vec<Option<Code>> {
        told.into_iter()
            .map(|one| one.err().map(|error| error.code()))
            .collect()
    };
    let told = cluster.put_many(&pairs, &PutOptions::default()).unwrap();
    let (too_large, invalid) = (Some(Code::TooLarge), Some(Code::InvalidArgument));
    assert_eq!(
        codes(told),
        [None, None, too_large, invalid, None],
        "one may fail where another does not"
    );
    let keys: [&[u8]; 5] = [b"c", b"x", b"a", b"c", b"b"];
    let read = cluster.get_many(&keys, &GetOptions::default()).unwrap();
    let read: Vec<Vec<Bytes>> = read.into_iter().map(|read| read.unwrap().values).collect();
    let expected: [&[&str]; 5] = [&["3"], &[], &["1"], &["3"], &["2"]];
    assert_eq!(read, expected.map(values));
    assert_eq!(
        cluster.get_many(&[], &GetOptions::default()).unwrap().len(),
        0
    );
}

#[test]
fn the_contexts_of_a_batch_are_its_keys_own() {
    let mut cluster = cluster(|_| {});
    let put = PutOptions::default();
    let pairs: [(&[u8], &[u8]); 2] = [(b"a", b"1"), (b"b", b"2")];
    let told = cluster.put_many(&pairs, &put).unwrap();
    for ((key, _), context) in pairs.iter().zip(told) {
        let next = PutOptions {
            context: Some(context.unwrap()),
            ..PutOptions::default()
        };
        cluster.put(key, b"next", &next).unwrap();
        assert_eq!(super::read(&mut cluster, key, &all()), values(&["next"]));
    }
}

#[test]
fn the_keys_of_a_batch_do_not_wait_for_each_other() {
    let mut cluster = cluster(|_| {});
    let names: Vec<String> = (0..200).map(|number| format!("key-{number}")).collect();
    let pairs: Vec<(&[u8], &[u8])> = names
        .iter()
        .map(|name| (name.as_bytes(), b"v".as_slice()))
        .collect();
    let before = cluster.now();
    assert!(
        cluster
            .put_many(&pairs, &PutOptions::default())
            .unwrap()
            .iter()
            .all(Result::is_ok)
    );
    let took = cluster.now().since(before);
    assert!(took < Duration::from_millis(500), "{took:?} for 200 puts");
}

#[test]
fn a_batch_has_a_limit() {
    let mut cluster = cluster(|_| {});
    let keys: Vec<&[u8]> = vec![b"a"; BATCH_KEYS_MAX + 1];
    let refused = cluster.get_many(&keys, &GetOptions::default()).unwrap_err();
    assert_eq!(refused.code(), Code::TooLarge);
    let pairs: Vec<(&[u8], &[u8])> = vec![(b"a", b"v"); BATCH_KEYS_MAX + 1];
    assert_eq!(
        cluster
            .put_many(&pairs, &PutOptions::default())
            .unwrap_err()
            .code(),
        Code::TooLarge
    );
    assert!(
        cluster.history().operations().is_empty(),
        "nothing was begun"
    );
    assert!(
        cluster
            .get_many(&keys[1..], &GetOptions::default())
            .unwrap()
            .iter()
            .all(Result::is_ok)
    );
}

/// The keys of pages of `limit`, and how many pages there were.
fn pages(
    cluster: &mut Cluster,
    range: (&str, Option<&str>),
    limit: usize,
    options: &GetOptions,
) -> (Vec<(Bytes, Vec<Bytes>)>, usize) {
    let (mut rows, mut cursor, mut count) = (Vec::new(), None, 0);
    loop {
        let to = range.1.map(str::as_bytes);
        let page = cluster
            .scan(range.0.as_bytes(), to, limit, cursor.as_ref(), options)
            .unwrap();
        assert!(page.rows.len() <= limit);
        rows.extend(page.rows);
        count += 1;
        match page.cursor {
            Some(next) => cursor = Some(next),
            None => return (rows, count),
        }
    }
}

/// Keys whose neighbours differ by a byte, by a zero byte, and by nothing but their table.
const KEYS: [&str; 12] = [
    "\0",
    "a",
    "a\0",
    "a\0\0",
    "aa",
    "ab",
    "b",
    "ba",
    "c",
    "m",
    "z",
    "\u{10ffff}",
];

/// Three tables with the same keys, of which the middle one lacks some; and what the middle one holds.
fn neighbours(change: impl FnOnce(&mut ClusterConfig)) -> (Cluster, BTreeMap<String, Vec<Bytes>>) {
    let mut cluster = cluster(change);
    cluster
        .add_table("middle", Conflict::Siblings, None, None)
        .unwrap();
    cluster
        .add_table("last", Conflict::Siblings, None, None)
        .unwrap();
    let mut expected = BTreeMap::new();
    for (number, key) in KEYS.iter().enumerate() {
        let mut put = |options: &PutOptions, value: &str| {
            cluster
                .put(key.as_bytes(), value.as_bytes(), options)
                .unwrap();
        };
        put(&PutOptions::default(), "first table");
        put(&in_table("last"), "last table");
        if number % 3 != 2 {
            put(&in_table("middle"), &format!("value {number}"));
            expected.insert((*key).to_owned(), values(&[&format!("value {number}")]));
        }
    }
    // One is deleted, and its tombstone stands between the others.
    cluster.delete(b"aa", &in_table("middle")).unwrap();
    expected.remove("aa");
    (cluster, expected)
}

#[test]
fn pages_of_any_size_leave_no_gap_and_repeat_nothing() {
    let (mut cluster, expected) = neighbours(|_| {});
    let ranges: [(&str, Option<&str>); 8] = [
        ("", None),
        ("", Some("b")),
        ("a", Some("ab")),
        ("a\0", Some("a\0\0")),
        ("ab", None),
        ("c", Some("c")),
        ("z", Some("a")),
        ("\u{10ffff}", None),
    ];
    for range in ranges {
        let inside = |key: &str| key >= range.0 && range.1.is_none_or(|to| key < to);
        let wanted: Vec<(Bytes, Vec<Bytes>)> = expected
            .iter()
            .filter(|(key, _)| inside(key))
            .map(|(key, values)| (Bytes::copy_from_slice(key.as_bytes()), values.clone()))
            .collect();
        for limit in [1, 2, 3, 100] {
            let (rows, count) = pages(&mut cluster, range, limit, &of_table("middle"));
            assert_eq!(rows, wanted, "{range:?} by {limit}");
            // Tombstones have their places on a page, and the last one may be empty.
            assert!(
                count <= wanted.len().div_ceil(limit) + 4,
                "{count} pages of {limit} for {}",
                wanted.len()
            );
        }
    }
    let (rows, _) = pages(&mut cluster, ("", None), 2, &GetOptions::default());
    assert_eq!(rows.len(), KEYS.len());
    assert!(
        rows.iter()
            .all(|(_, found)| *found == values(&["first table"]))
    );
    assert_eq!(cluster.check_scan().unwrap(), Ok(()));
}

#[test]
fn a_scan_shows_what_gets_show() {
    let mut cluster = cluster(|_| {});
    cluster
        .add_table("cart", Conflict::Merge, None, None)
        .unwrap();
    let owners = cluster.owners(b"k");
    for (node, value) in [(owners[0], "b"), (owners[1], "a")] {
        cluster.put(b"k", value.as_bytes(), &via(node)).unwrap();
        let put = PutOptions {
            via: Some(node),
            ..in_table("cart")
        };
        cluster.put(b"k", value.as_bytes(), &put).unwrap();
    }
    let all = |table: Option<&str>| GetOptions {
        read: Some(Level::All),
        table: table.map(str::to_owned),
        ..GetOptions::default()
    };
    for (options, shown) in [
        (all(None), values(&["a", "b"])),
        (all(Some("cart")), values(&["a,b"])),
    ] {
        let (rows, _) = pages(&mut cluster, ("", None), 1, &options);
        assert_eq!(rows, [(Bytes::from("k"), shown)]);
    }
}

#[test]
fn what_is_written_between_pages_is_met_or_not_and_no_key_comes_twice() {
    let mut cluster = cluster(|_| {});
    for key in ["b", "d", "f", "h"] {
        cluster
            .put(key.as_bytes(), b"v", &PutOptions::default())
            .unwrap();
    }
    let (mut found, mut cursor) = (Vec::new(), None);
    let written = ["a", "c", "e", "g", "i", "b", "d"];
    for key in written {
        let page = cluster
            .scan(b"", None, 1, cursor.as_ref(), &GetOptions::default())
            .unwrap();
        found.extend(page.rows.into_iter().map(|(key, _)| key));
        cluster
            .put(key.as_bytes(), b"new", &PutOptions::default())
            .unwrap();
        match page.cursor {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    assert!(found.is_sorted_by(|a, b| a < b), "{found:?}");
    for key in ["b", "d", "f", "h"] {
        assert!(
            found.contains(&Bytes::from(key)),
            "{key} stood there all the time: {found:?}"
        );
    }
}

#[test]
fn a_scan_goes_on_while_every_key_still_has_its_replicas() {
    let (mut cluster, expected) = neighbours(|config| config.timeout = Duration::from_secs(2));
    cluster.kill(NodeId(4)).unwrap();
    let quorum = of_table("middle");
    let (rows, _) = pages(&mut cluster, ("", None), 3, &quorum);
    assert_eq!(rows.len(), expected.len());
    let all = GetOptions {
        read: Some(Level::All),
        ..of_table("middle")
    };
    let refused = cluster.scan(b"", None, 3, None, &all).unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    assert!(
        refused.to_string().contains("4 of 5 nodes answered"),
        "{refused}"
    );
    cluster.kill(NodeId(5)).unwrap();
    let refused = cluster.scan(b"", None, 3, None, &quorum).unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    let one = GetOptions {
        read: Some(Level::Count(1)),
        ..of_table("middle")
    };
    assert_eq!(
        pages(&mut cluster, ("", None), 3, &one).0.len(),
        expected.len()
    );
}

#[test]
fn a_scan_refuses_what_it_cannot_do() {
    let (mut cluster, _) = neighbours(|_| {});
    let page = cluster
        .scan(b"", None, 1, None, &GetOptions::default())
        .unwrap();
    let cursor = page.cursor.unwrap();
    let elsewhere = cluster
        .scan(b"", None, 1, Some(&cursor), &of_table("last"))
        .unwrap_err();
    assert_eq!(elsewhere.code(), Code::InvalidArgument);
    assert!(
        elsewhere
            .to_string()
            .contains("this cursor belongs to another table"),
        "{elsewhere}"
    );
    for level in [Level::LocalOne, Level::LocalQuorum, Level::EachQuorum] {
        let options = GetOptions {
            read: Some(level),
            ..GetOptions::default()
        };
        let zoned = cluster.scan(b"", None, 1, None, &options).unwrap_err();
        assert_eq!(zoned.code(), Code::InvalidArgument);
        assert!(
            zoned
                .to_string()
                .contains("a scan reads at a number, one, two, quorum or all"),
            "{zoned}"
        );
    }
}
