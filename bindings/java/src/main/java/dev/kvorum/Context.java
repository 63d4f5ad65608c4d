package dev.kvorum;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;

/**
 * What a client has seen of a key: opaque bytes that it hands back with its next write of that key.
 *
 * @param bytes the bytes, copied in and out
 */
public record Context(byte[] bytes) {

    /**
     * A context from its bytes.
     *
     * @param bytes as {@link #bytes} gave them
     */
    public Context {
        bytes = Objects.requireNonNull(bytes, "bytes").clone();
    }

    /**
     * The bytes, to keep or to send.
     *
     * @return a copy
     */
    @Override
    public byte[] bytes() {
        return bytes.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Context context && Arrays.equals(bytes, context.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return "Context[" + HexFormat.of().formatHex(bytes) + "]";
    }
}
