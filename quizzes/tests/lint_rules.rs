//! Each rule of the linter finds what breaks it, in a small bank that keeps all the others.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod small_bank;

use kvorum_quiz::lint::{Finding, LintReport, lint, lint_watched};
use small_bank::{
    ALL, MISCONCEPTIONS, MULTIPLE, NUMBER, POLL, SHORT, SINGLE, TEXT, completed, exists, found,
    read,
};

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
