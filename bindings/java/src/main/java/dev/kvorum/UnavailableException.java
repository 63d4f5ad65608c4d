package dev.kvorum;

/**
 * Too few replicas could be reached, and nothing was sent that could change one.
 *
 * <p>State: unchanged. Retry: helps once the fault has passed, or through another node.
 */
public final class UnavailableException extends KvorumException {

    private static final long serialVersionUID = 1L;

    /**
     * A failure of this kind.
     *
     * @param message what happened, and what to do
     */
    public UnavailableException(String message) {
        super(Code.UNAVAILABLE, message);
    }
}
