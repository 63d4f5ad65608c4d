package dev.kvorum;

import dev.kvorum.internal.Handle;
import dev.kvorum.internal.Op;
import dev.kvorum.internal.Request;
import dev.kvorum.internal.Response;
import dev.kvorum.internal.Utf8;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;

/** What a client asks of a {@link Cluster}: reads and writes of keys, registers, leases, counters and sets. */
abstract sealed class KeyOperations permits Cluster {

    final Handle handle;

    KeyOperations(Handle handle) {
        this.handle = handle;
    }

    /**
     * Writes a value and waits, in virtual time, for W acknowledgements.
     *
     * @param key the key
     * @param value the value
     * @param options of this write
     * @return the context of the write, which a next write may build on
     * @throws UnavailableException when too few replicas can be reached; nothing was written
     * @throws AmbiguousException when too few replicas acknowledged in time; the write may live on
     * @throws TooLargeException when the key or value exceeds its limit
     */
    public Context put(byte[] key, byte[] value, PutOptions options) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(value, "value");
        Objects.requireNonNull(options, "options");
        Request request = handle.request().bytes(key).bytes(value);
        options.addTo(request);
        return new Context(handle.call(Op.PUT, request).bytes());
    }

    /**
     * Writes a value, as {@link #put(byte[], byte[], PutOptions)} does.
     *
     * @param key the key
     * @param value the value
     * @return the context of the write
     */
    public Context put(byte[] key, byte[] value) {
        return put(key, value, PutOptions.none());
    }

    /**
     * Writes a value, as {@link #put(byte[], byte[], PutOptions)} does.
     *
     * @param key the key
     * @param value the value
     * @param options of this write
     * @return the context of the write
     */
    public Context put(String key, byte[] value, PutOptions options) {
        return put(bytes(key, "key"), value, options);
    }

    /**
     * Writes a value, as {@link #put(byte[], byte[], PutOptions)} does.
     *
     * @param key the key
     * @param value the value
     * @return the context of the write
     */
    public Context put(String key, byte[] value) {
        return put(key, value, PutOptions.none());
    }

    /**
     * Writes a text, as {@link #put(byte[], byte[], PutOptions)} does.
     *
     * @param key the key
     * @param value the text
     * @param options of this write
     * @return the context of the write
     */
    public Context put(byte[] key, String value, PutOptions options) {
        return put(key, bytes(value, "value"), options);
    }

    /**
     * Writes a text, as {@link #put(byte[], byte[], PutOptions)} does.
     *
     * @param key the key
     * @param value the text
     * @return the context of the write
     */
    public Context put(byte[] key, String value) {
        return put(key, value, PutOptions.none());
    }

    /**
     * Writes a text, as {@link #put(byte[], byte[], PutOptions)} does.
     *
     * @param key the key
     * @param value the text
     * @param options of this write
     * @return the context of the write
     */
    public Context put(String key, String value, PutOptions options) {
        return put(bytes(key, "key"), bytes(value, "value"), options);
    }

    /**
     * Writes a text, as {@link #put(byte[], byte[], PutOptions)} does.
     *
     * @param key the key
     * @param value the text
     * @return the context of the write
     */
    public Context put(String key, String value) {
        return put(key, value, PutOptions.none());
    }

    /**
     * Reads a key and waits, in virtual time, for R answers.
     *
     * @param key the key
     * @param options of this read
     * @return the value or siblings, and the context
     * @throws UnavailableException when too few replicas answered
     */
    public Read get(byte[] key, GetOptions options) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(options, "options");
        Request request = handle.request().bytes(key);
        options.addTo(request);
        return read(handle.call(Op.GET, request));
    }

    private static Read read(Response response) {
        return new Read(response.list(Response::bytes), new Context(response.bytes()), response.number());
    }

    /**
     * Reads a key, as {@link #get(byte[], GetOptions)} does.
     *
     * @param key the key
     * @return the value or siblings, and the context
     */
    public Read get(byte[] key) {
        return get(key, GetOptions.none());
    }

    /**
     * Reads a key, as {@link #get(byte[], GetOptions)} does.
     *
     * @param key the key
     * @param options of this read
     * @return the value or siblings, and the context
     */
    public Read get(String key, GetOptions options) {
        return get(bytes(key, "key"), options);
    }

    /**
     * Reads a key, as {@link #get(byte[], GetOptions)} does.
     *
     * @param key the key
     * @return the value or siblings, and the context
     */
    public Read get(String key) {
        return get(key, GetOptions.none());
    }

    /**
     * Deletes a key and waits, in virtual time, for W acknowledgements.
     *
     * @param key the key
     * @param options of this write
     * @return the context of the delete
     * @throws UnavailableException when too few replicas can be reached; nothing was deleted
     * @throws AmbiguousException when too few replicas acknowledged in time; the delete may live on
     */
    public Context delete(byte[] key, PutOptions options) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(options, "options");
        Request request = handle.request().bytes(key);
        options.addTo(request);
        return new Context(handle.call(Op.DELETE, request).bytes());
    }

    /**
     * Deletes a key, as {@link #delete(byte[], PutOptions)} does.
     *
     * @param key the key
     * @return the context of the delete
     */
    public Context delete(byte[] key) {
        return delete(key, PutOptions.none());
    }

    /**
     * Deletes a key, as {@link #delete(byte[], PutOptions)} does.
     *
     * @param key the key
     * @param options of this write
     * @return the context of the delete
     */
    public Context delete(String key, PutOptions options) {
        return delete(bytes(key, "key"), options);
    }

    /**
     * Deletes a key, as {@link #delete(byte[], PutOptions)} does.
     *
     * @param key the key
     * @return the context of the delete
     */
    public Context delete(String key) {
        return delete(key, PutOptions.none());
    }

    /**
     * Adds a table with settings of its own; requests name it with {@code withTable}.
     *
     * @param name its name
     * @param conflict how concurrent writes of its keys are kept
     * @throws InvalidArgumentException when the name is taken
     */
    public void table(String name, Conflict conflict) {
        table(name, conflict, OptionalInt.empty(), Optional.empty());
    }

    /**
     * Adds a table, as {@link #table(String, Conflict)} does.
     *
     * @param name its name
     * @param conflict how concurrent writes of its keys are kept
     * @param replication N: copies of each key; the cluster's when not given
     * @param ttl how long a value lives when its write does not say; as in the cluster when not given
     * @throws InvalidArgumentException when the name is taken or the settings make no sense
     */
    public void table(String name, Conflict conflict, OptionalInt replication, Optional<Duration> ttl) {
        Optional<Long> copies =
                replication.isPresent() ? Optional.of((long) replication.getAsInt()) : Optional.empty();
        Request request = named(name)
                .choice(Objects.requireNonNull(conflict, "conflict"))
                .option(copies, Request::number)
                .option(ttl, Request::span);
        handle.call(Op.TABLE, request);
    }

    /**
     * Adds to a counter, of a table of kind {@link Conflict#COUNTER} or {@link Conflict#GCOUNTER}, or to the decimal
     * number in a register, of a table of kind {@link Conflict#CAS}.
     *
     * @param key the key
     * @param by how much; may be negative where the kind allows it
     * @param options of this write, with its table
     * @param conditions of a register: what must hold of it
     * @return of a register the sum that it made and its version; of a retry those of the first try
     * @throws ConflictException when a condition does not hold; nothing was added
     */
    public Read increment(String key, long by, PutOptions options, Condition... conditions) {
        Objects.requireNonNull(options, "options");
        Request request = handle.request().bytes(bytes(key, "key")).number(by);
        return read(handle.call(Op.INCREMENT, conditional(request, options, conditions)));
    }

    /**
     * Puts a value into a register, a key of a table of kind {@link Conflict#CAS}, where all conditions hold: the owners
     * of the key agree on it. Without a condition the value goes in whatever stands there.
     *
     * @param key the key
     * @param value the value
     * @param options of this write
     * @param conditions what must hold of the register
     * @return its new version
     * @throws ConflictException when a condition does not hold; nothing was changed
     * @throws UnavailableException when no majority of the owners can be reached; nothing was changed
     * @throws AmbiguousException when time ran out with the change proposed; it may live on
     */
    public Read cas(byte[] key, byte[] value, PutOptions options, Condition... conditions) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(value, "value");
        Objects.requireNonNull(options, "options");
        Request request = handle.request().bytes(key).bytes(value);
        return read(handle.call(Op.CAS, conditional(request, options, conditions)));
    }

    /**
     * Puts a text into a register, as {@link #cas(byte[], byte[], PutOptions, Condition...)} does.
     *
     * @param key the key
     * @param value the text
     * @param options of this write
     * @param conditions what must hold of the register
     * @return its new version
     */
    public Read cas(String key, String value, PutOptions options, Condition... conditions) {
        return cas(bytes(key, "key"), bytes(value, "value"), options, conditions);
    }

    /**
     * Takes the value out of a register, as {@link #cas(byte[], byte[], PutOptions, Condition...)} puts one in. The
     * version goes on rising.
     *
     * @param key the key
     * @param options of this write
     * @param conditions what must hold of the register
     * @return its new version
     */
    public Read casDelete(byte[] key, PutOptions options, Condition... conditions) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(options, "options");
        Request request = handle.request().bytes(key);
        return read(handle.call(Op.CAS_DELETE, conditional(request, options, conditions)));
    }

    /**
     * Takes the value out of a register, as {@link #casDelete(byte[], PutOptions, Condition...)} does.
     *
     * @param key the key
     * @param options of this write
     * @param conditions what must hold of the register
     * @return its new version
     */
    public Read casDelete(String key, PutOptions options, Condition... conditions) {
        return casDelete(bytes(key, "key"), options, conditions);
    }

    private static Request conditional(Request request, PutOptions options, Condition... conditions) {
        request.list(List.of(conditions), (fields, condition) -> condition.addTo(fields));
        options.addTo(request);
        return request;
    }

    /**
     * Acquires a lease, of a table of kind {@link Conflict#CAS}.
     *
     * @param name what to hold
     * @param holder who holds it
     * @param ttl for how long
     * @param options where it is asked for: the node, the time limit, the table
     * @return the lease, with its fencing token
     * @throws ConflictException when it is held, with its holder's name
     * @throws AmbiguousException when time ran out; it may be held in this name, and is free again after the ttl
     */
    public Lease acquireLease(String name, String holder, Duration ttl, PutOptions options) {
        Objects.requireNonNull(options, "options");
        Request request = named(name)
                .text(Objects.requireNonNull(holder, "holder"))
                .span(Objects.requireNonNull(ttl, "ttl"));
        options.addTo(request);
        return Lease.read(handle.call(Op.ACQUIRE_LEASE, request));
    }

    /**
     * Holds a lease for a time that begins now. Its token stays.
     *
     * @param lease which
     * @param ttl for how long
     * @param options as in {@link #acquireLease}
     * @return the lease as it is now
     * @throws ConflictException when it has expired, or another holds it
     */
    public Lease renewLease(Lease lease, Duration ttl, PutOptions options) {
        Request request = handle.request();
        Objects.requireNonNull(lease, "lease").addTo(request);
        request.span(Objects.requireNonNull(ttl, "ttl"));
        Objects.requireNonNull(options, "options").addTo(request);
        return Lease.read(handle.call(Op.RENEW_LEASE, request));
    }

    /**
     * Gives a lease back, so that it is free at once.
     *
     * @param lease which
     * @param options as in {@link #acquireLease}
     * @throws ConflictException when another has acquired it since
     */
    public void releaseLease(Lease lease, PutOptions options) {
        Request request = handle.request();
        Objects.requireNonNull(lease, "lease").addTo(request);
        Objects.requireNonNull(options, "options").addTo(request);
        handle.call(Op.RELEASE_LEASE, request);
    }

    /**
     * Puts an element into a set, of a table of kind {@link Conflict#ORSET}.
     *
     * @param key the key
     * @param element the element
     * @param options of this write, with its table
     * @return the context of the write
     */
    public Context add(String key, String element, PutOptions options) {
        byte[] encoded = bytes(element, "element");
        return change(key, options, request -> request.choice(ChangeKind.INSERT).bytes(encoded));
    }

    /**
     * Takes an element out of a set; an add that this remove has not seen stays.
     *
     * @param key the key
     * @param element the element
     * @param options of this write, with its table
     * @return the context of the write
     */
    public Context remove(String key, String element, PutOptions options) {
        byte[] encoded = bytes(element, "element");
        return change(key, options, request -> request.choice(ChangeKind.REMOVE).bytes(encoded));
    }

    /** In the order of the native library's. */
    private enum ChangeKind {
        INSERT,
        REMOVE
    }

    private Context change(String key, PutOptions options, Consumer<Request> change) {
        Objects.requireNonNull(options, "options");
        Request request = handle.request().bytes(bytes(key, "key"));
        change.accept(request);
        options.addTo(request);
        return new Context(handle.call(Op.CHANGE, request).bytes());
    }

    final Request named(String node) {
        return handle.request().text(Objects.requireNonNull(node, "node"));
    }

    static byte[] bytes(String text, String what) {
        return Utf8.encode(Objects.requireNonNull(text, what));
    }
}
