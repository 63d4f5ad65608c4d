//! The space-time diagram in characters: a line for each event, a column for each node.

use std::collections::BTreeSet;

use super::SpacetimeOptions;
use super::story::{Story, across_text, beside_text, groups_text, lost_text};
use crate::NodeId;
use crate::draw::text::{clock, columns, counted, fit, wrap};
use crate::sim::trace::{MessageId, Trace, TraceEvent, What};

const WIDTH_MIN: usize = 40;
const WIDTH_MAX: usize = 400;
/// The clock's columns, with the space after it.
const CLOCK: usize = 11;
/// Columns left free beyond the last node's line.
const MARGIN: usize = 2;
const COLUMN_MAX: usize = 24;

/// A run for the terminal, `width` columns wide (40 to 400; more when there are many nodes): time
/// downwards, one line an event. A message shows where it arrives, `├─ write ─▶│`, or where it was lost, `✕`;
/// a node's line is `│` while it is up and blank while it is down. Of a run too long for
/// [`SpacetimeOptions::max_lines`] the end is shown.
#[must_use]
pub fn spacetime_text(trace: &Trace, options: &SpacetimeOptions, width: usize) -> String {
    let story = Story::of(trace, options);
    let mut page = Page::new(&story, width.clamp(WIDTH_MIN, WIDTH_MAX));
    page.heading();
    let body = page.text.len();
    if story.events.is_empty() {
        page.across("", "nothing happened in this stretch of time");
    }
    let mut index = 0;
    while index < story.events.len() {
        index = page.event(index);
    }
    for flight in story
        .flights
        .values()
        .filter(|flight| flight.ends.is_empty())
    {
        let text = format!(
            "still under way: {} from {} to {}",
            flight.label, flight.from, flight.to
        );
        page.across("", &text);
    }
    for line in story.left_out() {
        page.across("", &line);
    }
    if let Some(lines) = options.max_lines {
        page.keep_last(body, lines);
    }
    page.text
}

struct Page<'a> {
    story: &'a Story<'a>,
    width: usize,
    step: usize,
    down: BTreeSet<NodeId>,
    text: String,
}

impl<'a> Page<'a> {
    fn new(story: &'a Story<'a>, width: usize) -> Self {
        let gaps = story.nodes.len().max(1);
        let names = story.nodes.iter().map(|node| columns(&node.to_string()));
        let step_min = names.max().unwrap_or(0) + 1;
        let step = ((width - CLOCK - MARGIN) / gaps).clamp(step_min, COLUMN_MAX.max(step_min));
        Self {
            story,
            width: width.max(CLOCK + step * story.nodes.len() + MARGIN),
            step,
            down: story.down.clone(),
            text: String::new(),
        }
    }

    fn column(&self, node: NodeId) -> usize {
        let place = self.story.nodes.iter().position(|known| *known == node);
        CLOCK + 1 + self.step * place.unwrap_or(0)
    }

    fn push(&mut self, cells: &[char]) {
        let line: String = cells.iter().collect();
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// Leaves out as many lines after `body` as are too many, and says so.
    fn keep_last(&mut self, body: usize, lines_max: usize) {
        let said = self.text[..body].lines().count() + 1;
        let lines: Vec<&str> = self.text[body..].lines().collect();
        let cut = (said + lines.len() - 1).saturating_sub(lines_max);
        if cut == 0 {
            return;
        }
        // The line that says so takes the place of one more.
        let cut = (cut + 1).min(lines.len());
        let rest = lines[cut..].join("\n");
        self.text.truncate(body);
        self.across("", &format!("{} not drawn", counted(cut, "line")));
        self.text.push_str(&rest);
        self.text.push('\n');
    }

    fn heading(&mut self) {
        let mut cells = vec![' '; self.width];
        for node in &self.story.nodes {
            write(&mut cells, self.column(*node), &node.to_string());
        }
        write(&mut cells, CLOCK - 5, "time");
        self.push(&cells);
        if let Some(groups) = self.story.groups {
            self.across("", &format!("partition: {}", groups_text(groups)));
        }
    }

    /// The clock and every node's line.
    fn cells(&self, clock: &str) -> Vec<char> {
        let mut cells = vec![' '; self.width];
        write(
            &mut cells,
            (CLOCK - 1).saturating_sub(columns(clock)),
            clock,
        );
        for node in &self.story.nodes {
            if !self.down.contains(node) {
                cells[self.column(*node)] = '│';
            }
        }
        cells
    }

    /// A text over the whole width.
    fn across(&mut self, clock: &str, text: &str) {
        let room = self.width - CLOCK - 4;
        for (index, line) in wrap(text, room, 3).iter().enumerate() {
            let mut cells = vec![' '; self.width];
            if index == 0 {
                write(
                    &mut cells,
                    (CLOCK - 1).saturating_sub(columns(clock)),
                    clock,
                );
            }
            write(&mut cells, CLOCK, &format!("── {line}"));
            self.push(&cells);
        }
    }

    /// A mark on a node's line with a text beside it, on the side with more room.
    fn beside(&mut self, event: &TraceEvent, node: NodeId, mark: char, text: &str) {
        let mut cells = self.cells(&clock(event.at));
        let x = self.column(node);
        let (left, right) = (x - CLOCK, self.width - x - 2);
        if columns(text) <= right || right >= left {
            write(&mut cells, x + 2, &fit(text, right));
        } else {
            let text = fit(text, left.saturating_sub(1));
            write(&mut cells, x - 1 - columns(&text), &text);
        }
        cells[x] = mark;
        self.push(&cells);
    }

    /// Writes the event at `index`, and with it any that fit on its line; returns the next index.
    fn event(&mut self, index: usize) -> usize {
        let event = self.story.events[index];
        match &event.what {
            What::Call {
                request,
                node,
                text,
                ..
            } => {
                self.beside(event, *node, '▷', &format!("{request} {text}"));
            }
            What::Answer {
                request,
                node,
                text,
                ..
            } => {
                self.beside(event, *node, '◁', &format!("{request} {text}"));
            }
            What::Send { from, label, .. } => return self.sends(index, *from, label),
            What::Deliver { message, from, to } => self.arrival(event, *message, *from, *to),
            What::Drop {
                message,
                from,
                to,
                why,
            } => {
                let label = self.label(*message);
                let why = lost_text(*why, *to);
                self.lost(event, *from, *to, &format!("{label}: {why}"));
            }
            What::Stored { node, text } => {
                self.beside(event, *node, '●', &format!("stored {text}"))
            }
            What::Note { text } => self.across("", text),
            what => self.fault(event, what),
        }
        index + 1
    }

    /// What befell a node, beside its line, or the network, across the page.
    fn fault(&mut self, event: &TraceEvent, what: &What) {
        let mark = match what {
            What::Kill { node } => {
                self.down.insert(*node);
                '✕'
            }
            What::Restart { node } => {
                self.down.remove(node);
                '○'
            }
            _ => '◇',
        };
        if let Some((node, text)) = beside_text(what) {
            self.beside(event, node, mark, &text);
        } else if let Some(text) = across_text(what) {
            self.across(&clock(event.at), &text);
        }
    }

    fn label(&self, message: MessageId) -> &'static str {
        self.story
            .flights
            .get(&message)
            .map_or("", |flight| flight.label)
    }

