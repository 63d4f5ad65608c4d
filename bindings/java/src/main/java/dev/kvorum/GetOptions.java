package dev.kvorum;

import dev.kvorum.internal.Request;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Options of a get. Begin with {@link #none}.
 *
 * @param via the node that takes the request; the first live node when not given
 * @param read R of this request: the replicas that must answer it
 * @param timeout time limit of this request, in virtual time
 */
public record GetOptions(Optional<String> via, OptionalInt read, Optional<Duration> timeout) {

    private static final GetOptions NONE =
            new GetOptions(Optional.empty(), OptionalInt.empty(), Optional.empty());

    /**
     * Options.
     *
     * @param via the node that takes the request
     * @param read R of this request
     * @param timeout time limit of this request
     */
    public GetOptions {
        Objects.requireNonNull(via, "via");
        Objects.requireNonNull(read, "read");
        Objects.requireNonNull(timeout, "timeout");
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
        return new GetOptions(Optional.of(node), read, timeout);
    }

    /**
     * These options, with another R.
     *
     * @param replicas that must answer
     * @return the options
     */
    public GetOptions withRead(int replicas) {
        return new GetOptions(via, OptionalInt.of(replicas), timeout);
    }

    /**
     * These options, with another time limit.
     *
     * @param limit in virtual time
     * @return the options
     */
    public GetOptions withTimeout(Duration limit) {
        return new GetOptions(via, read, Optional.of(limit));
    }

    void addTo(Request request) {
        request.option(via, Request::text)
                .option(read.isPresent() ? Optional.of((long) read.getAsInt()) : Optional.empty(), Request::number)
                .option(timeout, Request::span);
    }
}
