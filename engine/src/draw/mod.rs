//! Floor 6: pictures as plain SVG and as text, for the book, notebooks and the terminal.
//!
//! | picture | of | SVG | text |
//! |---|---|---|---|
//! | the ring | a [`Placement`](crate::ring::Placement), and where one key lies on it | [`ring_svg`] | [`ring_text`] |
//! | the space-time diagram | a [`Trace`](crate::sim::trace::Trace): who told whom what, and when | [`spacetime_svg`] | [`spacetime_text`] |
//! | shares with intervals | what was measured, several ways and in several situations | [`intervals_svg`] | |
//! | the timeline | a [`History`](crate::check::History): who asked what while whom | [`timeline_svg`] | [`timeline_text`] |
//!
//! An SVG stands alone: no script, no font, no link. It follows light and dark themes by itself, and also
//! those that mdBook and Jupyter name on the page it is put in; it uses no ids, so that many fit in one
//! page. What colour says is also said by a label or a dash. Everything from outside (keys, values, notes)
//! is escaped, cleaned of control characters and cut to its place. The same input gives the same picture.

mod intervals;
mod legend;
mod ring_svg;
mod ring_text;
mod spacetime;
mod style;
mod svg;
mod text;
mod timeline;
mod walk;

pub use intervals::{IntervalPanel, IntervalRow, PANELS_MAX, ROWS_MAX, intervals_svg};
pub use ring_svg::ring_svg;
pub use ring_text::ring_text;
pub use spacetime::{SpacetimeOptions, spacetime_svg, spacetime_text};
pub use timeline::{timeline_svg, timeline_text};
