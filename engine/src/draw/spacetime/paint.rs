//! The space-time diagram as SVG.

use std::collections::BTreeSet;

use super::SpacetimeOptions;
use super::labels::Labels;
use super::layout::{BODY_TOP, CAPTION_LINE, LANE_X, Layout};
use super::story::{End, Flight, Story, beside_text, lost_text, parted};
use crate::NodeId;
use crate::base::time::Pretty;
use crate::draw::svg::{Anchor, Point, Svg, at, number};
use crate::draw::text::{clock, columns, fit};
use crate::sim::trace::{Lost, Purpose, Trace, What};

/// Columns of a client's text, in the lane left of the nodes.
const CLIENT_COLUMNS: usize = 21;
/// The width of a character of a client's text, and of a label.
const MONO: f64 = 6.65;
const LABEL: f64 = 6.1;
/// Half the width of the hatching of a node that is down.
const HATCH: f64 = 5.0;
/// Half the height of the gap that a break leaves in a line.
const GAP: f64 = 11.0;
/// The lower edge of the nodes' names.
const HEAD_BOTTOM: f64 = 53.0;
/// A lost message would fall at least so far on its whole way, so that it shows its direction.
const FALL_LOST: f64 = 48.0;
/// Times on the right edge stand at least so far apart.
const TIME_STEP: f64 = 17.0;

/// A run as a space-time diagram: a line for each node, time downwards, messages as arrows from where
/// they left to where they arrived or were lost, the clients' calls and answers on the left. Long idle
/// stretches are left out behind a mark that says how long they were.
///
/// ```
/// use kvorum::NodeId;
/// use kvorum::draw::{SpacetimeOptions, spacetime_svg};
/// use kvorum::sim::trace::Trace;
///
/// let trace = Trace::new(vec![NodeId(1), NodeId(2)]);
/// let svg = spacetime_svg(&trace, &SpacetimeOptions::default());
/// assert!(svg.contains("Nothing happened"));
/// ```
#[must_use]
pub fn spacetime_svg(trace: &Trace, options: &SpacetimeOptions) -> String {
    let story = Story::of(trace, options);
    let layout = Layout::of(&story);
    let mut painter = Painter {
        svg: Svg::new(),
        labels: Labels::default(),
        story: &story,
        layout: &layout,
    };
    painter.partitions();
    painter.lives();
    painter.breaks();
    painter.clients();
    painter.node_labels();
    painter.messages();
    painter.stored();
    painter.captions();
    painter.times();
    let bottom = painter.footer();
    let summary = format!("{}.", story.summary());
    painter
        .svg
        .finish(layout.width, bottom, "Space-time diagram", &summary)
}

struct Painter<'a> {
    svg: Svg,
    labels: Labels,
    story: &'a Story<'a>,
    layout: &'a Layout,
}

