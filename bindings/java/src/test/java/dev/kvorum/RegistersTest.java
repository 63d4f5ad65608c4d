package dev.kvorum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Registers: changes that take place where their conditions hold, and leases. */
class RegistersTest {

    private static final PutOptions SEATS = PutOptions.none().withTable("seats");
    private static final GetOptions OF_SEATS = GetOptions.none().withTable("seats");
    private static final Duration TTL = Duration.ofSeconds(10);

    private Cluster cluster;

    @BeforeEach
    void start() {
        cluster = Cluster.start(ClusterConfig.defaults().withSeed(7));
        cluster.table("seats", Conflict.CAS);
    }

    @AfterEach
    void close() {
        cluster.close();
    }

    @Test
    void aChangeTakesPlaceWhereItsConditionsHoldAndNowhereElse() {
        assertEquals(1, cluster.cas("seat", "ann", SEATS, Condition.absent()).version());
        ConflictException refused = assertThrows(
                ConflictException.class, () -> cluster.cas("seat", "bob", SEATS, Condition.absent()));
        assertTrue(refused.getMessage().contains("found 'ann' at version 1"), refused.getMessage());
        Read seen = cluster.get("seat", OF_SEATS);
        assertEquals(List.of("ann"), seen.strings());
        Condition version = Condition.version(seen.version());
        cluster.cas("seat", "bob", SEATS, version, Condition.value("ann"), Condition.exists());
        assertThrows(ConflictException.class, () -> cluster.cas("seat", "carl", SEATS, version));
        assertEquals(3, cluster.cas("seat", "dora", SEATS.withTtl(TTL)).version());
        assertThrows(ConflictException.class, () -> cluster.casDelete("seat", SEATS, Condition.value("ann")));
        assertEquals(4, cluster.casDelete("seat", SEATS, Condition.exists()).version());
        assertTrue(cluster.get("seat", OF_SEATS.withRead(Level.SERIAL)).values().isEmpty());
        assertEquals(0, cluster.get("seat", OF_SEATS.withRead(Level.LOCAL_SERIAL)).version());
    }

    @Test
    void aSumIsToldAndARetryIsNotAddedAgain() {
        Read first = cluster.increment("sold", 5, SEATS.withToken(11));
        assertEquals(List.of("5"), first.strings());
        assertEquals(first.version(), cluster.increment("sold", 5, SEATS.withToken(11)).version());
        Condition once = Condition.version(1);
        assertEquals(List.of("-2"), cluster.increment("sold", -7, SEATS, once).strings());
        assertThrows(ConflictException.class, () -> cluster.increment("sold", 1, SEATS, once));
    }

    @Test
    void whatGoesPastAgreementIsRefused() {
        assertThrows(InvalidArgumentException.class, () -> cluster.put("seat", "ann", SEATS));
        assertThrows(InvalidArgumentException.class, () -> cluster.get("seat", OF_SEATS.withRead(Level.QUORUM)));
        assertThrows(
                InvalidArgumentException.class,
                () -> cluster.cas("seat", "ann", PutOptions.none(), Condition.absent()));
        assertThrows(InvalidArgumentException.class, () -> cluster.cas("seat", "ann", SEATS, Condition.version(-1)));
    }

    @Test
    void aPausedHolderOfALeaseHasALowerTokenThanTheNext() {
        Lease first = cluster.acquireLease("file", "ann", TTL, SEATS);
        ConflictException held = assertThrows(
                ConflictException.class, () -> cluster.acquireLease("file", "bob", TTL, SEATS));
        assertTrue(held.getMessage().contains("found 'ann'"), held.getMessage());
        Lease ann = cluster.renewLease(first, TTL, SEATS);
        assertEquals(first.token(), ann.token());
        assertTrue(ann.until().compareTo(cluster.now()) > 0);
        cluster.runFor(Duration.ofSeconds(11));
        Lease bob = cluster.acquireLease("file", "bob", TTL, SEATS.withVia("n2"));
        assertTrue(bob.token() > ann.token());
        assertThrows(ConflictException.class, () -> cluster.renewLease(ann, TTL, SEATS));
        cluster.releaseLease(bob, SEATS);
        assertTrue(cluster.acquireLease("file", "carl", TTL, SEATS).token() > bob.token());
    }
}
