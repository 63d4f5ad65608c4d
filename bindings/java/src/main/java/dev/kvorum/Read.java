package dev.kvorum;

import dev.kvorum.internal.Utf8;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What a get found, or what a change of a register told.
 *
 * @param values the value, or concurrent siblings, sorted by bytes; empty when there is none. The arrays
 *     are the caller's own.
 * @param context hand it back with the next write of the key
 * @param version of a register, how often it was changed; 0 elsewhere, and for a key that never was
 */
public record Read(List<byte[]> values, Context context, long version) {

    /**
     * A read.
     *
     * @param values the values
     * @param context what was seen
     * @param version of a register
     */
    public Read {
        values = List.copyOf(values);
        Objects.requireNonNull(context, "context");
    }

    /**
     * The value, where there is one.
     *
     * @return the value, or nothing
     * @throws ConflictException when there are siblings: join {@link #values} and write the result with
     *     the {@link #context}
     */
    public Optional<byte[]> value() {
        if (values.size() > 1) {
            throw new ConflictException(
                    "conflict: " + values.size() + " siblings: join values() and put the result with the context");
        }
        return values.stream().findFirst();
    }

    /**
     * The values as text.
     *
     * @return the values, in the same order
     * @throws InvalidArgumentException when a value is not UTF-8
     */
    public List<String> strings() {
        return values.stream().map(Utf8::decode).toList();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Read read
                && version == read.version
                && context.equals(read.context)
                && Arrays.deepEquals(values.toArray(), read.values.toArray());
    }

    @Override
    public int hashCode() {
        return 31 * (31 * context.hashCode() + Long.hashCode(version)) + Arrays.deepHashCode(values.toArray());
    }

    @Override
    public String toString() {
        List<String> hex = values.stream().map(HexFormat.of()::formatHex).toList();
        return "Read[values=" + hex + ", context=" + context + ", version=" + version + "]";
    }
}