impl Painter<'_> {
    fn partitions(&mut self) {
        let mut open = self.story.groups.map(|groups| (BODY_TOP - 22.0, groups));
        for (index, event) in self.story.events.iter().enumerate() {
            let y = self.layout.heights[index];
            match &event.what {
                What::Partition { groups } => {
                    if let Some((from, before)) = open {
                        self.partition(from, y, before);
                    }
                    open = Some((y, groups));
                }
                What::Heal => {
                    if let Some((from, groups)) = open.take() {
                        self.partition(from, y, groups);
                    }
                }
                _ => {}
            }
        }
        if let Some((from, groups)) = open {
            self.partition(from, self.layout.bottom, groups);
        }
    }

    fn partition(&mut self, from: f64, to: f64, groups: &[Vec<NodeId>]) {
        let (left, right) = (LANE_X + 14.0, self.layout.width - 68.0);
        self.svg.rect(
            "kv-band",
            at(left, from),
            right - left,
            (to - from).max(1.0),
            0.0,
        );
        for edge in [from, to] {
            self.svg.line("kv-edge", at(left, edge), at(right, edge));
        }
        for pair in self.story.nodes.windows(2) {
            if parted(groups, pair[0], pair[1]) {
                let x = (self.layout.x(pair[0]) + self.layout.x(pair[1])) / 2.0;
                self.svg.line("kv-wall", at(x, from + 5.0), at(x, to - 4.0));
            }
        }
    }

    /// The nodes' names and their lines, hatched where they are down.
    fn lives(&mut self) {
        let bottom = self.layout.bottom;
        let top = BODY_TOP - 22.0;
        if self.has_clients() {
            self.svg
                .line("kv-client-lane", at(LANE_X, top - 10.0), at(LANE_X, bottom));
            let name = at(LANE_X + 2.0, 46.0);
            self.svg
                .text("kv-bold kv-tint-client", name, Anchor::End, "clients");
        }
        for node in &self.story.nodes {
            let x = self.layout.x(*node);
            for (from, to, down) in self.spells(*node) {
                match down {
                    false => self.svg.line("kv-life", at(x, from), at(x, to)),
                    true => self.svg.path("kv-hatch", &hatching(x, from, to)),
                }
            }
            for end in [30.0, bottom] {
                self.svg.rect("kv-box", at(x - 19.0, end), 38.0, 23.0, 5.0);
                let name = at(x, end + 16.0);
                self.svg
                    .text("kv-bold", name, Anchor::Middle, &node.to_string());
            }
        }
    }

    /// When a node was up and when down, from the top to the bottom, without the breaks.
    fn spells(&self, node: NodeId) -> Vec<(f64, f64, bool)> {
        let mut changes = Vec::new();
        for (index, event) in self.story.events.iter().enumerate() {
            let y = self.layout.heights[index];
            match event.what {
                What::Kill { node: killed } if killed == node => changes.push((y, true)),
                What::Restart { node: back } if back == node => changes.push((y, false)),
                _ => {}
            }
        }
        changes.push((self.layout.bottom, false));
        let mut spells = Vec::new();
        let (mut from, mut down) = (HEAD_BOTTOM, self.story.down.contains(&node));
        let mut breaks = self.layout.breaks.iter().peekable();
        for (to, now_down) in changes {
            while let Some(pause) = breaks.next_if(|pause| pause.y < to) {
                spells.push((from, pause.y - GAP, down));
                from = pause.y + GAP;
            }
            spells.push((from, to, down));
            (from, down) = (to, now_down);
        }
        spells
    }

    fn has_clients(&self) -> bool {
        let client = |what: &What| matches!(what, What::Call { .. } | What::Answer { .. });
        self.story.events.iter().any(|event| client(&event.what))
    }

    fn breaks(&mut self) {
        let lines: Vec<f64> = self
            .story
            .nodes
            .iter()
            .map(|node| self.layout.x(*node))
            .collect();
        for pause in &self.layout.breaks {
            for x in &lines {
                let (from, to) = (at(*x, pause.y - GAP), at(*x, pause.y + GAP));
                self.svg.line("kv-gap", from, to);
            }
            let text = format!("… {} …", Pretty(pause.span));
            let middle = match (lines.first(), lines.last()) {
                (Some(first), Some(last)) if lines.len() > 1 => {
                    let gaps = (lines.len() - 1) as f64;
                    let step = (last - first) / gaps;
                    first + step * (gaps / 2.0).floor() + step / 2.0
                }
                _ => self.layout.width / 2.0,
            };
            let point = at(middle, pause.y + 4.0);
            self.svg
                .text("kv-soft kv-halo kv-bold", point, Anchor::Middle, &text);
            let half = columns(&text) as f64 * LABEL / 2.0;
            self.labels.take(
                at(middle - half, pause.y - 8.0),
                at(middle + half, pause.y + 8.0),
            );
        }
    }

    /// Calls and answers, on the left, with a dashed line to the node.
    fn clients(&mut self) {
        for (index, event) in self.story.events.iter().enumerate() {
            let (request, node, text, call) = match &event.what {
                What::Call {
                    request,
                    node,
                    text,
                    ..
                } => (request, node, text, true),
                What::Answer {
                    request,
                    node,
                    text,
                    ..
                } => (request, node, text, false),
                _ => continue,
            };
            let y = self.layout.heights[index];
            let (lane, line) = (at(LANE_X, y), at(self.layout.x(*node), y));
            let (tail, tip) = if call { (lane, line) } else { (line, lane) };
            self.svg.line("kv-client", tail, tip);
            self.svg.arrow_head("kv-client-tip", tail, tip);
            let request = request.to_string();
            let room = CLIENT_COLUMNS - columns(&request).min(CLIENT_COLUMNS);
            let text = fit(text, room);
            let class = match (call, text.starts_with("error")) {
                (true, _) => "kv-mono kv-bold",
                (false, true) => "kv-mono kv-tint-lost",
                (false, false) => "kv-mono kv-tint-client",
            };
            self.svg
                .text(class, at(LANE_X - 10.0, y + 4.0), Anchor::End, &text);
            let left = LANE_X - 16.0 - columns(&text) as f64 * MONO;
            self.svg
                .text("kv-small kv-soft", at(left, y + 4.0), Anchor::End, &request);
        }
    }

    /// What befell a node, beside its line.
    fn node_labels(&mut self) {
        for (index, event) in self.story.events.iter().enumerate() {
            let Some((node, text)) = beside_text(&event.what) else {
                continue;
            };
            let text = fit(&text, 32);
            let point = at(self.layout.x(node), self.layout.heights[index]);
            if matches!(event.what, What::Kill { .. }) {
                self.cross(point);
            } else {
                self.svg.circle("kv-skip", point, 4.5, &text);
            }
            // The last node's text stands left of its line, where there is room.
            let width = columns(&text) as f64 * LABEL;
            let last = self.story.nodes.last() == Some(&node) && self.story.nodes.len() > 1;
            let (x, anchor) = if last {
                (point.x - 10.0, Anchor::End)
            } else {
                (point.x + 10.0, Anchor::Start)
            };
            self.svg.text(
                "kv-small kv-halo kv-bold",
                at(x, point.y + 4.0),
                anchor,
                &text,
            );
            let left = if last { x - width } else { x };
            self.labels
                .take(at(left, point.y - 7.0), at(left + width, point.y + 7.0));
        }
    }

    fn cross(&mut self, point: Point) {
        let (x, y) = (point.x, point.y);
        for slant in [-4.5, 4.5] {
            let (from, to) = (at(x - 4.5, y - slant), at(x + 4.5, y + slant));
            self.svg.line("kv-cross", from, to);
        }
    }

    fn messages(&mut self) {
        let flights: Vec<&Flight> = self.story.flights.values().collect();
        let mut ways = Vec::new();
        for flight in flights {
            if flight.ends.is_empty() {
                ways.push((flight, self.way(flight, None)));
            }
            for (index, end) in &flight.ends {
                ways.push((flight, self.way(flight, Some((*index, *end)))));
            }
        }
        for (flight, way) in &ways {
            self.labels.add_line(way.tail, way.tip);
            self.arrow(flight, way);
        }
        for (flight, way) in &ways {
            self.message_label(flight, way);
        }
    }

    /// Where a message is drawn from and to, given one of its ends.
    fn way(&self, flight: &Flight, end: Option<(usize, End)>) -> Way {
        let heights = &self.layout.heights;
        let tail_y = flight.sent.map_or(BODY_TOP - 22.0, |index| heights[index]);
        let tail = at(self.layout.x(flight.from), tail_y);
        let target = self.layout.x(flight.to);
        let (part, end_y) = match end {
            Some((index, End::Arrived)) => (1.0, heights[index]),
            Some((index, End::Lost(why))) => {
                let part = match why {
                    Lost::Down | Lost::Full => 0.9,
                    Lost::Network => 0.5,
                    Lost::Partition => self.wall(flight, index),
                };
                (part, heights[index].max(tail_y + FALL_LOST))
            }
            None => (0.5, self.layout.bottom.min(tail_y + 40.0)),
        };
        let tip = at(
            tail.x + (target - tail.x) * part,
            tail.y + (end_y - tail.y) * part,
        );
        Way {
            tail,
            tip,
            end: end.map(|(_, end)| end),
        }
    }

    /// How far a message gets until the partition of its time, as a fraction of its way.
    fn wall(&self, flight: &Flight, index: usize) -> f64 {
        let groups = self.story.groups_at(index).unwrap_or_default();
        let (tail, target) = (self.layout.x(flight.from), self.layout.x(flight.to));
        let nodes = &self.story.nodes;
        let walls = nodes
            .windows(2)
            .filter(|pair| parted(groups, pair[0], pair[1]));
        let parts = walls.map(|pair| {
            let x = (self.layout.x(pair[0]) + self.layout.x(pair[1])) / 2.0;
            (x - tail) / (target - tail)
        });
        let on_the_way = parts.filter(|part| (0.0..1.0).contains(part));
        on_the_way.min_by(f64::total_cmp).unwrap_or(0.5)
    }

    fn arrow(&mut self, flight: &Flight, way: &Way) {
        let (line, tip) = match (way.end, flight.purpose) {
            (Some(End::Lost(_)), _) => ("kv-lost", ""),
            (None, _) => ("kv-open", ""),
            (_, Purpose::Upkeep) => ("kv-upkeep", "kv-upkeep-tip"),
            (_, Purpose::Request) => ("kv-msg", "kv-msg-tip"),
        };
        if flight.from == flight.to {
            let Way { tail, tip: end, .. } = way;
            let (bow, x) = (number(tail.x + 26.0), number(tail.x));
            let (y0, y1) = (number(tail.y), number(end.y));
            self.svg
                .path(line, &format!("M{x},{y0}C{bow},{y0} {bow},{y1} {x},{y1}"));
        } else {
            self.svg.line(line, way.tail, way.tip);
        }
        match way.end {
            Some(End::Arrived) => {
                let from = if flight.from == flight.to {
                    at(way.tip.x + 10.0, way.tip.y)
                } else {
                    way.tail
                };
                self.svg.arrow_head(tip, from, way.tip);
            }
            Some(End::Lost(_)) => self.cross(way.tip),
            None => {}
        }
    }

    fn message_label(&mut self, flight: &Flight, way: &Way) {
        let text = match way.end {
            Some(End::Arrived) => flight.label.to_owned(),
            Some(End::Lost(why)) => format!("{}: {}", flight.label, lost_text(why, flight.to)),
            None => format!("{} under way", flight.label),
        };
        let text = fit(&text, 32);
        if text.is_empty() {
            return;
        }
        let class = match (way.end, flight.purpose) {
            (Some(End::Lost(_)), _) => "kv-small kv-halo kv-tint-lost",
            (_, Purpose::Upkeep) => "kv-small kv-halo kv-soft",
            (_, Purpose::Request) => "kv-small kv-halo kv-tint-msg",
        };
        let width = columns(&text) as f64 * LABEL;
        let stops = self.stops(way);
        let tip = if flight.from == flight.to {
            at(way.tail.x + 40.0, way.tail.y)
        } else {
            way.tip
        };
        let place = self.labels.along(way.tail, tip, width, &stops);
        self.svg
            .turned_text(class, place.middle, Anchor::Middle, place.degrees, &text);
    }

    /// Where along a message its label may stand: in the middle between two nodes' lines, first near
    /// the receiver, then near the sender, then elsewhere. A fan of messages from one node so gets its
    /// labels in different columns.
    fn stops(&self, way: &Way) -> Vec<f64> {
        let distance = (way.tip.x - way.tail.x).abs();
        let spans = (distance / self.layout.column_step).round().max(1.0);
        let gap = |index: f64| (index + 0.5) / spans;
        let mut stops = vec![gap(spans - 1.0), gap(0.0)];
        let mut index = spans - 2.0;
        while index > 0.0 {
            stops.push(gap(index));
            index -= 1.0;
        }
        stops.extend([0.35, 0.65]);
        stops.dedup();
        stops
    }

    fn stored(&mut self) {
        for (index, event) in self.story.events.iter().enumerate() {
            if let What::Stored { node, text } = &event.what {
                let point = at(self.layout.x(*node), self.layout.heights[index]);
                let title = format!("{node} made durable: {}", fit(text, 80));
                self.svg.circle("kv-disk", point, 4.5, &title);
            }
        }
    }

    fn captions(&mut self) {
        for (index, caption) in &self.layout.captions {
            let note = matches!(self.story.events[*index].what, What::Note { .. });
            let (x, class) = match note {
                true => (20.0, "kv-bold kv-halo"),
                false => (LANE_X + 20.0, "kv-bold kv-halo kv-tint-lost"),
            };
            if note {
                let line_y = caption.y - 2.0;
                self.svg
                    .line("kv-hair", at(20.0, line_y), at(self.layout.right(), line_y));
            }
            for (line, text) in caption.lines.iter().enumerate() {
                let y = caption.y + 14.0 + CAPTION_LINE * line as f64;
                self.svg.text(class, at(x, y), Anchor::Start, text);
            }
        }
    }

    /// The clock, on the right edge, as often as there is room.
    fn times(&mut self) {
        let mut free = BODY_TOP - 20.0;
        let x = self.layout.right();
        self.svg
            .text("kv-small kv-soft", at(x, 46.0), Anchor::End, "time");
        let mut shown = None;
        for (index, event) in self.story.events.iter().enumerate() {
            let caption = self.layout.captions.contains_key(&index);
            let note = matches!(event.what, What::Note { .. });
            let y = self.layout.heights[index] + if caption { 14.0 } else { 4.0 };
            if note || y < free || shown == Some(event.at) {
                continue;
            }
            self.svg.text(
                "kv-mono kv-soft kv-halo",
                at(x, y),
                Anchor::End,
                &clock(event.at),
            );
            shown = Some(event.at);
            free = y + TIME_STEP;
        }
    }

    /// What the marks mean and what is left out; returns the picture's height.
    fn footer(&mut self) -> f64 {
        let mut y = self.layout.bottom + 23.0;
        if self.story.events.is_empty() {
            let middle = at(self.layout.width / 2.0, BODY_TOP + 4.0);
            self.svg.text(
                "kv-soft kv-halo",
                middle,
                Anchor::Middle,
                "Nothing happened in this stretch of time.",
            );
        }
        let mut x = 20.0;
        let marks = self.marks();
        if !marks.is_empty() {
            y += 26.0;
        }
        for mark in marks {
            let text = mark.meaning();
            let width = 34.0 + columns(text) as f64 * LABEL + 14.0;
            if x + width > self.layout.width - 10.0 {
                x = 20.0;
                y += 18.0;
            }
            self.mark(mark, at(x, y - 4.0));
            self.svg
                .text("kv-small kv-soft", at(x + 34.0, y), Anchor::Start, text);
            x += width;
        }
        for line in self.story.left_out() {
            y += 20.0;
            self.svg.text(
                "kv-small kv-soft kv-bold",
                at(20.0, y),
                Anchor::Start,
                &line,
            );
        }
        y + 20.0
    }

    fn marks(&self) -> BTreeSet<Mark> {
        let mut marks = BTreeSet::new();
        for flight in self.story.flights.values() {
            let ends = flight
                .ends
                .iter()
                .map(|(_, end)| match (end, flight.purpose) {
                    (End::Lost(_), _) => Mark::Lost,
                    (_, Purpose::Request) => Mark::Message,
                    (_, Purpose::Upkeep) => Mark::Upkeep,
                });
            marks.extend(ends);
            if flight.ends.is_empty() {
                marks.insert(Mark::UnderWay);
            }
        }
        if !self.story.down.is_empty() {
            marks.insert(Mark::Down);
        }
        for event in &self.story.events {
            marks.extend(match event.what {
                What::Stored { .. } => Some(Mark::Stored),
                What::Kill { .. } => Some(Mark::Down),
                _ => None,
            });
        }
        marks
    }

    fn mark(&mut self, mark: Mark, left: Point) {
        let right = at(left.x + 26.0, left.y);
        let middle = at(left.x + 13.0, left.y);
        match mark {
            Mark::Message => {
                self.svg.line("kv-msg", left, right);
                self.svg.arrow_head("kv-msg-tip", left, right);
            }
            Mark::Upkeep => {
                self.svg.line("kv-upkeep", left, right);
                self.svg.arrow_head("kv-upkeep-tip", left, right);
            }
            Mark::Lost => {
                self.svg.line("kv-lost", left, right);
                self.cross(at(right.x - 2.0, right.y));
            }
            Mark::UnderWay => self.svg.line("kv-open", left, right),
            Mark::Stored => self.svg.circle("kv-disk", middle, 4.5, ""),
            Mark::Down => self
                .svg
                .path("kv-hatch", &hatching(middle.x, left.y - 10.0, left.y + 8.0)),
        }
    }
}

/// One message's way on the page.
struct Way {
    tail: Point,
    tip: Point,
    end: Option<End>,
}

/// What the legend explains, where it occurs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    Message,
    Upkeep,
    Lost,
    UnderWay,
    Stored,
    Down,
}

impl Mark {
    fn meaning(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Upkeep => "repair message",
            Self::Lost => "lost message",
            Self::UnderWay => "still under way",
            Self::Stored => "durable on disk",
            Self::Down => "node is down",
        }
    }
}

/// Short slanted strokes along a line.
fn hatching(x: f64, from: f64, to: f64) -> String {
    const STEP: f64 = 7.0;
    let strokes = ((to - from - 2.0) / STEP).max(0.0) as usize;
    (0..strokes)
        .map(|stroke| {
            let y = from + STEP * (stroke as f64 + 1.0);
            format!(
                "M{},{}l{},-6",
                number(x - HATCH),
                number(y),
                number(2.0 * HATCH)
            )
        })
        .collect()
}
