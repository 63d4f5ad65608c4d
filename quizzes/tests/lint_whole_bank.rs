//! The rules about shares and counts hold for a bank that covers every lesson, and each finds what breaks it.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod small_bank;

use kvorum_quiz::LESSON_COUNT;
use kvorum_quiz::lint::{Finding, LintReport, lint};
use small_bank::{
    MISCONCEPTIONS, MULTIPLE, NUMBER, NUMERIC, ORDERING, POLL, SECOND, SHORT, SINGLE, TEXT,
    completed, exists, found, read,
};

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
fn the_right_option_is_not_the_shortest_throughout() {
    let report = of_whole(|questions, _, _| {
        *questions = questions.replace("The one that is nearest", "The one near me");
    });
    found(
        &report,
        "lengths",
        "single: the right option is the shortest: 100% (40 of 40), expected at most 35%",
    );
}
