package dev.kvorum;

import dev.kvorum.internal.Handle;
import dev.kvorum.internal.Native;
import dev.kvorum.internal.Op;
import dev.kvorum.internal.Request;
import dev.kvorum.internal.Response;
import dev.kvorum.internal.Utf8;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A hash ring: which nodes hold a key.
 *
 * <p>A ring never changes; {@link #add} and {@link #remove} give a new one. Threads may share it. Closing
 * it is optional: a ring that can no longer be reached is closed by itself.
 */
public final class Ring implements AutoCloseable {

    private final Handle handle;

    Ring(Response opened) {
        handle = new Handle(opened.number(), Op.RING_CLOSE);
    }

    /**
     * A ring of nodes {@code n1}, {@code n2} and so on, all in zone {@code z1} and of weight 1.
     *
     * @param nodes how many
     * @param tokens of each node
     * @param seed of the tokens' places; not negative
     * @return the ring
     * @throws InvalidArgumentException for a number out of its limits
     */
    public static Ring of(int nodes, int tokens, long seed) {
        Request request = new Request().number(nodes).number(tokens).number(seed);
        return new Ring(Native.call(Op.RING_OF, request));
    }

    /**
     * Begins a ring with zones or weights.
     *
     * @return a builder without a member
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects the members of a ring. */
    public static final class Builder {

        private static final String ZONE = "z1";

        private final List<Member> members = new ArrayList<>();
        private int tokens = 16;
        private long seed;

        private Builder() {}

        /**
         * Sets the tokens of a node of weight 1; 16 when not set.
         *
         * @param tokens how many
         * @return this
         */
        public Builder tokens(int tokens) {
            this.tokens = tokens;
            return this;
        }

        /**
         * Sets the seed of the tokens' places; 0 when not set.
         *
         * @param seed not negative
         * @return this
         */
        public Builder seed(long seed) {
            this.seed = seed;
            return this;
        }

        /**
         * Adds a node in zone {@code z1}, of weight 1.
         *
         * @param node such as {@code n1}
         * @return this
         */
        public Builder add(String node) {
            return add(new Member(node, ZONE, 1));
        }

        /**
         * Adds a node.
         *
         * @param node such as {@code n1}
         * @param zone such as {@code z1}
         * @param weight how large a share it takes
         * @return this
         */
        public Builder add(String node, String zone, int weight) {
            return add(new Member(node, zone, weight));
        }

        /**
         * Adds a node.
         *
         * @param member the node
         * @return this
         */
        public Builder add(Member member) {
            members.add(Objects.requireNonNull(member, "member"));
            return this;
        }

        /**
         * Builds the ring.
         *
         * @return the ring
         * @throws InvalidArgumentException for no members or too many, a node twice, a name that is none,
         *     or a number out of its limits
         */
        public Ring build() {
            Request request = new Request()
                    .list(members, (fields, member) -> member.addTo(fields))
                    .number(tokens)
                    .number(seed);
            return new Ring(Native.call(Op.RING_OPEN, request));
        }
    }

    /**
     * This ring with one more node. No token of another node moves, so only the new node gains keys.
     *
     * @param member the node
     * @return the new ring
     * @throws InvalidArgumentException when the node is there already, or makes no sense
     */
    public Ring add(Member member) {
        Request request = handle.request();
        Objects.requireNonNull(member, "member").addTo(request);
        return new Ring(handle.call(Op.RING_ADD, request));
    }

    /**
     * This ring with one more node, in zone {@code z1} and of weight 1.
     *
     * @param node such as {@code n1}
     * @return the new ring
     * @throws InvalidArgumentException when the node is there already, or makes no sense
     */
    public Ring add(String node) {
        return add(new Member(node, Builder.ZONE, 1));
    }

    /**
     * This ring without a node. No token of another node moves, so only its keys find a new owner.
     *
     * @param node such as {@code n1}
     * @return the new ring
     * @throws InvalidArgumentException when the node is no member, or the last one
     */
    public Ring remove(String node) {
        Request request = handle.request().text(Objects.requireNonNull(node, "node"));
        return new Ring(handle.call(Op.RING_REMOVE, request));
    }

    /**
     * The members.
     *
     * @return the members, by the number of the node
     */
    public List<Member> members() {
        Response response = handle.call(Op.RING_MEMBERS, handle.request());
        return response.list(Member::read);
    }

    /**
     * The first distinct nodes for a key; a zone is used again only when no other is left.
     *
     * @param key the key
     * @param n how many nodes
     * @return their names, the preferred one first; fewer than asked for when there are fewer members
     */
    public List<String> preferenceList(byte[] key, int n) {
        Request request = handle.request().bytes(Objects.requireNonNull(key, "key")).number(n);
        return handle.call(Op.RING_PREFERENCE_LIST, request).list(Response::text);
    }

    /**
     * The first distinct nodes for a key; a zone is used again only when no other is left.
     *
     * @param key the key
     * @param n how many nodes
     * @return their names, the preferred one first
     */
    public List<String> preferenceList(String key, int n) {
        return preferenceList(bytes(key), n);
    }

    /**
     * The first node of a key.
     *
     * @param key the key
     * @return its name
     */
    public String owner(byte[] key) {
        return preferenceList(key, 1).get(0);
    }

    /**
     * The first node of a key.
     *
     * @param key the key
     * @return its name
     */
    public String owner(String key) {
        return owner(bytes(key));
    }

    /**
     * How much of the ring each node is the first owner of.
     *
     * @return a share of 1 for each node, by the number of the node
     */
    public Map<String, Double> shares() {
        Map<String, Double> shares = new LinkedHashMap<>();
        handle.call(Op.RING_SHARES, handle.request()).list(fields -> shares.put(fields.text(), fields.real()));
        return Collections.unmodifiableMap(shares);
    }

    /**
     * How many keys find another first owner on another ring.
     *
     * @param other the ring after a change
     * @param keys how many keys to look at: {@code key-0}, {@code key-1} and so on
     * @return the share of these keys whose owner differs, 0 to 1
     */
    public double moved(Ring other, int keys) {
        return moved(other, keys, 1);
    }

    /**
     * How many copies have to be sent on the way to another ring.
     *
     * @param other the ring after a change
     * @param keys how many keys to look at: {@code key-0}, {@code key-1} and so on
     * @param n copies of each key
     * @return the share of these copies that lie on a node which did not hold the key before, 0 to 1
     */
    public double moved(Ring other, int keys, int n) {
        Request request = handle.request();
        Objects.requireNonNull(other, "other").handle.addTo(request);
        try {
            return handle.call(Op.RING_MOVED, request.number(keys).number(n)).real();
        } finally {
            Reference.reachabilityFence(other);
        }
    }

    /**
     * A picture of the ring.
     *
     * @return a standalone SVG document
     */
    public String svg() {
        return svg(Optional.empty(), 0);
    }

    /**
     * A picture of the ring with the nodes of one key marked.
     *
     * @param key the key
     * @param n how many nodes
     * @return a standalone SVG document
     */
    public String svg(String key, int n) {
        return svg(Optional.of(bytes(key)), n);
    }

    private String svg(Optional<byte[]> key, int n) {
        Request request = handle.request().option(key, (fields, marked) -> fields.bytes(marked).number(n));
        return handle.call(Op.RING_SVG, request).text();
    }

    /** Closes the ring; a second time does nothing. */
    @Override
    public void close() {
        handle.close();
    }

    private static byte[] bytes(String key) {
        return Utf8.encode(Objects.requireNonNull(key, "key"));
    }
}
