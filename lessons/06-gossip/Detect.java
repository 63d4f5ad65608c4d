import dev.kvorum.Cluster;
import dev.kvorum.ClusterConfig;
import java.time.Duration;

public class Detect {
    public static void main(String[] args) {
        for (int nodes : new int[] {5, 20, 50, 100}) {
            var config = ClusterConfig.defaults().withNodes(nodes).withSeed(7).withRepair(Duration.ZERO);
            try (Cluster cluster = Cluster.start(config)) {
                cluster.runFor(Duration.ofSeconds(10));
                cluster.kill("n5");
                int seconds = 0, suspect = 0;
                // Every other node changes its mind twice: suspect, then dead.
                for (long changes = 0; changes < 2 * (nodes - 1); ) {
                    cluster.runFor(Duration.ofSeconds(1));
                    seconds++;
                    changes = cluster.stats().get("liveness_changes");
                    if (changes >= nodes - 1 && suspect == 0) suspect = seconds;
                }
                System.out.printf("%d nodes: suspect after %d s, dead after %d s%n", nodes, suspect, seconds);
            }
        }
    }
}
