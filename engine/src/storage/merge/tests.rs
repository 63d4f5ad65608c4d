//! What merging costs.

mod speed;
