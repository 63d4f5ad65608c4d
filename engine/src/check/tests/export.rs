use super::*;
use crate::node::{Condition, Edit};

#[test]
fn a_row_tells_a_checker_from_outside_all_that_it_needs() {
    let operations = [
        by(1, 1, put("milk", 0, 5)),
        by(2, 2, get(&["milk"], 5, 6)),
        by(1, 1, get(&[], 6, 7)),
        by(3, 1, failed(put("eggs", 6, 9), Code::Ambiguous)),
        by(4, 1, failed(put("tea", 6, 9), Code::Conflict)),
        by(2, 1, get(&["a", "b"], 8, 9)),
        by(2, 1, delete(10, 11)),
    ];
    let told: Vec<_> = rows(&history(operations))
        .map(|row| {
            (
                row.client,
                row.op,
                row.value,
                row.result,
                row.return_ns.is_some(),
            )
        })
        .collect();
    let row = |client, op, value: Option<&str>, result: &str, ended| {
        (
            client,
            op,
            value.map(str::to_owned),
            result.to_owned(),
            ended,
        )
    };
    let expected = [
        row(1, "put", Some("milk"), "ok", true),
        row(2, "get", Some("milk"), "ok", true),
        row(1, "get", None, "ok", true),
        row(3, "put", Some("eggs"), "unknown", false),
        row(4, "put", Some("tea"), "failed", true),
        row(2, "get", Some("a, b"), "siblings", true),
        row(2, "delete", None, "ok", true),
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_change_of_a_register_is_told_with_its_conditions_its_edit_and_its_version() {
    let cas = |conditions: &[Condition], edit, outcome| {
        let asked = Asked::Cas {
            conditions: conditions.to_vec(),
            edit,
        };
        operation(asked, 0, 5, outcome)
    };
    let long = Bytes::from(vec![b'a'; 50]);
    let done = |values: &[&'static str], version| {
        Outcome::Done(Answer {
            values: values
                .iter()
                .map(|text| Bytes::from_static(text.as_bytes()))
                .collect(),
            version,
            ..Answer::default()
        })
    };
    let local = Operation {
        level: Level::LocalSerial,
        ..operation(Asked::Get, 6, 7, done(&["5"], 2))
    };
    let operations = [
        cas(
            &[Condition::Absent, Condition::Version(0)],
            Edit::Put(long.clone()),
            done(&[], 1),
        ),
        cas(&[], Edit::Add(-2), done(&["5"], 2)),
        cas(
            &[Condition::Value(long)],
            Edit::Delete,
            Outcome::Failed(Code::Conflict),
        ),
        local,
    ];
    let rows: Vec<Row> = rows(&history(operations)).collect();
    let long = "a".repeat(50);
    assert_eq!(rows[0].conditions, ["absent", "version 0"]);
    assert_eq!(rows[0].edit, Some(format!("put {long}")));
    assert_eq!((rows[0].version, rows[0].value.clone()), (Some(1), None));
    assert_eq!(
        (rows[1].version, rows[1].value.as_deref()),
        (Some(2), Some("5"))
    );
    assert_eq!(rows[2].conditions, [format!("value {long}")]);
    assert_eq!(
        (rows[2].result.as_str(), rows[2].version),
        ("conflict", None)
    );
    assert_eq!((rows[3].op, rows[3].version), ("get-local", Some(2)));
}

#[test]
fn events_at_one_time_keep_their_order() {
    let rows: Vec<Row> = rows(&history([put("milk", 5, 5), get(&["milk"], 5, 5)])).collect();
    let times: Vec<_> = rows
        .iter()
        .map(|row| (row.call_ns, row.return_ns))
        .collect();
    assert_eq!(
        times,
        [(5_000_000, Some(5_000_001)), (5_000_002, Some(5_000_003))]
    );
}

#[test]
fn no_two_values_are_written_alike() {
    let values: [&[u8]; 5] = [b"\xff", b"\\xff", b"\xff\xff", "\u{fffd}".as_bytes(), b""];
    let put = |value: &&[u8]| {
        let asked = Asked::Put {
            value: Bytes::copy_from_slice(value),
            context: Context::default(),
        };
        operation(asked, 0, 1, Outcome::Done(Answer::default()))
    };
    let written: std::collections::BTreeSet<_> = rows(&history(values.iter().map(put)))
        .map(|row| row.value)
        .collect();
    assert_eq!(written.len(), values.len());
    assert!(written.contains(&Some("\\xff".to_owned())));
}
