package dev.kvorum;

import java.util.Objects;

/**
 * How many replicas must answer a request, and which: a number of them, or one of the names that scripts use. Local
 * levels ask in the zone of the node that takes the request.
 *
 * @param text the number or name, as scripts write it
 */
public record Level(String text) {

    /** One replica. */
    public static final Level ONE = new Level("one");
    /** Two replicas. */
    public static final Level TWO = new Level("two");
    /** More than half of the replicas. */
    public static final Level QUORUM = new Level("quorum");
    /** Every replica. */
    public static final Level ALL = new Level("all");
    /** One replica in the zone of the node asked. */
    public static final Level LOCAL_ONE = new Level("local_one");
    /** More than half of the replicas in the zone of the node asked. */
    public static final Level LOCAL_QUORUM = new Level("local_quorum");
    /** More than half of the replicas in each zone that has some. */
    public static final Level EACH_QUORUM = new Level("each_quorum");
    /** For writes: one replica or, where none can be reached, a hint on any node. */
    public static final Level ANY = new Level("any");
    /** Of a register: more than half of the replicas, in agreement. */
    public static final Level SERIAL = new Level("serial");
    /** For reads of a register: what was agreed on, of more than half of the replicas in the zone of the node asked. */
    public static final Level LOCAL_SERIAL = new Level("local_serial");

    /**
     * A level.
     *
     * @param text the number or name, as scripts write it
     */
    public Level {
        Objects.requireNonNull(text, "text");
    }

    /**
     * So many replicas.
     *
     * @param replicas how many
     * @return the level
     */
    public static Level of(int replicas) {
        return new Level(Integer.toString(replicas));
    }
}
