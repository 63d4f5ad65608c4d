package dev.kvorum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvorum.internal.Op;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The virtual machine's own checks of native code print warnings, which only another process can read. */
class CheckJniTest {

    /** The work that the other virtual machine does: results, errors, a panic, and a thread that stays. */
    public static final class Workload {

        private Workload() {}

        public static void main(String[] args) throws InterruptedException {
            Cluster cluster = Cluster.start(ClusterConfig.defaults().withSeed(7));
            for (int i = 0; i < 200; i++) {
                Context context = cluster.put("key" + i, "value");
                cluster.put("key" + i, "again", PutOptions.none().withContext(context));
                cluster.get("key" + i);
            }
            try {
                cluster.put(new byte[2_000], "value");
                throw new AssertionError("a key of 2,000 bytes was taken");
            } catch (TooLargeException expected) {
                System.out.println(expected.getMessage());
            }
            Scenario.run("put cart milk\nget cart -> milk\n");
            Ring.of(5, 64, 7).add("n6").shares();
            try {
                cluster.handle.call(Op.PANIC_FOR_TEST, cluster.handle.request());
                throw new AssertionError("no panic");
            } catch (InternalException expected) {
                System.out.println(expected.getMessage());
            }
            // A call that is still under way on a daemon thread must not keep the process alive.
            Cluster other = Cluster.start();
            Thread daemon = new Thread(() -> other.runFor(Duration.ofDays(10)));
            daemon.setDaemon(true);
            daemon.start();
            Thread.sleep(50);
            System.out.println("done");
        }
    }

    @Test
    @Timeout(120)
    void theCheckedVirtualMachineFindsNothingAndEnds() throws Exception {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        Process process = new ProcessBuilder(List.of(
                        java.toString(),
                        "-Xcheck:jni",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Workload.class.getName()))
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "the process does not end: " + printed);
        assertEquals(0, process.exitValue(), printed);
        assertTrue(printed.endsWith("done\n"), printed);
        assertFalse(printed.contains("WARNING"), printed);
        assertFalse(printed.contains("FATAL"), printed);
    }
}
