//! Each rule of the linter finds what breaks it, in a small bank that keeps all the others.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use kvorum_quiz::bank::Bank;
use kvorum_quiz::lint::{Finding, LintReport, lint, lint_watched};
use kvorum_quiz::{BankFile, LESSON_COUNT};

const MISCONCEPTIONS: &str = r#"
[[misconception]]
id = "even"
name = "Everything is even."
tempting = "It often is."
truth = "It is not."
where = "03-replication"
"#;

const POLL: &str = r#"
[[poll]]
id = "7a4e2f0c-3d55-4a0e-9f6b-0d2c8b1e5a01"
lesson = 3
opening = { stem = "Does it hold?", options = [ { text = "Yes", holds = false }, { text = "No", holds = true } ] }
closing = { stem = "And here?", options = [ { text = "Yes", holds = true }, { text = "No", holds = false } ] }
because = "It holds only where both sides meet."
source = "Calculation"
"#;

const SINGLE: &str = r#"
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

const MULTIPLE: &str = r#"
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

const NUMERIC: &str = r#"
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

const ORDERING: &str = r#"
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

const SHORT: &str = r#"
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

const TEXT: &str = r#"
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

const NUMBER: &str = r#"
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

const ALL: [&str; 8] = [
    SINGLE, MULTIPLE, NUMERIC, ORDERING, SHORT, TEXT, NUMBER, SECOND,
];

/// Another choice, whose right option stands elsewhere.
const SECOND: &str = r#"
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
const COMMON: &str = r#"
hint = "Look closer."
explanation = "The rule is plain: what was acknowledged by enough replicas is found again by a read that asks enough of them, and what was not may be found or not. The trap is to take the one for the other, since both look alike from where the client stands."
interview = "I would name the rule first. Then I would say where it ends."
source = "Calculation"
anchor = "03-replication"
"#;

/// `text` with the common fields after each question's first lines.
fn completed(text: &str) -> String {
    let complete = |question: &str| {
        let at = question.find("stem =").unwrap();
        let (before, after) = question.split_at(at);
        format!("[[question]]{before}{}\n{after}", COMMON.trim())
    };
    text.split("[[question]]").skip(1).map(complete).collect()
}

fn read(questions: &str, misconceptions: &str, polls: &str) -> Bank {
    let file = |text| BankFile { name: "x", text };
    Bank::read(&[file(questions)], &file(misconceptions), &file(polls))
        .unwrap_or_else(|error| panic!("{error}"))
}

fn exists(anchor: &str) -> bool {
    anchor == "03-replication"
}

/// The report about the draft with `find` changed to `put` in its questions, misconceptions and polls.
fn changed(find: &str, put: &str) -> LintReport {
    // Runs take their time: a prediction is among the questions where it is about one, or about none.
    let is_prediction = |question: &&str| question.contains("\"predict\"");
    let is_needed =
        |question: &&str| !is_prediction(question) || find == put || question.contains(find);
    let questions: String = ALL.into_iter().filter(is_needed).collect();
    let [questions, misconceptions, polls] = [
        completed(&questions),
        MISCONCEPTIONS.to_owned(),
        POLL.to_owned(),
    ];
    assert!(
        format!("{questions}{misconceptions}{polls}").contains(find),
        "{find}"
    );
    let [questions, misconceptions, polls] =
        [questions, misconceptions, polls].map(|text| text.replacen(find, put, 1));
    lint(&read(&questions, &misconceptions, &polls), &exists)
}

/// Each change breaks `rule`, with a message that has the expected part, and no other.
fn break_it(rule: &str, changes: &[(&str, &str, &str)]) {
    for (find, put, expected) in changes {
        let report = changed(find, put);
        let text = report.render(80);
        let is_it = |finding: &Finding| finding.message.contains(expected);
        assert!(report.findings.iter().any(is_it), "{find} > {put}:\n{text}");
        for finding in &report.findings {
            assert_eq!(finding.rule, rule, "{find} > {put}:\n{text}");
        }
    }
}

#[test]
fn a_sound_draft_has_no_findings() {
    let report = changed("Look closer.", "Look closer.");
    assert!(report.is_clean(), "{}", report.render(80));
    assert!(!report.whole && report.spelling);
}

#[test]
fn tags_are_known() {
    break_it(
        "tags",
        &[
            (
                "[\"trap\"]",
                "[\"tarp\"]",
                "no tag 'tarp'; there are mechanism",
            ),
            ("[\"trap\"]", "[]", "no tags"),
        ],
    );
}

