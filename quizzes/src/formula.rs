//! Arithmetic in the bank: `100 * nodes / (nodes + 1)`, so that one question is a pool of questions.
//!
//! Numbers, names of parameters, `+ - * / ^`, parentheses, and the functions `ln`, `log2`, `exp`, `sqrt`,
//! `ceil`, `floor`, `round`, `abs`, `min(a, b)`, `max(a, b)`. `^` binds tightest and to the right, a sign
//! binds weaker than it. In go a text and the values of its names; out comes a finite number or an error
//! that says where reading stopped.

use std::collections::BTreeMap;

/// Parentheses, signs and powers inside one another; more would be a mistake, and could exhaust the stack.
const DEPTH_MAX: usize = 32;

/// Why a formula has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("in the formula '{formula}', character {column}: {message}")]
pub struct FormulaError {
    formula: String,
    column: usize,
    message: String,
}

/// The value of `formula` where each name stands for its value in `names`.
///
/// # Errors
/// [`FormulaError`] for what is not a formula, an unknown name, or a value that is not finite.
pub fn evaluate(formula: &str, names: &BTreeMap<String, f64>) -> Result<f64, FormulaError> {
    let mut reader = Reader {
        formula,
        rest: formula,
        names,
        depth: 0,
    };
    let value = reader.sum()?;
    reader.skip_space();
    if !reader.rest.is_empty() {
        return Err(reader.error("expected an operator or the end"));
    }
    if !value.is_finite() {
        return Err(reader.error("the value is not a finite number"));
    }
    Ok(value)
}

