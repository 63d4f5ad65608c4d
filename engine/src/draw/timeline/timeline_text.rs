//! The timeline in characters, all of them ASCII.

use super::layout::{Bar, Layout, Room};
use crate::check::History;
use crate::draw::text::{columns, fit};

const WIDTH_MIN: usize = 40;
const WIDTH_MAX: usize = 240;
const OPERATIONS_MAX: usize = 40;
/// The fewest and the most characters of a column of time: `[40]` fits.
const SLOT_MIN: usize = 4;
const SLOT_MAX: usize = 18;
/// A lane's name and its mark.
const NAME: usize = 13;

/// Operations of a history for the terminal, at most `width` columns wide (40 to 240): a lane for each
/// client, a numbered bar for each operation, and below what each number was. Those of `marked`, places in
/// the history as a [`Violation`](crate::check::Violation) names them, are filled with `#`; of the others
/// those are drawn that overlap them in time. Without marks the first operations are drawn.
///
/// ```
/// use kvorum::check::History;
/// use kvorum::draw::timeline_text;
///
/// assert!(timeline_text(&History::default(), &[], 80).contains("nothing was asked"));
/// ```
#[must_use]
pub fn timeline_text(history: &History, marked: &[usize], width: usize) -> String {
    let width = width.clamp(WIDTH_MIN, WIDTH_MAX);
    let room = Room {
        operations: OPERATIONS_MAX,
        slots: (width - NAME) / SLOT_MIN,
    };
    let layout = Layout::of(history, marked, room);
    let mut lines = vec![layout.title.clone()];
    if layout.bars.is_empty() {
        lines.push("nothing was asked".to_owned());
    } else {
        lines.extend(field(&layout, width));
        lines.push(String::new());
        lines.extend(key(&layout));
    }
    lines.extend(layout.left_out.clone());
    let mut text = String::new();
    for line in lines {
        text.push_str(cut(&line, width).trim_end());
        text.push('\n');
    }
    text
}

/// ASCII, within `width`.
fn cut(line: &str, width: usize) -> String {
    let plain = |c: char| match c {
        '…' => '~',
        c if c.is_ascii() => c,
        _ => '?',
    };
    // Wide characters become narrow ones, so that the line can only get shorter.
    fit(line, width).chars().map(plain).collect()
}

fn field(layout: &Layout, width: usize) -> Vec<String> {
    let slot = ((width - NAME) / layout.slots.len().max(1)).clamp(SLOT_MIN, SLOT_MAX);
    let end = NAME + slot * layout.slots.len();
    let mut times = vec![b' '; end];
    let mut free = 0;
    for (index, time) in layout.slots.iter().enumerate() {
        let x = NAME + slot * index;
        if x >= free && x + time.len() <= width {
            times.resize(times.len().max(x + time.len()), b' ');
            times[x..x + time.len()].copy_from_slice(time.as_bytes());
            free = x + time.len() + 1;
        }
    }
    let mut rows = vec![times];
    for (lane, name) in layout.lanes.iter().enumerate() {
        let mut row = vec![b' '; end];
        let marked = layout.bars.iter().any(|bar| bar.lane == lane && bar.marked);
        let name = cut(name, NAME - 3);
        row[2..2 + name.len()].copy_from_slice(name.as_bytes());
        row[0] = if marked { b'*' } else { b' ' };
        for (index, bar) in layout.bars.iter().enumerate() {
            if bar.lane == lane {
                draw(&mut row, layout, bar, index + 1, slot);
            }
        }
        rows.push(row);
    }
    let text = |row: Vec<u8>| String::from_utf8_lossy(&row).into_owned();
    rows.into_iter().map(text).collect()
}

/// `[3=====]`, `[3#####]` when marked, `[3=====>` with dots behind it when it may take effect later.
fn draw(row: &mut [u8], layout: &Layout, bar: &Bar, number: usize, slot: usize) {
    let (from, to) = (NAME + slot * bar.from, NAME + slot * (bar.to + 1));
    let later = bar.unknown && bar.writes;
    if later {
        let dots = layout.dots_to(bar).unwrap_or(layout.slots.len());
        row[to..NAME + slot * dots].fill(b'.');
    }
    row[from..to].fill(if bar.marked { b'#' } else { b'=' });
    row[from] = b'[';
    row[to - 1] = if later { b'>' } else { b']' };
    let room = to - from - 2;
    let number = number.to_string();
    let label = format!("{number} {} ", cut(&bar.label, usize::MAX));
    let text = if columns(&label) <= room {
        label
    } else {
        number
    };
    row[from + 1..from + 1 + text.len()].copy_from_slice(text.as_bytes());
}

/// What each number was.
fn key(layout: &Layout) -> Vec<String> {
    let width_of = |part: fn(&Layout, &Bar) -> String| {
        let widths = layout
            .bars
            .iter()
            .map(move |bar| columns(&part(layout, bar)));
        widths.max().unwrap_or(0)
    };
    let lane = |layout: &Layout, bar: &Bar| layout.lanes[bar.lane].clone();
    let label = |_: &Layout, bar: &Bar| fit(&bar.label, 40);
    let (lane_width, label_width) = (width_of(lane), width_of(label));
    let line = |(index, bar): (usize, &Bar)| {
        let mark = if bar.marked { '*' } else { ' ' };
        format!(
            "{mark} {:>2}  {:lane_width$}  {:label_width$}  {}",
            index + 1,
            lane(layout, bar),
            label(layout, bar),
            bar.times
        )
    };
    layout.bars.iter().enumerate().map(line).collect()
}
