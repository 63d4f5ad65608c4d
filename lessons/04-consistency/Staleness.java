import dev.kvorum.*;
import java.time.Duration;

public class Staleness {
    static final int CARTS = 300;

    /** How many reads at R = 1, spread over the three owners, miss the put. */
    static int missed(int write, int waitMs) {
        int count = 0;
        var config = ClusterConfig.defaults().withSeed(7).withWrite(write).withRead(1);
        try (Cluster cluster = Cluster.start(config)) {
            for (int i = 0; i < CARTS; i++) {
                String key = "cart:" + i;
                var owners = cluster.owners(key);
                cluster.put(key, "milk", PutOptions.none().withVia(owners.get(0)));
                cluster.runFor(Duration.ofMillis(waitMs));
                // An owner that coordinates a read at R = 1 asks itself.
                var read = cluster.get(key, GetOptions.none().withVia(owners.get(i % 3)));
                if (read.values().isEmpty()) count++;
            }
        }
        return count;
    }

    public static void main(String[] args) {
        for (int ms = 0; ms < 6; ms++) {
            System.out.printf("%d ms after the ok: W=1 missed %d, W=2 missed %d of %d%n",
                ms, missed(1, ms), missed(2, ms), CARTS);
        }
    }
}
