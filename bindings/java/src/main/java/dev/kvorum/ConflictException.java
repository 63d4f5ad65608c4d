package dev.kvorum;

/**
 * A conditional write found another version than the one it named, or {@link Read#value} found siblings.
 *
 * <p>State: unchanged. Retry: after a fresh read.
 */
public final class ConflictException extends KvorumException {

    private static final long serialVersionUID = 1L;

    /**
     * A failure of this kind.
     *
     * @param message what happened, and what to do
     */
    public ConflictException(String message) {
        super(Code.CONFLICT, message);
    }
}
