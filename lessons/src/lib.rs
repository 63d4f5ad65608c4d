//! The ten lessons: their catalogue, the text and cheat sheets of those that are done, and the lab scripts there are.
//!
//! Everything stands in this program, so that an installed command or a wheel needs no checkout.

mod catalogue;
pub mod estimate;
mod paragraph;
mod place;
mod sources;

pub use catalogue::{
    Lab, Lesson, by_slug, cheatsheet, files, labs, lesson, lessons, whole_cheatsheet,
};
pub use paragraph::paragraph;
pub use place::has_place;
pub use sources::source;
