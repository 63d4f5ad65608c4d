//! A small bank that keeps every rule: one question of each type. Each test changes what it is about.
#![allow(dead_code, reason = "each test file uses a part of it")]

use kvorum_quiz::BankFile;
use kvorum_quiz::bank::Bank;
use kvorum_quiz::lint::{Finding, LintReport};

pub const MISCONCEPTIONS: &str = r#"
[[misconception]]
id = "even"
name = "Everything is even."
tempting = "It often is."
truth = "It is not."
where = "03-replication"
"#;

pub const POLL: &str = r#"
[[poll]]
id = "7a4e2f0c-3d55-4a0e-9f6b-0d2c8b1e5a01"
lesson = 3
opening = { stem = "Does it hold?", options = [ { text = "Yes", holds = false }, { text = "No", holds = true } ] }
closing = { stem = "And here?", options = [ { text = "Yes", holds = true }, { text = "No", holds = false } ] }
because = "It holds only where both sides meet."
source = "Calculation"
"#;

pub const SINGLE: &str = r#"
[[question]]
id = "7a4e2f0c-3d55-4a0e-9f6b-0d2c8b1e5a11"
type = "single"
lesson = 3
difficulty = 2
tags = ["trap"]
stem = "Which replica answers first when the coordinator is slow?"
options = [
  { text = "The one that is nearest", correct = true, feedback = "It is near." },
  { text = "The one with the lowest number", correct = false, misconception = "even", feedback = "Numbers do not matter." },
  { text = "The one that has the key in memory", correct = false, misconception = "even", feedback = "Nobody knows that." },
  { text = "All of them at once", correct = false, misconception = "even", feedback = "Delays differ." },
]
"#;

pub const MULTIPLE: &str = r#"
[[question]]
id = "7a4e2f0c-3d55-4a0e-9f6b-0d2c8b1e5a12"
type = "multiple"
lesson = 3
difficulty = 2
tags = ["mechanism", "system"]
stem = "Name what makes a quorum smaller."
options = [
  { text = "Fewer copies", correct = true, feedback = "Half of less." },
  { text = "A lower W", correct = true, feedback = "By definition." },
  { text = "A faster disk", correct = false, misconception = "even", feedback = "Speed is not number." },
  { text = "A longer timeout", correct = false, misconception = "even", feedback = "Patience is not number." },
]
"#;

pub const NUMERIC: &str = r#"
[[question]]
id = "7a4e2f0c-3d55-4a0e-9f6b-0d2c8b1e5a13"
type = "numeric"
lesson = 3
difficulty = 2
tags = ["number"]
params = { nodes = [4, 5, 6, 7, 8, 9] }
stem = "How many nodes are {{nodes}} nodes doubled?"
answer = "2 * nodes"
unit = "nodes"
tolerance = 1
wrong = [
  { answer = "nodes", misconception = "even", feedback = "Not doubled." },
  { answer = "4 * nodes", misconception = "even", feedback = "Doubled twice." },
]
"#;

pub const ORDERING: &str = r#"
[[question]]
id = "7a4e2f0c-3d55-4a0e-9f6b-0d2c8b1e5a14"
type = "ordering"
lesson = 3
difficulty = 2
tags = ["failure"]
stem = "Order a handover from its beginning to its end."
items = ["Freeze", "Stream", "Compare", "Switch"]
wrong = [{ swapped = [1, 4], misconception = "even", feedback = "Freeze before the switch." }]
"#;

pub const SHORT: &str = r#"
[[question]]
id = "7a4e2f0c-3d55-4a0e-9f6b-0d2c8b1e5a15"
type = "short"
lesson = 3
difficulty = 2
tags = ["scenario"]
stem = "Say why a retry after a lost reply is dangerous."
need = 2
keywords = [
  { any = ["twice"], point = "It may run twice", missing = "Say what happens twice." },
  { any = ["unclear"], point = "It is unclear", missing = "Say what is unclear." },
  { any = ["idempot"], point = "Idempotence helps", missing = "Say what helps." },
]
"#;

