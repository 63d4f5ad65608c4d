//! Finds each text a place that no other text has taken.

use crate::draw::svg::{Point, at};

/// The room a text takes: its left upper and right lower corners.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Room {
    pub from: Point,
    pub to: Point,
}

/// Everything placed so far, and the lines that texts had better not cross.
#[derive(Clone, Debug, Default)]
pub(super) struct Labels {
    rooms: Vec<Room>,
    lines: Vec<(Point, Point)>,
}

/// A place for a text along a line: its middle, and its turn in degrees.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub middle: Point,
    pub degrees: f64,
}

/// Text height, as room to keep free.
const TEXT: f64 = 11.0;

impl Labels {
    pub(super) fn take(&mut self, from: Point, to: Point) {
        self.rooms.push(Room { from, to });
    }

    pub(super) fn add_line(&mut self, from: Point, to: Point) {
        self.lines.push((from, to));
    }

    /// Takes the best place for a text `width` wide on the line from `tail` to `tip`: above or below it,
    /// at one of `stops` (fractions of its length, the preferred first).
    pub(super) fn along(&mut self, tail: Point, tip: Point, width: f64, stops: &[f64]) -> Place {
        let (left, right) = if tail.x <= tip.x {
            (tail, tip)
        } else {
            (tip, tail)
        };
        let slope = (right.y - left.y).atan2((right.x - left.x).max(1e-9));
        let mut best: Option<(f64, Place)> = None;
        for (rank, stop) in stops.iter().enumerate() {
            for (side, offset) in [-4.5, 12.5].into_iter().enumerate() {
                let x = tail.x + (tip.x - tail.x) * stop - offset * slope.sin();
                let y = tail.y + (tip.y - tail.y) * stop + offset * slope.cos();
                let place = Place {
                    middle: at(x, y),
                    degrees: slope.to_degrees(),
                };
                let mut cost = rank as f64 + 0.5 * side as f64;
                for room in rooms_of(place, width) {
                    cost += 20.0
                        * self
                            .rooms
                            .iter()
                            .filter(|other| overlap(&room, other))
                            .count() as f64;
                    cost += 1.5
                        * self
                            .lines
                            .iter()
                            .filter(|line| crosses(line, &room))
                            .count() as f64;
                }
                if best.is_none_or(|(least, _)| cost < least) {
                    best = Some((cost, place));
                }
            }
        }
        let place = best.map_or(
            Place {
                middle: tail,
                degrees: 0.0,
            },
            |(_, place)| place,
        );
        self.rooms.extend(rooms_of(place, width));
        place
    }
}

/// The room of a turned text, as a row of squares along its baseline.
fn rooms_of(place: Place, width: f64) -> Vec<Room> {
    let (sine, cosine) = place.degrees.to_radians().sin_cos();
    let squares = (width / TEXT).ceil().max(1.0);
    (0..squares as usize)
        .map(|index| {
            let along = ((index as f64 + 0.5) / squares - 0.5) * width;
            let x = place.middle.x + along * cosine + TEXT / 2.4 * sine;
            let y = place.middle.y + along * sine - TEXT / 2.4 * cosine;
            let half = TEXT / 2.0;
            Room {
                from: at(x - half, y - half),
                to: at(x + half, y + half),
            }
        })
        .collect()
}

fn overlap(one: &Room, other: &Room) -> bool {
    one.from.x < other.to.x
        && other.from.x < one.to.x
        && one.from.y < other.to.y
        && other.from.y < one.to.y
}

/// True when a line passes near the middle of a room.
fn crosses((from, to): &(Point, Point), room: &Room) -> bool {
    let middle = at(
        (room.from.x + room.to.x) / 2.0,
        (room.from.y + room.to.y) / 2.0,
    );
    let (dx, dy) = (to.x - from.x, to.y - from.y);
    let squared = (dx * dx + dy * dy).max(1e-9);
    let part = (((middle.x - from.x) * dx + (middle.y - from.y) * dy) / squared).clamp(0.0, 1.0);
    let (x, y) = (from.x + part * dx - middle.x, from.y + part * dy - middle.y);
    (x * x + y * y).sqrt() < TEXT / 2.0 - 0.5
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_texts_on_one_line_do_not_overlap() {
        let mut labels = Labels::default();
        let (tail, tip) = (at(0.0, 0.0), at(200.0, 40.0));
        let stops = [0.5, 0.25, 0.75];
        let places: Vec<Place> = (0..6)
            .map(|_| labels.along(tail, tip, 40.0, &stops))
            .collect();
        for (index, place) in places.iter().enumerate() {
            for other in &places[..index] {
                let near = (place.middle.x - other.middle.x).hypot(place.middle.y - other.middle.y);
                assert!(near > 10.0, "{place:?} and {other:?}");
            }
        }
    }

    #[test]
    fn a_taken_room_is_left_alone() {
        let mut labels = Labels::default();
        labels.take(at(80.0, -20.0), at(120.0, 30.0));
        let place = labels.along(at(0.0, 0.0), at(200.0, 0.0), 30.0, &[0.5, 0.2]);
        assert!(place.middle.x < 60.0, "{place:?}");
    }
}