struct Reader<'a> {
    formula: &'a str,
    rest: &'a str,
    names: &'a BTreeMap<String, f64>,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn error(&self, message: impl Into<String>) -> FormulaError {
        let read = self.formula.len() - self.rest.len();
        FormulaError {
            formula: self.formula.to_owned(),
            column: self.formula[..read].chars().count() + 1,
            message: message.into(),
        }
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn operator(&mut self, operators: &[char]) -> Option<char> {
        self.skip_space();
        let found = self.rest.chars().next().filter(|c| operators.contains(c))?;
        self.rest = &self.rest[found.len_utf8()..];
        Some(found)
    }

    fn take_while(&mut self, accept: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !accept(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    fn sum(&mut self) -> Result<f64, FormulaError> {
        let mut value = self.product()?;
        while let Some(operator) = self.operator(&['+', '-']) {
            let right = self.product()?;
            value = if operator == '+' {
                value + right
            } else {
                value - right
            };
        }
        Ok(value)
    }

    fn product(&mut self) -> Result<f64, FormulaError> {
        let mut value = self.signed()?;
        while let Some(operator) = self.operator(&['*', '/']) {
            let right = self.signed()?;
            value = if operator == '*' {
                value * right
            } else {
                value / right
            };
        }
        Ok(value)
    }

    fn signed(&mut self) -> Result<f64, FormulaError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.error("nested too deep"));
        }
        let value = if self.operator(&['-']).is_some() {
            -self.signed()?
        } else {
            let base = self.atom()?;
            match self.operator(&['^']) {
                Some(_) => base.powf(self.signed()?),
                None => base,
            }
        };
        self.depth -= 1;
        Ok(value)
    }

    /// A function's value; its name and '(' are read.
    fn call(&mut self, start: &'a str, name: &str) -> Result<f64, FormulaError> {
        let first = self.sum()?;
        let second = match self.operator(&[',']) {
            Some(_) => Some(self.sum()?),
            None => None,
        };
        if self.operator(&[')']).is_none() {
            return Err(self.error("expected ')'"));
        }
        let value = match (name, second) {
            ("ln", None) => first.ln(),
            ("log2", None) => first.log2(),
            ("exp", None) => first.exp(),
            ("sqrt", None) => first.sqrt(),
            ("ceil", None) => first.ceil(),
            ("floor", None) => first.floor(),
            ("round", None) => first.round(),
            ("abs", None) => first.abs(),
            ("min", Some(second)) => first.min(second),
            ("max", Some(second)) => first.max(second),
            _ => {
                self.rest = start;
                let known =
                    "ln, log2, exp, sqrt, ceil, floor, round, abs of one number, min, max of two";
                return Err(self.error(format!("no such function '{name}'; there are {known}")));
            }
        };
        // A bound must not hide what has no value: min(3, 1 / 0).
        let is_sound = [Some(first), second, Some(value)]
            .into_iter()
            .flatten()
            .all(f64::is_finite);
        if !is_sound {
            self.rest = start;
            return Err(self.error(format!("{name} has no finite value here")));
        }
        Ok(value)
    }

    fn atom(&mut self) -> Result<f64, FormulaError> {
        if self.operator(&['(']).is_some() {
            let value = self.sum()?;
            return match self.operator(&[')']) {
                Some(_) => Ok(value),
                None => Err(self.error("expected ')'")),
            };
        }
        self.skip_space();
        let start = self.rest;
        let number = self.take_while(|c| c.is_ascii_digit() || c == '.');
        if !number.is_empty() {
            return number.parse().map_err(|_| {
                self.rest = start;
                self.error("expected a number such as 0.5")
            });
        }
        let name = self.take_while(|c| c.is_ascii_alphanumeric() || c == '_');
        if !name.is_empty() && self.operator(&['(']).is_some() {
            return self.call(start, name);
        }
        self.names.get(name).copied().ok_or_else(|| {
            self.rest = start;
            if name.is_empty() {
                self.error("expected a number, a name or '('")
            } else {
                self.error(format!("no parameter '{name}'"))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(formula: &str) -> Result<f64, FormulaError> {
        let names = BTreeMap::from([("nodes".to_owned(), 4.0), ("k_2".to_owned(), 3.0)]);
        evaluate(formula, &names)
    }

    #[test]
    fn operators_bind_as_in_arithmetic() {
        for (formula, expected) in [
            ("100 * nodes / (nodes + 1)", 80.0),
            ("2 + 3 * 4 ^ 2", 50.0),
            ("2 ^ 3 ^ 2", 512.0),
            ("-2 ^ 2", -4.0),
            ("2 ^ -1", 0.5),
            ("10 - 4 - 3", 3.0),
            ("  k_2*k_2 ", 9.0),
            ("1 - (1 - 0.99) ^ 2", 0.9999),
            ("ln(exp(2))", 2.0),
            ("log2 (nodes * 2)", 3.0),
            ("-sqrt(nodes) ^ 2", -4.0),
            ("ceil(2.1) + floor(-2.1) + round(2.5)", 3.0),
            ("abs(-k_2) * 2", 6.0),
            ("min(nodes, k_2) + max(nodes, 2 * k_2)", 9.0),
            ("min(max(1, 2), 3)", 2.0),
        ] {
            assert!(
                (value(formula).unwrap() - expected).abs() < 1e-12,
                "{formula}"
            );
        }
    }

    #[test]
    fn a_mistake_is_placed_and_named() {
        for (formula, column, part) in [
            ("2 + shards", 5, "no parameter 'shards'"),
            ("(1 + 2", 7, "expected ')'"),
            ("1 2", 3, "operator or the end"),
            ("", 1, "expected a number"),
            ("1.2.3", 1, "such as 0.5"),
            ("1 / 0", 6, "not a finite number"),
            ("2 * cos(1)", 5, "no such function 'cos'"),
            ("min(1)", 1, "no such function 'min'; there are"),
            ("sqrt(1, 2)", 1, "no such function 'sqrt'"),
            ("max(1, 2", 9, "expected ')'"),
            ("1 + ln(0)", 5, "ln has no finite value"),
            ("min(3, 1 / 0)", 1, "min has no finite value"),
        ] {
            let error = value(formula).unwrap_err();
            assert!(error.message.contains(part), "{formula}: {error}");
            assert_eq!(error.column, column, "{formula}: {error}");
        }
        assert!(value(&"(".repeat(100_000)).is_err());
        assert!(value(&"-".repeat(100_000)).is_err());
        assert!(value(&"abs(".repeat(100_000)).is_err());
    }
}
