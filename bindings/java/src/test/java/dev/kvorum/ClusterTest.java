package dev.kvorum;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ClusterTest {

    private Cluster cluster;

    @BeforeEach
    void start() {
        cluster = Cluster.start(ClusterConfig.defaults().withSeed(7));
    }

    @AfterEach
    void close() {
        cluster.close();
    }

    @Test
    void aValueComesBackAsTextAndAsBytes() {
        cluster.put("cart", "milk");
        assertEquals(List.of("milk"), cluster.get("cart").strings());
        byte[] odd = {0, -1, 127, -128};
        cluster.put(odd, odd);
        assertArrayEquals(odd, cluster.get(odd).value().orElseThrow());
        cluster.put("odd", odd);
        assertArrayEquals(odd, cluster.get("odd").value().orElseThrow());
        byte[] two = {2};
        cluster.put(two, "even");
        assertEquals(List.of("even"), cluster.get(two).strings());
    }

    @Test
    void aTextIsItsUtf8() {
        String text = "grüße, 世界, 🥛";
        cluster.put(text, text);
        assertEquals(List.of(text), cluster.get(text).strings());
        assertArrayEquals(
                text.getBytes(java.nio.charset.StandardCharsets.UTF_8),
                cluster.get(text).value().orElseThrow());
    }

    @Test
    void anUnknownAndADeletedKeyHaveNoValue() {
        assertTrue(cluster.get("cart").value().isEmpty());
        cluster.put("cart", "milk");
        Read read = cluster.get("cart");
        cluster.delete("cart", PutOptions.none().withContext(read.context()));
        assertEquals(List.of(), cluster.get("cart").strings());
    }

    @Test
    void concurrentWritesAreSiblingsUntilAWriteWithTheirContext() {
        cluster.put("cart", "milk", PutOptions.none().withVia("n1"));
        cluster.put("cart", "eggs", PutOptions.none().withVia("n2"));
        Read read = cluster.get("cart", GetOptions.none().withRead(3).withVia("n3"));
        assertEquals(List.of("eggs", "milk"), read.strings());
        assertThrows(ConflictException.class, read::value);
        cluster.put("cart", "eggs, milk", PutOptions.none().withContext(read.context()));
        assertEquals(List.of("eggs, milk"), cluster.get("cart").strings());
    }

    @Test
    void aContextSurvivesAsBytes() {
        Context first = cluster.put("cart", "milk");
        Context again = new Context(first.bytes());
        assertEquals(first, again);
        assertEquals(first.hashCode(), again.hashCode());
        cluster.put("cart", "eggs", PutOptions.none().withContext(again));
        assertEquals(List.of("eggs"), cluster.get("cart").strings());
    }

    @Test
    void emptyKeysAndValuesAreTreatedAlikeByAllOverloads() {
        cluster.put("empty", "");
        assertArrayEquals(new byte[0], cluster.get("empty").value().orElseThrow());
    }

    @Test
    void withoutAQuorumAWriteFailsAndSaysWhetherItMayLiveOn() {
        List<String> owners = cluster.owners("cart");
        assertEquals(3, owners.size());
        cluster.kill(owners.get(1));
        cluster.kill(owners.get(2));
        assertFalse(cluster.isUp(owners.get(1)));
        assertTrue(cluster.isUp(owners.get(0)));
        KvorumException failed = assertThrows(
                KvorumException.class,
                () -> cluster.put("cart", "milk", PutOptions.none().withVia(owners.get(0))));
        assertTrue(Set.of(Code.AMBIGUOUS, Code.UNAVAILABLE).contains(failed.code()), failed.toString());
        assertTrue(failed.retryable());
        cluster.restart(owners.get(1));
        cluster.restart(owners.get(2));
        cluster.put("cart", "eggs");
        cluster.runFor(Duration.ofSeconds(30));
        cluster.settle();
        cluster.checkConverged();
        cluster.checkNoLostWrites();
    }

    @Test
    void aPartitionSeparatesUntilItHeals() {
        List<String> owners = cluster.owners("cart");
        List<String> alone = List.of(owners.get(0));
        cluster.partition(alone);
        assertThrows(
                KvorumException.class, () -> cluster.get("cart", GetOptions.none().withVia(owners.get(0))));
        PutOptions weak = PutOptions.none().withVia(owners.get(0)).withWrite(1);
        cluster.put("cart", "milk", weak);
        CheckFailedException diverged = assertThrows(CheckFailedException.class, cluster::checkConverged);
        assertFalse(diverged.getMessage().isBlank());
        assertEquals(Code.CHECK_FAILED, diverged.code());
        assertEquals(1, cluster.peek(owners.get(0), "cart").size());
        assertEquals(0, cluster.peek(owners.get(1), "cart").size());
        cluster.heal();
        cluster.runFor(Duration.ofSeconds(30));
        cluster.settle();
        cluster.checkConverged();
    }

    @Test
    void timeIsVirtual() {
        Duration before = cluster.now();
        cluster.runFor(Duration.ofMinutes(5));
        assertEquals(Duration.ofMinutes(5), cluster.now().minus(before));
    }

    @Test
    void theNodesHaveNames() {
        assertEquals(List.of("n1", "n2", "n3", "n4", "n5"), cluster.nodes());
    }

    @Test
    void theTraceGoesOnWithTheCluster() {
        Trace trace = cluster.trace();
        long count = trace.count();
        String hash = trace.hash();
        cluster.note("a remark <of> mine");
        cluster.put("cart", "milk");
        assertTrue(trace.count() > count);
        assertNotEquals(hash, trace.hash());
        assertTrue(trace.hash().matches("[0-9a-f]{16}"), trace.hash());
        assertTrue(trace.events().contains("a remark <of> mine"), trace.events());
        assertEquals(trace.count(), trace.events().lines().count());
        assertTrue(trace.text().contains("n1"), trace.text());
        assertTrue(trace.svg().startsWith("<svg"), trace.svg());
        assertTrue(cluster.placementSvg().startsWith("<svg"));
        assertNotEquals(cluster.placementSvg(), cluster.placementSvg("cart"));
    }

    @Test
    void aRequestIsOneLineOfTheTraceWhateverItsBytesAre() {
        cluster.put("a\nb", "c\nd");
        assertEquals(cluster.trace().count(), cluster.trace().events().split("\n").length);
    }

    @Test
    void oneSeedIsOneRunAndAnotherSeedIsAnother() {
        assertEquals(run(7), run(7));
        assertNotEquals(run(7), run(8));
    }

    private static String run(long seed) {
        try (Cluster cluster = Cluster.start(ClusterConfig.defaults().withSeed(seed))) {
            for (int i = 0; i < 20; i++) {
                cluster.put("key" + i, "value" + i);
            }
            cluster.kill("n2");
            cluster.runFor(Duration.ofSeconds(3));
            return cluster.trace().hash();
        }
    }

    @Test
    void theSettingsAreThoseItWasStartedWith() {
        ClusterConfig config = ClusterConfig.defaults()
                .withNodes(6)
                .withZones(2)
                .withTokens(8)
                .withReplication(4)
                .withRead(1)
                .withWrite(3)
                .withConflict(Conflict.LWW)
                .withPlacement(Placement.RENDEZVOUS)
                .withReadrepair(false)
                .withRepair(Duration.ZERO)
                .withTimeout(Duration.ofMillis(250))
                .withDelayMin(Duration.ofNanos(1))
                .withDelayMax(Duration.ofMillis(2))
                .withLoss(0.25)
                .withSeed(Long.MAX_VALUE);
        try (Cluster other = Cluster.start(config)) {
            assertEquals(config, other.config());
        }
    }

    @Test
    void everyConflictRuleAndPlacementStarts() {
        for (Conflict conflict : Conflict.values()) {
            for (Placement placement : Placement.values()) {
                ClusterConfig config =
                        ClusterConfig.defaults().withConflict(conflict).withPlacement(placement);
                try (Cluster other = Cluster.start(config)) {
                    assertEquals(config, other.config());
                    if (conflict.ordinal() <= Conflict.MERGE.ordinal()) {
                        other.put("cart", "milk");
                        assertEquals(List.of("milk"), other.get("cart").strings());
                    }
                }
            }
        }
    }

    @Test
    void levelsHaveNames() {
        cluster.put("cart", "milk", PutOptions.none().withWrite(Level.ALL));
        cluster.kill(cluster.owners("cart").get(2));
        String via = cluster.owners("cart").get(0);
        GetOptions gets = GetOptions.none().withVia(via);
        assertEquals(List.of("milk"), cluster.get("cart", gets.withRead(Level.QUORUM)).strings());
        assertEquals(List.of("milk"), cluster.get("cart", gets.withRead(Level.of(2))).strings());
        assertThrows(UnavailableException.class, () -> cluster.get("cart", gets.withRead(Level.ALL)));
        InvalidArgumentException refused = assertThrows(
                InvalidArgumentException.class, () -> cluster.get("cart", gets.withRead(new Level("most"))));
        assertTrue(refused.getMessage().contains("each_quorum"), refused.getMessage());
    }

    @Test
    void countersAndSetsLiveInTables() {
        cluster.table("count", Conflict.COUNTER);
        cluster.table("tags", Conflict.ORSET, OptionalInt.of(5), Optional.empty());
        PutOptions count = PutOptions.none().withTable("count");
        PutOptions tags = PutOptions.none().withTable("tags");
        for (int i = 0; i < 3; i++) {
            cluster.increment("visits", 5, count.withToken(11));
        }
        cluster.increment("visits", -7, count);
        assertEquals(List.of("-2"), cluster.get("visits", GetOptions.none().withTable("count")).strings());
        cluster.add("cart", "milk", tags);
        cluster.add("cart", "eggs", tags);
        cluster.remove("cart", "milk", tags);
        assertEquals(List.of("eggs"), cluster.get("cart", GetOptions.none().withTable("tags")).strings());
        assertTrue(cluster.get("cart").value().isEmpty());
        assertThrows(InvalidArgumentException.class, () -> cluster.table("tags", Conflict.LWW));
        assertThrows(InvalidArgumentException.class, () -> cluster.increment("visits", 1, PutOptions.none()));
    }

    @Test
    void aValueLivesAsLongAsItsWriteSays() {
        cluster.put("cart", "milk", PutOptions.none().withTtl(Duration.ofMillis(2500)));
        cluster.runFor(Duration.ofSeconds(2));
        assertEquals(List.of("milk"), cluster.get("cart").strings());
        cluster.runFor(Duration.ofSeconds(1));
        assertTrue(cluster.get("cart").value().isEmpty());
    }

    @Test
    void aSessionReadsWhatItWrote() {
        PutOptions puts = PutOptions.none().withSession("ann");
        GetOptions gets = GetOptions.none().withSession("ann").withRead(1);
        for (int i = 0; i < 10; i++) {
            cluster.put("cart", "milk " + i, puts.withWrite(1));
            assertEquals(List.of("milk " + i), cluster.get("cart", gets).strings());
        }
    }

    @Test
    void faultsStrikeAndEnd() {
        List<String> owners = cluster.owners("cart");
        cluster.put("cart", "milk", PutOptions.none().withWrite(Level.ALL));
        GetOptions all = GetOptions.none().withVia(owners.get(0)).withRead(Level.ALL);

        cluster.pause(owners.get(1), Duration.ofSeconds(2));
        assertThrows(UnavailableException.class, () -> cluster.get("cart", all));
        cluster.runFor(Duration.ofSeconds(5));
        assertEquals(List.of("milk"), cluster.get("cart", all).strings());

        cluster.isolate(owners.get(1));
        assertThrows(UnavailableException.class, () -> cluster.get("cart", all));
        cluster.heal();
        cluster.oneway(owners.get(0), owners.get(1));
        assertThrows(UnavailableException.class, () -> cluster.get("cart", all));
        cluster.heal();
        cluster.hold(owners.get(0), owners.get(1));
        assertThrows(UnavailableException.class, () -> cluster.get("cart", all));
        cluster.release(owners.get(0), owners.get(1));
        assertEquals(List.of("milk"), cluster.get("cart", all).strings());

        cluster.wipe(owners.get(2));
        assertFalse(cluster.isUp(owners.get(2)));
        assertTrue(cluster.peek(owners.get(2), "cart").isEmpty());
        cluster.restart(owners.get(2));
        cluster.runFor(Duration.ofMinutes(1));
        cluster.checkConverged();
        cluster.checkLinearizable();
        cluster.checkCausal();
        cluster.checkNoResurrection();
    }

    @Test
    void theNodesCountWhatTheyDo() {
        cluster.put("cart", "milk");
        cluster.get("cart");
        assertEquals(1L, cluster.stats().get("writes"));
        assertEquals(1L, cluster.stats().get("reads"));
        assertTrue(cluster.stats().containsKey("hints_stored"));
    }
}
