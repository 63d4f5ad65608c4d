import dev.kvorum.Ring;

public class RingLab {
    public static void main(String[] args) {
        try (Ring ring = Ring.of(5, 128, 7); Ring larger = ring.add("n6")) {
            // Three distinct nodes, the first owner first.
            System.out.println(String.join(" ", ring.preferenceList("cart", 3)));
            // Near 1/6; modulo moves 5/6.
            System.out.printf("moved %.1f%%%n", 100 * ring.moved(larger, 100_000));
        }
    }
}
