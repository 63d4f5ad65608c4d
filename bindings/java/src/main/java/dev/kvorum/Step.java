package dev.kvorum;

import dev.kvorum.internal.Response;
import java.util.Objects;
import java.util.Optional;

/**
 * One executed line of a script.
 *
 * @param line its number in the script, from 1
 * @param source the line as written, without its expectation and comment
 * @param label the {@code label:} before it
 * @param printed what happened, as it would stand after {@code ->}; may have several lines for {@code show}
 * @param expected what stood after {@code ->}
 * @param ok false where the two differ, or an {@code expect} failed
 * @param picture the picture of a {@code show} line
 */
public record Step(
        int line,
        String source,
        Optional<String> label,
        String printed,
        Optional<String> expected,
        boolean ok,
        Optional<Picture> picture) {

    /**
     * A step.
     *
     * @param line its number in the script
     * @param source the line as written
     * @param label the label before it
     * @param printed what happened
     * @param expected what was to happen
     * @param ok whether it did
     * @param picture the picture of a {@code show} line
     */
    public Step {
        Objects.requireNonNull(source, "source");
        Objects.requireNonNull(label, "label");
        Objects.requireNonNull(printed, "printed");
        Objects.requireNonNull(expected, "expected");
        Objects.requireNonNull(picture, "picture");
    }

    static Step read(Response response) {
        return new Step(
                response.small(),
                response.text(),
                response.option(Response::text),
                response.text(),
                response.option(Response::text),
                response.flag(),
                response.option(fields -> new Picture(fields.text(), fields.text())));
    }
}
