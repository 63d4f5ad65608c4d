package dev.kvorum;

/** Which algorithm places keys on nodes. */
public enum Placement {
    /** A hash ring with tokens. */
    RING,
    /** Hash modulo the number of nodes. */
    MODULO,
    /** Highest random weight. */
    RENDEZVOUS,
    /** Jump consistent hash. */
    JUMP
}
