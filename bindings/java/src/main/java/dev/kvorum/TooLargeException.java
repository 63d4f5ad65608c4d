package dev.kvorum;

/**
 * An argument is larger than its limit, which the message names.
 *
 * <p>State: unchanged. Retry: does not help.
 */
public final class TooLargeException extends KvorumException {

    private static final long serialVersionUID = 1L;

    /**
     * A failure of this kind.
     *
     * @param message what happened, and what to do
     */
    public TooLargeException(String message) {
        super(Code.TOO_LARGE, message);
    }
}
