package dev.kvorum;

import dev.kvorum.internal.Native;
import dev.kvorum.internal.Op;
import dev.kvorum.internal.Request;
import dev.kvorum.internal.Response;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Runs scripts of the scenario language.
 *
 * <pre>{@code
 * Report report = Scenario.run("""
 *         cluster nodes=5 seed=7
 *         put cart milk
 *         get cart -> milk
 *         """);
 * }</pre>
 */
public final class Scenario {

    private static final String NAME = "script";

    private Scenario() {}

    /**
     * Runs a script.
     *
     * @param text its lines
     * @return what happened; a line whose expectation fails does not stop the run
     * @throws ScriptException for a line that cannot be understood, before anything runs
     */
    public static Report run(String text) {
        return run(text, NAME, OptionalLong.empty());
    }

    /**
     * Runs a script under its name.
     *
     * @param text its lines
     * @param name how messages call it, usually its file name
     * @return what happened
     * @throws ScriptException for a line that cannot be understood, before anything runs
     */
    public static Report run(String text, String name) {
        return run(text, name, OptionalLong.empty());
    }

    /**
     * Runs a script under its name, with another seed.
     *
     * @param text its lines
     * @param name how messages call it, usually its file name
     * @param seed replaces the seed of the script's {@code cluster} line; not negative
     * @return what happened
     * @throws ScriptException for a line that cannot be understood, before anything runs
     * @throws InvalidArgumentException for a negative seed
     */
    public static Report run(String text, String name, OptionalLong seed) {
        Objects.requireNonNull(text, "text");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(seed, "seed");
        Request request = new Request()
                .text(name)
                .text(text)
                .option(seed.isPresent() ? Optional.of(seed.getAsLong()) : Optional.empty(), Request::number);
        Response response = Native.call(Op.SCENARIO_RUN, request);
        boolean understood = response.flag();
        if (!understood) {
            throw ScriptException.read(response);
        }
        return Report.read(response);
    }
}
