//! The ring as SVG.

use core::f64::consts::TAU;

use super::legend::{KEYS_SAMPLED, Legend, percent};
use super::style::node_class;
use super::svg::{Anchor, Point, Svg, at, number};
use super::text::{columns, counted, key_text, ordinal};
use super::walk::{Met, Walk};
use crate::NodeId;
use crate::ring::{Placement, Ring, Token};

const WIDTH: f64 = 720.0;
const TOP: f64 = 48.0;
/// The ring: its radius to the middle of the coloured band, and its centre.
const RADIUS: f64 = 132.0;
const CENTRE: Point = Point { x: 200.0, y: 248.0 };
/// The band's width, as the style sheet has it.
const BAND: f64 = 16.0;
/// Where the walk of a key runs, inside the band.
const LANE: f64 = RADIUS - 30.0;
const LEGEND_X: f64 = 412.0;
const LEGEND_ROWS_MAX: usize = 16;
const ROW: f64 = 22.0;
/// Past so many tokens the band is drawn in slices, each in the colour of the owner at its middle.
const TOKENS_DRAWN_MAX: usize = 1024;
/// Past so many, no line separates neighbours: there would be more lines than band.
const TICKS_MAX: usize = 320;
const SKIPS_DRAWN_MAX: usize = 40;
const KEY_COLUMNS_MAX: usize = 22;

/// A placement as a picture: the ring with every token in its owner's colour and each node's share, and
/// for a key with a number of copies, its position and its preference list, tokens passed over included.
/// A placement without a ring is drawn as bars of its nodes' shares.
///
/// ```
/// use kvorum::draw::ring_svg;
/// use kvorum::ring::{Member, Ring};
/// use kvorum::{NodeId, Zone};
///
/// let members = (1..=5).map(|id| Member { node: NodeId(id), zone: Zone(1), weight: 1 }).collect();
/// let svg = ring_svg(&Ring::new(members, 8, 7)?, Some((b"cart", 3)));
/// assert!(svg.starts_with("<svg"));
/// # Ok::<(), kvorum::Error>(())
/// ```
#[must_use]
pub fn ring_svg(placement: &dyn Placement, key: Option<(&[u8], usize)>) -> String {
    match placement.as_ring() {
        Some(ring) => ring_picture(ring, key),
        None => bars_picture(placement, key),
    }
}

fn ring_picture(ring: &Ring, key: Option<(&[u8], usize)>) -> String {
    let walk = key.map(|(key, copies)| Walk::of(ring, key, copies));
    let owners = walk.as_ref().map_or(&[][..], |walk| &walk.owners);
    let legend = Legend::of(ring, owners, LEGEND_ROWS_MAX);
    let mut svg = Svg::new();
    let heading = heading(ring);
    svg.text("kv-head", at(20.0, 30.0), Anchor::Start, &heading);

    band(&mut svg, ring);
    token_labels(&mut svg, ring);
    let mut description = format!("{heading}. {}", in_words(&legend));
    match (key, &walk) {
        (Some((key, _)), Some(walk)) => {
            draw_walk(&mut svg, walk);
            centre_key(&mut svg, &key_text(key, KEY_COLUMNS_MAX), walk);
            description.push_str(&key_in_words(ring, key, &walk.owners));
        }
        _ => {
            let tokens = counted(ring.tokens().len(), "token");
            svg.text(
                "kv-soft",
                at(CENTRE.x, CENTRE.y - 4.0),
                Anchor::Middle,
                &tokens,
            );
            let seed = format!("seed {}", ring.seed());
            svg.text(
                "kv-soft kv-small",
                at(CENTRE.x, CENTRE.y + 14.0),
                Anchor::Middle,
                &seed,
            );
        }
    }

    let mut y = draw_legend(
        &mut svg,
        &legend,
        at(LEGEND_X, TOP + 14.0),
        WIDTH - LEGEND_X - 20.0,
    );
    let mut notes = Vec::new();
    if let (Some((key, _)), Some(walk)) = (key, &walk) {
        notes.push((
            "kv-bold",
            format!("Preference list of {}", key_text(key, KEY_COLUMNS_MAX)),
        ));
        notes.extend(list_lines(ring, &walk.owners));
        notes.push(("kv-soft kv-small", walk.passed_over()));
    }
    if ring.tokens().len() > TOKENS_DRAWN_MAX {
        notes.push((
            "kv-soft kv-small",
            format!(
                "{TOKENS_DRAWN_MAX} slices drawn of {}",
                counted(ring.tokens().len(), "token")
            ),
        ));
    }
    y += 8.0;
    for (class, note) in notes.iter().filter(|(_, note)| !note.is_empty()) {
        y += 18.0;
        svg.text(class, at(LEGEND_X, y), Anchor::Start, note);
    }
    if let Some(walk) = &walk {
        y = glyphs(&mut svg, walk, y);
    }
    let height = (CENTRE.y + RADIUS + 74.0).max(y + 24.0);
    svg.finish(WIDTH, height, &heading, &description)
}

