package dev.kvorum;

import dev.kvorum.internal.Handle;
import dev.kvorum.internal.Native;
import dev.kvorum.internal.Op;
import dev.kvorum.internal.Request;
import dev.kvorum.internal.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * A cluster of simulated nodes to run, break and look into: virtual time, a seeded network, memory disks.
 *
 * <pre>{@code
 * try (Cluster cluster = Cluster.start(ClusterConfig.defaults().withSeed(7))) {
 *     cluster.put("cart", "milk");
 *     System.out.println(cluster.get("cart").strings());
 * }
 * }</pre>
 *
 * <p>Keys and values are bytes; a text stands for its UTF-8. Nodes go by their names, {@code n1}, {@code
 * n2} and so on.
 *
 * <p>A cluster may be used by several threads; their calls follow one another. A call runs on the thread
 * that makes it and keeps no other thread of the virtual machine waiting. Every call on a closed cluster
 * throws {@link ClosedException}; a call under way when another thread closes the cluster is carried out to
 * its end. A cluster that is never closed is closed when it can no longer be reached.
 */
public final class Cluster extends KeyOperations implements AutoCloseable {

    private Cluster(long number) {
        super(new Handle(number, Op.CLUSTER_CLOSE));
    }

    /**
     * Starts a cluster with the default settings.
     *
     * @return the cluster
     */
    public static Cluster start() {
        return start(ClusterConfig.defaults());
    }

    /**
     * Starts a cluster.
     *
     * @param config its settings
     * @return the cluster
     * @throws InvalidArgumentException for settings that make no sense, like N above the nodes
     */
    public static Cluster start(ClusterConfig config) {
        Request request = new Request();
        Objects.requireNonNull(config, "config").addTo(request);
        return new Cluster(Native.call(Op.CLUSTER_START, request).number());
    }

    /**
     * The settings it was started with.
     *
     * @return the settings
     */
    public ClusterConfig config() {
        return ClusterConfig.read(call(Op.CLUSTER_CONFIG));
    }

    /**
     * Lets a node join, in the zone that has fewest members and with weight 1, and starts a machine for it if there is
     * none. The members agree, and its ranges begin to move to it while reads and writes go on; {@link #runUntilMoved}
     * waits for the end.
     *
     * @param node such as {@code n6}
     * @return the epoch in which the ranges move
     * @throws ConflictException while another move is under way
     * @throws InvalidArgumentException when it is a member already
     * @throws UnavailableException when no majority of the members answers; nothing was changed
     * @throws AmbiguousException when time ran out with the change proposed: look at the {@link #topology}
     */
    public long join(String node) {
        return join(node, Optional.empty(), OptionalInt.empty());
    }

    /**
     * Lets a node join, as {@link #join(String)} does.
     *
     * @param node such as {@code n6}
     * @param zone such as {@code z2}; the one that has fewest members when not given
     * @param weight how large a share it takes; 1 when not given
     * @return the epoch in which the ranges move
     */
    public long join(String node, Optional<String> zone, OptionalInt weight) {
        Optional<Long> share = weight.isPresent() ? Optional.of((long) weight.getAsInt()) : Optional.empty();
        Request request = named(node).option(zone, Request::text).option(share, Request::number);
        return handle.call(Op.JOIN, request).number();
    }

    /**
     * Lets a node leave: it gives away what it owns, and goes.
     *
     * @param node such as {@code n2}
     * @return the epoch in which the ranges move
     * @throws ConflictException while another move is under way
     */
    public long leave(String node) {
        return leave(node, false);
    }

    /**
     * Lets a node leave, as {@link #leave(String)} does.
     *
     * @param node such as {@code n2}
     * @param dead whether it will never come back: it is not waited for, and others send what it held
     * @return the epoch in which the ranges move
     */
    public long leave(String node, boolean dead) {
        return handle.call(Op.LEAVE, named(node).flag(dead)).number();
    }

    /**
     * Lets a node take the place of a dead one, with its zone and weight.
     *
     * @param old such as {@code n2}
     * @param successor such as {@code n7}, which gets a machine if it has none
     * @return the epoch in which the ranges move
     * @throws ConflictException while another move is under way
     */
    public long replace(String old, String successor) {
        return handle.call(Op.REPLACE, link(old, successor)).number();
    }

    /**
     * Gives a member another zone or weight.
     *
     * @param member as it is from now on
     * @return the epoch in which the ranges move
     * @throws ConflictException while another move is under way
     */
    public long changeMember(Member member) {
        Request request = handle.request();
        Objects.requireNonNull(member, "member").addTo(request);
        return handle.call(Op.CHANGE_MEMBER, request).number();
    }

