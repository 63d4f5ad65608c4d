//! A mistake in a bank file is refused at load, and the message names file, question and field.

use kvorum_quiz::{Bank, BankFile};

const MISCONCEPTIONS: &str = r#"
[[misconception]]
id = "even"
name = "n"
tempting = "t"
truth = "t"
where = "02-consistent-hashing"
"#;

const SOUND: &str = r#"
[[question]]
id = "7a4e2f0c-3d55-4a0e-9f6b-0d2c8b1e5a10"
type = "numeric"
lesson = 2
difficulty = 2
tags = ["number"]
params = { nodes = [4, 5] }
stem = "From {{nodes}}?"
answer = "100 * nodes / (nodes + 1)"
unit = "%"
tolerance = 1
wrong = [{ answer = 0, misconception = "even", feedback = "f" }]
explanation = "{{answer}}"
interview = "i"
source = "s"
anchor = "02-consistent-hashing"
"#;

const CHOICE: &str = r#"
[[question]]
id = "7a4e2f0c-3d55-4a0e-9f6b-0d2c8b1e5a11"
type = "single"
lesson = 2
difficulty = 2
tags = ["number"]
stem = "s?"
options = [
  { text = "a", correct = true, feedback = "f" },
  { text = "b", correct = false, misconception = "even", feedback = "g" },
]
explanation = "e"
interview = "i"
source = "s"
anchor = "02-consistent-hashing"
"#;

fn read(text: &str) -> Result<Bank, String> {
    let files = [BankFile {
        name: "bank/x.toml",
        text,
    }];
    let misconceptions = BankFile {
        name: "misconceptions.toml",
        text: MISCONCEPTIONS,
    };
    Bank::read(&files, &misconceptions).map_err(|error| error.to_string())
}

#[test]
fn sound_questions_load_and_an_edit_changes_only_the_revision() {
    let text = format!("{SOUND}{CHOICE}");
    let before = read(&text).unwrap();
    let after = read(&text.replace("\"s?\"", "\"t?\"")).unwrap();
    let moved = read(&text.replace(
        "lesson = 2\ndifficulty = 2",
        "difficulty = 2 # same\nlesson = 2",
    ))
    .unwrap();
    assert_eq!(before.questions().len(), 2);
    for (at, is_edited) in [(0, false), (1, true)] {
        let [before, after, moved] = [&before, &after, &moved].map(|bank| &bank.questions()[at]);
        assert_eq!(before.id, after.id);
        assert_eq!(before.revision != after.revision, is_edited);
        assert_eq!(before.revision, moved.revision);
    }
}

#[test]
fn a_mistake_is_named_with_file_question_and_field() {
    for (find, put, expected) in [
        (
            "id = \"7a4e2f0c-3d55-4a0e",
            "id = \"7a4e2f0c-3d55-1a0e",
            "field 'id': not a random",
        ),
        (
            "type = \"numeric\"",
            "type = \"guess\"",
            "field 'type': 'guess' is none of",
        ),
        (
            "lesson = 2",
            "lesson = 11",
            "field 'lesson': expected 1 to 10",
        ),
        (
            "difficulty = 2",
            "difficulty = 6",
            "field 'difficulty': expected 1 to 5",
        ),
        ("\"From {{nodes}}?\"", "\"\"", "field 'stem': it is empty"),
        (
            "From {{nodes}}",
            "From {{shards}}",
            "field 'stem': no parameter 'shards'",
        ),
        (
            "From {{nodes}}",
            "From {{answer}}",
            "field 'stem': no parameter 'answer'",
        ),
        (
            "{{answer}}",
            "{{answr}}",
            "field 'explanation': no parameter 'answr'",
        ),
        (
            "(nodes + 1)",
            "(node + 1)",
            "field 'answer': in the formula",
        ),
        ("(nodes + 1)", "(nodes - 4)", "not a finite number"),
        ("[4, 5]", "[]", "field 'params.nodes': it has no values"),
        (
            "tolerance = 1",
            "tolerance = -1",
            "field 'tolerance': expected 0 or more",
        ),
        ("tolerance = 1", "", "field 'tolerance': it is missing"),
        (
            "\"even\"",
            "\"evn\"",
            "field 'wrong[0].misconception': no misconception 'evn'",
        ),
        (
            "feedback = \"f\"",
            "feedback = \" \"",
            "field 'wrong[0].feedback': it is empty",
        ),
        (
            "anchor = \"02-",
            "anchor = \"03-",
            "field 'anchor': expected a place in the lesson",
        ),
        (
            "tolerance = 1",
            "tolerance = 1\nneed = 1",
            "field 'need': a numeric question has none",
        ),
    ] {
        assert!(SOUND.contains(find), "{find}");
        let message = read(&SOUND.replace(find, put)).unwrap_err();
        assert!(message.contains("bank/x.toml: question 1 ("), "{message}");
        assert!(message.contains(expected), "{put}: {message}");
    }
}

