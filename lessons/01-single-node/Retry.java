import dev.kvorum.*;
import java.time.Duration;

public class Retry {
    /** Sells 100 items. A retry takes a fresh token, or the one it had. */
    static String sell(boolean fresh) {
        // n1 is the shop's front end; n2 owns the counter. One message in ten is lost.
        ClusterConfig config = ClusterConfig.defaults().withNodes(2).withReplication(1).withRead(1)
                .withWrite(1).withConflict(Conflict.COUNTER).withLoss(0.1).withSeed(1);
        PutOptions quick = PutOptions.none().withVia("n1").withTimeout(Duration.ofMillis(50));
        int unknown = 0;
        try (Cluster shop = Cluster.start(config)) {
            for (long sale = 1, token = 1000; sale <= 100; token = 1000 * ++sale) {
                for (boolean sold = false; !sold; ) {
                    try {
                        shop.increment("sold", 1, quick.withToken(token));
                        sold = true;
                    } catch (AmbiguousException perhapsDone) {
                        unknown++;
                        token += fresh ? 1 : 0;
                    } catch (UnavailableException surelyNotDone) { }
                }
            }
            shop.settle();
            Read sold = shop.get("sold", GetOptions.none().withVia("n2"));
            return "unknown " + unknown + ", sold " + sold.strings().get(0);
        }
    }

    public static void main(String[] args) {
        System.out.println("same token:  " + sell(false));
        System.out.println("fresh token: " + sell(true));
    }
}
