//! A reader strict enough to refuse what a browser would stumble over.

/// Panics unless `svg` is one well-formed element that carries nothing but shapes and text, and survives
/// being put into a Markdown page.
pub fn assert_clean(svg: &str) {
    let mut open: Vec<String> = Vec::new();
    let mut rest = svg.trim_end();
    assert!(rest.starts_with("<svg ") && rest.ends_with("</svg>"));
    while let Some(start) = rest.find('<') {
        assert_text(&rest[..start], svg);
        let end = start + rest[start..].find('>').expect("a tag closes");
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name), "tags nest");
            assert!(!open.is_empty() || rest.is_empty(), "one root only");
            continue;
        }
        let (tag, closed) = match tag.strip_suffix('/') {
            Some(tag) => (tag, true),
            None => (tag, false),
        };
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        let allowed = [
            "svg", "title", "desc", "style", "line", "rect", "circle", "path", "text",
        ];
        assert!(allowed.contains(&name), "<{name}> in a picture");
        assert_attributes(attributes);
        if !closed {
            open.push(name.to_owned());
        }
    }
    assert!(open.is_empty(), "{open:?} stay open");
    assert!(
        !svg.contains("\n\n"),
        "a blank line ends an HTML block in Markdown"
    );
    assert!(
        !svg.contains("NaN") && !svg.contains("inf"),
        "a number went wrong"
    );
}

fn assert_attributes(attributes: &str) {
    let parts: Vec<&str> = attributes.split('"').collect();
    assert!(parts.len() % 2 == 1, "every quote closes: {attributes}");
    for pair in parts.chunks_exact(2) {
        let name = pair[0]
            .trim()
            .strip_suffix('=')
            .expect("an attribute has a value");
        assert!(
            !name.starts_with("on") && name != "id" && name != "href",
            "{name}"
        );
        assert_text(pair[1], attributes);
    }
}

fn assert_text(text: &str, whole: &str) {
    let bad = |c: char| (c.is_control() && c != '\n') || c == '\u{ffff}' || c == '\u{202e}';
    assert!(!text.contains(bad), "{text:?} in {whole}");
    for entity in text.split('&').skip(1) {
        let known = ["amp;", "lt;", "gt;", "quot;", "#39;"];
        assert!(
            known.iter().any(|name| entity.starts_with(name)),
            "&{entity}"
        );
    }
}
