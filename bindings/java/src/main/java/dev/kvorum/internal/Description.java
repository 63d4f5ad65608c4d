package dev.kvorum.internal;

import java.util.Arrays;
import java.util.List;

/**
 * What the native library says of itself.
 *
 * @param operations the names of its operations, in the order of their numbers
 * @param version of the library
 * @param fieldBytesSentMax the longest field it takes
 * @param codes the engine's kinds of failure
 */
record Description(List<String> operations, String version, long fieldBytesSentMax, List<CodeRow> codes) {

    /**
     * One kind of failure.
     *
     * @param status its number
     * @param label its name in scripts
     * @param className its class in Python; in Java, {@code Exception} follows
     * @param retryable whether a retry can help
     */
    record CodeRow(int status, String label, String className, boolean retryable) {}

    static Description read(Response response) {
        return new Description(
                response.list(Response::text),
                response.text(),
                response.number(),
                response.list(row -> new CodeRow(row.choice(), row.text(), row.text(), row.flag())));
    }

    /** Whether both sides number the operations alike and agree on what is too long to send. */
    boolean fits() {
        List<String> known = Arrays.stream(Op.values()).map(Op::name).toList();
        return operations.equals(known) && fieldBytesSentMax == Request.FIELD_BYTES_SENT_MAX;
    }
}
