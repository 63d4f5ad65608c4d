//! The timeline as SVG.

use std::collections::BTreeSet;

use super::layout::{Bar, Layout, Room};
use crate::check::History;
use crate::draw::svg::{Anchor, Point, Svg, at};
use crate::draw::text::{columns, counted, fit};

const OPERATIONS_MAX: usize = 60;
const SLOTS_MAX: usize = 40;
const LEFT: f64 = 92.0;
const RIGHT: f64 = 28.0;
const TOP: f64 = 66.0;
const LANE: f64 = 54.0;
const BAR: f64 = 26.0;
/// The space that a bar leaves on each side of its columns.
const GAP: f64 = 4.0;
const SLOT_MIN: f64 = 58.0;
const SLOT_MAX: f64 = 200.0;
const WIDTH_MIN: f64 = 440.0;
/// The width of a character of a bar's text, and of its times.
const MONO: f64 = 6.65;
const SMALL: f64 = 6.1;

/// Operations of a history as SVG: a lane for each client, a bar for each operation, its times below it.
/// Writes are filled, gets are hollow; what may take effect later ends in dots. Those of `marked`, places in
/// the history as a [`Violation`](crate::check::Violation) names them, have a thick outline; of the others
/// those are drawn that overlap them in time. Without marks the first operations are drawn.
///
/// ```
/// use kvorum::check::History;
/// use kvorum::draw::timeline_svg;
///
/// assert!(timeline_svg(&History::default(), &[]).contains("Nothing was asked"));
/// ```
#[must_use]
pub fn timeline_svg(history: &History, marked: &[usize]) -> String {
    let room = Room {
        operations: OPERATIONS_MAX,
        slots: SLOTS_MAX,
    };
    let layout = Layout::of(history, marked, room);
    let slot = slot_width(&layout);
    let width = (LEFT + slot * layout.slots.len() as f64 + RIGHT).max(WIDTH_MIN);
    let mut painter = Painter {
        svg: Svg::new(),
        layout: &layout,
        slot,
        width,
        bottom: TOP + LANE * layout.lanes.len() as f64,
    };
    painter.grid();
    for bar in &layout.bars {
        painter.bar(bar);
    }
    let height = painter.footer();
    painter
        .svg
        .finish(width, height, &layout.title, &description(&layout))
}

/// Every operation in words, for those who do not see the picture.
fn description(layout: &Layout) -> String {
    let told = |bar: &Bar| {
        let mark = if bar.marked { ", marked" } else { "" };
        let lane = &layout.lanes[bar.lane];
        format!("{lane}: {}, {}{mark}.", bar.label, bar.times)
    };
    let mut all: Vec<String> = vec![format!("{}.", counted(layout.bars.len(), "operation"))];
    all.extend(layout.bars.iter().map(told));
    all.extend(layout.left_out.clone());
    all.join(" ")
}

/// As wide as the texts of the bars ask for, within limits.
fn slot_width(layout: &Layout) -> f64 {
    let needed = layout.bars.iter().map(|bar| {
        let label = columns(&bar.label) as f64 * MONO + 14.0;
        let times = columns(&bar.times) as f64 * SMALL + 8.0;
        (label.max(times) + 2.0 * GAP) / (bar.to + 1 - bar.from) as f64
    });
    needed.fold(SLOT_MIN, f64::max).min(SLOT_MAX)
}

struct Painter<'a> {
    svg: Svg,
    layout: &'a Layout,
    slot: f64,
    width: f64,
    bottom: f64,
}