#[test]
fn every_question_has_a_hint() {
    break_it("hint", &[("hint = \"Look closer.\"", "", "no hint")]);
}

#[test]
fn options_are_as_many_as_expected_each_its_own_and_none_about_the_others() {
    let delays = "  { text = \"All of them at once\", correct = false, misconception = \"even\", feedback = \"Delays differ.\" },\n";
    let patience = "  { text = \"A longer timeout\", correct = false, misconception = \"even\", feedback = \"Patience is not number.\" },\n";
    let wrong = ", correct = false, misconception = \"even\", feedback = ";
    let more: String = (0..3)
        .map(|at| format!("  {{ text = \"More {at}\"{wrong}\"Not {at}.\" }},\n"))
        .collect();
    break_it(
        "options",
        &[
            (delays, "", "it has 3 options, expected 4"),
            (patience, "", "it has 3 options, expected 4 to 6"),
            (patience, &format!("{patience}{more}"), "it has 7 options"),
            (
                "All of them at once",
                "All of the above",
                "says 'all of the above'",
            ),
            (
                "All of them at once",
                "The one that is NEAREST",
                "two options say",
            ),
            (
                "Delays differ.",
                "It is near.",
                "two options have the feedback",
            ),
        ],
    );
    let all_right = MULTIPLE.replace(
        "correct = false, misconception = \"even\"",
        "correct = true",
    );
    let report = lint(&read(&completed(&all_right), MISCONCEPTIONS, ""), &exists);
    assert_eq!(report.findings.len(), 1, "{}", report.render(80));
    assert!(report.findings[0].message.contains("no option is wrong"));
}

#[test]
fn items_and_keywords_are_as_many_as_expected() {
    break_it(
        "items",
        &[
            (
                "\"Compare\", \"Switch\"]\nwrong = [{ swapped = [1, 4]",
                "\"Switch\"]\nwrong = [{ swapped = [1, 3]",
                "it has 3 items, expected 4 to 6",
            ),
            (
                "\"Switch\"]",
                "\"Switch\", \"Wait\", \"Tell\", \"End\"]",
                "it has 7 items",
            ),
        ],
    );
    break_it(
        "keywords",
        &[(
            "  { any = [\"idempot\"], point = \"Idempotence helps\", missing = \"Say what helps.\" },\n",
            "",
            "it has 2 keywords, expected 3 to 5",
        )],
    );
}

#[test]
fn a_right_option_is_not_far_shorter() {
    let report = of_whole(|questions, _, _| {
        *questions = questions.replace("The one that is nearest", "The one near me");
    });
    found(
        &report,
        "lengths",
        "single: the right option is the shortest: 100% (40 of 40), expected at most 35%",
    );
    break_it(
        "lengths",
        &[(
            "The one that is nearest",
            "Nearest",
            "far shorter than the wrong ones",
        )],
    );
}

#[test]
fn texts_have_their_lengths() {
    let words = |count: usize| vec!["word"; count].join(" ");
    break_it(
        "reading",
        &[
            (
                "Whom does",
                &format!("{} Whom does", words(65)),
                "stem: 74 words, expected at most 70",
            ),
            (
                "A faster disk",
                &["a"; 21].join(" "),
                "options.text: 21 words, expected at most 20",
            ),
            (
                "The rule is plain",
                &format!("{} is plain", words(70)),
                "explanation: 117 words, expected at most 100",
            ),
            (
                " for the other, since both look alike from where the client stands.",
                ".",
                "explanation: 37 words, expected at least 40",
            ),
            (
                "Speed is not number.",
                &"x".repeat(601),
                "options.feedback: 601 characters, expected at most 600",
            ),
            (
                "Then I",
                "Then I stop. Then I",
                "interview: 3 sentences, expected at most 2",
            ),
        ],
    );
}

