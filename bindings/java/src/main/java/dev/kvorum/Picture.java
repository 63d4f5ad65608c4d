package dev.kvorum;

import java.util.Objects;

/**
 * A picture that a {@code show} line made.
 *
 * @param title what it shows, one line
 * @param svg a standalone SVG document
 */
public record Picture(String title, String svg) {

    /**
     * A picture.
     *
     * @param title what it shows
     * @param svg a standalone SVG document
     */
    public Picture {
        Objects.requireNonNull(title, "title");
        Objects.requireNonNull(svg, "svg");
    }
}
