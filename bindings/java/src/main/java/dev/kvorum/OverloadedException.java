package dev.kvorum;

/**
 * A bounded queue or table is full.
 *
 * <p>State: unchanged. Retry: helps later, after backing off.
 */
public final class OverloadedException extends KvorumException {

    private static final long serialVersionUID = 1L;

    /**
     * A failure of this kind.
     *
     * @param message what happened, and what to do
     */
    public OverloadedException(String message) {
        super(Code.OVERLOADED, message);
    }
}
