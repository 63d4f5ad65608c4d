import dev.kvorum.*;

public class SiblingsLab {
    public static void main(String[] args) {
        try (Cluster cluster = Cluster.start(ClusterConfig.defaults().withNodes(3).withSeed(7))) {
            // One client, a hundred puts, each with the context of the answer before.
            PutOptions seen = PutOptions.none();
            for (int i = 0; i < 100; i++)
                seen = seen.withContext(cluster.put("cart", "v" + i, seen));
            System.out.println("a chain: " + cluster.get("cart").values().size());
            // Ten workers read at once, and then each puts what it has made of that.
            seen = seen.withContext(cluster.get("cart").context());
            for (int i = 0; i < 10; i++)
                cluster.put("cart", "w" + i, seen);
            System.out.println("ten workers: " + cluster.get("cart").values().size());
            // A robot that never reads.
            int puts = 0;
            try {
                for (; puts < 100; puts++)
                    cluster.put("robot", "r" + puts);
            } catch (ConflictException error) {
                System.out.println("a robot: " + puts + " puts, then " + error.code().label());
            }
        }
    }
}
