package dev.kvorum;

/** Why a request did not succeed. Each kind is a class of its own and has its {@link Code}. */
public abstract class KvorumException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** The kind. */
    private final Code code;

    /**
     * A failure.
     *
     * @param code its kind
     * @param message what happened, and what to do
     */
    protected KvorumException(Code code, String message) {
        super(message);
        this.code = code;
    }

    /**
     * The kind of this failure.
     *
     * @return the code
     */
    public Code code() {
        return code;
    }

    /**
     * Whether the same request may succeed later.
     *
     * @return true where a retry can help
     */
    public boolean retryable() {
        return code.retryable();
    }
}
