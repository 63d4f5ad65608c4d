//! Lessons 1 and 5: a node's durable ordered map.
