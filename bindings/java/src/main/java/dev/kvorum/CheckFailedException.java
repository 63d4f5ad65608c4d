package dev.kvorum;

/**
 * A check of a cluster found a fault, which the message describes.
 *
 * <p>State: unchanged. Retry: a cluster that has not yet converged may do so in time.
 */
public final class CheckFailedException extends KvorumException {

    private static final long serialVersionUID = 1L;

    /**
     * A failure of this kind.
     *
     * @param message what happened, and what to do
     */
    public CheckFailedException(String message) {
        super(Code.CHECK_FAILED, message);
    }
}
