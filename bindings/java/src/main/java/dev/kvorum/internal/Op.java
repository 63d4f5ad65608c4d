package dev.kvorum.internal;

/**
 * The operations of the native library, by number: the same names in the same order as in {@code
 * bindings/java/native/src/op.rs}. The loader compares the two lists before the first call.
 */
public enum Op {
    DESCRIBE,
    PANIC_FOR_TEST,
    SCENARIO_RUN,
    CLUSTER_START,
    CLUSTER_CLOSE,
    CLUSTER_CONFIG,
    CLUSTER_DEFAULTS,
    PUT,
    GET,
    DELETE,
    KILL,
    RESTART,
    PARTITION,
    HEAL,
    RUN_FOR,
    SETTLE,
    NOW,
    NOTE,
    NODES,
    IS_UP,
    OWNERS,
    PEEK,
    CHECK_CONVERGED,
    CHECK_NO_LOST_WRITES,
    TRACE_HASH,
    TRACE_COUNT,
    TRACE_EVENTS,
    TRACE_TEXT,
    TRACE_SVG,
    PLACEMENT_SVG,
    CLUSTER_RING,
    RING_OF,
    RING_OPEN,
    RING_CLOSE,
    RING_ADD,
    RING_REMOVE,
    RING_MEMBERS,
    RING_PREFERENCE_LIST,
    RING_SHARES,
    RING_MOVED,
    RING_SVG
}
