//! What a table must do, against a sorted vector of entries.

mod damage;
mod forged;
mod handles;
mod hot;
mod model;
mod round_trip;
mod shape;
mod speed;
