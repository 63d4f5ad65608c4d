//! The few SVG elements that the pictures are made of.

use core::fmt::Write as _;

use super::style::style;

/// A picture in the making.
#[derive(Debug)]
pub(super) struct Svg {
    body: String,
}

/// A point of a picture, pixels from the left and from the top.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub x: f64,
    pub y: f64,
}

/// Where a text stands against its point.
#[derive(Clone, Copy, Debug)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

pub(super) fn at(x: f64, y: f64) -> Point {
    Point { x, y }
}

/// One decimal, and no trailing zero: sines may differ in their last bit between machines, tenths of a
/// pixel do not.
pub(super) fn number(value: f64) -> String {
    let tenths = (value * 10.0).round() as i64;
    match (tenths / 10, tenths % 10) {
        (whole, 0) => whole.to_string(),
        (whole, rest) => {
            let sign = if tenths < 0 { "-" } else { "" };
            format!("{sign}{}.{}", whole.abs(), rest.abs())
        }
    }
}

/// `text` for XML content and attributes.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

impl Svg {
    pub(super) fn new() -> Self {
        Self {
            body: String::new(),
        }
    }

    fn element(&mut self, written: core::fmt::Result) {
        assert!(written.is_ok(), "a String takes every write");
        self.body.push('\n');
    }

    pub(super) fn line(&mut self, class: &str, from: Point, to: Point) {
        let (x1, y1) = (number(from.x), number(from.y));
        let (x2, y2) = (number(to.x), number(to.y));
        let written = write!(
            self.body,
            r#"<line class="{class}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>"#
        );
        self.element(written);
    }

    pub(super) fn rect(&mut self, class: &str, corner: Point, width: f64, height: f64, round: f64) {
        let (x, y) = (number(corner.x), number(corner.y));
        let (width, height, round) = (number(width), number(height), number(round));
        let written = write!(
            self.body,
            r#"<rect class="{class}" x="{x}" y="{y}" width="{width}" height="{height}" rx="{round}"/>"#
        );
        self.element(written);
    }

    pub(super) fn circle(&mut self, class: &str, centre: Point, radius: f64, title: &str) {
        let (x, y, r) = (number(centre.x), number(centre.y), number(radius));
        let title = escape(title);
        let written = match title.as_str() {
            "" => write!(
                self.body,
                r#"<circle class="{class}" cx="{x}" cy="{y}" r="{r}"/>"#
            ),
            title => write!(
                self.body,
                r#"<circle class="{class}" cx="{x}" cy="{y}" r="{r}"><title>{title}</title></circle>"#
            ),
        };
        self.element(written);
    }

    pub(super) fn path(&mut self, class: &str, d: &str) {
        let written = write!(self.body, r#"<path class="{class}" d="{d}"/>"#);
        self.element(written);
    }

    /// The head of an arrow whose tip is at `tip`, coming from the direction of `tail`.
    pub(super) fn arrow_head(&mut self, class: &str, tail: Point, tip: Point) {
        let (dx, dy) = (tip.x - tail.x, tip.y - tail.y);
        let length = (dx * dx + dy * dy).sqrt().max(1e-9);
        let (ux, uy) = (dx / length, dy / length);
        let corner = |side: f64| {
            let (x, y) = (tip.x - 8.0 * ux, tip.y - 8.0 * uy);
            format!("{},{}", number(x - side * uy), number(y + side * ux))
        };
        let (left, right) = (corner(3.6), corner(-3.6));
        let d = format!("M{},{}L{left}L{right}Z", number(tip.x), number(tip.y));
        self.path(class, &d);
    }

    pub(super) fn text(&mut self, class: &str, point: Point, anchor: Anchor, text: &str) {
        self.turned_text(class, point, anchor, 0.0, text);
    }

    /// A text turned clockwise by `degrees` around its point.
    pub(super) fn turned_text(
        &mut self,
        class: &str,
        point: Point,
        anchor: Anchor,
        degrees: f64,
        text: &str,
    ) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => r#" text-anchor="middle""#,
            Anchor::End => r#" text-anchor="end""#,
        };
        let (x, y) = (number(point.x), number(point.y));
        let turn = match number(degrees).as_str() {
            "0" => String::new(),
            degrees => format!(r#" transform="rotate({degrees} {x} {y})""#),
        };
        let text = escape(text);
        let written = write!(
            self.body,
            r#"<text class="{class}" x="{x}" y="{y}"{anchor}{turn}>{text}</text>"#
        );
        self.element(written);
    }

    /// The whole picture: a card of `width` by `height` pixels, named for those who do not see it.
    pub(super) fn finish(self, width: f64, height: f64, title: &str, description: &str) -> String {
        let (width, height) = (number(width), number(height));
        let (title, description) = (escape(title), escape(description));
        let style = style();
        let body = self.body;
        format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" class="kv-pic" role="img" aria-label="{title}" viewBox="0 0 {width} {height}" width="{width}" height="{height}">
<title>{title}</title>
<desc>{description}</desc>
<style>{style}</style>
<rect class="kv-card" x="0.5" y="0.5" width="{}" height="{}" rx="8"/>
{body}</svg>
"#,
            shrunk(&width),
            shrunk(&height),
        )
    }
}

/// One pixel less, for a border of half a pixel on both sides.
fn shrunk(size: &str) -> String {
    number(size.parse::<f64>().unwrap_or(1.0) - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_one_form() {
        let written = [0.0, -0.0, -0.04, -0.06, 1.0, 1.25, -12.5, 719.96].map(number);
        assert_eq!(written, ["0", "0", "0", "-0.1", "1", "1.3", "-12.5", "720"]);
    }

    #[test]
    fn markup_is_escaped() {
        assert_eq!(
            escape(r#"<a b="c" d='e'>&"#),
            "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;"
        );
    }
}
