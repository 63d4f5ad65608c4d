package dev.kvorum;

import dev.kvorum.internal.Request;
import dev.kvorum.internal.Response;
import java.util.Objects;

/**
 * A node as placement sees it.
 *
 * @param node who, such as {@code n1}
 * @param zone in which failure domain, such as {@code z1}
 * @param weight how large a share it takes, against the others' weights; 1 is usual
 */
public record Member(String node, String zone, int weight) {

    /**
     * A member.
     *
     * @param node who
     * @param zone in which failure domain
     * @param weight how large a share it takes
     */
    public Member {
        Objects.requireNonNull(node, "node");
        Objects.requireNonNull(zone, "zone");
    }

    static Member read(Response response) {
        return new Member(response.text(), response.text(), response.small());
    }

    void addTo(Request request) {
        request.text(node).text(zone).number(weight);
    }
}
