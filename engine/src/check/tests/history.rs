use super::*;
use crate::base::limits::HISTORY_BYTES_MAX;

#[test]
fn at_one_time_the_order_of_recording_tells_what_came_first() {
    let mut history = History::default();
    let open = |called_ms| operation(Asked::Get, called_ms, 0, Outcome::Open);
    let first = history.open(open(0)).unwrap();
    let beside = history.open(open(5)).unwrap();
    history.close(first, Mono(5_000_000), &Ok(Answer::default()));
    let after = history.open(open(5)).unwrap();
    assert!(
        !history.precedes(first, beside),
        "asked before the answer came"
    );
    assert!(history.precedes(first, after));
    let edges: Vec<(usize, Edge)> = history
        .events()
        .iter()
        .map(|event| (event.place, event.edge))
        .collect();
    let expected = [
        (first, Edge::Call),
        (beside, Edge::Call),
        (first, Edge::Return),
        (after, Edge::Call),
    ];
    assert_eq!(edges, expected);
}

#[test]
fn a_history_has_a_bound_in_bytes() {
    let mut history = History::default();
    // One megabyte that every request shares, so that the test itself stays small.
    let value = Bytes::from(vec![0; 1 << 20]);
    let asked = Asked::Put {
        value,
        context: Context::default(),
    };
    let request = operation(asked, 0, 0, Outcome::Open);
    let refused = (0..=HISTORY_BYTES_MAX >> 20).find_map(|_| history.open(request.clone()).err());
    assert_eq!(refused.unwrap().code(), Code::Overloaded);
    let held = history.operations().len();
    assert!(history.open(request).is_err());
    assert_eq!(history.operations().len(), held);
    assert!((1000..1024).contains(&held), "{held}");
}

#[test]
fn only_codes_before_anything_was_sent_say_never() {
    let effect = |code| failed(put("milk", 0, 1), code).effect();
    for code in Code::ALL {
        let never = matches!(
            code,
            Code::Unavailable
                | Code::Conflict
                | Code::TooLarge
                | Code::Overloaded
                | Code::InvalidArgument
        );
        let expected = if never {
            Effect::Never
        } else {
            Effect::Unknown
        };
        assert_eq!(effect(code), expected, "{code:?}");
    }
}
