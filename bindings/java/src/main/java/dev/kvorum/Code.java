package dev.kvorum;

/** The stable kind of a failure, the same in Rust, Python and Java. */
public enum Code {
    /** See {@link UnavailableException}. */
    UNAVAILABLE("unavailable", true),
    /** See {@link AmbiguousException}. */
    AMBIGUOUS("ambiguous", true),
    /** See {@link ConflictException}. */
    CONFLICT("conflict", false),
    /** See {@link TooLargeException}. */
    TOO_LARGE("too-large", false),
    /** See {@link OverloadedException}. */
    OVERLOADED("overloaded", true),
    /** See {@link CorruptionException}. */
    CORRUPTION("corruption", false),
    /** See {@link ClosedException}. */
    CLOSED("closed", false),
    /** See {@link InvalidArgumentException}. */
    INVALID_ARGUMENT("invalid-argument", false),
    /** See {@link IoException}. */
    IO("io", false),
    /** See {@link DiskFullException}. */
    DISK_FULL("disk-full", true),
    /** See {@link CheckFailedException}. */
    CHECK_FAILED("check-failed", false),
    /** See {@link InternalException}. */
    INTERNAL("internal", false);

    private final String label;
    private final boolean retryable;

    Code(String label, boolean retryable) {
        this.label = label;
        this.retryable = retryable;
    }

    /**
     * The name in scripts, as in {@code -> error too-large}.
     *
     * @return the name
     */
    public String label() {
        return label;
    }

    /**
     * Whether the same request may succeed later.
     *
     * @return true where a retry can help
     */
    public boolean retryable() {
        return retryable;
    }
}
