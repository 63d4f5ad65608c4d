package dev.kvorum;

/**
 * The disk failed. What it holds of the latest writes is unknown.
 *
 * <p>State: a write in flight may or may not survive; the store reads on, and refuses writes until it is opened
 * again. Retry: does not help.
 */
public final class IoException extends KvorumException {

    private static final long serialVersionUID = 1L;

    /**
     * A failure of this kind.
     *
     * @param message what happened, and what to do
     */
    public IoException(String message) {
        super(Code.IO, message);
    }
}
