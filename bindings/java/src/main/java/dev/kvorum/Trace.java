package dev.kvorum;

import dev.kvorum.internal.Handle;
import dev.kvorum.internal.Op;

/**
 * What has happened in a cluster, step by step. It is a view: it goes on with the cluster, and is closed
 * with it.
 */
public final class Trace {

    private final Handle cluster;

    Trace(Handle cluster) {
        this.cluster = cluster;
    }

    /**
     * The hash of every event so far.
     *
     * @return 16 hexadecimal digits, equal for equal runs, in every language
     */
    public String hash() {
        return cluster.call(Op.TRACE_HASH, cluster.request()).text();
    }

    /**
     * How many events there were.
     *
     * @return the number
     */
    public long count() {
        return cluster.call(Op.TRACE_COUNT, cluster.request()).number();
    }

    /**
     * The events, one a line: nanoseconds of virtual time, then what happened.
     *
     * @return the lines; of a very long run only the first events are kept
     */
    public String events() {
        return cluster.call(Op.TRACE_EVENTS, cluster.request()).text();
    }

    /**
     * The space-time diagram for a terminal of 100 columns.
     *
     * @return several lines
     */
    public String text() {
        return cluster.call(Op.TRACE_TEXT, cluster.request()).text();
    }

    /**
     * The space-time diagram: a line for each node, an arrow for each message.
     *
     * @return a standalone SVG document
     */
    public String svg() {
        return cluster.call(Op.TRACE_SVG, cluster.request()).text();
    }
}
