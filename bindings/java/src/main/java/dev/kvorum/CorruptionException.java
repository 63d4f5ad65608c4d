package dev.kvorum;

/**
 * Stored bytes fail their checksum or make no sense.
 *
 * <p>State: the damaged bytes are kept for inspection. Retry: does not help on this node.
 */
public final class CorruptionException extends KvorumException {

    private static final long serialVersionUID = 1L;

    /**
     * A failure of this kind.
     *
     * @param message what happened, and what to do
     */
    public CorruptionException(String message) {
        super(Code.CORRUPTION, message);
    }
}
