//! The same few lines in several languages. Without JavaScript the blocks stand below each other, each
//! under its language's name; the page's script makes tabs of them.

use super::directive::Arguments;

/// One language's block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tab {
    language: String,
    body: String,
}

impl Tab {
    /// The tab of a fence whose info string says `LANGUAGE tab`.
    pub(crate) fn of(arguments: &Arguments, body: &str) -> Option<Self> {
        match arguments.words.as_slice() {
            [language, word] if word == "tab" => Some(Self {
                language: language.clone(),
                body: body.into(),
            }),
            _ => None,
        }
    }
}

fn title(language: &str) -> &str {
    match language {
        "python" => "Python",
        "java" => "Java",
        "rust" => "Rust",
        "sh" | "bash" => "Shell",
        other => other,
    }
}

/// A longer run of backticks than any in `body`.
fn fence_for(body: &str) -> String {
    let mut longest = 0;
    let mut run = 0;
    for character in body.chars() {
        run = if character == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    "`".repeat(3.max(longest + 1))
}

/// The group as HTML around Markdown fences, so that mdBook highlights them as any other code.
pub(crate) fn render(group: &[Tab]) -> String {
    let mut out = String::from("<div class=\"tabs\">\n");
    for tab in group {
        let fence = fence_for(&tab.body);
        out.push_str(&format!(
            "<div class=\"tab\" data-language=\"{0}\">\n<p class=\"tab-name\">{1}</p>\n\n{fence}{0}\n{2}\n{fence}\n\n</div>\n",
            crate::html::escape(&tab.language),
            crate::html::escape(title(&tab.language)),
            tab.body,
        ));
    }
    out.push_str("</div>\n\n");
    out
}
