package dev.kvorum;

/** How concurrent writes of one key are kept. */
public enum Conflict {
    /** Concurrent versions live beside each other until a write with their context joins them. */
    SIBLINGS,
    /** The version with the highest hybrid logical clock wins. */
    LWW,
    /** The version with the highest raw wall clock wins: what goes wrong with it is a lesson. */
    LWW_WALL
}