    /**
     * Gives the default table another number of copies of each key.
     *
     * @param copies N from now on
     * @return the epoch in which the ranges move
     * @throws ConflictException while another move is under way
     */
    public long setCopies(int copies) {
        return setCopies(copies, Optional.empty());
    }

    /**
     * Gives a table another number of copies of each key.
     *
     * @param copies N from now on
     * @param table its name
     * @return the epoch in which the ranges move
     * @throws ConflictException while another move is under way
     */
    public long setCopies(int copies, String table) {
        return setCopies(copies, Optional.of(table));
    }

    private long setCopies(int copies, Optional<String> table) {
        Request request = handle.request().number(copies).option(table, Request::text);
        return handle.call(Op.SET_COPIES, request).number();
    }

    /**
     * Gives the move under way up: all stays as it was before it.
     *
     * @return the epoch from which on it is so
     * @throws ConflictException when no move is under way
     */
    public long cancelMove() {
        return call(Op.CANCEL_MOVE).number();
    }

    /**
     * Lets virtual time pass until no range moves and every member that is up knows it.
     *
     * @param within how long that may take
     * @throws CheckFailedException when it has not come by then
     */
    public void runUntilMoved(Duration within) {
        handle.call(Op.RUN_UNTIL_MOVED, handle.request().span(Objects.requireNonNull(within, "within")));
    }

    /**
     * Who belongs to the cluster and owns its keys, in the newest epoch.
     *
     * @return the members, and those to come while ranges move
     */
    public Topology topology() {
        return Topology.read(call(Op.TOPOLOGY));
    }

    /**
     * The number of the newest topology.
     *
     * @return 1 for what the cluster was started with
     */
    public long epoch() {
        return topology().epoch();
    }

    /**
     * Stops a node at once; what its disk had not synced may be torn.
     *
     * @param node such as {@code n1}
     */
    public void kill(String node) {
        handle.call(Op.KILL, named(node));
    }

    /**
     * Brings a killed node back from its disk.
     *
     * @param node such as {@code n1}
     */
    public void restart(String node) {
        handle.call(Op.RESTART, named(node));
    }

    /**
     * Takes a node's disk away, killing the node if it is up: its next start finds nothing.
     *
     * @param node such as {@code n1}
     */
    public void wipe(String node) {
        handle.call(Op.WIPE, named(node));
    }

    /**
     * Freezes a node; what reaches it waits, and comes in order when it goes on.
     *
     * @param node such as {@code n1}
     * @param span for how long, in virtual time
     */
    public void pause(String node, Duration span) {
        handle.call(Op.PAUSE, named(node).span(Objects.requireNonNull(span, "span")));
    }

    /**
     * Lets one node no longer reach another, in this direction only.
     *
     * @param from such as {@code n1}
     * @param to such as {@code n2}
     */
    public void oneway(String from, String to) {
        handle.call(Op.ONEWAY, link(from, to));
    }

    /**
     * Cuts a node off from all others, both ways.
     *
     * @param node such as {@code n1}
     */
    public void isolate(String node) {
        handle.call(Op.ISOLATE, named(node));
    }

    /**
     * Keeps messages from one node to another back until {@link #release} or {@link #heal}.
     *
     * @param from such as {@code n1}
     * @param to such as {@code n2}
     */
    public void hold(String from, String to) {
        handle.call(Op.HOLD, link(from, to));
    }

    /**
     * Lets messages that {@link #hold} kept back go, in their order.
     *
     * @param from such as {@code n1}
     * @param to such as {@code n2}
     */
    public void release(String from, String to) {
        handle.call(Op.RELEASE, link(from, to));
    }

    private Request link(String from, String to) {
        return named(from).text(Objects.requireNonNull(to, "to"));
    }

    /**
     * Splits the cluster into groups that cannot reach each other; nodes named in no group form one more.
     *
     * @param groups names of nodes
     */
    @SafeVarargs
    public final void partition(List<String>... groups) {
        List<List<String>> copied = new ArrayList<>();
        for (List<String> group : groups) {
            copied.add(List.copyOf(group));
        }
        handle.call(
                Op.PARTITION,
                handle.request().list(copied, (request, group) -> request.list(group, Request::text)));
    }

    /** Ends every cut and every hold: each node reaches every other again. */
    public void heal() {
        call(Op.HEAL);
    }

    /**
     * Lets virtual time pass.
     *
     * @param span how much
     */
    public void runFor(Duration span) {
        handle.call(Op.RUN_FOR, handle.request().span(Objects.requireNonNull(span, "span")));
    }

    /** Runs until no request and no message is in flight. */
    public void settle() {
        call(Op.SETTLE);
    }

    /**
     * The virtual time.
     *
     * @return the time since the cluster started
     */
    public Duration now() {
        return Duration.ofNanos(call(Op.NOW).number());
    }