#[test]
fn a_mistake_in_options_is_named() {
    for (find, put, expected) in [
        (
            "correct = false, misconception = \"even\"",
            "correct = false",
            "options[1].misconception': a wrong option names",
        ),
        (
            "correct = true",
            "correct = true, misconception = \"even\"",
            "options[0].misconception': a correct option",
        ),
        (
            "correct = false, misconception = \"even\"",
            "correct = true",
            "field 'options': exactly one must be correct",
        ),
        (
            "text = \"a\"",
            "text = \"\"",
            "field 'options[0].text': it is empty",
        ),
    ] {
        assert!(CHOICE.contains(find), "{find}");
        let message = read(&CHOICE.replace(find, put)).unwrap_err();
        assert!(message.contains(expected), "{put}: {message}");
    }
}

const ORDERING: &str = r#"
[[question]]
id = "7a4e2f0c-3d55-4a0e-9f6b-0d2c8b1e5a12"
type = "ordering"
lesson = 2
difficulty = 2
tags = ["mechanism"]
stem = "s?"
items = ["a", "b", "c"]
wrong = [{ swapped = [1, 3], misconception = "even", feedback = "f" }]
explanation = "e"
interview = "i"
source = "s"
anchor = "02-consistent-hashing"
"#;

#[test]
fn an_ordering_names_the_pair_that_must_not_be_swapped() {
    read(ORDERING).unwrap();
    for (pair, expected) in [
        ("", "wrong[0].swapped': it is missing"),
        ("swapped = [0, 3], ", "expected two places"),
        ("swapped = [3, 1], ", "expected two places"),
        ("swapped = [1, 4], ", "expected two places"),
    ] {
        let message = read(&ORDERING.replace("swapped = [1, 3], ", pair)).unwrap_err();
        assert!(message.contains(expected), "{pair}: {message}");
    }
    let elsewhere = SOUND.replace("answer = 0,", "answer = 0, swapped = [1, 2],");
    let message = read(&elsewhere).unwrap_err();
    assert!(message.contains("only an ordering has it"), "{message}");
}

#[test]
fn a_missing_or_misspelt_field_is_named_with_its_line() {
    let message = read(&SOUND.replace("stem =", "stm =")).unwrap_err();
    assert!(
        message.contains("bank/x.toml") && message.contains("stm"),
        "{message}"
    );
    assert!(message.contains("line 9"), "{message}");
    let message = read(&SOUND.replace("source = \"s\"", "")).unwrap_err();
    assert!(message.contains("source"), "{message}");
    let message = read("not toml").unwrap_err();
    assert!(message.contains("line 1"), "{message}");
}

#[test]
fn an_id_stands_for_one_question() {
    let message = read(&format!("{SOUND}{SOUND}")).unwrap_err();
    assert!(
        message.contains("question 2") && message.contains("another question has it"),
        "{message}"
    );
}
