import dev.kvorum.*;
import java.time.Duration;
import java.util.stream.IntStream;

public class CatchUp {
    public static void main(String[] args) {
        run("hints alone", Duration.ZERO);
        run("hints and repair", Duration.ofSeconds(1));
    }

    static void run(String name, Duration pause) {
        var config = ClusterConfig.defaults().withNodes(3).withSeed(7).withRepair(pause);
        try (Cluster cluster = Cluster.start(config)) {
            cluster.kill("n3");
            cluster.runFor(Duration.ofSeconds(15));
            var viaN1 = PutOptions.none().withVia("n1");
            IntStream.range(0, 100).forEach(cart -> cluster.put("cart:" + cart, "milk", viaN1));
            cluster.wipe("n1"); // With its disk go the hints that it kept.
            cluster.restart("n1");
            cluster.restart("n3");
            cluster.runFor(Duration.ofSeconds(20));
            var lacks = IntStream.range(0, 100).filter(cart -> cluster.peek("n3", "cart:" + cart).isEmpty());
            System.out.printf("%s: n3 lacks %d of 100 carts%n", name, lacks.count());
        }
    }
}
