//! Cells and contexts as bytes.

use super::laws::{play, step};
use super::*;

fn cells_of_steps() -> impl Strategy<Value = [Cell; REPLICAS]> {
    prop::collection::vec(step(), 1..20).prop_map(|steps| play(&steps, &KeepSiblings))
}

/// Also what equality leaves out: under which actor a copy is written on.
fn check_read_back(cell: &Cell) {
    let bytes = cell.encode();
    assert_eq!(bytes.len(), cell.encoded_len());
    let mut appended = b"before".to_vec();
    cell.encode_into(&mut appended);
    assert_eq!(appended, [b"before".as_slice(), &bytes].concat());
    let bytes = Bytes::from(bytes);
    for back in [Cell::decode(&bytes), Cell::decode_shared(&bytes)] {
        let back = back.unwrap();
        assert_eq!(&back, cell);
        assert_eq!(back.own, cell.own);
    }
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn cells_and_contexts_survive_encoding(cells in cells_of_steps()) {
        for cell in cells {
            check_read_back(&cell);
            let context = cell.context();
            prop_assert_eq!(Context::decode(b"cart", &context.encode(b"cart")).unwrap(), context);
        }
    }

    #[test]
    fn truncated_cells_give_errors(cells in cells_of_steps()) {
        let bytes = Bytes::from(cells[0].encode());
        for end in 0..bytes.len() {
            prop_assert!(Cell::decode(&bytes[..end]).is_err());
            prop_assert!(Cell::decode_shared(&bytes.slice(..end)).is_err());
        }
    }

    #[test]
    fn a_cell_with_a_flipped_bit_is_an_error_or_another_cell(
        cells in cells_of_steps(), flips in prop::collection::vec(any::<prop::sample::Index>(), 20)
    ) {
        let bytes = cells[0].encode();
        for flip in flips {
            let (mut bytes, bit) = (bytes.clone(), flip.index(bytes.len() * 8));
            bytes[bit / 8] ^= 1 << (bit % 8);
            if let Ok(cell) = Cell::decode(&bytes) {
                check_read_back(&cell);
                let again = merged(&cell, &cells[1], &KeepSiblings);
                prop_assert_eq!(again.digest(), again.clone().digest());
                let _ = (again.values(Wall(0)), again.next_dot(actor(0), cell.seen()));
            }
        }
    }

    #[test]
    fn forged_bytes_give_errors(bytes in prop::collection::vec(any::<u8>(), 1..64)) {
        let _ = Cell::decode(&bytes);
        prop_assert!(Context::decode(b"cart", &bytes).is_err());
    }
}

#[test]
fn shared_values_are_parts_of_what_was_read() {
    let mut cell = Cell::default();
    put(&mut cell, 0, &VersionVector::default(), 123);
    let bytes = Bytes::from(cell.encode());
    let back = Cell::decode_shared(&bytes).unwrap();
    let value = back.values(Wall(0)).remove(0);
    assert!(bytes.as_ptr_range().contains(&value.as_ptr()));
}

#[test]
fn lists_out_of_order_are_refused() {
    // One counter of n2.1, then one of n1.1; no single dots, versions or tokens.
    let bytes = [2, 2, 1, 0, 1, 1, 1, 0, 1, 0, 0, 0, 0];
    let error = Cell::decode(&bytes).unwrap_err();
    assert!(error.to_string().contains("out of order"), "{error}");
    let ascending = [2, 1, 1, 0, 1, 2, 1, 0, 1, 0, 0, 0, 0];
    assert!(Cell::decode(&ascending).is_ok());
}

#[test]
fn an_epoch_is_shown_from_1() {
    let first = Actor::new(NodeId(1), 2);
    let later = Actor { epoch: 5, ..first };
    assert_eq!(
        (first.to_string(), later.to_string()),
        ("n1.2".to_owned(), "n1.2.5".to_owned())
    );
}
