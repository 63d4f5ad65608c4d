package dev.kvorum;

import dev.kvorum.internal.Native;
import dev.kvorum.internal.Op;
import dev.kvorum.internal.Request;
import dev.kvorum.internal.Response;
import java.time.Duration;
import java.util.Objects;

/**
 * A cluster's settings. The scenario script's {@code cluster} line sets them by the same names. Begin with
 * {@link #defaults}; whether they make sense together is checked when the cluster starts.
 *
 * @param nodes nodes, {@code n1} to {@code nN}
 * @param zones zones, dealt to the nodes in turn
 * @param tokens tokens of a node on the ring
 * @param replication N: copies of each key
 * @param read R: replicas that must answer a read
 * @param write W: replicas that must acknowledge a write
 * @param conflict how concurrent writes are kept
 * @param placement how keys are placed
 * @param readrepair whether a read that finds a stale replica sends it the newer version
 * @param repair pause between two repair exchanges of one node; zero switches repair off
 * @param timeout a request's time limit
 * @param delayMin message delay, shortest
 * @param delayMax message delay, longest
 * @param loss share of messages lost, 0.0 to 1.0
 * @param seed seed of everything left to chance; not negative
 */
public record ClusterConfig(
        int nodes,
        int zones,
        int tokens,
        int replication,
        int read,
        int write,
        Conflict conflict,
        Placement placement,
        boolean readrepair,
        Duration repair,
        Duration timeout,
        Duration delayMin,
        Duration delayMax,
        double loss,
        long seed) {

    /**
     * Settings.
     *
     * @param nodes nodes, {@code n1} to {@code nN}
     * @param zones zones, dealt to the nodes in turn
     * @param tokens tokens of a node on the ring
     * @param replication N: copies of each key
     * @param read R: replicas that must answer a read
     * @param write W: replicas that must acknowledge a write
     * @param conflict how concurrent writes are kept
     * @param placement how keys are placed
     * @param readrepair whether a read that finds a stale replica sends it the newer version
     * @param repair pause between two repair exchanges of one node; zero switches repair off
     * @param timeout a request's time limit
     * @param delayMin message delay, shortest
     * @param delayMax message delay, longest
     * @param loss share of messages lost, 0.0 to 1.0
     * @param seed seed of everything left to chance; not negative
     */
    public ClusterConfig {
        Objects.requireNonNull(conflict, "conflict");
        Objects.requireNonNull(placement, "placement");
        Objects.requireNonNull(repair, "repair");
        Objects.requireNonNull(timeout, "timeout");
        Objects.requireNonNull(delayMin, "delayMin");
        Objects.requireNonNull(delayMax, "delayMax");
    }

    /**
     * The engine's own default settings.
     *
     * @return the settings
     */
    public static ClusterConfig defaults() {
        return Defaults.CONFIG;
    }

    /** Asked for once, and not before the first use. */
    private static final class Defaults {
        static final ClusterConfig CONFIG = read(Native.call(Op.CLUSTER_DEFAULTS, new Request()));
    }

    /**
     * These settings with another {@code nodes}.
     *
     * @param nodes nodes, {@code n1} to {@code nN}
     * @return the settings
     */
    public ClusterConfig withNodes(int nodes) {
        return new ClusterConfig(
                nodes, zones, tokens, replication, read, write, conflict, placement, readrepair, repair,
                timeout, delayMin, delayMax, loss, seed);
    }

    /**
     * These settings with another {@code zones}.
     *
     * @param zones zones, dealt to the nodes in turn
     * @return the settings
     */
    public ClusterConfig withZones(int zones) {
        return new ClusterConfig(
                nodes, zones, tokens, replication, read, write, conflict, placement, readrepair, repair,
                timeout, delayMin, delayMax, loss, seed);
    }

    /**
     * These settings with another {@code tokens}.
     *
     * @param tokens tokens of a node on the ring
     * @return the settings
     */
    public ClusterConfig withTokens(int tokens) {
        return new ClusterConfig(
                nodes, zones, tokens, replication, read, write, conflict, placement, readrepair, repair,
                timeout, delayMin, delayMax, loss, seed);
    }

    /**
     * These settings with another {@code replication}.
     *
     * @param replication N: copies of each key
     * @return the settings
     */
    public ClusterConfig withReplication(int replication) {
        return new ClusterConfig(
                nodes, zones, tokens, replication, read, write, conflict, placement, readrepair, repair,
                timeout, delayMin, delayMax, loss, seed);
    }

    /**
     * These settings with another {@code read}.
     *
     * @param read R: replicas that must answer a read
     * @return the settings
     */
    public ClusterConfig withRead(int read) {
        return new ClusterConfig(
                nodes, zones, tokens, replication, read, write, conflict, placement, readrepair, repair,
                timeout, delayMin, delayMax, loss, seed);
    }

    /**
     * These settings with another {@code write}.
     *
     * @param write W: replicas that must acknowledge a write
     * @return the settings
     */
    public ClusterConfig withWrite(int write) {
        return new ClusterConfig(
                nodes, zones, tokens, replication, read, write, conflict, placement, readrepair, repair,
                timeout, delayMin, delayMax, loss, seed);
    }

    /**
     * These settings with another {@code conflict}.
     *
     * @param conflict how concurrent writes are kept
     * @return the settings
     */
    public ClusterConfig withConflict(Conflict conflict) {
        return new ClusterConfig(
                nodes, zones, tokens, replication, read, write, conflict, placement, readrepair, repair,
                timeout, delayMin, delayMax, loss, seed);
    }

    /**
     * These settings with another {@code placement}.
     *
     * @param placement how keys are placed
     * @return the settings
     */
    public ClusterConfig withPlacement(Placement placement) {
        return new ClusterConfig(
                nodes, zones, tokens, replication, read, write, conflict, placement, readrepair, repair,
                timeout, delayMin, delayMax, loss, seed);
    }

    /**
     * These settings with another {@code readrepair}.
     *
     * @param readrepair whether a read that finds a stale replica sends it the newer version
     * @return the settings
     */
    public ClusterConfig withReadrepair(boolean readrepair) {
        return new ClusterConfig(
                nodes, zones, tokens, replication, read, write, conflict, placement, readrepair, repair,
                timeout, delayMin, delayMax, loss, seed);
    }

    /**
     * These settings with another {@code repair}.
     *
     * @param repair pause between two repair exchanges of one node; zero switches repair off
     * @return the settings
     */
    public ClusterConfig withRepair(Duration repair) {
        return new ClusterConfig(
                nodes, zones, tokens, replication, read, write, conflict, placement, readrepair, repair,
                timeout, delayMin, delayMax, loss, seed);
    }

    /**
     * These settings with another {@code timeout}.
     *
     * @param timeout a request's time limit
     * @return the settings
     */
    public ClusterConfig withTimeout(Duration timeout) {
        return new ClusterConfig(
                nodes, zones, tokens, replication, read, write, conflict, placement, readrepair, repair,
                timeout, delayMin, delayMax, loss, seed);
    }

    /**
     * These settings with another {@code delayMin}.
     *
     * @param delayMin message delay, shortest
     * @return the settings
     */
    public ClusterConfig withDelayMin(Duration delayMin) {
        return new ClusterConfig(
                nodes, zones, tokens, replication, read, write, conflict, placement, readrepair, repair,
                timeout, delayMin, delayMax, loss, seed);
    }

    /**
     * These settings with another {@code delayMax}.
     *
     * @param delayMax message delay, longest
     * @return the settings
     */
    public ClusterConfig withDelayMax(Duration delayMax) {
        return new ClusterConfig(
                nodes, zones, tokens, replication, read, write, conflict, placement, readrepair, repair,
                timeout, delayMin, delayMax, loss, seed);
    }

    /**
     * These settings with another {@code loss}.
     *
     * @param loss share of messages lost, 0.0 to 1.0
     * @return the settings
     */
    public ClusterConfig withLoss(double loss) {
        return new ClusterConfig(
                nodes, zones, tokens, replication, read, write, conflict, placement, readrepair, repair,
                timeout, delayMin, delayMax, loss, seed);
    }

    /**
     * These settings with another {@code seed}.
     *
     * @param seed seed of everything left to chance; not negative
     * @return the settings
     */
    public ClusterConfig withSeed(long seed) {
        return new ClusterConfig(
                nodes, zones, tokens, replication, read, write, conflict, placement, readrepair, repair,
                timeout, delayMin, delayMax, loss, seed);
    }

    void addTo(Request request) {
        request.number(nodes)
                .number(zones)
                .number(tokens)
                .number(replication)
                .number(read)
                .number(write)
                .choice(conflict)
                .choice(placement)
                .flag(readrepair)
                .span(repair)
                .span(timeout)
                .span(delayMin)
                .span(delayMax)
                .real(loss)
                .number(seed);
    }

    static ClusterConfig read(Response response) {
        return new ClusterConfig(
                response.small(),
                response.small(),
                response.small(),
                response.small(),
                response.small(),
                response.small(),
                Conflict.values()[response.choice()],
                Placement.values()[response.choice()],
                response.flag(),
                response.span(),
                response.span(),
                response.span(),
                response.span(),
                response.real(),
                response.number());
    }
}