fn heading(placement: &dyn Placement) -> String {
    let nodes = counted(placement.members().len(), "node");
    match placement.as_ring() {
        Some(ring) => {
            let tokens = counted(ring.tokens_per_node() as usize, "token");
            let weighted = placement.members().iter().any(|member| member.weight > 1);
            let each = if weighted {
                "per unit of weight"
            } else {
                "each"
            };
            format!("Hash ring: {nodes}, {tokens} {each}")
        }
        None => format!("Placement by {}: {nodes}", placement.name()),
    }
}

fn in_words(legend: &Legend) -> String {
    let row = |row: &super::legend::Row| format!("{} owns {}", row.member.node, percent(row.share));
    let mut words: Vec<String> = legend.rows.iter().map(row).collect();
    words.extend(legend.rest.clone());
    words.join(", ") + "."
}

fn key_in_words(placement: &dyn Placement, key: &[u8], owners: &[NodeId]) -> String {
    let list = Walk::list(placement, owners);
    format!(" Key {}: {list}.", key_text(key, KEY_COLUMNS_MAX))
}

/// The preference list, a few owners a line.
fn list_lines(placement: &dyn Placement, owners: &[NodeId]) -> Vec<(&'static str, String)> {
    const LINES_MAX: usize = 4;
    let mut lines: Vec<(&'static str, String)> = Vec::new();
    for (index, chunk) in owners.chunks(3).enumerate() {
        if index == LINES_MAX {
            let left = owners.len() - 3 * LINES_MAX;
            lines.push(("", format!("and {left} more")));
            break;
        }
        let named = chunk.iter().enumerate().map(|(offset, owner)| {
            let place = ordinal(3 * index + offset + 1);
            format!("{place} {}", Walk::list(placement, &[*owner]))
        });
        lines.push(("", named.collect::<Vec<_>>().join(", ")));
    }
    lines
}

/// A point of the circle of `radius`, `turn` times around from the top, clockwise.
fn around(turn: f64, radius: f64) -> Point {
    let angle = turn * TAU;
    at(
        CENTRE.x + radius * angle.sin(),
        CENTRE.y - radius * angle.cos(),
    )
}

/// The path of an arc from `start`, `turns` onward.
fn arc(start: f64, turns: f64, radius: f64) -> String {
    let mut d = String::new();
    let from = around(start, radius);
    d.push_str(&format!("M{},{}", number(from.x), number(from.y)));
    // Two halves, since one arc cannot say "all the way around".
    for half in [0.5, 1.0] {
        let to = around(start + turns * half, radius);
        let r = number(radius);
        d.push_str(&format!("A{r},{r} 0 0 1 {},{}", number(to.x), number(to.y)));
    }
    d
}

/// The ranges to draw, as fractions of a turn with their owner: neighbours of one owner are one range.
fn ranges(ring: &Ring) -> Vec<(f64, f64, NodeId)> {
    let tokens = ring.tokens();
    let mut ends: Vec<(f64, NodeId)> = match tokens.len() {
        0..=TOKENS_DRAWN_MAX => tokens
            .iter()
            .map(|(token, node)| (token.turn(), *node))
            .collect(),
        _ => (0..TOKENS_DRAWN_MAX)
            .map(|slice| {
                let turn = |part: f64| (slice as f64 + part) / TOKENS_DRAWN_MAX as f64;
                let middle = Token((turn(0.5) * u64::MAX as f64) as u64);
                (turn(1.0), ring.owners_at(middle, 1)[0])
            })
            .collect(),
    };
    ends.dedup_by(|next, kept| {
        let same = next.1 == kept.1;
        if same {
            kept.0 = next.0;
        }
        same
    });
    let last = ends[ends.len() - 1].0 - 1.0;
    let starts = core::iter::once(last).chain(ends.iter().map(|(end, _)| *end));
    starts
        .zip(&ends)
        .map(|(start, (end, node))| (start, end - start, *node))
        .collect()
}

fn band(svg: &mut Svg, ring: &Ring) {
    for (start, turns, node) in ranges(ring) {
        svg.path(
            &format!("kv-arc {}", node_class(node)),
            &arc(start, turns, RADIUS),
        );
    }
    if ring.tokens().len() <= TICKS_MAX {
        for (token, _) in ring.tokens() {
            let (inner, outer) = (RADIUS - BAND / 2.0, RADIUS + BAND / 2.0);
            let turn = token.turn();
            svg.line(
                "kv-walk",
                around(turn, inner - 1.0),
                around(turn, outer + 3.0),
            );
        }
    }
}

/// Names tokens outside the band, where there is room: first close to it, then further out on a leader.
fn token_labels(svg: &mut Svg, ring: &Ring) {
    const TIERS: [f64; 3] = [16.0, 32.0, 48.0];
    if ring.tokens().len() > TICKS_MAX {
        return;
    }
    let mut placed: Vec<Point> = Vec::new();
    for (token, node) in ring.tokens() {
        let label = node.to_string();
        let turn = token.turn();
        let width = 7.0 * columns(&label) as f64 + 3.0;
        let free = TIERS.iter().enumerate().find_map(|(tier, out)| {
            let point = around(turn, RADIUS + BAND / 2.0 + out);
            let clear = |other: &Point| {
                (other.x - point.x).abs() >= width || (other.y - point.y).abs() >= 13.0
            };
            placed.iter().all(clear).then_some((tier, point))
        });
        let Some((tier, point)) = free else {
            continue;
        };
        if tier > 0 {
            let edge = around(turn, RADIUS + BAND / 2.0 + 3.0);
            let end = around(turn, RADIUS + BAND / 2.0 + TIERS[tier] - 9.0);
            svg.line("kv-leader", edge, end);
        }
        svg.text(
            "kv-halo kv-small",
            at(point.x, point.y + 4.0),
            Anchor::Middle,
            &label,
        );
        placed.push(point);
    }
}

fn draw_walk(svg: &mut Svg, walk: &Walk) {
    let start = walk.position.turn();
    if let Some(last) = walk.steps.last() {
        let turn = last.token.turn() - start;
        let turns = if turn < 0.0 { turn + 1.0 } else { turn };
        svg.path("kv-walk", &arc(start, turns, LANE));
    }
    let inside = RADIUS - BAND / 2.0 - 1.0;
    svg.line("kv-walk", around(start, inside), around(start, LANE));
    let skips = walk
        .steps
        .iter()
        .filter(|step| !matches!(step.met, Met::Owner(_)));
    for step in skips.take(SKIPS_DRAWN_MAX) {
        skip_mark(svg, around(step.token.turn(), LANE), step.met);
    }
    let mut badges: Vec<Point> = Vec::new();
    let mut places = Vec::new();
    for step in &walk.steps {
        if let Met::Owner(place) = step.met {
            let turn = step.token.turn();
            let centre = badge_place(turn, &badges);
            svg.line("kv-walk", centre, around(turn, inside));
            svg.arrow_head("kv-solid", centre, around(turn, inside));
            badges.push(centre);
            places.push(place);
        }
    }
    for (centre, place) in badges.into_iter().zip(places) {
        badge(svg, centre, place);
    }
    let Point { x, y } = around(start, RADIUS);
    let diamond = [(0.0, -8.0), (8.0, 0.0), (0.0, 8.0), (-8.0, 0.0)];
    let corners = diamond.map(|(dx, dy)| format!("{},{}", number(x + dx), number(y + dy)));
    svg.path("kv-badge", &format!("M{}Z", corners.join("L")));
}

/// Where an owner's number stands: on the walk, or near by where others stand there already.
fn badge_place(turn: f64, others: &[Point]) -> Point {
    const STEP: f64 = 20.0;
    const ASIDE: [f64; 5] = [0.0, 0.035, -0.035, 0.07, -0.07];
    let clear = |point: &Point| {
        let apart = |other: &Point| (other.x - point.x).hypot(other.y - point.y) >= STEP;
        others.iter().all(apart)
    };
    let places = ASIDE.iter().flat_map(|aside| {
        (0..3).map(move |tier| around(turn + aside, LANE - STEP * f64::from(tier)))
    });
    places
        .into_iter()
        .find(clear)
        .unwrap_or_else(|| around(turn, LANE))
}

fn badge(svg: &mut Svg, centre: Point, place: usize) {
    svg.circle("kv-badge", centre, 9.0, "");
    let below = at(centre.x, centre.y + 4.0);
    svg.text("kv-badge-text", below, Anchor::Middle, &place.to_string());
}

fn skip_mark(svg: &mut Svg, centre: Point, met: Met) {
    match met {
        Met::SameZone => svg.rect("kv-skip", at(centre.x - 4.0, centre.y - 4.0), 8.0, 8.0, 0.0),
        _ => svg.circle("kv-skip", centre, 4.0, "its node was met before"),
    }
}

fn centre_key(svg: &mut Svg, key: &str, walk: &Walk) {
    svg.text(
        "kv-small kv-soft",
        at(CENTRE.x, CENTRE.y - 18.0),
        Anchor::Middle,
        "key",
    );
    svg.text(
        "kv-mono kv-bold",
        at(CENTRE.x, CENTRE.y),
        Anchor::Middle,
        key,
    );
    let position = format!("at {}", walk.position);
    svg.text(
        "kv-mono kv-soft",
        at(CENTRE.x, CENTRE.y + 18.0),
        Anchor::Middle,
        &position,
    );
}

/// What the marks of the walk mean; returns the last line's y.
fn glyphs(svg: &mut Svg, walk: &Walk, mut y: f64) -> f64 {
    let has = |met: Met| walk.steps.iter().any(|step| step.met == met);
    let lines = [
        (Met::SameNode, "passed over: its node was met before"),
        (Met::SameZone, "passed over: its zone was used before"),
    ];
    y += 4.0;
    for (met, meaning) in lines.into_iter().filter(|(met, _)| has(*met)) {
        y += 18.0;
        skip_mark(svg, at(LEGEND_X + 6.0, y - 4.0), met);
        svg.text(
            "kv-soft kv-small",
            at(LEGEND_X + 20.0, y),
            Anchor::Start,
            meaning,
        );
    }
    y
}

/// One row a node from `corner` down, `width` wide; returns the last row's y.
fn draw_legend(svg: &mut Svg, legend: &Legend, corner: Point, width: f64) -> f64 {
    let largest = legend.largest();
    let (left, mut y) = (corner.x, corner.y);
    let bar_left = left + 118.0;
    let bar_width = width - 118.0 - 50.0;
    for row in &legend.rows {
        let swatch = node_class(row.member.node);
        let middle = y - 4.0;
        svg.line(
            &format!("kv-arc {swatch}"),
            at(left, middle),
            at(left + 16.0, middle),
        );
        svg.text(
            "kv-bold",
            at(left + 24.0, y),
            Anchor::Start,
            &row.member.node.to_string(),
        );
        let zone = match row.member.weight {
            1 => row.member.zone.to_string(),
            weight => format!("{} ×{weight}", row.member.zone),
        };
        svg.text("kv-soft", at(left + 66.0, y), Anchor::Start, &zone);
        svg.rect("kv-track", at(bar_left, y - 11.0), bar_width, 14.0, 2.0);
        svg.rect(
            "kv-bar",
            at(bar_left, y - 11.0),
            bar_width * row.share / largest,
            14.0,
            2.0,
        );
        svg.text(
            "kv-small",
            at(left + width, y),
            Anchor::End,
            &percent(row.share),
        );
        if let Some(place) = row.place {
            badge(svg, at(bar_left + 12.0, middle), place);
        }
        y += ROW;
    }
    if let Some(rest) = &legend.rest {
        svg.text("kv-soft", at(left + 24.0, y), Anchor::Start, rest);
        y += ROW;
    }
    y - ROW
}

fn bars_picture(placement: &dyn Placement, key: Option<(&[u8], usize)>) -> String {
    const ROWS_MAX: usize = 32;
    let owners = key.map_or(Vec::new(), |(key, copies)| placement.owners(key, copies));
    let legend = Legend::of(placement, &owners, ROWS_MAX);
    let heading = heading(placement);
    let mut description = format!("{heading}. {}", in_words(&legend));
    let mut svg = Svg::new();
    svg.text("kv-head", at(20.0, 30.0), Anchor::Start, &heading);
    let sampled = format!("share of {KEYS_SAMPLED} sampled keys");
    svg.text(
        "kv-soft kv-small",
        at(WIDTH - 20.0, 30.0),
        Anchor::End,
        &sampled,
    );
    let mut y = draw_legend(&mut svg, &legend, at(20.0, TOP + 18.0), WIDTH - 40.0);
    if let Some((key, _)) = key {
        description.push_str(&key_in_words(placement, key, &owners));
        y += 30.0;
        let title = format!("Preference list of {}", key_text(key, KEY_COLUMNS_MAX));
        svg.text("kv-bold", at(20.0, y), Anchor::Start, &title);
        for (class, line) in list_lines(placement, &owners) {
            y += 18.0;
            svg.text(class, at(20.0, y), Anchor::Start, &line);
        }
    }
    svg.finish(WIDTH, y + 24.0, &heading, &description)
}
