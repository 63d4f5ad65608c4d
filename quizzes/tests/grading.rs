//! Every question of the bank, graded from what a learner types, under many seeds.

use kvorum_quiz::bank::{Body, Choice};
use kvorum_quiz::{AnswerInput, Asked, Bank, GradeError, grade};
use proptest::prelude::*;

const DRAWS: u64 = 20;

fn bank() -> Bank {
    Bank::embedded().unwrap_or_else(|error| panic!("{error}"))
}

fn places(asked: &Asked<'_>, keep: impl Fn(&str) -> bool) -> Vec<usize> {
    let options = asked.options();
    (1..=options.len())
        .filter(|at| keep(&options[at - 1]))
        .collect()
}

/// Whether a text is this one with its gaps filled.
fn is_filled(text: &str, written: &str) -> bool {
    let mut parts = written.split("{{").map(|part| match part.split_once("}}") {
        Some((_, after)) => after,
        None => part,
    });
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let is_whole = !written.contains("{{");
    for part in parts {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    rest.is_empty() || (!is_whole && written.ends_with("}}"))
}

#[test]
fn the_right_options_are_right_wherever_they_are_shown() {
    for question in bank().questions() {
        let (Body::Single(choices) | Body::Multiple(choices)) = &question.body else {
            continue;
        };
        for seed in 0..DRAWS {
            let asked = Asked::new(question, seed);
            let is_right = |text: &str| {
                choices
                    .iter()
                    .any(|c| c.is_right() && is_filled(text, &c.text))
            };
            let right = places(&asked, is_right);
            let verdict = asked.grade(&AnswerInput::Choice(right)).unwrap();
            assert!(
                verdict.right && verdict.misconceptions.is_empty(),
                "{}",
                question.stem
            );
        }
    }
}

#[test]
fn a_wrong_option_tells_its_own_feedback_and_misconception() {
    for question in bank().questions() {
        let Body::Single(choices) = &question.body else {
            continue;
        };
        for choice in choices.iter().filter(|c| !c.is_right()) {
            let asked = Asked::new(question, 7);
            let at = places(&asked, |text| is_filled(text, &choice.text));
            let verdict = asked.grade(&AnswerInput::Choice(at)).unwrap();
            assert!(!verdict.right);
            assert!(
                is_filled(&verdict.answer, &choice.text),
                "{}",
                verdict.answer
            );
            let note = &verdict.notes[0].text;
            assert!(is_filled(note, &choice.feedback), "{note}");
            assert_eq!(
                verdict.misconceptions[0].id,
                choice.misconception.as_ref().unwrap().id
            );
        }
    }
}

#[test]
fn a_multiple_choice_is_all_or_nothing_and_says_how_near_it_was() {
    let bank = bank();
    for question in bank.questions() {
        let Body::Multiple(choices) = &question.body else {
            continue;
        };
        let asked = Asked::new(question, 3);
        let first_right = choices.iter().find(|c| c.is_right()).unwrap();
        let one = places(&asked, |text| text == first_right.text);
        let verdict = asked.grade(&AnswerInput::Choice(one)).unwrap();
        let partial = verdict.partial.unwrap();
        assert!(!verdict.right);
        let missed = choices.iter().filter(|c| c.is_right()).count() - 1;
        assert_eq!(
            (partial.hit, partial.of),
            (choices.len() - missed, choices.len())
        );

        let every = Vec::from_iter(1..=choices.len());
        let verdict = asked.grade(&AnswerInput::Choice(every)).unwrap();
        let wrong = choices.iter().filter(|c| !c.is_right()).count();
        assert!(!verdict.right && verdict.misconceptions.len() <= wrong);
        assert!(!verdict.misconceptions.is_empty());
    }
}

/// The keys, computed here a second time, by hand and not by the bank's formulas.
#[test]
fn numeric_keys_agree_with_counts_and_enumerations() {
    let mut checked = 0;
    for question in bank().questions() {
        let Body::Numeric { .. } = question.body else {
            continue;
        };
        for seed in 0..question.combinations() as u64 {
            let asked = Asked::new(question, seed);
            let stem = asked.stem();
            let id = question.id.to_string();
            let key = second_key(&id[..8], &numbers(&stem))
                .unwrap_or_else(|| panic!("no second computation of {id}: {stem}"));
            let verdict = asked.grade(&AnswerInput::Number(key)).unwrap();
            assert!(verdict.right, "{stem} {key}: {}", verdict.key);
        }
        checked += 1;
    }
    assert!(checked >= 20, "{checked}");
}

/// The numbers in a text, in their order.
fn numbers(text: &str) -> Vec<f64> {
    let words = text.split(|c: char| !c.is_ascii_digit() && c != ',' && c != '.');
    words
        .map(|word| word.trim_matches([',', '.']).replace(',', ""))
        .filter_map(|word| word.parse().ok())
        .collect()
}

/// The key of the numeric question whose id begins so, from the numbers in its stem.
fn second_key(id: &str, given: &[f64]) -> Option<f64> {
    let whole = |at: usize| given[at] as u64;
    Some(match id {
        // Puts that fit between two syncs; puts that were still on their way.
        "2596b42b" => events(whole(0), whole(1)),
        "ea88b93c" => events(whole(4), whole(5)),
        // Misses while the first one rebuilds.
        "20b684c7" => events(whole(0), whole(1)),
        "9b396b85" => {
            let slow = given[0] / 100.0;
            100.0 * (0..whole(2)).fold(0.0, |any, _| any + (1.0 - any) * slow)
        }
        "27dbee8e" | "18fb1556" => moved(whole(0), whole(1)),
        "bfa68db5" => 100.0 / given[1],
        "656c01ec" => {
            let share = given[1] * 1e6 / (given[0] + 1.0);
            share / given[2] / 3600.0
        }
        // A node's share of a circle cut at random is a Beta variable; a thousand nodes are many.
        "e6a63554" => 100.0 * (999.0 / (1000.0 * given[0] + 1.0)).sqrt(),
        "02621ecb" => three_distinct(whole(0)),
        "5da4fc04" => two_of_three(given[0] / 100.0),
        "d7ed9894" => {
            let misses = (0..whole(0)).filter(|replica| *replica >= whole(1)).count();
            100.0 * misses as f64 / given[0]
        }
        "62f40233" => {
            // Two rounds; in each the coordinator's own replica answers at once, and one more is awaited.
            let mut answers = [0.0, given[0], given[1]];
            answers.sort_by(f64::total_cmp);
            2.0 * answers[1]
        }
        "6945494d" => (0..whole(1)).map(|_| given[0] / 100.0 * given[2]).sum(),
        "e716afba" => {
            let deeper: f64 = (0..whole(1)).map(|_| given[2]).sum();
            given[3] / (1.0 + 2.0 + deeper)
        }
        "91b8df32" => {
            let pairs = (0..whole(0)).map(|from| (0..whole(0)).filter(|to| *to != from).count());
            pairs.sum::<usize>() as f64 / (2.0 * given[0])
        }
        "10538f9d" => {
            let phi = |silence: f64| -(-silence / given[1]).exp().log10();
            (0..100_000)
                .map(|tick| f64::from(tick) / 1000.0)
                .find(|at| phi(*at) >= given[2])?
        }
        "a0cd503d" => {
            let [first, left, right] = [whole(0), whole(1), whole(2)];
            let [one, other] = [[first, left, 0], [first, 0, right]];
            let mut joined = [0, 1, 2].map(|server| one[server].max(other[server]));
            joined[0] += 1;
            joined.iter().sum::<u64>() as f64
        }
        "42a87f8e" => (1..=25).filter(|put| put * whole(1) < whole(0)).count() as f64,
        "36be10d3" => {
            let bits = given[0] * 60.0 * given[1] * 1e6;
            bits / (given[2] * 8.0 * 1024.0 * 1024.0) / 3600.0
        }
        "56886f20" => given[2] * (given[0] * 1e6 / given[1]),
        "afeaccfc" => {
            // The file that began on day 0 is dropped when its last day is so far past its deadline.
            let dropped = given[2] + given[1] + given[3];
            (0..dropped as u64).map(|_| given[0]).sum()
        }
        "b29c2455" => {
            let requests = given[0] * 1e6 * given[1] / given[3];
            3.0 * requests * given[2] / 100.0
        }
        "201b0b38" => (1..).map(f64::from).find(|nodes| {
            let holds = nodes * 600.0 >= given[0] * 3.0 * 1.2;
            holds && nodes * 200.0 * 1000.0 >= given[3] * 2.0 * 3.0 * 30.0
        })?,
        "c2d11d02" => {
            let [need, zones] = [whole(0), whole(1)];
            let each = (1..).find(|each| each * (zones - 1) >= need)?;
            (each * zones) as f64
        }
        _ => return None,
    })
}

/// How many things that happen so often a second happen in so many milliseconds.
fn events(a_second: u64, ms: u64) -> f64 {
    (1..=a_second)
        .filter(|event| event * 1000 <= a_second * ms)
        .count() as f64
}

/// Keys that `hash mod n` and `hash mod m` put on different nodes, in per cent.
fn moved(n: u64, m: u64) -> f64 {
    let hashes = n * m * 50;
    let moved = (0..hashes).filter(|hash| hash % n != hash % m).count();
    100.0 * moved as f64 / hashes as f64
}

fn two_of_three(up: f64) -> f64 {
    let chance = |bits: u32| -> f64 {
        let each = (0..3).map(|i| if bits >> i & 1 == 1 { up } else { 1.0 - up });
        each.product()
    };
    let quorums = (0..8_u32).filter(|bits| bits.count_ones() >= 2);
    100.0 * quorums.map(chance).sum::<f64>()
}

fn three_distinct(m: u64) -> f64 {
    let all = (0..m * m * m).map(|code| [code % m, code / m % m, code / m / m]);
    let distinct = all.filter(|[a, b, c]| a != b && a != c && b != c).count();
    100.0 * distinct as f64 / (m * m * m) as f64
}

#[test]
fn a_known_wrong_number_is_wrong_under_every_draw_and_named() {
    for question in bank().questions() {
        let Body::Numeric { .. } = &question.body else {
            continue;
        };
        for seed in 0..DRAWS {
            let asked = Asked::new(question, seed);
            assert!(!asked.known_wrong().is_empty());
            for (input, misconception) in asked.known_wrong() {
                let verdict = asked.grade(&input).unwrap();
                assert!(
                    !verdict.right,
                    "{}: {input:?} counts as {}",
                    asked.stem(),
                    verdict.key
                );
                assert_eq!(
                    verdict.misconceptions[0].id,
                    misconception.id,
                    "{}",
                    asked.stem()
                );
            }
        }
    }
}

#[test]
fn an_ordering_is_right_in_its_order_only_and_never_shown_in_it() {
    let bank = bank();
    for question in bank.questions() {
        let Body::Ordering {
            items,
            swapped,
            wrong,
        } = &question.body
        else {
            continue;
        };
        for seed in 0..DRAWS {
            let asked = Asked::new(question, seed);
            assert_ne!(asked.options(), *items);
            let mut order: Vec<usize> = items
                .iter()
                .map(|item| places(&asked, |text| text == item)[0])
                .collect();
            assert!(
                asked
                    .grade(&AnswerInput::Order(order.clone()))
                    .unwrap()
                    .right
            );
            for first in 0..items.len() {
                for second in first + 1..items.len() {
                    let mut order = order.clone();
                    order.swap(first, second);
                    let verdict = asked.grade(&AnswerInput::Order(order.clone())).unwrap();
                    assert!(!verdict.right);
                    let note = &verdict.notes[0].text;
                    assert!(note.contains(&items[second]), "{note}");
                    let place = |item: usize| {
                        let shown = places(&asked, |text| *text == items[item - 1])[0];
                        order.iter().position(|at| *at == shown)
                    };
                    let is_named = place(swapped[1]) < place(swapped[0]);
                    assert_eq!(!verdict.misconceptions.is_empty(), is_named, "{order:?}");
                    assert_eq!(note.contains(&wrong.feedback), is_named, "{note}");
                }
            }
            // A slip in two other places is a slip, and no misconception.
            let slip = (0..items.len() - 1)
                .find(|first| !swapped.contains(&(first + 1)) && !swapped.contains(&(first + 2)))
                .or_else(|| (0..items.len() - 1).find(|first| [first + 1, first + 2] != *swapped))
                .unwrap();
            order.swap(slip, slip + 1);
            let verdict = asked.grade(&AnswerInput::Order(order)).unwrap();
            assert!(!verdict.right && verdict.misconceptions.is_empty());
        }
    }
}

/// Whether the items of the new-then-old ordering can happen as told in this order, on three replicas.
fn can_happen(order: &[&String]) -> bool {
    let mut is_new = [false; 3];
    let mut a_is_done = false;
    order.iter().all(|item| {
        let (is_legal, reached): (bool, &[usize]) = if item.contains("reaches replica 1 only") {
            (!is_new[1] && !is_new[2], &[0])
        } else if item.contains("reaches replicas 2 and 3") {
            (is_new[0], &[1, 2])
        } else if item.starts_with("A reads replicas 1 and 2, and returns the new") {
            a_is_done = true;
            (is_new[0] || is_new[1], &[])
        } else {
            assert!(
                item.contains("B reads replicas 2 and 3, and returns the old"),
                "{item}"
            );
            (a_is_done && !is_new[1] && !is_new[2], &[])
        };
        for &replica in reached {
            is_new[replica] = true;
        }
        is_legal
    })
}

#[test]
fn the_new_then_old_ordering_has_one_legal_order_only() {
    let bank = bank();
    let question = bank
        .questions()
        .iter()
        .find(|q| q.stem.contains("older value than an earlier one"))
        .unwrap();
    let Body::Ordering { items, .. } = &question.body else {
        panic!("{}", question.stem)
    };
    let count = items.len();
    let codes = 0..count.pow(u32::try_from(count).unwrap());
    let legal: Vec<Vec<usize>> = codes
        .map(|code| {
            (0..count as u32)
                .map(|place| code / count.pow(place) % count)
                .collect::<Vec<_>>()
        })
        .filter(|order| (0..count).all(|at| order.contains(&at)))
        .filter(|order| can_happen(&order.iter().map(|&at| &items[at]).collect::<Vec<_>>()))
        .collect();
    assert_eq!(legal, [Vec::from_iter(0..count)]);
}

#[test]
fn a_short_answer_is_judged_by_its_points() {
    let bank = bank();
    let question = bank
        .questions()
        .iter()
        .find(|q| q.stem.contains("product page"))
        .unwrap();
    let judge = |text: &str| grade(question, &AnswerInput::Text(text.to_owned()), 0).unwrap();
    let strong =
        judge("No. One key is one point on the ring; I'd CACHE it and salt the key into copies.");
    assert!(strong.right);
    assert_eq!(strong.partial.unwrap().hit, 3);
    let interview = question.interview.clone();
    assert!(
        judge(&interview).right,
        "the bank's own spoken answer must pass: {interview}"
    );
    let weak = judge("Yes, more virtual nodes spread the load.");
    assert!(!weak.right);
    assert_eq!(weak.misconceptions[0].id, "vnodes-cure-hot-key");
    assert!(
        judge("{{nodes}} }} {{").notes.len() == 3,
        "braces are the learner's own text"
    );
}

/// Each point by its first phrase: what a rubric must at least let pass.
#[test]
fn every_point_made_passes() {
    for question in bank().questions() {
        let Body::Short { points, .. } = &question.body else {
            continue;
        };
        let said: Vec<&str> = points.iter().map(|point| point.any[0].as_str()).collect();
        let text = said.join(". ");
        let verdict = grade(question, &AnswerInput::Text(text.clone()), 0).unwrap();
        assert!(verdict.right, "{text}: {:?}", verdict.notes);
    }
}

#[test]
fn a_short_answer_that_claims_the_opposite_is_wrong_however_much_it_adds() {
    let bank = bank();
    let question = bank
        .questions()
        .iter()
        .find(|q| q.stem.contains("product page"))
        .unwrap();
    let judge = |text: &str| grade(question, &AnswerInput::Text(text.to_owned()), 0).unwrap();
    for text in [
        "Yes, more virtual nodes would help a lot, and I would add a cache and more replicas",
        "More virtual nodes spread the same key over more nodes; I would also cache it and split it.",
        "No doubt more virtual nodes would help. A single key needs a cache and copies.",
    ] {
        let verdict = judge(text);
        assert!(!verdict.right, "{text}");
        let shown: Vec<_> = verdict.misconceptions.iter().map(|m| &m.id).collect();
        assert_eq!(shown, ["vnodes-cure-hot-key"], "{text}");
        assert_eq!(verdict.partial.unwrap().hit, 2, "{text}");
    }
    for text in [
        "The hot key lives on one partition; put memcached in front and replicate it more widely",
        "No, more virtual nodes don't help. I'd cache the page and keep copies under salted names.",
        "Virtual nodes spread keys, but not this one: it needs a cache or salting.",
        "They would not help: the same key hashes to the same nodes. Redis in front, and batching.",
    ] {
        let verdict = judge(text);
        assert!(verdict.right && verdict.misconceptions.is_empty(), "{text}");
        assert_eq!(
            verdict.partial.unwrap().hit,
            3,
            "{text}: {:?}",
            verdict.notes
        );
    }
    let silent = judge("I would put a cache in front and replicate it.");
    assert!(
        !silent.right,
        "the point that the question asks for is missing"
    );
    assert!(
        silent.misconceptions.is_empty(),
        "to be brief is no misconception"
    );
}

#[test]
fn a_share_where_per_cent_are_asked_is_no_answer_yet() {
    let mut checked = 0;
    for question in bank().questions() {
        for seed in 0..3 {
            let asked = Asked::new(question, seed);
            if asked.view().unit.as_deref() != Some("%") {
                continue;
            }
            let message = asked.parse("0.6667").unwrap_err();
            assert!(message.contains("in %: did you mean 66.67?"), "{message}");
            assert_eq!(asked.parse("1/2"), Ok(AnswerInput::Number(50.0)));
            for (line, number) in [
                ("0.6667%", 0.6667),
                ("66.67", 66.67),
                ("0", 0.0),
                ("1", 1.0),
            ] {
                assert_eq!(asked.parse(line), Ok(AnswerInput::Number(number)), "{line}");
            }
            checked += 1;
        }
    }
    assert!(checked >= 8 * 3, "{checked}");
}

#[test]
fn an_answer_that_does_not_fit_is_told_what_does() {
    for question in bank().questions() {
        let asked = Asked::new(question, 0);
        let count = asked.options().len();
        for input in [
            AnswerInput::Choice(Vec::new()),
            AnswerInput::Choice(vec![0]),
            AnswerInput::Choice(vec![count + 1]),
            AnswerInput::Choice(vec![1, 1]),
            AnswerInput::Choice(vec![usize::MAX]),
            AnswerInput::Order(vec![1]),
            AnswerInput::Number(f64::NAN),
            AnswerInput::Text("  ".to_owned()),
        ] {
            let error = grade(question, &input, 0).unwrap_err();
            assert!(
                matches!(error, GradeError::DoesNotFit { .. }),
                "{input:?}: {error}"
            );
        }
    }
}

#[test]
fn a_page_sees_no_key() {
    for question in bank().questions() {
        let asked = Asked::new(question, 5);
        let shown = serde_json::to_string(&asked.view()).unwrap();
        assert!(!shown.contains(&question.explanation), "{shown}");
        for secret in [
            "correct",
            "misconception",
            "feedback",
            "tolerance",
            "keywords",
        ] {
            assert!(!shown.contains(&format!("\"{secret}\"")), "{shown}");
        }
        if let Body::Single(choices) = &question.body {
            let written: Vec<_> = choices.iter().map(|c: &Choice| c.text.clone()).collect();
            let orders: Vec<_> = (0..DRAWS)
                .map(|s| Asked::new(question, s).options())
                .collect();
            assert!(
                orders.iter().any(|order| *order != written),
                "never shuffled"
            );
        }
    }
}

#[test]
fn the_same_seed_asks_the_same() {
    for question in bank().questions() {
        assert_eq!(
            Asked::new(question, 11).view(),
            Asked::new(question, 11).view()
        );
    }
}

#[test]
fn one_template_is_a_pool_of_questions() {
    for question in bank().questions() {
        let draws = 0..question.combinations() as u64;
        let shown: std::collections::BTreeSet<_> = draws
            .map(|seed| {
                let asked = Asked::new(question, seed);
                (asked.stem(), asked.script())
            })
            .collect();
        if let Body::Numeric { .. } | Body::Predict { .. } = question.body {
            assert_eq!(shown.len(), question.combinations(), "{}", question.stem);
        }
    }
}

#[test]
fn answers_travel_as_json() {
    for (json, input) in [
        (r#"{"choice":[2]}"#, AnswerInput::Choice(vec![2])),
        (r#"{"number":83.3}"#, AnswerInput::Number(83.3)),
        (r#"{"order":[3,1,2]}"#, AnswerInput::Order(vec![3, 1, 2])),
        (r#"{"text":"milk"}"#, AnswerInput::Text("milk".to_owned())),
    ] {
        assert_eq!(serde_json::from_str::<AnswerInput>(json).unwrap(), input);
        assert_eq!(serde_json::to_string(&input).unwrap(), json);
    }
}

proptest! {
    /// Whatever is typed, it is an answer or a sentence that says what is accepted.
    #[test]
    fn any_line_is_an_answer_or_is_explained(line in "\\PC{0,40}|[0-9 ,a-i./%-]{0,12}", seed in 0_u64..1000) {
        for question in bank().questions() {
            let asked = Asked::new(question, seed);
            match asked.parse(&line) {
                Ok(input) if question.body.kind() != "predict" => {
                    asked.grade(&input).unwrap();
                }
                Ok(_) => {}
                Err(message) => prop_assert!(message.contains(&asked.accepts()), "{}", message),
            }
        }
    }
}