    /**
     * Puts a remark into the trace, for the reader of its picture.
     *
     * @param text the remark
     */
    public void note(String text) {
        handle.call(Op.NOTE, handle.request().text(Objects.requireNonNull(text, "text")));
    }

    /**
     * The nodes of the cluster, up or not.
     *
     * @return their names
     */
    public List<String> nodes() {
        return call(Op.NODES).list(Response::text);
    }

    /**
     * Whether a node runs.
     *
     * @param node such as {@code n1}
     * @return false for a killed node
     */
    public boolean isUp(String node) {
        return handle.call(Op.IS_UP, named(node)).flag();
    }

    /**
     * The nodes that hold a key.
     *
     * @param key the key
     * @return their names, the preferred one first
     */
    public List<String> owners(byte[] key) {
        Request request = handle.request().bytes(Objects.requireNonNull(key, "key"));
        return handle.call(Op.OWNERS, request).list(Response::text);
    }

    /**
     * The nodes that hold a key.
     *
     * @param key the key
     * @return their names, the preferred one first
     */
    public List<String> owners(String key) {
        return owners(bytes(key, "key"));
    }

    /**
     * The values that one node holds of a key, read past every quorum; for tests and pictures.
     *
     * @param node such as {@code n1}
     * @param key the key
     * @return the values, sorted by bytes
     */
    public List<byte[]> peek(String node, byte[] key) {
        Request request = named(node).bytes(Objects.requireNonNull(key, "key"));
        return handle.call(Op.PEEK, request).list(Response::bytes);
    }

    /**
     * The values that one node holds of a key, read past every quorum; for tests and pictures.
     *
     * @param node such as {@code n1}
     * @param key the key
     * @return the values, sorted by bytes
     */
    public List<byte[]> peek(String node, String key) {
        return peek(node, bytes(key, "key"));
    }

    /**
     * Checks that every replica of every key holds the same versions.
     *
     * @throws CheckFailedException naming one that does not
     */
    public void checkConverged() {
        call(Op.CHECK_CONVERGED);
    }

    /**
     * Checks that every write acknowledged at a quorum is still there or was superseded knowingly.
     *
     * @throws CheckFailedException naming one that was lost
     */
    public void checkNoLostWrites() {
        call(Op.CHECK_NO_LOST_WRITES);
    }

    /**
     * Checks that each key of plain values behaved as one register.
     *
     * @throws CheckFailedException naming one that did not
     */
    public void checkLinearizable() {
        call(Op.CHECK_LINEARIZABLE);
    }

    /**
     * Checks that no overwritten value returned, and no strict read missed what was acknowledged before it.
     *
     * @throws CheckFailedException naming one that did
     */
    public void checkCausal() {
        call(Op.CHECK_CAUSAL);
    }

    /**
     * Checks that no deleted value returned.
     *
     * @throws CheckFailedException naming one that did
     */
    public void checkNoResurrection() {
        call(Op.CHECK_NO_RESURRECTION);
    }

    /**
     * Checks that no two nodes ever believed in different owners for one epoch.
     *
     * @throws CheckFailedException naming an epoch in which they did
     */
    public void checkTopology() {
        call(Op.CHECK_TOPOLOGY);
    }

    /**
     * What all nodes that are up have counted since each was started.
     *
     * @return the counters by name: {@code reads}, {@code hints_stored}, {@code repair_bytes} and so on
     */
    public Map<String, Long> stats() {
        Map<String, Long> counters = new TreeMap<>();
        call(Op.STATS).list(row -> counters.put(row.text(), row.number()));
        return Collections.unmodifiableMap(counters);
    }

    /**
     * What has happened so far.
     *
     * @return a view, which goes on with the cluster
     */
    public Trace trace() {
        return new Trace(handle);
    }

    /**
     * A picture of where keys lie.
     *
     * @return a standalone SVG document
     */
    public String placementSvg() {
        return placementSvg(Optional.empty());
    }

    /**
     * A picture of where keys lie, with the owners of one key marked.
     *
     * @param key the key
     * @return a standalone SVG document
     */
    public String placementSvg(String key) {
        return placementSvg(Optional.of(bytes(key, "key")));
    }

    private String placementSvg(Optional<byte[]> key) {
        return handle.call(Op.PLACEMENT_SVG, handle.request().option(key, Request::bytes)).text();
    }

    /**
     * The ring that places the keys.
     *
     * @return the ring, which is independent of the cluster
     * @throws InvalidArgumentException when the cluster places keys by something else
     */
    public Ring ring() {
        return new Ring(call(Op.CLUSTER_RING));
    }

    /** Closes the cluster; a second time does nothing. */
    @Override
    public void close() {
        handle.close();
    }

    private Response call(Op op) {
        return handle.call(op, handle.request());
    }
}
