//! Shares with their intervals, side by side: one panel a situation, one row a way to meet it.

use super::svg::{Anchor, Svg, at};

/// A panel: a heading, and rows from the top.
#[derive(Clone, Debug, PartialEq)]
pub struct IntervalPanel {
    /// What the panel is about.
    pub title: String,
    /// Its rows.
    pub rows: Vec<IntervalRow>,
}

/// One measured share.
#[derive(Clone, Debug, PartialEq)]
pub struct IntervalRow {
    /// What was measured.
    pub label: String,
    /// The mean, 0 to 1.
    pub mean: f64,
    /// Half the width of its interval.
    pub error: f64,
}

/// Panels that fit one above another.
pub const PANELS_MAX: usize = 8;
/// Rows of one panel.
pub const ROWS_MAX: usize = 12;

const WIDTH: f64 = 640.0;
const LEFT: f64 = 132.0;
const RIGHT: f64 = 66.0;
const HEAD: f64 = 44.0;
const PANEL_HEAD: f64 = 30.0;
const ROW: f64 = 20.0;
const FOOT: f64 = 34.0;

/// The panels as a standalone SVG; the first row of each stands out. Panels and rows beyond the limits are
/// left out.
///
/// ```
/// use kvorum::draw::{IntervalPanel, IntervalRow, intervals_svg};
///
/// let row = |label: &str, mean| IntervalRow { label: label.to_owned(), mean, error: 0.02 };
/// let panel = IntervalPanel {
///     title: "Day 30".to_owned(),
///     rows: vec![row("with", 0.9), row("without", 0.4)],
/// };
/// assert!(intervals_svg("Recall", &[panel]).contains("90.0%"));
/// ```
#[must_use]
pub fn intervals_svg(title: &str, panels: &[IntervalPanel]) -> String {
    let mut svg = Svg::new();
    svg.text("kv-head", at(16.0, 27.0), Anchor::Start, title);
    let mut y = HEAD;
    let mut told = Vec::new();
    let x = |share: f64| LEFT + share.clamp(0.0, 1.0) * (WIDTH - LEFT - RIGHT);
    for panel in panels.iter().take(PANELS_MAX) {
        let rows = &panel.rows[..panel.rows.len().min(ROWS_MAX)];
        svg.text("kv-bold", at(16.0, y + 18.0), Anchor::Start, &panel.title);
        y += PANEL_HEAD;
        let bottom = y + ROW * rows.len() as f64;
        for quarter in 0..=4 {
            let at_x = x(f64::from(quarter) / 4.0);
            svg.line("kv-hair", at(at_x, y), at(at_x, bottom));
        }
        for (index, row) in rows.iter().enumerate() {
            let middle = y + ROW * (index as f64 + 0.5);
            let (line, dot, text) = match index {
                0 => ("kv-msg", "kv-msg-tip", "kv-bold"),
                _ => ("kv-life", "kv-upkeep-tip", "kv-soft"),
            };
            let (low, high) = (x(row.mean - row.error), x(row.mean + row.error));
            let figure = format!("{:.1}%", 100.0 * row.mean);
            let whole = format!(
                "{}: {figure}, give or take {:.1}",
                row.label,
                100.0 * row.error
            );
            svg.line(line, at(low, middle), at(high, middle));
            for end in [low, high] {
                svg.line(line, at(end, middle - 4.0), at(end, middle + 4.0));
            }
            svg.circle(dot, at(x(row.mean), middle), 4.0, &whole);
            svg.text(text, at(LEFT - 10.0, middle + 4.0), Anchor::End, &row.label);
            svg.text(
                text,
                at(WIDTH - RIGHT + 10.0, middle + 4.0),
                Anchor::Start,
                &figure,
            );
            told.push(format!("{}: {whole}.", panel.title));
        }
        y = bottom;
    }
    for (share, mark) in [(0.0, "0%"), (0.5, "50%"), (1.0, "100%")] {
        svg.text(
            "kv-soft kv-small",
            at(x(share), y + 18.0),
            Anchor::Middle,
            mark,
        );
    }
    svg.finish(WIDTH, y + FOOT, title, &told.join(" "))
}

#[cfg(test)]
mod tests {
    use super::{IntervalPanel, IntervalRow, PANELS_MAX, ROWS_MAX, intervals_svg};

    fn panel(rows: usize) -> IntervalPanel {
        let row = |index: usize| IntervalRow {
            label: format!("way {index} <b>"),
            mean: 0.25 * index as f64,
            error: 0.1,
        };
        IntervalPanel {
            title: "a & b".to_owned(),
            rows: (0..rows).map(row).collect(),
        }
    }

    #[test]
    fn every_row_is_drawn_and_told() {
        let svg = intervals_svg("Recall", &[panel(3)]);
        for part in ["way 2 &lt;b&gt;", "50.0%", "a &amp; b", "give or take 10.0"] {
            assert!(svg.contains(part), "{part}: {svg}");
        }
        assert_eq!(svg.matches("<circle").count(), 3);
        assert!(!svg.contains("<b>"));
    }

    #[test]
    fn the_picture_is_bounded_and_stays_inside() {
        let panels = vec![panel(100); 100];
        let svg = intervals_svg("", &panels);
        assert_eq!(svg.matches("<circle").count(), PANELS_MAX * ROWS_MAX);
        assert!(!svg.contains("NaN"));
        let empty = intervals_svg("", &[]);
        assert!(empty.ends_with("</svg>\n"));
    }
}
