package dev.kvorum;

import dev.kvorum.internal.Request;
import dev.kvorum.internal.Response;
import java.time.Duration;
import java.util.Objects;

/**
 * A lease as its holder knows it: a lock that ends by itself. Its holder may be wrong about it after a pause, or where
 * clocks are, so what the lease protects must refuse a token that is lower than one that it has seen.
 *
 * @param name what is held
 * @param holder who holds it
 * @param token the fencing token: greater than that of every acquisition before; a renewal keeps it
 * @param version the version of its register, which the next renewal builds on
 * @param until until when its holder may count on it, as {@link Cluster#now} counts
 */
public record Lease(String name, String holder, long token, long version, Duration until) {

    /**
     * A lease.
     *
     * @param name what is held
     * @param holder who holds it
     * @param token the fencing token
     * @param version the version of its register
     * @param until until when its holder may count on it
     */
    public Lease {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(holder, "holder");
        Objects.requireNonNull(until, "until");
    }

    static Lease read(Response response) {
        return new Lease(
                response.text(),
                response.text(),
                response.number(),
                response.number(),
                Duration.ofNanos(response.number()));
    }

    void addTo(Request request) {
        request.text(name).text(holder).number(token).number(version);
    }
}