#[test]
fn texts_are_plain() {
    break_it(
        "reading",
        &[
            (
                "Look closer.",
                "Look \u{2013} closer.",
                "hint: '\u{2013}' is not plain ASCII",
            ),
            (
                "Look closer.",
                "Look \u{201c}closer\u{201d}.",
                "is not plain ASCII",
            ),
            (
                "Look closer.",
                "Look\\tcloser.",
                "hint: '\\t' is not plain ASCII",
            ),
            (
                "Look closer.",
                "Look at https://example.org.",
                "hint: a web address",
            ),
            (
                "Look closer.",
                "Look at www.example.org.",
                "hint: a web address",
            ),
            ("Look closer.", "Look closer. ", "hint: space at an end"),
            ("Look closer.", "Look  closer.", "hint: two spaces"),
            ("Look closer.", "Look -- closer.", "hint: '--' as a dash"),
            (
                "Look closer.",
                "Look , closer.",
                "hint: a space before a mark",
            ),
            (
                "full disk?",
                "full disk",
                "stem: expected '.' or '?' at its end",
            ),
            (
                "Does it hold?",
                "Does it hold",
                "opening.stem: expected '.' or '?'",
            ),
            ("It holds only", "It  holds only", "because: two spaces"),
            ("It often is.", " It often is.", "tempting: space at an end"),
        ],
    );
    for fine in [
        "Write {X: ?, Y: ?}.",
        "Pass `--lesson 2`.",
        "At last... N = 3.\\nNow.",
    ] {
        let report = changed("Look closer.", fine);
        assert!(report.is_clean(), "{}", report.render(80));
    }
}

#[test]
fn words_are_spelt_and_spelt_the_british_way() {
    break_it(
        "spelling",
        &[
            (
                "Look closer.",
                "You recieve it.",
                "hint: 'recieve' should be receive",
            ),
            (
                "Look closer.",
                "The color of it.",
                "hint: 'color' should be colour",
            ),
            (
                "Look closer.",
                "Organize it.",
                "hint: 'Organize' should be organise",
            ),
            (
                "It is near.",
                "It occured.",
                "options.feedback: 'occured' should be occurred",
            ),
            (
                "It holds only",
                "It analyzes and holds only",
                "because: 'analyzes' should be analyses",
            ),
            (
                "It often is.",
                "It is a favorite.",
                "tempting: 'favorite' should be favourite",
            ),
            (
                "source = \"Calculation\"",
                "source = \"Calcualtion\"",
                "source: 'Calcualtion' should be calculation",
            ),
        ],
    );
    for fine in [
        "Linearizable and serializable.",
        "The parameters `recieve_max` and recieve2.",
        "Colour, organise, centre.",
    ] {
        let report = changed("Look closer.", fine);
        assert!(report.is_clean(), "{}", report.render(80));
    }
    // A source keeps the spelling of its title.
    let report = changed("source = \"Calculation\"", "source = \"Color theory\"");
    assert!(report.is_clean(), "{}", report.render(80));
}

#[test]
fn no_two_questions_ask_the_same() {
    break_it(
        "duplicates",
        &[(
            "Whom does an operator call about a full disk?",
            "Which replica answers first when a coordinator is too slow?",
            "72% of its words are those of 7a4e2f0c-3d55-4a0e-9f6b-0d2c8b1e5a11",
        )],
    );
    let figure = |report: LintReport| {
        let mut figures = report.figures.into_iter();
        figures
            .find(|figure| figure.name.contains("closest"))
            .unwrap()
    };
    let sound = figure(changed("Look closer.", "Look closer."));
    assert!(sound.holds && sound.against.len() == 2, "{sound:?}");
}

#[test]
fn a_prediction_with_another_script_asks_something_else() {
    let same_stem = |questions: &[&str]| {
        let asked = |question: &&str| {
            let at = question.find("stem =").unwrap();
            let (before, after) = question.split_at(at);
            let (_, after) = after.split_once('\n').unwrap();
            format!("{before}stem = \"What does the last line print?\"\n{after}")
        };
        let questions: String = questions.iter().map(asked).collect();
        lint(&read(&completed(&questions), MISCONCEPTIONS, ""), &exists)
    };
    let report = same_stem(&[TEXT, NUMBER]);
    assert!(report.is_clean(), "{}", report.render(80));
    let report = same_stem(&[SINGLE, SHORT]);
    found(&report, "duplicates", "100% of its words");
}

#[test]
fn anchors_exist() {
    break_it(
        "anchors",
        &[
            (
                "anchor = \"03-replication\"",
                "anchor = \"03-replica\"",
                "no place '03-replica'",
            ),
            (
                "anchor = \"03-replication\"",
                "anchor = \"03-replication#quorums\"",
                "no place '03-replication#quorums'",
            ),
            (
                "where = \"03-replication\"",
                "where = \"04-cap\"",
                "no place '04-cap'",
            ),
        ],
    );
}

