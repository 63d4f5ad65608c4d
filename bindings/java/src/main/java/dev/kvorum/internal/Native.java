package dev.kvorum.internal;

import dev.kvorum.InternalException;

/** The door to the engine. The native side of it is {@code bindings/java/native/src/lib.rs}. */
public final class Native {

    static {
        NativeLoader.load();
        Description described = describe();
        if (!described.fits()) {
            throw new UnsatisfiedLinkError("Kvorum: the native library is of version " + described.version()
                    + " and not of the same build as these classes: rebuild both with 'mvn package'");
        }
    }

    private Native() {}

    /**
     * Carries out one operation on the caller's thread. The thread is in native code meanwhile, where it
     * keeps neither the garbage collector nor any other thread waiting.
     *
     * @param op what to do
     * @param request its fields, in the order that the operation reads them
     * @return the fields of its result
     */
    public static Response call(Op op, Request request) {
        byte[] answer = call(op.ordinal(), request.toBytes());
        if (answer == null || answer.length == 0) {
            throw new InternalException("internal: " + op + " gave no answer");
        }
        return new Response(answer);
    }

    static Description describe() {
        return Description.read(call(Op.DESCRIBE, new Request()));
    }

    private static native byte[] call(int op, byte[] request);
}
