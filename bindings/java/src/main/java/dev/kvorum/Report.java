package dev.kvorum;

import dev.kvorum.internal.Response;
import java.util.List;
import java.util.Objects;

/**
 * A whole run of a script.
 *
 * @param passed true when every expectation held
 * @param steps the executed lines, in order
 * @param traceHash 16 hexadecimal digits, equal for equal runs, in every language
 * @param svg the space-time diagram of the run, a standalone SVG document
 */
public record Report(boolean passed, List<Step> steps, String traceHash, String svg) {

    /**
     * A report.
     *
     * @param passed whether every expectation held
     * @param steps the executed lines
     * @param traceHash the hash of the run
     * @param svg the diagram of the run
     */
    public Report {
        steps = List.copyOf(steps);
        Objects.requireNonNull(traceHash, "traceHash");
        Objects.requireNonNull(svg, "svg");
    }

    static Report read(Response response) {
        return new Report(response.flag(), response.list(Step::read), response.text(), response.text());
    }

    /**
     * The steps whose expectation did not hold.
     *
     * @return the steps, none when the run {@link #passed}
     */
    public List<Step> failures() {
        return steps.stream().filter(step -> !step.ok()).toList();
    }
}
