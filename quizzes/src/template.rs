//! Texts with gaps: `from {{nodes}} to {{after}} nodes`.

use std::collections::BTreeMap;

/// Fills every gap from `words`; the error is the first name that `words` lacks, or what is malformed.
pub(crate) fn fill(text: &str, words: &BTreeMap<String, String>) -> Result<String, String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        let (before, gap) = rest.split_at(start);
        let gap = &gap[2..];
        let Some(end) = gap.find("}}") else {
            return Err("'{{' without '}}'".to_owned());
        };
        let name = gap[..end].trim();
        let word = words
            .get(name)
            .ok_or_else(|| format!("no parameter '{name}' for {{{{{name}}}}}"))?;
        filled.push_str(before);
        filled.push_str(word);
        rest = &gap[end + 2..];
    }
    filled.push_str(rest);
    Ok(filled)
}

/// A number as a reader wants it: whole ones whole, others with four significant digits.
pub(crate) fn number_text(number: f64) -> String {
    const SIGNIFICANT: i32 = 4;
    if number == number.trunc() && number.abs() < 1e15 {
        return format!("{number}");
    }
    let magnitude = number.abs().log10().floor() as i32;
    let decimals = usize::try_from(SIGNIFICANT - 1 - magnitude).unwrap_or(0);
    let text = format!("{number:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_filled_and_unknown_ones_named() {
        let words = BTreeMap::from([("n".to_owned(), "4".to_owned())]);
        assert_eq!(fill("{{n}} to {{ n }}{", &words).unwrap(), "4 to 4{");
        assert!(fill("{{m}}", &words).unwrap_err().contains("'m'"));
        assert!(fill("{{n", &words).unwrap_err().contains("without"));
    }

    #[test]
    fn numbers_keep_four_significant_digits() {
        for (number, text) in [
            (80.0, "80"),
            (250.0 / 3.0, "83.33"),
            (0.9997, "0.9997"),
            (0.000_123_449, "0.0001234"),
            (123_456.7, "123457"),
            (-2.5, "-2.5"),
            (1e20, "100000000000000000000"),
        ] {
            assert_eq!(number_text(number), text);
        }
    }
}
