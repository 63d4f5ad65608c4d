//! The texts of a question, each with the name of its field.

use crate::asked::Asked;
use crate::bank::{Body, Misconception, Poll, Question};

/// What stands for the key where a text tells `{{answer}}`.
const KEY: &str = "1";

/// A text and the field that it stands in.
pub(super) struct Text {
    pub field: &'static str,
    pub text: String,
}

/// Every text of a question that a learner reads as prose, its gaps filled by one draw.
pub(super) fn of_question(question: &Question) -> Vec<Text> {
    let asked = Asked::new(question, 0);
    let mut texts = Vec::new();
    let mut add = |field, text: &str| {
        let text = asked.fill_after(text, KEY);
        texts.push(Text { field, text });
    };
    add("stem", &question.stem);
    if let Some(hint) = &question.hint {
        add("hint", hint);
    }
    add("explanation", &question.explanation);
    add("interview", &question.interview);
    add("source", &question.source);
    match &question.body {
        Body::Single(choices) | Body::Multiple(choices) => {
            for choice in choices {
                add("options.text", &choice.text);
                add("options.feedback", &choice.feedback);
            }
        }
        Body::Numeric { wrong, .. } | Body::Predict { wrong, .. } => {
            for wrong in wrong {
                add("wrong.feedback", &wrong.feedback);
            }
        }
        Body::Ordering { items, wrong, .. } => {
            for item in items {
                add("items", item);
            }
            add("wrong.feedback", &wrong.feedback);
        }
        Body::Short { points, .. } => {
            for point in points {
                add("keywords.point", &point.point);
                add("keywords.missing", &point.missing);
            }
        }
    }
    texts
}

/// Every text of a poll.
pub(super) fn of_poll(poll: &Poll) -> Vec<Text> {
    let text = |field, text: &String| Text {
        field,
        text: text.clone(),
    };
    let mut texts = vec![text("because", &poll.because), text("source", &poll.source)];
    for (vote, stem, options) in [
        (&poll.opening, "opening.stem", "opening.options"),
        (&poll.closing, "closing.stem", "closing.options"),
    ] {
        texts.push(text(stem, &vote.stem));
        texts.extend(vote.options.iter().map(|side| text(options, &side.text)));
    }
    texts
}

/// Every text of a misconception.
pub(super) fn of_misconception(misconception: &Misconception) -> Vec<Text> {
    let texts = [
        ("name", &misconception.name),
        ("tempting", &misconception.tempting),
        ("truth", &misconception.truth),
    ];
    let text = |(field, text): (&'static str, &String)| Text {
        field,
        text: text.clone(),
    };
    texts.map(text).into()
}
