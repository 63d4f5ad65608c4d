use super::*;

fn value(number: u64, version: u64, bytes: usize) -> Vec<u8> {
    let mut value = vec![0; bytes];
    fill(number, version, &mut value);
    value
}

#[test]
fn what_was_filled_is_right() {
    for bytes in [VALUE_BYTES_MIN, 100, 101, 1024] {
        let mut checker = Checker::new(bytes);
        for number in 0..100 {
            checker.check(number, &value(number, number % 3, bytes));
            checker.check_scanned(number, &value(number, 1, bytes));
        }
        assert!(checker.accept(0).is_ok());
    }
}

#[test]
fn a_wrong_value_is_noticed() {
    let mut checker = Checker::new(100);
    checker.check(1, &value(2, 0, 100));
    checker.check(1, &value(1, 0, 99));
    assert_eq!(checker.wrong, 2);
    assert!(checker.accept(0).is_err());
}

#[test]
fn a_damaged_byte_is_noticed_within_a_few_reads() {
    let mut damaged = value(1, 0, 100);
    damaged[77] ^= 1;
    let mut checker = Checker::new(100);
    for _ in 0..WHOLE_EVERY {
        checker.check(1, &damaged);
    }
    assert_eq!(checker.wrong, 1);
}

#[test]
fn versions_differ_and_halves_repeat() {
    assert_ne!(value(1, 0, 100), value(1, 1, 100));
    let value = value(1, 0, 1024);
    for piece in value.chunks(PIECE_BYTES) {
        let half = piece.len() / 2;
        assert_eq!(piece[..half], piece[piece.len() - half..]);
    }
}
