//! The part of a question that depends on its type.

use std::sync::Arc;

use super::check::{Misconceptions, Place};
use super::raw::{Raw, RawWrong};
use super::{BankError, Body, Choice, Misconception, Point, Reads, Scale, Wrong};

/// Options or items that one question may show.
const SHOWN_MAX: usize = 9;

/// Takes the fields of the question's type, and refuses those of another type.
pub(super) fn from_raw(
    raw: &mut Raw,
    misconceptions: &Misconceptions,
    place: &Place<'_>,
) -> Result<Body, BankError> {
    let fields = Fields {
        misconceptions,
        place,
    };
    let body = match raw.kind.as_str() {
        "single" => fields.single(raw)?,
        "multiple" => Body::Multiple(fields.choices(raw)?),
        "numeric" => fields.numeric(raw)?,
        "ordering" => fields.ordering(raw)?,
        "short" => fields.short(raw)?,
        "predict" => fields.predict(raw)?,
        other => {
            let known = "single, multiple, numeric, ordering, short or predict";
            return Err(place.error("type", format!("'{other}' is none of {known}")));
        }
    };
    match left_over(raw) {
        Some(field) => Err(place.error(field, format!("a {} question has none", raw.kind))),
        None => Ok(body),
    }
}

fn left_over(raw: &Raw) -> Option<&'static str> {
    [
        ("options", raw.options.is_some()),
        ("answer", raw.answer.is_some()),
        ("unit", raw.unit.is_some()),
        ("tolerance", raw.tolerance.is_some()),
        ("items", raw.items.is_some()),
        ("keywords", raw.keywords.is_some()),
        ("need", raw.need.is_some()),
        ("script", raw.script.is_some()),
        ("ask", raw.ask.is_some()),
        ("reads", raw.reads.is_some()),
        ("fair", raw.fair.is_some()),
        ("wrong", raw.wrong.is_some()),
    ]
    .into_iter()
    .find_map(|(field, is_there)| is_there.then_some(field))
}

struct Fields<'a> {
    misconceptions: &'a Misconceptions,
    place: &'a Place<'a>,
}

