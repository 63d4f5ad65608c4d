import dev.kvorum.*;
import java.time.Duration;
import java.util.ArrayList;

public class Levels {
    public static void main(String[] args) {
        // Every fifth message is lost. All carts are written through n1.
        var bad = ClusterConfig.defaults().withNodes(3).withLoss(0.2).withRepair(Duration.ZERO).withSeed(7);
        for (int w = 1; w <= 3; w++) try (var cluster = Cluster.start(bad)) {
            var kept = new ArrayList<String>();
            for (int i = 0; i < 500; i++) try {
                cluster.put("cart:" + i, "milk", PutOptions.none().withVia("n1").withWrite(w));
                kept.add("cart:" + i);
            } catch (AmbiguousException outcome) { }
            // n1 burns down, disk and all. Who else has the carts that were acknowledged?
            cluster.wipe("n1");
            cluster.settle();
            long gone = kept.stream().filter(key -> cluster.peek("n2", key).isEmpty())
                    .filter(key -> cluster.peek("n3", key).isEmpty()).count();
            System.out.printf("W=%d: %d of 500 acknowledged, %d of those gone%n", w, kept.size(), gone);
        }
    }
}
