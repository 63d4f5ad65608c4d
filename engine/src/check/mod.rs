//! What must hold of a run.
