package dev.kvorum.internal;

import dev.kvorum.TooLargeException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * The fields of an operation, in a fixed order: numbers big-endian, a length before every run of bytes.
 * {@code bindings/java/native/src/request.rs} reads it.
 */
public final class Request {

    /**
     * Of a field longer than this only the length is sent. The engine's limits all lie below it, so the
     * engine refuses the field by its length, with its own words, and nothing huge is copied.
     */
    static final int FIELD_BYTES_SENT_MAX = 1 << 24;

    /** A whole request: several of the longest fields fit, a list without end does not. */
    static final int REQUEST_BYTES_MAX = 1 << 26;

    /** A list of anything: more than any cluster has nodes. */
    static final int LIST_ITEMS_MAX = 1 << 16;

    private ByteBuffer bytes = ByteBuffer.allocate(128);

    /** An empty request. */
    public Request() {}

    private ByteBuffer room(int more) {
        if (bytes.remaining() < more) {
            int needed = bytes.position() + more;
            if (needed > REQUEST_BYTES_MAX) {
                throw new TooLargeException("too large: the request has " + needed
                        + " bytes or more, the limit is " + REQUEST_BYTES_MAX);
            }
            int doubled = Math.min(2 * bytes.capacity(), REQUEST_BYTES_MAX);
            ByteBuffer larger = ByteBuffer.allocate(Math.max(needed, doubled));
            bytes = larger.put(bytes.flip());
        }
        return bytes;
    }

    public Request number(long value) {
        room(Long.BYTES).putLong(value);
        return this;
    }

    public Request real(double value) {
        room(Double.BYTES).putDouble(value);
        return this;
    }

    public Request flag(boolean value) {
        room(1).put((byte) (value ? 1 : 0));
        return this;
    }

    /** The place of a constant among its kind. */
    public Request choice(Enum<?> value) {
        room(1).put((byte) value.ordinal());
        return this;
    }

    public Request span(Duration value) {
        room(Long.BYTES + Integer.BYTES).putLong(value.getSeconds()).putInt(value.getNano());
        return this;
    }

    public Request bytes(byte[] value) {
        room(Integer.BYTES).putInt(value.length);
        if (value.length <= FIELD_BYTES_SENT_MAX) {
            room(value.length).put(value);
        }
        return this;
    }

    public Request text(String value) {
        return bytes(Utf8.encode(value));
    }

    public <T> Request option(Optional<T> value, BiConsumer<Request, T> write) {
        flag(value.isPresent());
        value.ifPresent(present -> write.accept(this, present));
        return this;
    }

    public <T> Request list(List<T> values, BiConsumer<Request, T> write) {
        if (values.size() > LIST_ITEMS_MAX) {
            throw new TooLargeException(
                    "too large: the list has " + values.size() + " items, the limit is " + LIST_ITEMS_MAX);
        }
        room(Integer.BYTES).putInt(values.size());
        values.forEach(value -> write.accept(this, value));
        return this;
    }

    byte[] toBytes() {
        return Arrays.copyOf(bytes.array(), bytes.position());
    }
}
