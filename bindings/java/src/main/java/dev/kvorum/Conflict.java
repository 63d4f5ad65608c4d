package dev.kvorum;

/** How concurrent writes of one key are kept. */
public enum Conflict {
    /** Concurrent versions live beside each other until a write with their context joins them. */
    SIBLINGS,
    /** The version with the highest hybrid logical clock wins. */
    LWW,
    /** The version with the highest raw wall clock wins: what goes wrong with it is a lesson. */
    LWW_WALL,
    /** Concurrent versions are shown as one: the union of their comma-separated items. */
    MERGE,
    /** A counter that only goes up; {@link Cluster#increment} changes it. */
    GCOUNTER,
    /** A counter that goes up and down. */
    COUNTER,
    /** A set in which an add stays beside a concurrent remove; {@link Cluster#add} and {@link Cluster#remove}. */
    ORSET,
    /** A map of registers; scripts change it. */
    MAP,
    /** A register in which the latest write wins; scripts change it. */
    REGISTER,
    /** There are no concurrent writes: the owners of a key agree on each change, which {@link Cluster#cas} makes. */
    CAS
}
