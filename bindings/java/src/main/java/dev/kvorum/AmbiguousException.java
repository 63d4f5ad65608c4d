package dev.kvorum;

/**
 * A write ran out of time before enough replicas acknowledged it. It may live on: some replicas may hold
 * it, and repair may spread it.
 *
 * <p>State: unknown. Retry: safe only for a write that may be applied twice.
 */
public final class AmbiguousException extends KvorumException {

    private static final long serialVersionUID = 1L;

    /**
     * A failure of this kind.
     *
     * @param message what happened, and what to do
     */
    public AmbiguousException(String message) {
        super(Code.AMBIGUOUS, message);
    }
}
