//! A bank file as it is written, before it is checked: the fields of every type of question together.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub question: Vec<Raw>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub lesson: u8,
    pub difficulty: u8,
    pub tags: Vec<String>,
    #[serde(default)]
    pub page: bool,
    #[serde(default)]
    pub exam: bool,
    pub stem: String,
    pub hint: Option<String>,
    pub explanation: String,
    pub interview: String,
    pub source: String,
    pub anchor: String,
    #[serde(default)]
    pub params: BTreeMap<String, Vec<ParamValue>>,
    #[serde(default)]
    pub derive: BTreeMap<String, String>,

    pub options: Option<Vec<RawOption>>,
    pub answer: Option<NumberOrText>,
    pub unit: Option<String>,
    pub tolerance: Option<f64>,
    pub items: Option<Vec<String>>,
    pub keywords: Option<Vec<RawKeyword>>,
    pub need: Option<usize>,
    pub script: Option<String>,
    pub ask: Option<String>,
    pub reads: Option<String>,
    pub fair: Option<NumberOrText>,
    pub wrong: Option<Vec<RawWrong>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawOption {
    pub text: String,
    pub correct: bool,
    pub misconception: Option<String>,
    pub feedback: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawKeyword {
    pub any: Vec<String>,
    #[serde(default)]
    pub denied: Vec<String>,
    #[serde(default)]
    pub opposite: Vec<String>,
    #[serde(default)]
    pub required: bool,
    pub point: String,
    pub missing: String,
    pub misconception: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWrong {
    pub answer: Option<NumberOrText>,
    pub swapped: Option<[usize; 2]>,
    pub misconception: String,
    pub feedback: String,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub(super) enum NumberOrText {
    Number(f64),
    Text(String),
}

impl NumberOrText {
    pub(super) fn into_text(self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text,
        }
    }
}

/// One value that a parameter may take.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum ParamValue {
    /// A number, which formulas may use.
    Number(f64),
    /// A word, such as a key's name.
    Word(String),
}