#[test]
fn numbers_that_are_wrong_are_off_at_every_combination() {
    break_it(
        "numeric",
        &[
            (
                "[4, 5, 6, 7, 8, 9]",
                "[4, 5, 6, 7, 8]",
                "5 combinations, expected at least 6",
            ),
            (
                "  { answer = \"nodes\", misconception = \"even\", feedback = \"Not doubled.\" },\n",
                "",
                "fewer than 2 wrong answers",
            ),
            (
                "answer = \"nodes\",",
                "answer = \"nodes + 9\",",
                ": the wrong answer nodes + 9 = ",
            ),
            (
                "answer = \"nodes\",",
                "answer = \"5 * nodes - 9.5\",",
                "is within the tolerance of 5 * nodes - 9.5 =",
            ),
        ],
    );
}

#[test]
fn predictions_have_many_scripts_that_run_with_keys_that_vary() {
    break_it(
        "predict",
        &[
            (
                "\"k5\"]",
                "\"k4\"]",
                "100 combinations give only 80 different scripts",
            ),
            (", \"k5\"]", "]", "80 combinations, expected at least 100"),
            (
                "{{value}} via n1",
                "1 via n1",
                "100 combinations give only 10 different scripts",
            ),
            (
                "w = [2, 3]",
                "w = [2, 1]",
                "every draw has the same key: ok",
            ),
            ("kill n3", "kil n3", "predict.kv:2:"),
            (
                "kill n3",
                "kill n3\nget k1 -> milk",
                "an expectation of the script fails",
            ),
            (
                "kill n3",
                "put k9 milk -> ok\nkill n3",
                "the script has '->'",
            ),
            (
                "kill n3",
                &format!("kill n3 # {}", "x".repeat(64)),
                "74 characters, not at most 72",
            ),
            (
                "kill n3",
                &format!("kill n3{}", "\nheal".repeat(12)),
                "the script has 15 lines, expected at most 14",
            ),
            (
                "  { answer = \"(nothing)\", misconception = \"even\", feedback = \"A put prints more than that.\" },\n",
                "",
                "fewer than 2 wrong answers",
            ),
            (
                "put: put {{key}}",
                "put: show ring # {{key}}",
                "prints no single line",
            ),
        ],
    );
}

#[test]
fn a_number_that_is_predicted_has_a_fair_answer_and_wrong_ones_that_are_off() {
    break_it(
        "predict",
        &[
            (
                "fair = \"first\"",
                "fair = \"first + 0.06 * second\"",
                "the key is",
            ),
            (
                "\"first + 20\"",
                "\"first * 10 - 90\"",
                "at first=10, second=",
            ),
            (
                "read: get one",
                "read: get three",
                "has no answer at step 'read'",
            ),
        ],
    );
}

#[test]
fn a_print_may_be_wrong_in_one_draw_and_right_in_another_but_not_right_in_all() {
    let report = changed("answer = \"(nothing)\"", "answer = \"error ambiguous\"");
    assert!(report.is_clean(), "{}", report.render(80));
    let report = changed("w = [2, 3]", "w = [2, 1]");
    let text = report.render(80);
    assert!(!text.contains("is right in every draw"), "{text}");
    let questions = completed(TEXT)
        .replace("w = [2, 3]", "w = [2, 1]")
        .replace("\"(nothing)\"", "\"OK\"");
    let report = lint(&read(&questions, MISCONCEPTIONS, ""), &exists);
    let text = report.render(80);
    assert!(
        text.contains("the wrong answer OK is right in every draw"),
        "{text}"
    );
}

