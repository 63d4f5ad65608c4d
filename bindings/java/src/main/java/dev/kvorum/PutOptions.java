package dev.kvorum;

import dev.kvorum.internal.Request;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * Options of a put, delete or change. Begin with {@link #none}.
 *
 * @param via the node that takes the request; the first live node when not given
 * @param write W of this request: the replicas that must acknowledge it
 * @param context the context of the read that this write builds on
 * @param timeout time limit of this request, in virtual time
 * @param table the table; the default one when not given
 * @param ttl how long the value lives; the table's time when not given
 * @param token the idempotency key: a retry under the same one is applied once
 * @param session the session whose later reads must see this write
 */
public record PutOptions(
        Optional<String> via,
        Optional<Level> write,
        Optional<Context> context,
        Optional<Duration> timeout,
        Optional<String> table,
        Optional<Duration> ttl,
        Optional<Long> token,
        Optional<String> session) {

    private static final PutOptions NONE = new PutOptions(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());

    /**
     * Options.
     *
     * @param via the node that takes the request
     * @param write W of this request
     * @param context the context of the read that this write builds on
     * @param timeout time limit of this request
     * @param table the table
     * @param ttl how long the value lives
     * @param token the idempotency key
     * @param session the session
     */
    public PutOptions {
        Objects.requireNonNull(via, "via");
        Objects.requireNonNull(write, "write");
        Objects.requireNonNull(context, "context");
        Objects.requireNonNull(timeout, "timeout");
        Objects.requireNonNull(table, "table");
        Objects.requireNonNull(ttl, "ttl");
        Objects.requireNonNull(token, "token");
        Objects.requireNonNull(session, "session");
    }

    /**
     * No option: the cluster's settings hold.
     *
     * @return the options
     */
    public static PutOptions none() {
        return NONE;
    }

    /**
     * These options, through a node.
     *
     * @param node such as {@code n1}
     * @return the options
     */
    public PutOptions withVia(String node) {
        return new PutOptions(Optional.of(node), write, context, timeout, table, ttl, token, session);
    }

    /**
     * These options, with another W.
     *
     * @param level that must be met
     * @return the options
     */
    public PutOptions withWrite(Level level) {
        return new PutOptions(via, Optional.of(level), context, timeout, table, ttl, token, session);
    }

    /**
     * These options, with another W.
     *
     * @param replicas that must acknowledge
     * @return the options
     */
    public PutOptions withWrite(int replicas) {
        return withWrite(Level.of(replicas));
    }

    /**
     * These options, building on a read or write.
     *
     * @param seen its context
     * @return the options
     */
    public PutOptions withContext(Context seen) {
        return new PutOptions(via, write, Optional.of(seen), timeout, table, ttl, token, session);
    }

    /**
     * These options, with another time limit.
     *
     * @param limit in virtual time
     * @return the options
     */
    public PutOptions withTimeout(Duration limit) {
        return new PutOptions(via, write, context, Optional.of(limit), table, ttl, token, session);
    }

    /**
     * These options, in a table.
     *
     * @param name that {@link Cluster#table} added
     * @return the options
     */
    public PutOptions withTable(String name) {
        return new PutOptions(via, write, context, timeout, Optional.of(name), ttl, token, session);
    }

    /**
     * These options, for a value that lives so long.
     *
     * @param life in virtual time
     * @return the options
     */
    public PutOptions withTtl(Duration life) {
        return new PutOptions(via, write, context, timeout, table, Optional.of(life), token, session);
    }

    /**
     * These options, for a write that is applied once however often it is retried.
     *
     * @param key the same for each retry, and for no other write
     * @return the options
     */
    public PutOptions withToken(long key) {
        return new PutOptions(via, write, context, timeout, table, ttl, Optional.of(key), session);
    }

    /**
     * These options, in a session.
     *
     * @param name whose later reads must see this write
     * @return the options
     */
    public PutOptions withSession(String name) {
        return new PutOptions(via, write, context, timeout, table, ttl, token, Optional.of(name));
    }

    void addTo(Request request) {
        request.option(via, Request::text)
                .option(write.map(Level::text), Request::text)
                .option(context.map(Context::bytes), Request::bytes)
                .option(timeout, Request::span)
                .option(table, Request::text)
                .option(ttl, Request::span)
                .option(token, Request::number)
                .option(session, Request::text);
    }
}
