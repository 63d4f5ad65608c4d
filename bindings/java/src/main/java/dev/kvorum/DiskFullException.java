package dev.kvorum;

/**
 * The disk has no room left.
 *
 * <p>State: unchanged, and reads go on. Retry: helps once space is freed.
 */
public final class DiskFullException extends KvorumException {

    private static final long serialVersionUID = 1L;

    /**
     * A failure of this kind.
     *
     * @param message what happened, and what to do
     */
    public DiskFullException(String message) {
        super(Code.DISK_FULL, message);
    }
}
