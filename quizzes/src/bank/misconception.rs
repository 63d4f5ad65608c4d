//! Wrong ideas that people really hold, each told once and named by every option that stands for it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::BankError;

/// A wrong idea, why it tempts, and what is true.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Misconception {
    /// Its id, in kebab case.
    pub id: String,
    /// The idea in one line, as someone who holds it would say it.
    pub name: String,
    /// Why it is tempting.
    pub tempting: String,
    /// What is true.
    pub truth: String,
    /// The lesson that treats it, as `NN-name` or `NN-name#heading`.
    #[serde(rename = "where")]
    pub anchor: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    misconception: Vec<Misconception>,
}

/// Reads `misconceptions.toml`.
pub(super) fn read(file: &str, text: &str) -> Result<BTreeMap<String, Misconception>, BankError> {
    let fail = |message: String| BankError::File {
        file: file.to_owned(),
        message,
    };
    let parsed: File = toml::from_str(text).map_err(|error| fail(error.to_string()))?;
    let mut all = BTreeMap::new();
    for misconception in parsed.misconception {
        let id = misconception.id.clone();
        let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if id.is_empty() || !id.chars().all(kebab) {
            return Err(fail(format!(
                "misconception '{id}': an id is in kebab case"
            )));
        }
        for (field, text) in [
            ("name", &misconception.name),
            ("tempting", &misconception.tempting),
            ("truth", &misconception.truth),
            ("where", &misconception.anchor),
        ] {
            if text.trim().is_empty() {
                return Err(fail(format!(
                    "misconception '{id}', field '{field}': it is empty"
                )));
            }
        }
        if all.insert(id.clone(), misconception).is_some() {
            return Err(fail(format!("misconception '{id}' stands twice")));
        }
    }
    Ok(all)
}
