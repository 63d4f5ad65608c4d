package dev.kvorum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Each bad argument is an exception with a message, and the cluster works on. */
class BadArgumentTest {

    private static final String HALF_PAIR = "\ud83e";
    private static final byte[] KEY = {1};

    private static Cluster cluster;
    private static Ring ring;

    @BeforeAll
    static void start() {
        cluster = Cluster.start();
        ring = Ring.of(3, 4, 7);
    }

    @AfterAll
    static void close() {
        cluster.put("still", "alive");
        assertEquals(List.of("alive"), cluster.get("still").strings());
        cluster.close();
        ring.close();
    }

    private record Bad(String name, Consumer<Cluster> call) {}

    private static Bad bad(String name, Consumer<Cluster> call) {
        return new Bad(name, call);
    }

    private static Bad config(String name, UnaryOperator<ClusterConfig> change) {
        return bad("config " + name, c -> Cluster.start(change.apply(ClusterConfig.defaults())).close());
    }

    private static void ringOf(Placement placement) {
        try (Cluster other = Cluster.start(ClusterConfig.defaults().withPlacement(placement))) {
            other.ring();
        }
    }

    @TestFactory
    Stream<DynamicTest> nullIsRefusedByName() {
        PutOptions puts = PutOptions.none();
        GetOptions gets = GetOptions.none();
        return Stream.of(
                        bad("config", c -> Cluster.start(null)),
                        bad("key", c -> c.put((byte[]) null, KEY)),
                        bad("key", c -> c.put((String) null, "v")),
                        bad("value", c -> c.put(KEY, (byte[]) null)),
                        bad("value", c -> c.put("k", (String) null)),
                        bad("options", c -> c.put(KEY, KEY, null)),
                        bad("key", c -> c.get((byte[]) null)),
                        bad("key", c -> c.get((String) null)),
                        bad("options", c -> c.get(KEY, null)),
                        bad("key", c -> c.delete((byte[]) null)),
                        bad("key", c -> c.delete((String) null, puts)),
                        bad("options", c -> c.delete(KEY, null)),
                        bad("node", c -> c.kill(null)),
                        bad("node", c -> c.restart(null)),
                        bad("node", c -> c.isUp(null)),
                        bad("node", c -> c.peek(null, KEY)),
                        bad("key", c -> c.peek("n1", (byte[]) null)),
                        bad("key", c -> c.owners((byte[]) null)),
                        bad("key", c -> c.owners((String) null)),
                        bad("key", c -> c.placementSvg(null)),
                        bad("text", c -> c.note(null)),
                        bad("span", c -> c.runFor(null)),
                        bad("", c -> c.partition((List<String>[]) null)),
                        bad("", c -> c.partition((List<String>) null)),
                        bad("", c -> c.partition(Arrays.asList("n1", null))),
                        bad("", c -> puts.withVia(null)),
                        bad("", c -> puts.withContext(null)),
                        bad("", c -> puts.withTimeout(null)),
                        bad("", c -> gets.withVia(null)),
                        bad("", c -> gets.withTimeout(null)),
                        bad("bytes", c -> new Context(null)),
                        bad("repair", c -> ClusterConfig.defaults().withRepair(null)),
                        bad("timeout", c -> ClusterConfig.defaults().withTimeout(null)),
                        bad("conflict", c -> ClusterConfig.defaults().withConflict(null)),
                        bad("placement", c -> ClusterConfig.defaults().withPlacement(null)),
                        bad("text", c -> Scenario.run(null)),
                        bad("name", c -> Scenario.run("", null)),
                        bad("seed", c -> Scenario.run("", "a.kv", null)),
                        bad("key", c -> ring.preferenceList((byte[]) null, 1)),
                        bad("key", c -> ring.owner((String) null)),
                        bad("member", c -> ring.add((Member) null)),
                        bad("node", c -> ring.add((String) null)),
                        bad("node", c -> ring.remove(null)),
                        bad("other", c -> ring.moved(null, 1)),
                        bad("key", c -> ring.svg(null, 1)),
                        bad("zone", c -> Ring.builder().add("n1", null, 1)))
                .map(bad -> DynamicTest.dynamicTest("null " + bad.name, () -> {
                    NullPointerException thrown =
                            assertThrows(NullPointerException.class, () -> bad.call.accept(cluster));
                    if (!bad.name.isEmpty()) {
                        assertEquals(bad.name, thrown.getMessage());
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> whatMakesNoSenseIsInvalid() {
        PutOptions puts = PutOptions.none();
        GetOptions gets = GetOptions.none();
        Duration negative = Duration.ofNanos(-1);
        Duration endless = Duration.ofSeconds(Long.MAX_VALUE, 999_999_999);
        return Stream.of(
                        config("no nodes", c -> c.withNodes(0)),
                        config("negative nodes", c -> c.withNodes(-1)),
                        config("too many nodes", c -> c.withNodes(Integer.MAX_VALUE)),
                        config("no zones", c -> c.withZones(0)),
                        config("negative zones", c -> c.withZones(-1)),
                        config("no tokens", c -> c.withTokens(0)),
                        config("negative tokens", c -> c.withTokens(Integer.MIN_VALUE)),
                        config("too many tokens", c -> c.withTokens(Integer.MAX_VALUE)),
                        config("no replication", c -> c.withReplication(0)),
                        config("N above the nodes", c -> c.withReplication(6)),
                        config("negative N", c -> c.withReplication(-3)),
                        config("no R", c -> c.withRead(0)),
                        config("R above N", c -> c.withRead(4)),
                        config("negative R", c -> c.withRead(-1)),
                        config("no W", c -> c.withWrite(0)),
                        config("W above N", c -> c.withWrite(4)),
                        config("negative W", c -> c.withWrite(-1)),
                        config("negative repair", c -> c.withRepair(negative)),
                        config("negative timeout", c -> c.withTimeout(negative)),
                        config("no timeout", c -> c.withTimeout(Duration.ZERO)),
                        config("negative delay", c -> c.withDelayMin(negative)),
                        config("delays crossed", c -> c.withDelayMin(Duration.ofSeconds(1))),
                        config("negative loss", c -> c.withLoss(-0.1)),
                        config("loss above one", c -> c.withLoss(1.1)),
                        config("loss not a number", c -> c.withLoss(Double.NaN)),
                        config("loss without end", c -> c.withLoss(Double.POSITIVE_INFINITY)),
                        config("negative seed", c -> c.withSeed(-1)),
                        bad("half a pair as key", c -> c.put(HALF_PAIR, "v")),
                        bad("half a pair as value", c -> c.put("k", HALF_PAIR)),
                        bad("half a pair as node", c -> c.kill(HALF_PAIR)),
                        bad("via nobody", c -> c.put("k", "v", puts.withVia("nobody"))),
                        bad("via no name", c -> c.put("k", "v", puts.withVia(""))),
                        bad("via a stranger", c -> c.put("k", "v", puts.withVia("n99"))),
                        bad("via n0", c -> c.get("k", gets.withVia("n0"))),
                        bad("W of a put is 0", c -> c.put("k", "v", puts.withWrite(0))),
                        bad("W of a put is negative", c -> c.put("k", "v", puts.withWrite(-1))),
                        bad("W of a put is huge", c -> c.put("k", "v", puts.withWrite(Integer.MAX_VALUE))),
                        bad("R of a get is 0", c -> c.get("k", gets.withRead(0))),
                        bad("R of a get is negative", c -> c.get("k", gets.withRead(-1))),
                        bad("R of a get is huge", c -> c.get("k", gets.withRead(Integer.MAX_VALUE))),
                        bad("timeout negative", c -> c.put("k", "v", puts.withTimeout(negative))),
                        bad("timeout of a get negative", c -> c.get("k", gets.withTimeout(negative))),
                        bad("kill a stranger", c -> c.kill("n99")),
                        bad("restart a stranger", c -> c.restart("n99")),
                        bad("restart a running node", c -> c.restart("n1")),
                        bad("peek at a stranger", c -> c.peek("n99", "k")),
                        bad("partition a stranger", c -> c.partition(List.of("n99"))),
                        bad("partition a node twice", c -> c.partition(List.of("n1"), List.of("n1"))),
                        bad("run backwards", c -> c.runFor(negative)),
                        bad("run for ever", c -> c.runFor(endless)),
                        bad("script without sense", c -> Scenario.run("puut cart milk")),
                        bad("script seed negative", c -> Scenario.run("", "a.kv", OptionalLong.of(-1))),
                        bad("ring without nodes", c -> Ring.of(0, 1, 0)),
                        bad("ring of negative nodes", c -> Ring.of(-1, 1, 0)),
                        bad("ring of too many", c -> Ring.of(Integer.MAX_VALUE, 1, 0)),
                        bad("ring without tokens", c -> Ring.of(1, 0, 0)),
                        bad("ring of negative tokens", c -> Ring.of(1, -1, 0)),
                        bad("ring with a negative seed", c -> Ring.of(1, 1, Long.MIN_VALUE)),
                        bad("empty ring", c -> Ring.builder().build()),
                        bad("node twice", c -> Ring.builder().add("n1").add("n1").build()),
                        bad("weight 0", c -> Ring.builder().add("n1", "z1", 0).build()),
                        bad("weight negative", c -> Ring.builder().add("n1", "z1", -1).build()),
                        bad("zone is no zone", c -> Ring.builder().add("n1", "north", 1).build()),
                        bad("node is no node", c -> Ring.builder().add("one").build()),
                        bad("add a member", c -> ring.add("n1")),
                        bad("remove a stranger", c -> ring.remove("n9")),
                        bad("negative n", c -> ring.preferenceList("k", -1)),
                        bad("no keys", c -> ring.moved(ring, 0)),
                        bad("negative keys", c -> ring.moved(ring, -1)),
                        bad("too many keys", c -> ring.moved(ring, Integer.MAX_VALUE)),
                        bad("copies of none", c -> ring.moved(ring, 1, 0)),
                        bad("negative copies", c -> ring.moved(ring, 1, -1)),
                        bad("the ring of a cluster without", c -> ringOf(Placement.JUMP)),
                        bad("negative n in a picture", c -> ring.svg("k", -1)))
                .map(bad -> DynamicTest.dynamicTest(bad.name, () -> {
                    InvalidArgumentException thrown =
                            assertThrows(InvalidArgumentException.class, () -> bad.call.accept(cluster));
                    assertTrue(thrown.getMessage().length() > 20, thrown.getMessage());
                    assertEquals(Code.INVALID_ARGUMENT, thrown.code());
                }));
    }

    @TestFactory
    Stream<DynamicTest> whatIsTooLargeIsRefusedWithItsLimit() {
        byte[] key = new byte[1025];
        byte[] value = new byte[(1 << 20) + 1];
        byte[] huge = new byte[1 << 26];
        String name = "n".repeat(1 << 20);
        Context context = new Context(huge);
        return Stream.of(
                        bad("key of a put", c -> c.put(key, KEY)),
                        bad("key of a get", c -> c.get(key)),
                        bad("key of a delete", c -> c.delete(key)),
                        bad("key of owners", c -> c.owners(key)),
                        bad("key of a ring", c -> ring.owner(key)),
                        bad("value", c -> c.put(KEY, value)),
                        bad("huge key", c -> c.put(huge, KEY)),
                        bad("huge value", c -> c.put(KEY, huge)),
                        bad("huge context", c -> c.put(KEY, KEY, PutOptions.none().withContext(context))),
                        bad("name of a node", c -> c.kill(name)),
                        bad("note", c -> c.note(name)),
                        bad("partition", c -> c.partition(Collections.nCopies(1 << 24, "n1"))),
                        bad("script", c -> Scenario.run("#".repeat((1 << 20) + 1))))
                .map(bad -> DynamicTest.dynamicTest(bad.name, () -> {
                    TooLargeException thrown =
                            assertThrows(TooLargeException.class, () -> bad.call.accept(cluster));
                    assertTrue(thrown.getMessage().contains("the limit is"), thrown.getMessage());
                }));
    }

    @Test
    void theLargestKeyAndValueAreTaken() {
        byte[] key = new byte[1 << 10];
        byte[] value = new byte[1 << 20];
        value[value.length - 1] = 7;
        cluster.put(key, value);
        assertTrue(Arrays.equals(value, cluster.get(key).value().orElseThrow()));
    }

    @Test
    void aForgedContextIsRefusedOrHarmless() {
        for (byte[] forged : List.of(new byte[] {1}, "context".getBytes(), new byte[1000])) {
            PutOptions options = PutOptions.none().withContext(new Context(forged));
            assertThrows(KvorumException.class, () -> cluster.put("forged", "v", options));
        }
    }

    @Test
    void aValueThatIsNoTextIsReadAsBytes() {
        cluster.put("bytes", new byte[] {-1});
        Read read = cluster.get("bytes");
        assertThrows(InvalidArgumentException.class, read::strings);
        assertEquals(1, read.value().orElseThrow().length);
    }
}
