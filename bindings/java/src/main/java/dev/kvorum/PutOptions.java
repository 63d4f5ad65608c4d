package dev.kvorum;

import dev.kvorum.internal.Request;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Options of a put or delete. Begin with {@link #none}.
 *
 * @param via the node that takes the request; the first live node when not given
 * @param write W of this request: the replicas that must acknowledge it
 * @param context the context of the read that this write builds on
 * @param timeout time limit of this request, in virtual time
 */
public record PutOptions(
        Optional<String> via, OptionalInt write, Optional<Context> context, Optional<Duration> timeout) {

    private static final PutOptions NONE =
            new PutOptions(Optional.empty(), OptionalInt.empty(), Optional.empty(), Optional.empty());

    /**
     * Options.
     *
     * @param via the node that takes the request
     * @param write W of this request
     * @param context the context of the read that this write builds on
     * @param timeout time limit of this request
     */
    public PutOptions {
        Objects.requireNonNull(via, "via");
        Objects.requireNonNull(write, "write");
        Objects.requireNonNull(context, "context");
        Objects.requireNonNull(timeout, "timeout");
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
        return new PutOptions(Optional.of(node), write, context, timeout);
    }

    /**
     * These options, with another W.
     *
     * @param replicas that must acknowledge
     * @return the options
     */
    public PutOptions withWrite(int replicas) {
        return new PutOptions(via, OptionalInt.of(replicas), context, timeout);
    }

    /**
     * These options, building on a read or write.
     *
     * @param seen its context
     * @return the options
     */
    public PutOptions withContext(Context seen) {
        return new PutOptions(via, write, Optional.of(seen), timeout);
    }

    /**
     * These options, with another time limit.
     *
     * @param limit in virtual time
     * @return the options
     */
    public PutOptions withTimeout(Duration limit) {
        return new PutOptions(via, write, context, Optional.of(limit));
    }

    void addTo(Request request) {
        request.option(via, Request::text)
                .option(write.isPresent() ? Optional.of((long) write.getAsInt()) : Optional.empty(), Request::number)
                .option(context.map(Context::bytes), Request::bytes)
                .option(timeout, Request::span);
    }
}
