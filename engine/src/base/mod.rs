//! Floor 1: what every other module speaks. Time, identities, randomness, hashing, limits, encoding
//! and errors; no state and no input or output.

pub mod bucket;
pub mod codec;
pub mod error;
pub mod hash;
pub mod id;
pub mod limits;
pub mod mutant;
pub mod rng;
pub mod slab;
pub mod stop;
pub mod time;
