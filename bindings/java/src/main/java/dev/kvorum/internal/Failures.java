package dev.kvorum.internal;

import dev.kvorum.AmbiguousException;
import dev.kvorum.CheckFailedException;
import dev.kvorum.ClosedException;
import dev.kvorum.ConflictException;
import dev.kvorum.CorruptionException;
import dev.kvorum.DiskFullException;
import dev.kvorum.InternalException;
import dev.kvorum.InvalidArgumentException;
import dev.kvorum.IoException;
import dev.kvorum.KvorumException;
import dev.kvorum.OverloadedException;
import dev.kvorum.TooLargeException;
import dev.kvorum.UnavailableException;

/** The exception of each status, as {@code bindings/java/native/src/failure.rs} numbers them. */
final class Failures {

    private Failures() {}

    static KvorumException of(int status, String text) {
        return switch (status) {
            case 1 -> new UnavailableException(text);
            case 2 -> new AmbiguousException(text);
            case 3 -> new ConflictException(text);
            case 4 -> new TooLargeException(text);
            case 5 -> new OverloadedException(text);
            case 6 -> new CorruptionException(text);
            case 7 -> new ClosedException(text);
            case 8 -> new InvalidArgumentException(text);
            case 9 -> new IoException(text);
            case 10 -> new DiskFullException(text);
            case 254 -> new CheckFailedException(text);
            case 255 -> new InternalException(text);
            default -> new InternalException("internal: status " + status + " is unknown: " + text);
        };
    }
}
