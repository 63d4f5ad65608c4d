package dev.kvorum.internal;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The fields of a result. {@code bindings/java/native/src/response.rs} writes it: a status, then either
 * the fields, in the encoding of {@link Request}, or the text of what went wrong.
 */
public final class Response {

    private static final int STATUS_OK = 0;

    private final ByteBuffer bytes;

    /**
     * Reads the status.
     *
     * @param answer what the native side gave
     * @throws dev.kvorum.KvorumException when the status is not that of success
     */
    Response(byte[] answer) {
        bytes = ByteBuffer.wrap(answer);
        int status = Byte.toUnsignedInt(bytes.get());
        if (status != STATUS_OK) {
            throw Failures.of(status, rest());
        }
    }

    private String rest() {
        return StandardCharsets.UTF_8.decode(bytes).toString();
    }

    public long number() {
        return bytes.getLong();
    }

    /** A number that fits, such as one of the engine's 32-bit settings. */
    public int small() {
        return Math.toIntExact(bytes.getLong());
    }

    public double real() {
        return bytes.getDouble();
    }

    public boolean flag() {
        return bytes.get() != 0;
    }

    public int choice() {
        return Byte.toUnsignedInt(bytes.get());
    }

    public Duration span() {
        long seconds = bytes.getLong();
        return Duration.ofSeconds(seconds, bytes.getInt());
    }

    public byte[] bytes() {
        byte[] value = new byte[bytes.getInt()];
        bytes.get(value);
        return value;
    }

    public String text() {
        return new String(bytes(), StandardCharsets.UTF_8);
    }

    public <T> Optional<T> option(Function<Response, T> read) {
        return flag() ? Optional.of(read.apply(this)) : Optional.empty();
    }

    public <T> List<T> list(Function<Response, T> read) {
        int length = bytes.getInt();
        List<T> values = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            values.add(read.apply(this));
        }
        return Collections.unmodifiableList(values);
    }
}
