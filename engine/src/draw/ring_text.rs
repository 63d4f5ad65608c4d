//! The ring in characters.

use core::f64::consts::TAU;

use super::legend::{KEYS_SAMPLED, Legend, percent};
use super::text::{counted, fit, key_text, ordinal, wrap};
use super::walk::{Met, Walk};
use crate::NodeId;
use crate::ring::{Placement, Ring};

const WIDTH_MIN: usize = 40;
const WIDTH_MAX: usize = 240;
/// Half the ring's height, in lines; it is twice as many columns wide, since a character is twice as high.
const RADIUS_LINES: f64 = 8.0;
const RADIUS_COLUMNS: f64 = 17.0;
/// The field that the ring stands in, room for its labels included.
const FIELD_COLUMNS: usize = 48;
const FIELD_LINES: usize = 19;
const LEGEND_ROWS_MAX: usize = 14;
const BAR_COLUMNS_MAX: usize = 16;

/// A placement for the terminal, at most `width` columns wide (40 to 240): the ring with its tokens'
/// nodes around it, every node's share as a bar, and for a key with a number of copies, its position (◆)
/// and its preference list. Tokens without room for a name are dots.
#[must_use]
pub fn ring_text(placement: &dyn Placement, key: Option<(&[u8], usize)>, width: usize) -> String {
    let width = width.clamp(WIDTH_MIN, WIDTH_MAX);
    let owners = key.map_or(Vec::new(), |(key, copies)| placement.owners(key, copies));
    let mut picture = Vec::new();
    let beside = width >= FIELD_COLUMNS + 30;
    if let Some(ring) = placement.as_ring() {
        picture = ring_field(ring, key);
    }
    let legend_width = match picture.is_empty() || !beside {
        true => width,
        false => width - FIELD_COLUMNS - 2,
    };
    let legend = legend_lines(placement, &owners, legend_width);

    let mut lines = vec![heading(placement), String::new()];
    match beside && !picture.is_empty() {
        true => lines.extend(side_by_side(&picture, &legend)),
        false => lines.extend(picture.into_iter().chain(legend)),
    }
    if let Some((key, copies)) = key {
        lines.push(String::new());
        lines.extend(key_lines(placement, key, copies, &owners, width));
    }
    let mut text = String::new();
    for line in lines {
        text.push_str(fit(&line, width).trim_end());
        text.push('\n');
    }
    text
}

fn heading(placement: &dyn Placement) -> String {
    let nodes = counted(placement.members().len(), "node");
    match placement.as_ring() {
        Some(ring) => format!(
            "{}: {nodes}, {}",
            placement.name(),
            counted(ring.tokens().len(), "token")
        ),
        None => format!(
            "{}: {nodes}, shares of {KEYS_SAMPLED} sampled keys",
            placement.name()
        ),
    }
}

fn side_by_side(picture: &[String], legend: &[String]) -> Vec<String> {
    let above = picture.len().saturating_sub(legend.len()) / 2;
    (0..picture.len().max(above + legend.len()))
        .map(|index| {
            let left = picture.get(index).map_or("", String::as_str);
            let right = index.checked_sub(above).and_then(|row| legend.get(row));
            let pad = FIELD_COLUMNS.saturating_sub(left.chars().count());
            format!(
                "{left}{}  {}",
                " ".repeat(pad),
                right.map_or("", String::as_str)
            )
        })
        .collect()
}

/// A grid of characters to draw on.
struct Field {
    cells: Vec<Vec<char>>,
}

impl Field {
    fn new() -> Self {
        Self {
            cells: vec![vec![' '; FIELD_COLUMNS]; FIELD_LINES],
        }
    }

    /// The cell at `turn` of an ellipse that is `further` lines (and twice as many columns) out.
    fn cell(turn: f64, further: f64) -> (usize, usize) {
        let angle = turn * TAU;
        let x = (FIELD_COLUMNS as f64 - 1.0) / 2.0 + (RADIUS_COLUMNS + 2.0 * further) * angle.sin();
        let y = (FIELD_LINES as f64 - 1.0) / 2.0 - (RADIUS_LINES + further) * angle.cos();
        (x.round().max(0.0) as usize, y.round().max(0.0) as usize)
    }

    fn put(&mut self, (x, y): (usize, usize), c: char) {
        if let Some(cell) = self.cells.get_mut(y).and_then(|line| line.get_mut(x)) {
            *cell = c;
        }
    }