    /// One node's sends of one kind at one time are one line.
    fn sends(&mut self, index: usize, sender: NodeId, kind: &str) -> usize {
        let event = self.story.events[index];
        let mut receivers = Vec::new();
        for next in &self.story.events[index..] {
            match &next.what {
                What::Send {
                    from, to, label, ..
                } if next.at == event.at && *from == sender && *label == kind => {
                    receivers.push(to.to_string());
                }
                _ => break,
            }
        }
        let text = format!("{kind} → {}", receivers.join(" "));
        self.beside(event, sender, '├', &text);
        index + receivers.len()
    }

    fn arrival(&mut self, event: &TraceEvent, message: MessageId, from: NodeId, to: NodeId) {
        let label = self.label(message);
        let (tail, tip) = (self.column(from), self.column(to));
        if tail == tip {
            return self.beside(event, to, '◀', label);
        }
        let mut cells = self.cells(&clock(event.at));
        shaft(&mut cells, tail, tip, label);
        match tail < tip {
            true => cells[tip - 1] = '▶',
            false => cells[tip + 1] = '◀',
        }
        self.push(&cells);
    }

    fn lost(&mut self, event: &TraceEvent, from: NodeId, to: NodeId, text: &str) {
        let (tail, tip) = (self.column(from), self.column(to));
        let mut cells = self.cells(&clock(event.at));
        let middle = tail.midpoint(tip);
        if tail != tip {
            shaft(&mut cells, tail, middle, "");
        }
        cells[middle] = '✕';
        let (left, right) = (middle.min(tail) - CLOCK, self.width - middle.max(tail) - 2);
        if columns(text) <= right || right >= left {
            write(&mut cells, middle.max(tail) + 2, &fit(text, right));
        } else {
            let text = fit(text, left.saturating_sub(1));
            write(&mut cells, middle.min(tail) - 1 - columns(&text), &text);
        }
        self.push(&cells);
    }
}

/// Writes `text` into the cells from `x` on, as much as fits. A wide character takes the place of two.
fn write(cells: &mut Vec<char>, x: usize, text: &str) {
    for (at, c) in (x..).zip(text.chars()) {
        let taken = columns(c.encode_utf8(&mut [0; 4]));
        if at + taken > cells.len() {
            return;
        }
        cells[at] = c;
        if taken == 2 {
            cells.remove(at + 1);
        }
    }
}

/// An arrow's shaft between two columns with its label in the middle, as much as fits.
fn shaft(cells: &mut Vec<char>, tail: usize, tip: usize, label: &str) {
    let (left, right) = (tail.min(tip), tail.max(tip));
    for cell in &mut cells[left + 1..right] {
        *cell = '─';
    }
    cells[tail] = if tail < tip { '├' } else { '┤' };
    let room = (right - left).saturating_sub(5);
    if room > 2 && !label.is_empty() {
        let label = format!(" {} ", fit(label, room.saturating_sub(1)));
        let start = left + 1 + (right - left - 1).saturating_sub(columns(&label)) / 2;
        write(cells, start, &label);
    }
}
