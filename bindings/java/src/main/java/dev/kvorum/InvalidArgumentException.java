package dev.kvorum;

/**
 * An argument makes no sense. The message says what would.
 *
 * <p>State: unchanged. Retry: does not help. A script that cannot be understood is the subclass {@link
 * ScriptException}.
 */
public class InvalidArgumentException extends KvorumException {

    private static final long serialVersionUID = 1L;

    /**
     * A failure of this kind.
     *
     * @param message what happened, and what to do
     */
    public InvalidArgumentException(String message) {
        super(Code.INVALID_ARGUMENT, message);
    }
}
