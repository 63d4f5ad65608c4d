//! The space-time diagram: one line a node, time down the page, messages aslant from line to line
//! (Lamport 1978, "Time, Clocks, and the Ordering of Events in a Distributed System").

mod labels;
mod layout;
mod paint;
mod spacetime_text;
mod story;

pub use paint::spacetime_svg;
pub use spacetime_text::spacetime_text;

use crate::base::time::Mono;

/// What of a run is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpacetimeOptions {
    /// Draws the store's own upkeep (repair and the like) too; otherwise it is only counted.
    pub upkeep: bool,
    /// Draws from this point on; nothing means from the start.
    pub from: Option<Mono>,
    /// Draws up to this point, inclusive; nothing means to the end.
    pub to: Option<Mono>,
    /// The picture ends before it would show more messages than this, and than 2000.
    pub max_messages: usize,
    /// The picture in characters has at most so many lines, its first ones left out; nothing means all.
    pub max_lines: Option<usize>,
}

impl Default for SpacetimeOptions {
    fn default() -> Self {
        Self {
            upkeep: false,
            from: None,
            to: None,
            max_messages: 200,
            max_lines: None,
        }
    }
}
