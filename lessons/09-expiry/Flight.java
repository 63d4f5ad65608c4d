import static java.time.Duration.ofMillis;

import dev.kvorum.*;
import java.time.Duration;
import java.util.ArrayDeque;

public class Flight {
    static int rebuilds(boolean singleFlight) {
        var config = ClusterConfig.defaults().withNodes(3).withConflict(Conflict.LWW).withSeed(9);
        try (Cluster cluster = Cluster.start(config)) {
            cluster.put("front-page", "old", PutOptions.none().withTtl(ofMillis(1000)));
            var ends = new ArrayDeque<Duration>(); // when each rebuild under way will be done
            int started = 0;
            // From just after the deadline on: 50 reads a second.
            for (int read = 51; read <= 100; read++) {
                cluster.runFor(ofMillis(20 * read).minus(cluster.now()));
                if (!ends.isEmpty() && ends.peek().compareTo(cluster.now()) <= 0) {
                    ends.remove();
                    cluster.put("front-page", "new", PutOptions.none().withTtl(ofMillis(60_000)));
                }
                boolean missed = cluster.get("front-page").value().isEmpty();
                if (missed && !(singleFlight && !ends.isEmpty())) {
                    started++;
                    ends.add(cluster.now().plusMillis(400));
                }
            }
            return started;
        }
    }

    public static void main(String[] args) {
        System.out.println("each miss rebuilds: " + rebuilds(false));
        System.out.println("single flight: " + rebuilds(true));
    }
}
