//! The timeline: operations as bars, one lane a client, time to the right (Herlihy and Wing 1990, figure 1;
//! Athalye's Porcupine draws histories so).
//!
//! Widths show order, not duration: two bars share a column exactly when neither operation had ended before
//! the other was asked. That is all that linearizability asks of time, and it keeps an idle hour as narrow as
//! a millisecond.

mod layout;
mod timeline_svg;
mod timeline_text;

pub use timeline_svg::timeline_svg;
pub use timeline_text::timeline_text;
