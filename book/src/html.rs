//! Small pieces of HTML that survive Markdown: text with its special characters replaced, and pictures
//! that can stand in one page together.

/// Text as HTML text or attribute value. Line breaks become references, because a blank line would end
/// the HTML block in Markdown.
pub(crate) fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            '\n' => html.push_str("&#10;"),
            '\r' => {}
            other => html.push(other),
        }
    }
    html
}

/// What [`escape`] was given, but for its carriage returns.
pub(crate) fn unescape(html: &str) -> String {
    html.replace("&#10;", "\n")
        .replace("&#39;", "'")
        .replace("&quot;", "\"")
        .replace("&gt;", ">")
        .replace("&lt;", "<")
        .replace("&amp;", "&")
}

/// Author's prose with `code` in backticks, as HTML.
pub(crate) fn prose(text: &str) -> String {
    let mut html = String::new();
    for (index, part) in text.split('`').enumerate() {
        if index % 2 == 1 {
            html.push_str("<code>");
            html.push_str(&escape(part));
            html.push_str("</code>");
        } else {
            html.push_str(&escape(part));
        }
    }
    html
}

/// A standalone SVG document made fit for a page: no prolog, and no blank line. The engine's pictures use
/// no ids, so any number of them can stand in one page.
pub(crate) fn embed_svg(svg: &str) -> String {
    let start = svg.find("<svg").unwrap_or(0);
    svg[start..]
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_leave_its_element() {
        assert_eq!(
            escape("<b a=\"x\">&'\n\n</b>"),
            "&lt;b a=&quot;x&quot;&gt;&amp;&#39;&#10;&#10;&lt;/b&gt;"
        );
    }

    #[test]
    fn what_was_escaped_comes_back() {
        for text in ["n1 -> n2 \"milk\" & 'eggs'", "a\nb", "&amp; &#10;", ""] {
            assert_eq!(unescape(&escape(text)), text);
        }
    }

    #[test]
    fn backticks_are_code_and_stay_escaped() {
        assert_eq!(prose("a `<b>` c"), "a <code>&lt;b&gt;</code> c");
    }

    #[test]
    fn a_picture_has_no_prolog_and_no_blank_line() {
        let svg =
            "<?xml version=\"1.0\"?>\n<svg viewBox=\"0 0 1 1\">\n\n  <path d=\"M0,0\"/>\n</svg>\n";
        assert_eq!(
            embed_svg(svg),
            "<svg viewBox=\"0 0 1 1\">\n<path d=\"M0,0\"/>\n</svg>"
        );
    }
}