pub const TEXT: &str = r#"
[[question]]
id = "7a4e2f0c-3d55-4a0e-9f6b-0d2c8b1e5a16"
type = "predict"
lesson = 3
difficulty = 2
tags = ["failure"]
params = { w = [2, 3], key = ["k1", "k2", "k3", "k4", "k5"], value = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] }
stem = "Three copies, one node dead, W = {{w}}. What does the put print: ok, or error ambiguous?"
script = """
cluster nodes=3 replication=3 read=2 write={{w}} seed=1
kill n3
put: put {{key}} {{value}} via n1
"""
ask = "put"
reads = "text"
wrong = [
  { answer = "(nothing)", misconception = "even", feedback = "A put prints more than that." },
  { answer = "error unavailable", misconception = "even", feedback = "Two nodes are there." },
]
"#;

pub const NUMBER: &str = r#"
[[question]]
id = "7a4e2f0c-3d55-4a0e-9f6b-0d2c8b1e5a17"
type = "predict"
lesson = 3
difficulty = 2
tags = ["mechanism"]
params = { first = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], second = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] }
stem = "A counter's key is written, then another one. Which number comes back at last?"
script = """
cluster nodes=1 seed=1
put one {{first}}
put two {{second}}
read: get one
"""
ask = "read"
reads = "number"
unit = ""
tolerance = 0.5
fair = "first"
wrong = [
  { answer = "first + 20", misconception = "even", feedback = "Nothing is added." },
  { answer = "first - 20", misconception = "even", feedback = "Nothing is taken." },
]
"#;

pub const ALL: [&str; 8] = [
    SINGLE, MULTIPLE, NUMERIC, ORDERING, SHORT, TEXT, NUMBER, SECOND,
];

/// Another choice, whose right option stands elsewhere.
pub const SECOND: &str = r#"
[[question]]
id = "7a4e2f0c-3d55-4a0e-9f6b-0d2c8b1e5a18"
type = "single"
lesson = 3
difficulty = 2
tags = ["trap"]
stem = "Whom does an operator call about a full disk?"
options = [
  { text = "Nobody until morning", correct = false, misconception = "even", feedback = "It is late then." },
  { text = "The one on duty", correct = true, feedback = "That is what duty means." },
  { text = "The vendor of the disk", correct = false, misconception = "even", feedback = "It sells, no more." },
  { text = "The whole team at once", correct = false, misconception = "even", feedback = "One is enough." },
]
"#;

/// What every question has besides its own fields.
pub const COMMON: &str = r#"
hint = "Look closer."
explanation = "The rule is plain: what was acknowledged by enough replicas is found again by a read that asks enough of them, and what was not may be found or not. The trap is to take the one for the other, since both look alike from where the client stands."
interview = "I would name the rule first. Then I would say where it ends."
source = "Calculation"
anchor = "03-replication"
"#;

/// `text` with the common fields after each question's first lines.
pub fn completed(text: &str) -> String {
    let complete = |question: &str| {
        let at = question.find("stem =").unwrap();
        let (before, after) = question.split_at(at);
        format!("[[question]]{before}{}\n{after}", COMMON.trim())
    };
    text.split("[[question]]").skip(1).map(complete).collect()
}

pub fn read(questions: &str, misconceptions: &str, polls: &str) -> Bank {
    let file = |text| BankFile { name: "x", text };
    Bank::read(&[file(questions)], &file(misconceptions), &file(polls))
        .unwrap_or_else(|error| panic!("{error}"))
}

/// Every finding is of `rule`, and one of them says what is expected.
pub fn found(report: &LintReport, rule: &str, expected: &str) {
    let text = report.render(80);
    assert!(!report.findings.is_empty(), "{text}");
    for finding in &report.findings {
        assert_eq!(finding.rule, rule, "{text}");
    }
    let is_it = |finding: &Finding| finding.message.contains(expected);
    assert!(report.findings.iter().any(is_it), "{expected}:\n{text}");
}

/// The places of the course that the small bank names.
pub fn exists(anchor: &str) -> bool {
    anchor == "03-replication"
}
