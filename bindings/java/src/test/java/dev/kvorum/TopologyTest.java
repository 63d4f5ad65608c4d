package dev.kvorum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Members come and go while clients read and write. */
class TopologyTest {

    private static final List<String> KEYS =
            IntStream.range(0, 40).mapToObj(number -> "k" + number).toList();
    private static final Duration MINUTE = Duration.ofMinutes(1);

    /** Writes every key over what stands there, and reads it back. */
    private static void load(Cluster cluster, String value) {
        for (String key : KEYS) {
            Context seen = cluster.get(key).context();
            cluster.put(key, value, PutOptions.none().withContext(seen));
            assertEquals(List.of(value), cluster.get(key).strings());
        }
    }

    private static List<String> members(Cluster cluster) {
        return cluster.topology().members().stream().map(Member::node).toList();
    }

    @ParameterizedTest
    @EnumSource(names = {"RING", "ALLOCATED", "PARTITIONS", "SLOTS"})
    void nodesJoinAndLeaveUnderLoadAndNothingIsLost(Placement placement) {
        ClusterConfig config = ClusterConfig.defaults().withNodes(3).withSeed(7).withPlacement(placement);
        try (Cluster cluster = Cluster.start(config)) {
            PutOptions seats = PutOptions.none().withTable("seats");
            cluster.table("seats", Conflict.CAS);
            cluster.cas("seat", "ann", seats, Condition.absent());
            load(cluster, "before");
            assertEquals(new Topology(1, cluster.topology().members(), Optional.empty()), cluster.topology());
            assertEquals(2, cluster.join("n4"));
            Topology moving = cluster.topology();
            assertTrue(moving.isMoving());
            assertEquals(3, moving.members().size());
            assertEquals(new Member("n4", "z1", 1), moving.coming().orElseThrow().get(3));
            load(cluster, "during");
            cluster.runUntilMoved(MINUTE);
            assertEquals(3, cluster.epoch());
            assertEquals(List.of("n1", "n2", "n3", "n4"), members(cluster));
            assertTrue(KEYS.stream().anyMatch(key -> cluster.owners(key).contains("n4")));
            cluster.leave("n1");
            load(cluster, "after");
            cluster.runUntilMoved(MINUTE);
            assertEquals(List.of("n2", "n3", "n4"), members(cluster));
            cluster.kill("n1");
            KEYS.forEach(key -> assertEquals(List.of("after"), cluster.get(key).strings()));
            assertEquals(2, cluster.cas("seat", "bob", seats, Condition.value("ann")).version());
            cluster.checkTopology();
            cluster.checkNoLostWrites();
        }
    }

    @Test
    void theDeadAreReplacedAndRemovedAndOthersChange() {
        try (Cluster cluster =
                Cluster.start(ClusterConfig.defaults().withNodes(5).withZones(2).withSeed(7))) {
            load(cluster, "milk");
            cluster.kill("n2");
            cluster.replace("n2", "n7");
            load(cluster, "eggs");
            cluster.runUntilMoved(MINUTE);
            assertEquals(List.of("n1", "n3", "n4", "n5", "n7"), members(cluster));
            cluster.kill("n5");
            cluster.leave("n5", true);
            cluster.runUntilMoved(MINUTE);
            Member heavy = new Member("n7", "z1", 2);
            cluster.changeMember(heavy);
            cluster.runUntilMoved(MINUTE);
            assertTrue(cluster.topology().members().contains(heavy));
            cluster.table("seats", Conflict.LWW);
            cluster.setCopies(2, "seats");
            cluster.runUntilMoved(MINUTE);
            cluster.setCopies(4);
            cluster.runUntilMoved(MINUTE);
            assertEquals(4, cluster.owners("k1").size());
            KEYS.forEach(key -> assertEquals(List.of("eggs"), cluster.get(key).strings()));
            cluster.checkTopology();
        }
    }

    @Test
    void aMoveIsCancelledAndWhatMakesNoSenseIsRefused() {
        try (Cluster cluster = Cluster.start(ClusterConfig.defaults().withNodes(3).withSeed(7))) {
            load(cluster, "milk");
            assertThrows(ConflictException.class, cluster::cancelMove);
            cluster.join("n4", Optional.of("z2"), OptionalInt.of(2));
            assertThrows(ConflictException.class, () -> cluster.leave("n1"));
            cluster.kill("n3");
            CheckFailedException under = assertThrows(
                    CheckFailedException.class, () -> cluster.runUntilMoved(Duration.ofMillis(1500)));
            assertTrue(under.getMessage().contains("ranges move since epoch 2"), under.getMessage());
            assertEquals(3, cluster.cancelMove());
            cluster.restart("n3");
            cluster.runUntilMoved(MINUTE);
            assertEquals(List.of("n1", "n2", "n3"), members(cluster));
            assertThrows(InvalidArgumentException.class, () -> cluster.leave("n9"));
            assertThrows(InvalidArgumentException.class, () -> cluster.leave("n1"));
            assertThrows(InvalidArgumentException.class, () -> cluster.setCopies(4));
            assertThrows(InvalidArgumentException.class, () -> cluster.setCopies(2, "none"));
            assertThrows(InvalidArgumentException.class, () -> cluster.join("five"));
            assertThrows(
                    InvalidArgumentException.class,
                    () -> cluster.join("n5", Optional.empty(), OptionalInt.of(65)));
            assertThrows(InvalidArgumentException.class, () -> cluster.changeMember(new Member("n9", "z1", 2)));
            KEYS.forEach(key -> assertEquals(List.of("milk"), cluster.get(key).strings()));
        }
    }
}
