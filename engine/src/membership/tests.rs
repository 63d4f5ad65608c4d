//! Detectors against rules: laws of the merge, one detector by hand, and clusters in virtual time.

mod cluster;
mod figures;
mod hostile;
mod laws;
mod phi_cluster;
mod phi_one;
mod swim_cluster;
mod swim_one;
