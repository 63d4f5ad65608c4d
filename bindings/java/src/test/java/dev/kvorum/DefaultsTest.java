package dev.kvorum;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class DefaultsTest {

    /** The engine is asked for its defaults; these are what its documentation and the lessons promise. */
    @Test
    void theDefaultsAreTheDocumentedOnes() {
        ClusterConfig documented = new ClusterConfig(
                5,
                1,
                16,
                3,
                2,
                2,
                Conflict.SIBLINGS,
                Placement.RING,
                true,
                Duration.ofSeconds(1),
                Duration.ofMillis(500),
                Duration.ofMillis(1),
                Duration.ofMillis(5),
                0.0,
                0);
        assertEquals(documented, ClusterConfig.defaults());
    }

    @Test
    void aClusterStartedWithoutSettingsHasTheDefaults() {
        try (Cluster cluster = Cluster.start()) {
            assertEquals(ClusterConfig.defaults(), cluster.config());
        }
    }
}
