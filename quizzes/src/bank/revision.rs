//! What changes with every edit of a question, and with nothing else.

use kvorum::base::hash::hash64;
use toml::de::{DeTable, DeValue};

/// 16 hexadecimal digits for a question as it is written. A table's keys are sorted, and space, comments and
/// the kind of quotes are not looked at, so layout does not count as an edit.
pub(super) fn of(written: &DeValue<'_>) -> String {
    let mut text = String::new();
    spell(written, &mut text);
    format!("{:016x}", hash64(text.as_bytes()))
}

/// Writes a value so that no other value is written alike: each part begins with its kind, and says where it
/// ends by its length or by a mark.
fn spell(value: &DeValue<'_>, text: &mut String) {
    match value {
        DeValue::String(string) => put('s', string, text),
        DeValue::Integer(integer) => put('i', &integer.to_string(), text),
        DeValue::Float(float) => put('f', float.as_str(), text),
        DeValue::Boolean(boolean) => put('b', &boolean.to_string(), text),
        DeValue::Datetime(datetime) => put('d', &datetime.to_string(), text),
        DeValue::Array(array) => {
            text.push('[');
            for value in array.iter() {
                spell(value.get_ref(), text);
            }
            text.push(']');
        }
        DeValue::Table(table) => spell_table(table, text),
    }
}

fn spell_table(table: &DeTable<'_>, text: &mut String) {
    text.push('{');
    for (key, value) in table {
        put('k', key.get_ref(), text);
        spell(value.get_ref(), text);
    }
    text.push('}');
}

fn put(kind: char, part: &str, text: &mut String) {
    text.push(kind);
    text.push_str(&part.len().to_string());
    text.push(' ');
    text.push_str(part);
}

#[cfg(test)]
mod tests {
    use toml::de::DeValue;

    use super::of;

    fn revision(text: &str) -> String {
        of(DeValue::parse(text).unwrap().get_ref())
    }

    #[test]
    fn only_an_edit_changes_it() {
        let written = r#"{ a = "x", b = [1, 2.5, true], c = { d = "y" } }"#;
        for same in [
            r#"{ b = [1, 2.5, true], a = "x", c = { d = "y" } }"#,
            r#"{a='x',b=[ 1,2.5 , true ],c={d="""y"""}}"#,
        ] {
            assert_eq!(revision(same), revision(written), "{same}");
        }
        for other in [
            r#"{ a = "z", b = [1, 2.5, true], c = { d = "y" } }"#,
            r#"{ a = "x", b = [2.5, 1, true], c = { d = "y" } }"#,
            r#"{ a = "x", b = [1, 2.5, false], c = { d = "y" } }"#,
            r#"{ a = "x", b = [1, 2.5, true], c = { e = "y" } }"#,
            r#"{ a = "x", b = [1, 2.5], c = { d = "y" } }"#,
            r#"{ a = "x", b = ["1", 2.5, true], c = { d = "y" } }"#,
        ] {
            assert_ne!(revision(other), revision(written), "{other}");
        }
        assert_ne!(revision(r#"["ab", "c"]"#), revision(r#"["a", "bc"]"#));
        assert_ne!(revision("[[1], 2]"), revision("[[1, 2]]"));
    }
}
