//! Where everything stands: columns for nodes, and a height on the page for every event.

use core::time::Duration;
use std::collections::BTreeMap;

use super::story::{Flight, Story, across_text, beside_text};
use crate::NodeId;
use crate::base::time::{Mono, nanos};
use crate::draw::text::wrap;
use crate::sim::trace::What;

/// The lane of the client's texts, left of the nodes.
pub(super) const LANE_X: f64 = 176.0;
/// The times stand right of the nodes.
const TIMES_WIDTH: f64 = 74.0;
const WIDTH_MIN: f64 = 720.0;
/// Nodes stand at least so far apart, so that a message's name fits between.
const COLUMN_MIN: f64 = 50.0;
const COLUMN_MAX: f64 = 180.0;
/// The first event's height on the page, below the nodes' names.
pub(super) const BODY_TOP: f64 = 84.0;
/// A caption's height, for its first line with what stands around it, and each further one.
const CAPTION: f64 = 36.0;
pub(super) const CAPTION_LINE: f64 = 15.0;
/// A character of a caption is about so wide.
const CAPTION_CHARACTER: f64 = 7.5;
/// Texts below each other on one line need this.
const TEXT_STEP: f64 = 17.0;
/// A message of usual speed falls by this much.
const FALL: f64 = 62.0;
/// Two events at different times are never closer.
const STEP_MIN: f64 = 3.0;
/// A gap of more than so many usual flights is a break.
const BREAK_FLIGHTS: u64 = 4;
const BREAK: f64 = 46.0;
/// The usual flight where there are no messages to tell.
const FLIGHT_DEFAULT_NS: u64 = 1_000_000;

/// A stretch of time that the page leaves out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Break {
    /// The middle of its mark.
    pub y: f64,
    pub span: Duration,
}

/// A text across the picture, at its first line's height.
#[derive(Clone, Debug)]
pub(super) struct Caption {
    pub y: f64,
    pub lines: Vec<String>,
}

/// The page.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub width: f64,
    /// The lower end of the nodes' lines.
    pub bottom: f64,
    pub breaks: Vec<Break>,
    pub captions: BTreeMap<usize, Caption>,
    /// A height for every event of the story.
    pub heights: Vec<f64>,
    columns: BTreeMap<NodeId, f64>,
    pub column_step: f64,
}

impl Layout {
    pub(super) fn of(story: &Story<'_>) -> Self {
        let (columns, column_step, width) = columns(&story.nodes);
        let mut layout = Self {
            width,
            bottom: BODY_TOP,
            breaks: Vec::new(),
            captions: BTreeMap::new(),
            heights: Vec::with_capacity(story.events.len()),
            columns,
            column_step,
        };
        layout.place_events(story);
        layout
    }

    /// A node's line.
    pub(super) fn x(&self, node: NodeId) -> f64 {
        self.columns.get(&node).copied().unwrap_or(LANE_X)
    }

    /// The right end of captions and bands.
    pub(super) fn right(&self) -> f64 {
        self.width - 20.0
    }

    fn place_events(&mut self, story: &Story<'_>) {
        let usual = usual_flight_ns(story);
        let mut y = BODY_TOP;
        let mut last: Option<Mono> = None;
        let mut lane_free = BODY_TOP;
        let mut state_free: BTreeMap<NodeId, f64> = BTreeMap::new();
        for (index, event) in story.events.iter().enumerate() {
            let gap = last.map_or(Duration::ZERO, |last| event.at.since(last));
            last = Some(event.at);
            y += self.advance(y, gap, usual);
            if let Some(text) = across_text(&event.what) {
                let lines = caption_lines(&text, self.width);
                let extra = CAPTION_LINE * (lines.len() - 1) as f64;
                y = y.max(lane_free) + 10.0;
                self.captions.insert(index, Caption { y, lines });
                self.heights.push(y);
                y += CAPTION + extra;
                lane_free = y;
                continue;
            }
            if let What::Call { .. } | What::Answer { .. } = &event.what {
                y = y.max(lane_free);
                lane_free = y + TEXT_STEP;
            }
            if let Some((node, _)) = beside_text(&event.what) {
                let free = state_free.entry(node).or_insert(BODY_TOP);
                y = y.max(*free);
                *free = y + TEXT_STEP;
            }
            self.heights.push(y);
        }
        self.bottom = y.max(lane_free - TEXT_STEP) + 26.0;
    }

    /// How far down the page `gap` goes; a long one leaves a break behind.
    fn advance(&mut self, y: f64, gap: Duration, usual_ns: u64) -> f64 {
        let gap_ns = nanos(gap);
        if gap_ns == 0 {
            return 0.0;
        }
        if gap_ns > usual_ns.saturating_mul(BREAK_FLIGHTS) {
            self.breaks.push(Break {
                y: y + BREAK / 2.0 + 3.0,
                span: gap,
            });
            return BREAK + 6.0;
        }
        (gap_ns as f64 / usual_ns as f64 * FALL).clamp(STEP_MIN, FALL * 1.5)
    }
}

fn columns(nodes: &[NodeId]) -> (BTreeMap<NodeId, f64>, f64, f64) {
    let gaps = nodes.len().saturating_sub(1) as f64;
    let left = LANE_X + 44.0;
    let room = WIDTH_MIN - TIMES_WIDTH - 26.0 - left;
    let step = (room / gaps.max(1.0)).clamp(COLUMN_MIN, COLUMN_MAX);
    // Few nodes stand in the middle of their room.
    let first = left + ((room - step * gaps) / 2.0).max(0.0);
    let place = |(index, node): (usize, &NodeId)| (*node, first + step * index as f64);
    let width = (left + step * gaps + 26.0 + TIMES_WIDTH).max(WIDTH_MIN);
    (nodes.iter().enumerate().map(place).collect(), step, width)
}

/// A caption's text, wrapped to the picture.
fn caption_lines(text: &str, width: f64) -> Vec<String> {
    wrap(text, ((width - 56.0) / CAPTION_CHARACTER) as usize, 3)
}

/// The median time that a message of the story was under way, nanoseconds.
fn usual_flight_ns(story: &Story<'_>) -> u64 {
    let ends = |flight: &Flight| {
        let sent = flight.sent.map(|index| story.events[index].at);
        let end = flight
            .ends
            .first()
            .map(|(index, _)| story.events[*index].at);
        Some(nanos(end?.since(sent?)))
    };
    let mut flights: Vec<u64> = story
        .flights
        .values()
        .filter_map(ends)
        .filter(|ns| *ns > 0)
        .collect();
    flights.sort_unstable();
    flights
        .get(flights.len() / 2)
        .copied()
        .unwrap_or(FLIGHT_DEFAULT_NS)
}
