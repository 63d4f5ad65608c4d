import dev.kvorum.*;
import java.time.Duration;
import java.util.List;

public class Design {
    public static void main(String[] args) {
        for (int[] level : new int[][] {{2, 2}, {1, 1}, {1, 3}, {3, 1}}) for (boolean cut : new boolean[] {false, true}) {
            // Six nodes in three zones: n1 and n4, n2 and n5, n3 and n6. Zone 3 dies.
            var design = ClusterConfig.defaults().withNodes(6).withZones(3).withRepair(Duration.ZERO).withSeed(10);
            try (var cluster = Cluster.start(design.withRead(level[0]).withWrite(level[1]))) {
                cluster.kill("n3");
                cluster.kill("n6");
                if (cut) cluster.partition(List.of("n1", "n4"), List.of("n2", "n5"));
                cluster.runFor(Duration.ofSeconds(30));
                int puts = 0, gets = 0, stale = 0;
                for (int i = 0; i < 50; i++) {
                    int before = puts;
                    try {
                        cluster.put("cart:" + i, "milk", PutOptions.none().withVia("n1"));
                        puts++;
                    } catch (AmbiguousException perhaps) { }
                    try {
                        boolean found = cluster.get("cart:" + i, GetOptions.none().withVia("n2")).value().isPresent();
                        gets++;
                        if (puts > before && !found) stale++;
                    } catch (UnavailableException refused) { }
                }
                System.out.printf("R=%d W=%d, %s: %d puts, %d gets, %d stale%n", level[0], level[1],
                        cut ? "and a cut" : "zone dead", puts, gets, stale);
            }
        }
    }
}
