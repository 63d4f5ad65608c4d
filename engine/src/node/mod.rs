//! Lessons 3, 4 and 8: one node, as a state machine without input or output.
