use super::*;

#[test]
fn repair_may_stream_what_differs_twice_and_its_overhead() {
    let bound = 2 * 1000 + 3 * EXCHANGE_OVERHEAD_BYTES;
    let told = |streamed_bytes| {
        stream_bounded(&StreamFigures {
            streamed_bytes,
            differing_bytes: 1000,
            exchanges: 3,
        })
    };
    assert_eq!(told(bound), Ok(()));
    let violation = told(bound + 1).unwrap_err();
    assert_eq!(
        violation.words,
        "repair streamed 198609 bytes where 1000 differed: 3 exchanges may stream 198608"
    );
    let huge = StreamFigures {
        differing_bytes: u64::MAX,
        exchanges: u64::MAX,
        streamed_bytes: u64::MAX,
    };
    assert_eq!(stream_bounded(&huge), Ok(()));
}

#[test]
fn a_figure_past_its_limit_is_named() {
    let figures = |value| {
        BTreeMap::from([
            ("hints_bytes".to_owned(), Figure { value, limit: 10 }),
            ("tickets".to_owned(), Figure { value: 1, limit: 1 }),
        ])
    };
    assert_eq!(within_limits(&figures(10)), Ok(()));
    let violation = within_limits(&figures(11)).unwrap_err();
    assert_eq!(violation.words, "hints_bytes was 11, past its limit 10");
}