/// A bank that covers every lesson: fourteen questions of each, in all types and difficulties.
fn whole_bank() -> (String, String) {
    let difficulties = [1, 1, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 5, 5];
    let kinds = [
        SINGLE, MULTIPLE, NUMERIC, ORDERING, SHORT, TEXT, NUMBER, SECOND, TEXT, SINGLE, NUMERIC,
        SINGLE, SHORT, MULTIPLE,
    ];
    let mut questions = String::new();
    let mut polls = String::new();
    for lesson in 1..=LESSON_COUNT {
        for (at, (kind, difficulty)) in kinds.iter().zip(difficulties).enumerate() {
            let id = format!("5a1{lesson:x}{at:x}");
            let stem: String = (0..9)
                .map(|word| format!("q{lesson}x{at}x{word} "))
                .collect();
            let mut lines: Vec<String> = completed(kind).lines().map(str::to_owned).collect();
            for line in &mut lines {
                if line.starts_with("id = ") {
                    *line = format!("id = \"7a4e2f0c-3d55-4a0e-9f6b-0d2c8b1{id}\"");
                } else if line.starts_with("lesson = ") {
                    *line = format!("lesson = {lesson}");
                } else if line.starts_with("difficulty = ") {
                    *line = format!("difficulty = {difficulty}\nexam = {}", at >= 12);
                } else if line.starts_with("stem = ") {
                    *line = format!("stem = \"What about {}?\"", stem.trim());
                } else if line.starts_with("anchor = ") {
                    *line = format!("anchor = \"{lesson:02}-x\"");
                } else if line.starts_with("params = { w") || line.starts_with("params = { f") {
                    // One draw is enough here: what is looked at are shares.
                    *line = "params = { w = [2], key = [\"k\"], value = [1], first = [1], second = [1] }".to_owned();
                }
            }
            questions.push_str(&placed(&lines.join("\n"), at));
            questions.push('\n');
        }
        polls.push_str(
            &POLL
                .replace("lesson = 3", &format!("lesson = {lesson}"))
                .replace("5a01", &format!("5a2{lesson:x}")),
        );
    }
    (questions, polls)
}

/// The question with its right option moved to another place, where it has the four options of [`SINGLE`].
fn placed(question: &str, at: usize) -> String {
    let right =
        "  { text = \"The one that is nearest\", correct = true, feedback = \"It is near.\" },\n";
    let last = "feedback = \"Delays differ.\" },\n";
    let third = "feedback = \"Nobody knows that.\" },\n";
    let moved = |before: &str| {
        question
            .replace(right, "")
            .replace(before, &format!("{before}{right}"))
    };
    match at {
        9 => moved(third),
        11 => moved(last),
        _ => question.to_owned(),
    }
}

fn of_whole(change: impl Fn(&mut String, &mut String, &mut String)) -> LintReport {
    let (mut questions, mut polls) = whole_bank();
    let mut misconceptions = MISCONCEPTIONS.to_owned();
    change(&mut questions, &mut misconceptions, &mut polls);
    let everywhere = |_: &str| true;
    let mut report = lint(&read(&questions, &misconceptions, &polls), &everywhere);
    assert!(report.whole);
    // The predictions have one draw each.
    report
        .findings
        .retain(|finding| finding.rule != "predict" && finding.rule != "duplicates");
    report
}

fn found(report: &LintReport, rule: &str, expected: &str) {
    let text = report.render(80);
    assert!(!report.findings.is_empty(), "{text}");
    for finding in &report.findings {
        assert_eq!(finding.rule, rule, "{text}");
    }
    let is_it = |finding: &Finding| finding.message.contains(expected);
    assert!(report.findings.iter().any(is_it), "{expected}:\n{text}");
}

#[test]
fn a_sound_whole_bank_has_no_findings() {
    let report = of_whole(|_, _, _| {});
    assert!(report.is_clean(), "{}", report.render(80));
    assert!(
        report
            .figures
            .iter()
            .all(|figure| figure.holds || figure.name.contains("closest"))
    );
}

#[test]
fn a_whole_bank_has_its_shares() {
    let every = |find: &'static str, put: &'static str| {
        of_whole(move |questions, _, _| {
            assert!(questions.contains(find), "{find}");
            *questions = questions.replace(find, put);
        })
    };
    found(
        &every("difficulty = 1", "difficulty = 3"),
        "difficulty",
        "difficulty 1: 0% (0 of 140), expected 9 to 21%",
    );
    found(
        &every("exam = true", "page = true"),
        "exam",
        "held back for the exam: 0% (0 of 140), expected 12 to 18%",
    );
    found(
        &every(
            "The one that is nearest",
            "The one that is nearest to the one who asks for it",
        ),
        "lengths",
        "the right option is the longest: 50% (30 of 60), expected at most 30%",
    );
}

#[test]
fn the_right_options_of_a_whole_bank_stand_at_every_place() {
    let report = of_whole(|questions, _, _| {
        let right = "  { text = \"The one on duty\", correct = true, feedback = \"That is what duty means.\" },\n";
        let first = "  { text = \"Nobody until morning\"";
        *questions = questions
            .replace(right, "")
            .replace(first, &format!("{right}{first}"));
    });
    found(
        &report,
        "positions",
        "single: the right option is number 1: 50% (20 of 40), expected at most 35%",
    );
}