impl Painter<'_> {
    fn x(&self, slot: usize) -> f64 {
        LEFT + self.slot * slot as f64
    }

    fn grid(&mut self) {
        let title = self.layout.title.clone();
        self.svg
            .text("kv-head", at(20.0, 28.0), Anchor::Start, &title);
        for (index, time) in self.layout.slots.iter().enumerate() {
            let x = self.x(index);
            self.svg
                .line("kv-hair", at(x, TOP - 8.0), at(x, self.bottom));
            self.svg
                .text("kv-mono kv-soft", at(x, TOP - 13.0), Anchor::Start, time);
        }
        for (index, name) in self.layout.lanes.iter().enumerate() {
            let y = TOP + LANE * index as f64 + 10.0 + BAR / 2.0;
            let (left, right) = (at(LEFT, y), at(self.width - RIGHT, y));
            self.svg.line("kv-hair", left, right);
            self.svg.text(
                "kv-bold kv-tint-client",
                at(LEFT - 12.0, y + 4.0),
                Anchor::End,
                name,
            );
        }
    }

    fn bar(&mut self, bar: &Bar) {
        let y = TOP + LANE * bar.lane as f64 + 10.0;
        let left = self.x(bar.from) + GAP;
        let width = self.x(bar.to + 1) - GAP - left;
        if bar.unknown && bar.writes {
            let middle = y + BAR / 2.0;
            let to = match self.layout.dots_to(bar) {
                Some(slot) => self.x(slot),
                None => self.width - RIGHT,
            };
            self.svg
                .line("kv-open", at(left + width, middle), at(to, middle));
        }
        let (writes, marked) = (bar.writes, bar.marked);
        self.shape(at(left, y), width, BAR, Look { writes, marked });
        let room = ((width - 10.0) / MONO).max(0.0) as usize;
        let class = match bar.marked {
            true => "kv-mono kv-bold",
            false => "kv-mono",
        };
        let middle = left + width / 2.0;
        self.svg.text(
            class,
            at(middle, y + BAR / 2.0 + 4.0),
            Anchor::Middle,
            &fit(&bar.label, room),
        );
        let room = ((width + 2.0 * GAP) / SMALL).max(0.0) as usize;
        self.svg.text(
            "kv-small kv-soft kv-halo",
            at(middle, y + BAR + 13.0),
            Anchor::Middle,
            &fit(&bar.times, room),
        );
    }

    fn shape(&mut self, corner: Point, width: f64, height: f64, look: Look) {
        self.svg.rect("kv-box", corner, width, height, 4.0);
        if look.writes {
            self.svg.rect("kv-bar", corner, width, height, 4.0);
        }
        if look.marked {
            self.svg.rect("kv-cross", corner, width, height, 4.0);
        }
    }

    /// What the shapes mean and what is left out; returns the picture's height.
    fn footer(&mut self) -> f64 {
        let mut y = self.bottom + 22.0;
        if self.layout.bars.is_empty() {
            let middle = at(self.width / 2.0, TOP + 4.0);
            self.svg
                .text("kv-soft", middle, Anchor::Middle, "Nothing was asked.");
            return y;
        }
        let mut x = 20.0;
        for mark in self.marks() {
            let meaning = mark.meaning();
            let width = 30.0 + columns(meaning) as f64 * SMALL + 16.0;
            if x + width > self.width {
                x = 20.0;
                y += 20.0;
            }
            match mark.look() {
                Some(look) => self.shape(at(x, y - 10.0), 24.0, 12.0, look),
                None => self
                    .svg
                    .line("kv-open", at(x, y - 4.0), at(x + 24.0, y - 4.0)),
            }
            self.svg
                .text("kv-small kv-soft", at(x + 30.0, y), Anchor::Start, meaning);
            x += width;
        }
        let mut notes = vec!["Widths show order, not duration.".to_owned()];
        notes.extend(self.layout.left_out.clone());
        for note in notes {
            y += 18.0;
            self.svg
                .text("kv-small kv-soft", at(20.0, y), Anchor::Start, &note);
        }
        y + 20.0
    }

    fn marks(&self) -> BTreeSet<Mark> {
        let mut marks = BTreeSet::new();
        for bar in &self.layout.bars {
            marks.insert(match bar.writes {
                true => Mark::Write,
                false => Mark::Read,
            });
            if bar.marked {
                marks.insert(Mark::Violation);
            }
            if bar.unknown && bar.writes {
                marks.insert(Mark::Unknown);
            }
        }
        marks
    }
}

#[derive(Clone, Copy)]
struct Look {
    writes: bool,
    marked: bool,
}

/// What the legend explains, where it occurs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    Write,
    Read,
    Violation,
    Unknown,
}

impl Mark {
    fn meaning(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::Read => "read",
            Self::Violation => "shows the violation",
            Self::Unknown => "may take effect later, or never",
        }
    }

    /// Its shape; none is dots.
    fn look(self) -> Option<Look> {
        let look = |writes, marked| Some(Look { writes, marked });
        match self {
            Self::Write => look(true, false),
            Self::Read => look(false, false),
            Self::Violation => look(false, true),
            Self::Unknown => None,
        }
    }
}