    /// Writes `label` beginning at a cell if it and its neighbours are free.
    fn label(&mut self, (x, y): (usize, usize), label: &str) -> bool {
        let Some(line) = self.cells.get_mut(y) else {
            return false;
        };
        let length = label.chars().count();
        let (left, right) = (x.saturating_sub(1), x + length + 1);
        if x + length > line.len() {
            return false;
        }
        let around = &line[left..right.min(line.len())];
        if around.iter().any(|cell| !matches!(cell, ' ' | '·' | '•')) {
            return false;
        }
        if line[x..x + length].iter().any(|cell| *cell != ' ') {
            return false;
        }
        for (cell, c) in line[x..].iter_mut().zip(label.chars()) {
            *cell = c;
        }
        true
    }
}

fn ring_field(ring: &Ring, key: Option<(&[u8], usize)>) -> Vec<String> {
    let mut field = Field::new();
    for step in 0..360 {
        field.put(Field::cell(f64::from(step) / 360.0, 0.0), '·');
    }
    let walk = key.map(|(key, copies)| Walk::of(ring, key, copies));
    for (token, _) in ring.tokens() {
        field.put(Field::cell(token.turn(), 0.0), '•');
    }
    if let Some(walk) = &walk {
        field.put(Field::cell(walk.position.turn(), 0.0), '◆');
        for step in &walk.steps {
            if let Met::Owner(place) = step.met {
                let label = format!("{}({place})", step.node);
                name_token(&mut field, step.token.turn(), &label);
            }
        }
        let (key, _) = key.unwrap_or_default();
        let name = key_text(key, 20);
        centred(&mut field, FIELD_LINES / 2 - 1, &format!("◆ {name}"));
        let list: Vec<String> = walk.owners.iter().map(NodeId::to_string).collect();
        centred(&mut field, FIELD_LINES / 2 + 1, &fit(&list.join(" "), 24));
    }
    for (token, node) in ring.tokens() {
        name_token(&mut field, token.turn(), &node.to_string());
    }
    field
        .cells
        .into_iter()
        .map(|line| line.into_iter().collect::<String>().trim_end().to_owned())
        .collect()
}

fn centred(field: &mut Field, line: usize, text: &str) {
    let x = (FIELD_COLUMNS.saturating_sub(text.chars().count())) / 2;
    for (offset, c) in text.chars().enumerate() {
        field.put((x + offset, line), c);
    }
}

/// Writes a token's name outside the ring, on the side it lies.
fn name_token(field: &mut Field, turn: f64, label: &str) {
    let length = label.chars().count();
    let (x, y) = Field::cell(turn, 1.0);
    let sine = (turn * TAU).sin();
    let start = match sine {
        right if right > 0.3 => x,
        left if left < -0.3 => (x + 1).saturating_sub(length),
        _ => x.saturating_sub(length / 2),
    };
    field.label((start, y), label);
}

fn legend_lines(placement: &dyn Placement, owners: &[NodeId], width: usize) -> Vec<String> {
    let legend = Legend::of(placement, owners, LEGEND_ROWS_MAX);
    let bar_columns = width.saturating_sub(23).clamp(4, BAR_COLUMNS_MAX);
    let mut lines: Vec<String> = legend
        .rows
        .iter()
        .map(|row| {
            let zone = match row.member.weight {
                1 => row.member.zone.to_string(),
                weight => format!("{}×{weight}", row.member.zone),
            };
            let place = row
                .place
                .map_or(String::new(), |place| format!("({place})"));
            let bar = bar(row.share / legend.largest(), bar_columns);
            format!(
                "{:<5}{zone:<5}{bar} {:>6} {place}",
                row.member.node.to_string(),
                percent(row.share)
            )
        })
        .collect();
    lines.extend(legend.rest.iter().flat_map(|rest| wrap(rest, width, 2)));
    lines
}

fn bar(part: f64, columns: usize) -> String {
    const EIGHTHS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
    let eighths = (part.clamp(0.0, 1.0) * columns as f64 * 8.0).round() as usize;
    let mut bar = "█".repeat(eighths / 8);
    if !eighths.is_multiple_of(8) {
        bar.push(EIGHTHS[eighths % 8]);
    }
    let pad = columns.saturating_sub(bar.chars().count());
    bar + &" ".repeat(pad)
}

fn key_lines(
    placement: &dyn Placement,
    key: &[u8],
    copies: usize,
    owners: &[NodeId],
    width: usize,
) -> Vec<String> {
    let places = owners.iter().enumerate().map(|(index, owner)| {
        format!(
            "{} {}",
            ordinal(index + 1),
            Walk::list(placement, &[*owner])
        )
    });
    let list = places.collect::<Vec<_>>().join(", ");
    let name = key_text(key, 24);
    let mut lines = wrap(&format!("{name} -> {list}"), width, 6);
    if let Some(ring) = placement.as_ring() {
        let walk = Walk::of(ring, key, copies);
        let passed = walk.passed_over();
        let mut path = format!("at {}", walk.position);
        if !passed.is_empty() {
            path = format!("{path}; {passed}");
        }
        lines.extend(wrap(&path, width, 3));
    }
    lines
}
