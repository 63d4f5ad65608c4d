//! Lesson 7: what came before what.
