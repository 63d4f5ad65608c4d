package dev.kvorum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RingTest {

    private static final int KEYS = 2_000;

    @Test
    void thePreferenceListNamesDistinctNodesAndBeginsWithTheOwner() {
        try (Ring ring = Ring.of(5, 64, 7)) {
            for (int i = 0; i < 100; i++) {
                String key = "key" + i;
                List<String> nodes = ring.preferenceList(key, 3);
                assertEquals(3, new HashSet<>(nodes).size());
                assertEquals(ring.owner(key), nodes.get(0));
                assertEquals(nodes, ring.preferenceList(key.getBytes(), 3));
            }
            assertEquals(5, ring.preferenceList("cart", Integer.MAX_VALUE).size());
            assertEquals(List.of(), ring.preferenceList("cart", 0));
        }
    }

    @Test
    void aClusterPlacesKeysLikeARingOfTheSameSettings() {
        ClusterConfig config = ClusterConfig.defaults().withSeed(7);
        try (Cluster cluster = Cluster.start(config);
                Ring ring = Ring.of(config.nodes(), config.tokens(), config.seed());
                Ring its = cluster.ring()) {
            assertEquals(ring.shares(), its.shares());
            assertEquals(ring.members(), its.members());
            for (int i = 0; i < 100; i++) {
                assertEquals(ring.preferenceList("key" + i, config.replication()), cluster.owners("key" + i));
            }
        }
    }

    @Test
    void zonesAreUsedAgainOnlyWhenNoOtherIsLeft() {
        Ring ring = Ring.builder()
                .tokens(32)
                .seed(7)
                .add("n1", "z1", 1)
                .add("n2", "z1", 1)
                .add("n3", "z2", 1)
                .add("n4", "z2", 1)
                .build();
        Map<String, String> zones = Map.of("n1", "z1", "n2", "z1", "n3", "z2", "n4", "z2");
        for (int i = 0; i < 100; i++) {
            List<String> pair = ring.preferenceList("key" + i, 2);
            assertNotEquals(zones.get(pair.get(0)), zones.get(pair.get(1)));
        }
    }

    @Test
    void aNewNodeTakesItsPartAndNothingElseMoves() {
        Ring four = Ring.of(4, 64, 7);
        Ring five = four.add("n5");
        assertEquals(Ring.of(5, 64, 7).members(), five.members());
        int moved = 0;
        for (int i = 0; i < KEYS; i++) {
            String before = four.owner("key-" + i);
            String after = five.owner("key-" + i);
            if (!before.equals(after)) {
                assertEquals("n5", after);
                moved++;
            }
        }
        assertEquals((double) moved / KEYS, four.moved(five, KEYS), 1e-9);
        assertTrue(moved > KEYS / 10 && moved < KEYS / 2, "moved " + moved);
        assertEquals(0.2, four.moved(five, KEYS, 3), 0.1);
        assertEquals(0.0, four.moved(four, KEYS));
        assertEquals(0.0, four.moved(five.remove("n5"), KEYS));
    }

    @Test
    void sharesFollowWeightsAndSumToOne() {
        Ring ring = Ring.builder().tokens(256).seed(7).add("n1", "z1", 3).add("n2").build();
        Map<String, Double> shares = ring.shares();
        assertEquals(List.of("n1", "n2"), List.copyOf(shares.keySet()));
        assertEquals(1.0, shares.values().stream().mapToDouble(share -> share).sum(), 1e-9);
        assertEquals(0.75, shares.get("n1"), 0.1);
        assertEquals(List.of(new Member("n1", "z1", 3), new Member("n2", "z1", 1)), ring.members());
    }

    @Test
    void aPictureMarksAKey() {
        Ring ring = Ring.of(3, 8, 7);
        assertTrue(ring.svg().startsWith("<svg"), ring.svg());
        assertNotEquals(ring.svg(), ring.svg("cart", 2));
        assertTrue(ring.svg("<&>", 2).indexOf("<&>") < 0, "the key must be escaped");
    }
}
