package dev.kvorum;

import dev.kvorum.internal.Response;
import java.util.List;
import java.util.Optional;

/**
 * Who belongs to a cluster and owns its keys, as its members agreed on it.
 *
 * @param epoch its number: 1 is what the cluster was started with
 * @param members the members, by node
 * @param coming while ranges move: the members that there will be
 */
public record Topology(long epoch, List<Member> members, Optional<List<Member>> coming) {

    /**
     * A topology.
     *
     * @param epoch its number
     * @param members the members, by node
     * @param coming while ranges move: the members that there will be
     */
    public Topology {
        members = List.copyOf(members);
        coming = coming.map(List::copyOf);
    }

    /**
     * Whether ranges move.
     *
     * @return true until they have all arrived, or the move was cancelled
     */
    public boolean isMoving() {
        return coming.isPresent();
    }

    static Topology read(Response response) {
        return new Topology(
                response.number(),
                response.list(Member::read),
                response.option(fields -> fields.list(Member::read)));
    }
}
