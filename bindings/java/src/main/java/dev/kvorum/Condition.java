package dev.kvorum;

import dev.kvorum.internal.Request;
import dev.kvorum.internal.Utf8;
import java.util.Objects;
import java.util.function.Consumer;

/** What must hold of a register, a key of a table of kind {@link Conflict#CAS}, for a change of it to take place. */
public final class Condition {

    private static final Condition ABSENT = new Condition(Kind.ABSENT, request -> {});
    private static final Condition EXISTS = new Condition(Kind.EXISTS, request -> {});

    /** In the order of the native library's. */
    private enum Kind {
        ABSENT,
        EXISTS,
        VERSION,
        VALUE
    }

    private final Kind kind;
    private final Consumer<Request> operand;

    private Condition(Kind kind, Consumer<Request> operand) {
        this.kind = kind;
        this.operand = operand;
    }

    /**
     * The register has no value.
     *
     * @return the condition
     */
    public static Condition absent() {
        return ABSENT;
    }

    /**
     * The register has a value.
     *
     * @return the condition
     */
    public static Condition exists() {
        return EXISTS;
    }

    /**
     * The register was changed so often.
     *
     * @param version that a {@link Read} told; 0 is that of a key that never was
     * @return the condition
     */
    public static Condition version(long version) {
        return new Condition(Kind.VERSION, request -> request.number(version));
    }

    /**
     * This is the register's value.
     *
     * @param value which
     * @return the condition
     */
    public static Condition value(byte[] value) {
        byte[] own = Objects.requireNonNull(value, "value").clone();
        return new Condition(Kind.VALUE, request -> request.bytes(own));
    }

    /**
     * This text is the register's value.
     *
     * @param value which
     * @return the condition
     */
    public static Condition value(String value) {
        return value(Utf8.encode(Objects.requireNonNull(value, "value")));
    }

    void addTo(Request request) {
        operand.accept(request.choice(kind));
    }
}
