package dev.kvorum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ThreadsTest {

    /** The engine's limit for one call: ten days. */
    private static final Duration LONGEST = Duration.ofSeconds(864_000);

    @Test
    @Timeout(300)
    void aLongRunKeepsNeitherTheCollectorNorAnotherClusterWaiting() throws Exception {
        // How long a run takes depends on the machine, so it is doubled until the rest fits into it.
        Duration span = Duration.ofHours(1);
        while (!restFitsInto(span)) {
            assertTrue(span.compareTo(LONGEST) < 0, "even the longest run ended before the other thread's work");
            span = span.multipliedBy(2);
            span = span.compareTo(LONGEST) > 0 ? LONGEST : span;
        }
    }

    /** True when the other thread's work was done before half of the run was. */
    private static boolean restFitsInto(Duration span) throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        try (Cluster busy = Cluster.start();
                Cluster other = Cluster.start()) {
            FutureTask<Long> run = new FutureTask<>(() -> {
                started.countDown();
                busy.runFor(span);
                return System.nanoTime();
            });
            new Thread(run).start();
            started.await();
            long start = System.nanoTime();
            // By now the run is inside the engine; what follows would wait for it if anything did.
            Thread.sleep(20);
            System.gc();
            for (int i = 0; i < 100; i++) {
                other.put("k" + i, "v");
            }
            long work = System.nanoTime() - start;
            return work < (run.get() - start) / 2;
        }
    }

    @Test
    @Timeout(120)
    void manyThreadsShareOneCluster() throws Exception {
        int threads = 8;
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try (Cluster cluster = Cluster.start()) {
            List<Future<?>> ends = new ArrayList<>();
            for (int thread = 0; thread < threads; thread++) {
                String mine = "thread" + thread;
                ends.add(pool.submit(() -> {
                    for (int i = 0; i < 100; i++) {
                        cluster.put(mine + "-" + i, mine);
                        assertEquals(List.of(mine), cluster.get(mine + "-" + i).strings());
                    }
                }));
            }
            for (Future<?> end : ends) {
                end.get();
            }
            cluster.checkNoLostWrites();
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    @Timeout(60)
    void theSmallestStackOfAThreadIsEnough() throws Exception {
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread small = new Thread(
                null,
                () -> {
                    try (Cluster cluster = Cluster.start()) {
                        cluster.put("cart", "milk");
                        cluster.kill("n1");
                        cluster.runFor(Duration.ofSeconds(5));
                        cluster.trace().svg();
                        assertTrue(Scenario.run("put cart milk\nget cart -> milk\nshow ring\n").passed());
                    } catch (Throwable thrown) {
                        failure.set(thrown);
                    }
                },
                "small",
                1);
        small.start();
        small.join();
        assertEquals(null, failure.get());
    }

    @Test
    @Timeout(60)
    void threadsThatShareNothingGetEachItsOwnRun() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(4);
        try {
            List<Future<String>> hashes = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                hashes.add(pool.submit(() -> {
                    try (Cluster cluster = Cluster.start(ClusterConfig.defaults().withSeed(7))) {
                        for (int key = 0; key < 50; key++) {
                            cluster.put("key" + key, "value");
                        }
                        return cluster.trace().hash();
                    }
                }));
            }
            for (Future<String> hash : hashes) {
                assertEquals(hashes.get(0).get(), hash.get());
            }
        } finally {
            pool.shutdownNow();
        }
    }
}
