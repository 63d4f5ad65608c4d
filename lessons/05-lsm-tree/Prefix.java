import dev.kvorum.Scenario;
import java.util.OptionalLong;

public class Prefix {
    static final String SCRIPT = """
        cluster nodes=1 replication=1 read=1 write=1 conflict=lww
        disk n1 lie
        put a 1
        put b 1
        put c 1
        put d 1
        kill n1
        restart n1
        scan
        """;

    public static void main(String[] args) {
        int[] kept = new int[5];
        int holes = 0;
        for (long seed = 0; seed < 200; seed++) {
            var steps = Scenario.run(SCRIPT, "prefix", OptionalLong.of(seed)).steps();
            String left = steps.get(steps.size() - 1).printed();
            String keys = left.equals("(nothing)") ? "" : left.replaceAll("=1(, )?", "");
            kept[keys.length()]++;
            holes += "abcd".startsWith(keys) ? 0 : 1;
        }
        System.out.printf("power cuts that left 0, 1, 2, 3, 4 of the four puts: %d %d %d %d %d%n",
            kept[0], kept[1], kept[2], kept[3], kept[4]);
        System.out.println("power cuts that left a hole: " + holes);
    }
}
