//! The ten lessons: their catalogue, the text and cheat sheets of those that are done, and the lab scripts there are.
//!
//! Everything stands in this program, so that an installed command or a wheel needs no checkout.

mod catalogue;
mod paragraph;
mod place;

pub use catalogue::{Lab, Lesson, Status, by_slug, cheatsheet, files, labs, lesson, lessons};
pub use paragraph::paragraph;
pub use place::has_place;
