package dev.kvorum;

/**
 * A bug in Kvorum. The process goes on, but the object that the call used is in an unknown state.
 *
 * <p>State: unknown; close the object. Retry: does not help.
 */
public final class InternalException extends KvorumException {

    private static final long serialVersionUID = 1L;

    /**
     * A failure of this kind.
     *
     * @param message what happened, and what to do
     */
    public InternalException(String message) {
        super(Code.INTERNAL, message);
    }
}
