package dev.kvorum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvorum.internal.Handle;
import dev.kvorum.internal.Native;
import dev.kvorum.internal.Op;
import dev.kvorum.internal.Request;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;

class LifecycleTest {

    @Test
    void everyCallOnAClosedClusterSaysClosed() {
        Cluster cluster = Cluster.start();
        Trace trace = cluster.trace();
        cluster.close();
        cluster.close();
        List<Executable> calls = List.of(
                () -> cluster.put("k", "v"),
                () -> cluster.get("k"),
                () -> cluster.delete("k"),
                () -> cluster.kill("n1"),
                () -> cluster.restart("n1"),
                () -> cluster.partition(List.of("n1")),
                cluster::heal,
                () -> cluster.runFor(Duration.ZERO),
                cluster::settle,
                cluster::now,
                cluster::config,
                cluster::nodes,
                () -> cluster.isUp("n1"),
                () -> cluster.owners("k"),
                () -> cluster.peek("n1", "k"),
                () -> cluster.note("n"),
                cluster::checkConverged,
                cluster::checkNoLostWrites,
                cluster::placementSvg,
                trace::hash,
                trace::count,
                trace::text,
                trace::events,
                cluster::ring,
                trace::svg);
        for (Executable call : calls) {
            assertEquals(Code.CLOSED, assertThrows(ClosedException.class, call).code());
        }
    }

    @Test
    void everyCallOnAClosedRingSaysClosed() {
        Ring ring = Ring.of(3, 4, 7);
        Ring open = ring.add("n4");
        ring.close();
        ring.close();
        List<Executable> calls = List.of(
                () -> ring.owner("k"),
                () -> ring.preferenceList("k", 2),
                () -> ring.add("n5"),
                () -> ring.remove("n1"),
                ring::members,
                ring::shares,
                () -> ring.moved(open, 10),
                () -> open.moved(ring, 10),
                ring::svg);
        for (Executable call : calls) {
            assertThrows(ClosedException.class, call);
        }
        assertNotNull(open.owner("k"));
    }

    @Test
    void aNumberThatStandsForNothingIsClosed() {
        for (long forged : new long[] {0, -1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 40}) {
            Request request = new Request().number(forged);
            assertThrows(ClosedException.class, () -> Native.call(Op.NODES, request));
            assertThrows(ClosedException.class, () -> Native.call(Op.RING_SHARES, request));
            Native.call(Op.CLUSTER_CLOSE, request);
        }
    }

    @Test
    @Timeout(60)
    void closingWhileOthersCallIsSafe() throws Exception {
        int threads = 4;
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            for (int round = 0; round < 20; round++) {
                Cluster cluster = Cluster.start();
                CountDownLatch busy = new CountDownLatch(threads);
                Callable<String> untilClosed = () -> {
                    busy.countDown();
                    for (int i = 0; ; i++) {
                        try {
                            cluster.put("k" + i % 10, "v");
                            cluster.get("k" + i % 10);
                        } catch (ClosedException closed) {
                            return "closed";
                        } catch (ConflictException | AmbiguousException | OverloadedException other) {
                            // What many writers without a context may meet; the loop goes on.
                            continue;
                        }
                    }
                };
                List<Future<String>> ends = new ArrayList<>();
                for (int i = 0; i < threads; i++) {
                    ends.add(pool.submit(untilClosed));
                }
                busy.await();
                Thread.sleep(5);
                cluster.close();
                for (Future<String> end : ends) {
                    assertEquals("closed", end.get(30, TimeUnit.SECONDS));
                }
            }
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    @Timeout(60)
    void whatIsNoLongerReachableIsClosed() throws Exception {
        long number = Native.call(Op.RING_OF, new Request().number(3).number(4).number(7)).number();
        Request shares = new Request().number(number);
        assertEquals(3, Native.call(Op.RING_SHARES, shares).list(fields -> fields.text() + fields.real()).size());
        new Handle(number, Op.RING_CLOSE);
        boolean closed = false;
        while (!closed) {
            System.gc();
            Thread.sleep(10);
            try {
                Native.call(Op.RING_SHARES, shares);
            } catch (ClosedException expected) {
                closed = true;
            }
        }
        assertTrue(closed);
    }

    @Test
    void aPanicIsAnExceptionAndTheProcessGoesOn() {
        Cluster cluster = Cluster.start();
        InternalException bug = assertThrows(
                InternalException.class, () -> cluster.handle.call(Op.PANIC_FOR_TEST, cluster.handle.request()));
        assertTrue(bug.getMessage().contains("asked for by a test"), bug.getMessage());
        assertEquals(Code.INTERNAL, bug.code());
        ClosedException failed = assertThrows(ClosedException.class, cluster::nodes);
        assertTrue(failed.getMessage().contains("hit a bug"), failed.getMessage());
        cluster.close();
        assertThrows(ClosedException.class, cluster::nodes);
        try (Cluster next = Cluster.start()) {
            next.put("cart", "milk");
            assertEquals(List.of("milk"), next.get("cart").strings());
        }
    }
}
