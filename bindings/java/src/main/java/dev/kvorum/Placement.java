package dev.kvorum;

/** Which algorithm places keys on nodes. */
public enum Placement {
    /** A hash ring with random tokens. */
    RING,
    /** Hash modulo the number of nodes. */
    MODULO,
    /** Highest random weight. */
    RENDEZVOUS,
    /** Jump consistent hash. */
    JUMP,
    /** A hash ring whose tokens are allocated, so that shares are even. */
    ALLOCATED,
    /** 1,024 fixed equal partitions. */
    PARTITIONS,
    /** 16,384 hash slots, with hash tags. */
    SLOTS
}