impl Fields<'_> {
    fn needed<T>(&self, field: &str, value: Option<T>) -> Result<T, BankError> {
        value.ok_or_else(|| self.place.error(field, "it is missing"))
    }

    fn filled(&self, field: &str, text: String) -> Result<String, BankError> {
        if text.trim().is_empty() {
            return Err(self.place.error(field, "it is empty"));
        }
        Ok(text)
    }

    fn misconception(&self, field: &str, id: &str) -> Result<Arc<Misconception>, BankError> {
        self.misconceptions
            .get(id)
            .cloned()
            .ok_or_else(|| self.place.error(field, format!("no misconception '{id}'")))
    }

    fn shown<T>(&self, field: &str, shown: &[T]) -> Result<(), BankError> {
        if !(2..=SHOWN_MAX).contains(&shown.len()) {
            return Err(self
                .place
                .error(field, format!("expected 2 to {SHOWN_MAX}")));
        }
        Ok(())
    }

    fn single(&self, raw: &mut Raw) -> Result<Body, BankError> {
        let choices = self.choices(raw)?;
        if choices.iter().filter(|choice| choice.is_right()).count() != 1 {
            return Err(self.place.error("options", "exactly one must be correct"));
        }
        Ok(Body::Single(choices))
    }

    fn choices(&self, raw: &mut Raw) -> Result<Vec<Choice>, BankError> {
        let options = self.needed("options", raw.options.take())?;
        self.shown("options", &options)?;
        let mut choices = Vec::new();
        for (index, option) in options.into_iter().enumerate() {
            let field = |name: &str| format!("options[{index}].{name}");
            let misconception = match (option.correct, option.misconception) {
                (true, None) => None,
                (true, Some(_)) => {
                    let message = "a correct option stands for no misconception";
                    return Err(self.place.error(field("misconception"), message));
                }
                (false, None) => {
                    let message = "a wrong option names the misconception it stands for";
                    return Err(self.place.error(field("misconception"), message));
                }
                (false, Some(id)) => Some(self.misconception(&field("misconception"), &id)?),
            };
            choices.push(Choice {
                text: self.filled(&field("text"), option.text)?,
                feedback: self.filled(&field("feedback"), option.feedback)?,
                misconception,
            });
        }
        if !choices.iter().any(Choice::is_right) {
            return Err(self.place.error("options", "none is correct"));
        }
        Ok(choices)
    }

    fn scale(&self, raw: &mut Raw) -> Result<Scale, BankError> {
        let unit = raw.unit.take().unwrap_or_default();
        let tolerance = self.needed("tolerance", raw.tolerance.take())?;
        if !(tolerance.is_finite() && tolerance >= 0.0) {
            return Err(self.place.error("tolerance", "expected 0 or more"));
        }
        Ok(Scale { unit, tolerance })
    }

    fn wrong(&self, field: &str, raw: RawWrong) -> Result<Wrong, BankError> {
        if raw.swapped.is_some() {
            let message = "only an ordering has it";
            return Err(self.place.error(format!("{field}.swapped"), message));
        }
        let answer = self.needed(&format!("{field}.answer"), raw.answer)?;
        self.judged(field, answer.into_text(), &raw.misconception, raw.feedback)
    }

    fn judged(
        &self,
        field: &str,
        answer: String,
        misconception: &str,
        feedback: String,
    ) -> Result<Wrong, BankError> {
        Ok(Wrong {
            answer,
            feedback: self.filled(&format!("{field}.feedback"), feedback)?,
            misconception: self.misconception(&format!("{field}.misconception"), misconception)?,
        })
    }

    fn wrongs(&self, raw: &mut Raw) -> Result<Vec<Wrong>, BankError> {
        let wrong = self.needed("wrong", raw.wrong.take())?;
        if wrong.is_empty() {
            return Err(self.place.error("wrong", "name at least one wrong answer"));
        }
        wrong
            .into_iter()
            .enumerate()
            .map(|(index, wrong)| self.wrong(&format!("wrong[{index}]"), wrong))
            .collect()
    }

    fn numeric(&self, raw: &mut Raw) -> Result<Body, BankError> {
        Ok(Body::Numeric {
            answer: self.needed("answer", raw.answer.take())?.into_text(),
            scale: self.scale(raw)?,
            wrong: self.wrongs(raw)?,
        })
    }

    fn ordering(&self, raw: &mut Raw) -> Result<Body, BankError> {
        let items = self.needed("items", raw.items.take())?;
        self.shown("items", &items)?;
        let mut wrong = self.needed("wrong", raw.wrong.take())?;
        let (Some(only), true) = (wrong.pop(), wrong.is_empty()) else {
            let message = "an ordering has exactly one, for the pair that must not be swapped";
            return Err(self.place.error("wrong", message));
        };
        if only.answer.is_some() {
            return Err(self
                .place
                .error("wrong[0].answer", "an ordering's has none"));
        }
        let swapped = self.needed("wrong[0].swapped", only.swapped)?;
        let [earlier, later] = swapped;
        if !(1 <= earlier && earlier < later && later <= items.len()) {
            let message = "expected two places of items from 1, the earlier first";
            return Err(self.place.error("wrong[0].swapped", message));
        }
        let wrong = self.judged(
            "wrong[0]",
            String::new(),
            &only.misconception,
            only.feedback,
        )?;
        Ok(Body::Ordering {
            items,
            swapped,
            wrong,
        })
    }

    fn short(&self, raw: &mut Raw) -> Result<Body, BankError> {
        let keywords = self.needed("keywords", raw.keywords.take())?;
        let need = self.needed("need", raw.need.take())?;
        if !(1..=keywords.len()).contains(&need) {
            return Err(self
                .place
                .error("need", "expected 1 to the number of keywords"));
        }
        let mut points = Vec::new();
        for (index, keyword) in keywords.into_iter().enumerate() {
            let field = |name: &str| format!("keywords[{index}].{name}");
            for (name, phrases) in [
                ("any", &keyword.any),
                ("denied", &keyword.denied),
                ("opposite", &keyword.opposite),
            ] {
                let is_blank = |phrase: &String| !phrase.contains(char::is_alphanumeric);
                if phrases.iter().any(is_blank) || (name == "any" && phrases.is_empty()) {
                    return Err(self
                        .place
                        .error(field(name), "name word beginnings or phrases"));
                }
            }
            let misconception = keyword
                .misconception
                .map(|id| self.misconception(&field("misconception"), &id))
                .transpose()?;
            points.push(Point {
                any: keyword.any,
                denied: keyword.denied,
                opposite: keyword.opposite,
                required: keyword.required,
                point: self.filled(&field("point"), keyword.point)?,
                missing: self.filled(&field("missing"), keyword.missing)?,
                misconception,
            });
        }
        Ok(Body::Short { points, need })
    }

    fn predict(&self, raw: &mut Raw) -> Result<Body, BankError> {
        let script = self.needed("script", raw.script.take())?;
        let ask = self.needed("ask", raw.ask.take())?;
        if !script
            .lines()
            .any(|line| line.trim_start().starts_with(&format!("{ask}:")))
        {
            return Err(self
                .place
                .error("ask", format!("no line of the script is labelled '{ask}:'")));
        }
        let reads = match self.needed("reads", raw.reads.take())?.as_str() {
            "number" => Reads::Number {
                scale: self.scale(raw)?,
                fair: self.needed("fair", raw.fair.take())?.into_text(),
            },
            "text" => Reads::Text,
            other => {
                let message = format!("'{other}' is neither number nor text");
                return Err(self.place.error("reads", message));
            }
        };
        Ok(Body::Predict {
            script,
            ask,
            reads,
            wrong: self.wrongs(raw)?,
        })
    }
}