#[test]
fn a_whole_bank_covers_every_lesson_and_type() {
    let drop_kind = |kind: &'static str, of: fn(usize) -> bool| {
        of_whole(move |questions, _, _| {
            let mut at = 0;
            let kept = questions.split("[[question]]").skip(1).filter(|question| {
                let is_it = question.contains(&format!("type = \"{kind}\""));
                at += usize::from(is_it);
                !is_it || !of(at)
            });
            *questions = kept
                .map(|question| format!("[[question]]{question}"))
                .collect();
        })
    };
    let has = |report: &LintReport, expected: &str| {
        let is_it = |finding: &Finding| finding.rule == "types" && finding.message == expected;
        assert!(report.findings.iter().any(is_it), "{}", report.render(80));
    };
    let report = drop_kind("ordering", |_| true);
    has(
        &report,
        "types of questions: 5, expected all six; no ordering question",
    );
    let report = drop_kind("predict", |at| at > 24);
    has(&report, "predictions: 24, expected at least 25");
    let report = drop_kind("single", |at| at <= 3);
    found(
        &report,
        "coverage",
        "lesson 1: questions: 11, expected at least 12",
    );
    let report = drop_kind("single", |at| at <= 11);
    found(&report, "coverage", "questions: 129, expected at least 130");
}

#[test]
fn a_whole_bank_has_an_exam_and_a_poll_of_every_lesson() {
    let report = of_whole(|questions, _, _| {
        let mut lessons = questions.split("lesson = 7\n");
        let before = lessons.next().unwrap().to_owned();
        let after: Vec<String> = lessons
            .map(|part| part.replacen("exam = true", "exam = false", 1))
            .collect();
        *questions = format!("{before}lesson = 7\n{}", after.join("lesson = 7\n"));
    });
    found(
        &report,
        "exam",
        "lesson 7: held back for the exam: 0, expected at least 1",
    );
    let report = of_whole(|_, _, polls| {
        let at = polls.rfind("[[poll]]").unwrap();
        polls.truncate(at);
    });
    found(&report, "polls", "lesson 10: polls: 0, expected at least 1");
}

#[test]
fn much_of_a_whole_bank_is_active() {
    let report = of_whole(|questions, _, _| {
        *questions = questions.replace("\"scenario\"", "\"trap\"");
    });
    found(
        &report,
        "active",
        "predict, numeric or scenario: 36% (50 of 140), expected at least 40%",
    );
}

#[test]
fn every_misconception_of_a_whole_bank_is_stood_for() {
    let unused = MISCONCEPTIONS.replace("\"even\"", "\"odd\"");
    let report = of_whole(|_, misconceptions, _| misconceptions.push_str(&unused));
    found(
        &report,
        "misconceptions",
        "misconceptions that nothing stands for: 1, expected none; odd",
    );
    let draft = read(&completed(SINGLE), &format!("{MISCONCEPTIONS}{unused}"), "");
    assert!(
        lint(&draft, &exists).is_clean(),
        "of a draft most would be unused"
    );
}

#[test]
fn a_report_fits_its_width_and_is_json() {
    let report = changed("Look closer.", "Look \u{2013} closer. ");
    for width in [40, 80] {
        for line in report.render(width).lines() {
            assert!(line.chars().count() <= width, "{line}");
        }
    }
    let text = report.render(80);
    assert!(
        text.contains("\nreading  7a4e2f0c  Which replica answers first"),
        "{text}"
    );
    assert!(text.ends_with("\n2 findings.\n"), "{text}");
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["whole"], false);
    assert_eq!(json["findings"][0]["rule"], "reading");
    assert_eq!(
        json["findings"][0]["id"],
        "7a4e2f0c-3d55-4a0e-9f6b-0d2c8b1e5a11"
    );
    assert_eq!(json["figures"][0]["name"], "questions");
    assert_eq!(json["figures"][0]["holds"], false);
}

#[test]
fn the_runs_are_counted_to_their_end() {
    let mut counts = Vec::new();
    let bank = read(&completed(&format!("{TEXT}{NUMBER}")), MISCONCEPTIONS, "");
    let report = lint_watched(&bank, &exists, &mut |done, all| counts.push((done, all)));
    assert!(report.is_clean(), "{}", report.render(80));
    assert_eq!(counts, Vec::from_iter((0..=200).map(|done| (done, 200))));
}
