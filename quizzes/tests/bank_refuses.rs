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
    read_with(text, "")
}

fn read_with(text: &str, polls: &str) -> Result<Bank, String> {
    let files = [BankFile {
        name: "bank/x.toml",
        text,
    }];
    let misconceptions = BankFile {
        name: "misconceptions.toml",
        text: MISCONCEPTIONS,
    };
    let polls = BankFile {
        name: "polls.toml",
        text: polls,
    };
    Bank::read(&files, &misconceptions, &polls).map_err(|error| error.to_string())
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
        (
            "tolerance = 1",
            "tolerance = 1\nfair = 5",
            "field 'fair': a numeric question has none",
        ),
        (
            "lesson = 2",
            "lesson = 2\npage = true\nexam = true",
            "field 'exam': a question of the final exam is on no page",
        ),
        (
            "[4, 5]",
            "[4, \"n5\"]",
            "field 'answer': in the formula '100 * nodes / (nodes + 1)', character 7: no parameter",
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

const PREDICT: &str = r#"
[[question]]
id = "7a4e2f0c-3d55-4a0e-9f6b-0d2c8b1e5a13"
type = "predict"
lesson = 2
difficulty = 2
tags = ["mechanism"]
params = { count = [4, 5] }
stem = "s?"
script = """
cluster nodes=1
put k {{count}}
read: get k
"""
ask = "read"
reads = "number"
fair = "count"
unit = ""
tolerance = 0
wrong = [{ answer = 0, misconception = "even", feedback = "f" }]
explanation = "e"
interview = "i"
source = "s"
anchor = "02-consistent-hashing"
"#;

#[test]
fn a_number_read_off_a_run_has_the_answer_of_who_knows_the_rule() {
    assert!(!read(PREDICT).unwrap().questions()[0].is_exam);
    let exam = read(&PREDICT.replace("lesson = 2", "lesson = 2\nexam = true")).unwrap();
    assert!(exam.questions()[0].is_exam);
    for (find, put, expected) in [
        ("fair = \"count\"", "", "field 'fair': it is missing"),
        (
            "fair = \"count\"",
            "fair = \"counts\"",
            "field 'fair': in the formula 'counts'",
        ),
        (
            "reads = \"number\"",
            "reads = \"text\"",
            "a predict question has none",
        ),
    ] {
        let message = read(&PREDICT.replace(find, put)).unwrap_err();
        assert!(message.contains(expected), "{put}: {message}");
    }
}

const POLL: &str = r#"
[[poll]]
id = "7a4e2f0c-3d55-4a0e-9f6b-0d2c8b1e5a14"
lesson = 3
opening = { stem = "s?", options = [ { text = "a", holds = false }, { text = "b", holds = true } ] }
closing = { stem = "t?", options = [ { text = "c", holds = true }, { text = "d", holds = false } ] }
because = "b"
source = "s"
"#;

#[test]
fn a_poll_asks_twice_and_one_side_holds() {
    let bank = read_with(SOUND, POLL).unwrap();
    assert_eq!(bank.polls().count(), 1);
    assert!(bank.poll(2).is_none());
    let poll = bank.poll(3).unwrap();
    assert_eq!(poll.opening.options[1].text, "b");
    assert!(poll.opening.options[1].holds && poll.closing.options[0].holds);
    assert!(read_with(SOUND, "").unwrap().poll(3).is_none());
}

#[test]
fn a_mistake_in_a_poll_is_named() {
    for (find, put, expected) in [
        ("-4a0e-", "-1a0e-", "field 'id': not a random"),
        ("5a14", "5a10", "field 'id': something else has it"),
        (
            "lesson = 3",
            "lesson = 0",
            "field 'lesson': there is no such lesson",
        ),
        (
            "holds = false }, { text = \"b\"",
            "holds = true }, { text = \"b\"",
            "field 'opening.options': exactly one",
        ),
        (
            "holds = true }, { text = \"d\"",
            "holds = false }, { text = \"d\"",
            "field 'closing.options': exactly one",
        ),
        ("\"c\"", "\" \"", "field 'closing.options': it is empty"),
        ("\"s?\"", "\"\"", "field 'opening.stem': it is empty"),
        (
            "because = \"b\"",
            "because = \"\"",
            "field 'because': it is empty",
        ),
    ] {
        assert!(POLL.contains(find), "{find}");
        let message = read_with(SOUND, &POLL.replace(find, put)).unwrap_err();
        assert!(message.contains("polls.toml: poll 1 ("), "{message}");
        assert!(message.contains(expected), "{put}: {message}");
    }
    let again = POLL.replace("5a14", "5a15");
    let message = read_with(SOUND, &format!("{POLL}{again}")).unwrap_err();
    let expected =
        "poll 2 (7a4e2f0c-3d55-4a0e-9f6b-0d2c8b1e5a15), field 'lesson': it has a poll already";
    assert!(message.contains(expected), "{message}");
    for (find, put) in [
        ("{ text = \"a\", holds = false }, ", ""),
        ("because", "becuase"),
    ] {
        let message = read_with(SOUND, &POLL.replace(find, put)).unwrap_err();
        assert!(message.starts_with("polls.toml: "), "{message}");
        assert!(message.contains("line "), "{message}");
    }
}

#[test]
fn too_many_combinations_are_refused() {
    let values: Vec<String> = (1..=65).map(|value| value.to_string()).collect();
    let values = values.join(", ");
    let params = format!("params = {{ nodes = [{values}], more = [{values}] }}");
    let message = read(&SOUND.replace("params = { nodes = [4, 5] }", &params)).unwrap_err();
    assert!(
        message.contains("field 'params': more than 4096"),
        "{message}"
    );
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a test writes the files that it reads"
)]
fn a_folder_is_read_in_the_order_of_its_names() {
    let folder = tempfile::tempdir().unwrap();
    let read = || Bank::from_folder(folder.path()).map_err(|error| error.to_string());
    let write = |name: &str, text: &[u8]| std::fs::write(folder.path().join(name), text).unwrap();
    assert!(
        read()
            .unwrap_err()
            .contains("misconceptions.toml: it is missing")
    );
    write("misconceptions.toml", MISCONCEPTIONS.as_bytes());
    assert!(read().unwrap_err().contains("polls.toml: it is missing"));
    write("polls.toml", POLL.as_bytes());
    assert!(read().unwrap_err().contains("bank: it is missing"));
    std::fs::create_dir(folder.path().join("bank")).unwrap();
    assert!(read().unwrap_err().contains("bank: no .toml file in it"));
    write("bank/03-b.toml", CHOICE.as_bytes());
    write("bank/02-a.toml", SOUND.as_bytes());
    write("bank/notes.txt", b"not read");
    let bank = read().unwrap();
    let kinds: Vec<_> = bank.questions().iter().map(|q| q.body.kind()).collect();
    assert_eq!(kinds, ["numeric", "single"]);
    assert_eq!(bank.polls().count(), 1);
    write("bank/04-c.toml", b"\xff");
    assert!(read().unwrap_err().contains("04-c.toml: not UTF-8 text"));
    write(
        "bank/04-c.toml",
        SOUND.replace("{{nodes}}", "{{node}}").as_bytes(),
    );
    let message = read().unwrap_err();
    assert!(message.contains("04-c.toml: question 1 ("), "{message}");
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
    for text in ["question = 3", "[question]\nid = \"x\"", "other = 1", ""] {
        let message = read(text).unwrap_err();
        assert!(message.contains("bank/x.toml: "), "{message}");
    }
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
