package dev.kvorum.internal;

import java.lang.ref.Cleaner;
import java.lang.ref.Reference;

/**
 * A number that stands for an open object of the engine. The engine looks it up at every call, so a call
 * after the closing, or beside it, finds the object or finds it closed, and never freed memory. What was
 * never closed is closed once it can no longer be reached.
 */
public final class Handle {

    private static final Cleaner CLEANER = Cleaner.create();

    private final long number;
    private final Cleaner.Cleanable closing;

    /**
     * Takes over an open object.
     *
     * @param number its number
     * @param close the operation that closes it
     */
    public Handle(long number, Op close) {
        this.number = number;
        // A lambda here must not see `this`, or the handle would be reachable for ever.
        this.closing = CLEANER.register(this, new Closing(number, close));
    }

    private record Closing(long number, Op close) implements Runnable {
        @Override
        public void run() {
            Native.call(close, new Request().number(number));
        }
    }

    /**
     * Begins a request to the object.
     *
     * @return a request whose first field is the object's number
     */
    public Request request() {
        return new Request().number(number);
    }

    /**
     * Calls the object.
     *
     * @param op what to do
     * @param request begun with {@link #request}
     * @return the result
     */
    public Response call(Op op, Request request) {
        try {
            return Native.call(op, request);
        } finally {
            // Without it the cleaner might close the object between its last use and this call's end.
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Names this object in a request to another one.
     *
     * @param request the request to the other
     */
    public void addTo(Request request) {
        request.number(number);
    }

    /** Closes the object; a second time does nothing. */
    public void close() {
        closing.clean();
    }
}
