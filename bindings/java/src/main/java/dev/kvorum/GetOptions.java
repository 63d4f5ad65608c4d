package dev.kvorum;

import dev.kvorum.internal.Request;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * Options of a get. Begin with {@link #none}.
 *
 * @param via the node that takes the request; the first live node when not given
 * @param read R of this request: the replicas that must answer it
 * @param timeout time limit of this request, in virtual time
 * @param table the table; the default one when not given
 * @param session the session that must not read less than it wrote or read before
 */
public record GetOptions(
        Optional<String> via,
        Optional<Level> read,
        Optional<Duration> timeout,
        Optional<String> table,
        Optional<String> session) {

    private static final GetOptions NONE = new GetOptions(
            Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    /**
     * Options.
     *
     * @param via the node that takes the request
     * @param read R of this request
     * @param timeout time limit of this request
     * @param table the table
     * @param session the session
     */
    public GetOptions {
        Objects.requireNonNull(via, "via");
        Objects.requireNonNull(read, "read");
        Objects.requireNonNull(timeout, "timeout");
        Objects.requireNonNull(table, "table");
        Objects.requireNonNull(session, "session");
    }

    /**
     * No option: the cluster's settings hold.
     *
     * @return the options
     */
    public static GetOptions none() {
        return NONE;
    }

    /**
     * These options, through a node.
     *
     * @param node such as {@code n1}
     * @return the options
     */
    public GetOptions withVia(String node) {
        return new GetOptions(Optional.of(node), read, timeout, table, session);
    }

    /**
     * These options, with another R.
     *
     * @param level that must be met
     * @return the options
     */
    public GetOptions withRead(Level level) {
        return new GetOptions(via, Optional.of(level), timeout, table, session);
    }

    /**
     * These options, with another R.
     *
     * @param replicas that must answer
     * @return the options
     */
    public GetOptions withRead(int replicas) {
        return withRead(Level.of(replicas));
    }

    /**
     * These options, with another time limit.
     *
     * @param limit in virtual time
     * @return the options
     */
    public GetOptions withTimeout(Duration limit) {
        return new GetOptions(via, read, Optional.of(limit), table, session);
    }

    /**
     * These options, in a table.
     *
     * @param name that {@link Cluster#table} added
     * @return the options
     */
    public GetOptions withTable(String name) {
        return new GetOptions(via, read, timeout, Optional.of(name), session);
    }

    /**
     * These options, in a session.
     *
     * @param name that must not read less than it wrote or read before
     * @return the options
     */
    public GetOptions withSession(String name) {
        return new GetOptions(via, read, timeout, table, Optional.of(name));
    }

    void addTo(Request request) {
        request.option(via, Request::text)
                .option(read.map(Level::text), Request::text)
                .option(timeout, Request::span)
                .option(table, Request::text)
                .option(session, Request::text);
    }
}
