use super::*;

#[test]
fn a_shuffle_visits_each_number_once() {
    for count in [1, 2, 3, 5, 100, 1_000, 65_536, 100_000] {
        let shuffle = Shuffle::new(count, 7);
        let mut seen = vec![false; count as usize];
        for index in 0..count {
            let number = shuffle.at(index) as usize;
            assert!(!seen[number], "{number} twice among {count}");
            seen[number] = true;
        }
    }
}

#[test]
fn a_shuffle_leaves_no_runs() {
    let count = 100_000;
    let shuffle = Shuffle::new(count, 7);
    let ascending = (1..count)
        .filter(|&index| shuffle.at(index) > shuffle.at(index - 1))
        .count();
    assert!((49_000..51_000).contains(&ascending), "{ascending}");
}

#[test]
fn keys_sort_as_their_numbers_and_missing_keys_lie_between() {
    for number_here in [0, 1, 255, 256, 999_999] {
        assert!(key(number_here) < missing_key(number_here));
        assert!(missing_key(number_here) < key(number_here + 1));
        assert_eq!(number(&key(number_here)), Some(number_here));
    }
}

#[test]
fn the_first_rank_is_drawn_as_often_as_zipf_says() {
    let count = 10_000;
    let zipf = Zipf::new(count);
    let mut random = Random::new(3);
    let draws = 200_000;
    let mut first = 0;
    for _ in 0..draws {
        let rank = zipf.rank(&mut random);
        assert!(rank < count);
        first += u32::from(rank == 0);
    }
    let expected = f64::from(draws) / zipf.zeta;
    assert!(
        (f64::from(first) / expected - 1.0).abs() < 0.05,
        "{first} of {expected}"
    );
}
