use proptest::prelude::*;

use super::*;
use crate::seeded::cases;

fn operations(batch: &WriteBatch) -> Vec<Operation<'_>> {
    batch.operations().collect()
}

#[test]
fn operations_come_out_in_the_order_they_went_in() {
    let mut batch = WriteBatch::new();
    batch.put("a", "1").delete("b").put_until("c", "", 70_000);
    batch.delete_range("d", "f");
    let put = |key, value, deadline_ms| Operation::Put {
        key,
        value,
        deadline_ms,
    };
    let expected = [
        put(b"a".as_slice(), b"1".as_slice(), NEVER_MS),
        Operation::Delete { key: b"b" },
        put(b"c", b"", 70_000),
        Operation::DeleteRange {
            from: b"d",
            to: b"f",
        },
    ];
    assert_eq!(operations(&batch), expected);
    assert_eq!(batch.len(), 4);
    assert_eq!(BatchView::validate(batch.payload()), Ok(batch.view()));
}

#[test]
fn a_small_put_costs_three_bytes_beside_its_key_and_value() {
    let mut batch = WriteBatch::new();
    batch.put([7; 16], [8; 100]);
    assert_eq!(batch.record_bytes(), 3 + 16 + 100);
}

#[test]
fn a_range_that_holds_no_key_adds_nothing() {
    let mut batch = WriteBatch::new();
    batch.delete_range("b", "b").delete_range("c", "b");
    assert!(batch.is_empty());
    assert_eq!(batch.record_bytes(), 0);
}

#[test]
fn a_put_until_never_is_a_put() {
    let (mut until, mut put) = (WriteBatch::new(), WriteBatch::new());
    until.put_until("a", "1", NEVER_MS);
    put.put("a", "1");
    assert_eq!(until, put);
}

#[test]
fn a_cleared_batch_is_as_new() {
    let mut batch = WriteBatch::new();
    batch.put(vec![0; STORED_KEY_BYTES_MAX + 1], "1");
    batch.clear();
    batch.put("a", "1");
    assert_eq!(batch.check(), Ok(()));
    assert_eq!(batch.len(), 1);
}

#[test]
fn every_limit_is_checked_before_a_batch_is_written() {
    let too_large = |batch: &WriteBatch| matches!(batch.check(), Err(Error::TooLarge { .. }));
    let key = vec![1; STORED_KEY_BYTES_MAX];
    let key_too_long = vec![1; STORED_KEY_BYTES_MAX + 1];
    let bound_too_long = vec![1; RANGE_BOUND_BYTES_MAX + 1];

    let mut batch = WriteBatch::new();
    batch.put(&key, "1").delete(&key);
    batch.delete_range(&key, &key_too_long);
    assert_eq!(batch.check(), Ok(()));
    assert!(too_large(WriteBatch::new().put(&key_too_long, "1")));
    assert!(too_large(WriteBatch::new().delete(&key_too_long)));
    assert!(too_large(
        WriteBatch::new().delete_range(&key, &bound_too_long)
    ));
    let value = vec![0; RECORD_BYTES_MAX];
    assert!(too_large(WriteBatch::new().put("a", &value)));
}

#[test]
fn hostile_payloads_are_refused() {
    for payload in [
        &[9, 1, 0][..],                                    // no such tag
        &[TAG_PUT, 1, b'a'],                               // no value
        &[TAG_PUT, 1, b'a', 200, 200, 200, 200, 200, 200], // a length beyond everything
        &[TAG_DELETE, 0xff, 0xff, 0xff, 0x7f],
        &[TAG_PUT_UNTIL, 1, b'a', 0],
        &[TAG_DELETE_RANGE, 1, b'b', 1, b'b'],
        &[TAG_DELETE_RANGE, 1, b'c', 1, b'b'],
    ] {
        let verdict = BatchView::validate(payload);
        assert!(
            matches!(verdict, Err(Error::Corruption { .. })),
            "{payload:?} gave {verdict:?}"
        );
    }
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn what_validates_reads_back_the_same(bytes in prop::collection::vec(0_u8..6, 0..40)) {
        if let Ok(view) = BatchView::validate(&bytes) {
            prop_assert_eq!(view.operations().count(), view.len());
        }
    }

    #[test]
    fn a_cut_batch_is_no_batch_or_fewer_operations(
        puts in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..20), prop::collection::vec(any::<u8>(), 0..200)), 1..5),
    ) {
        let mut batch = WriteBatch::new();
        for (key, value) in &puts {
            batch.put(key, value);
        }
        for length in 0..batch.record_bytes() {
            if let Ok(view) = BatchView::validate(&batch.payload()[..length]) {
                prop_assert!(view.len() < batch.len());
                prop_assert!(view.operations().eq(batch.operations().take(view.len())));
            }
        }
    }
}
