package dev.kvorum;

/**
 * The cluster or ring has been closed.
 *
 * <p>State: unchanged. Retry: does not help.
 */
public final class ClosedException extends KvorumException {

    private static final long serialVersionUID = 1L;

    /**
     * A failure of this kind.
     *
     * @param message what happened, and what to do
     */
    public ClosedException(String message) {
        super(Code.CLOSED, message);
    }
}
