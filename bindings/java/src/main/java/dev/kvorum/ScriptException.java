package dev.kvorum;

import dev.kvorum.internal.Response;

/**
 * A script cannot be understood; nothing of it ran. The message begins with {@code file:line:column:}.
 *
 * <p>State: unchanged. Retry: does not help.
 */
public final class ScriptException extends InvalidArgumentException {

    private static final long serialVersionUID = 1L;

    /** The script's name as given. */
    private final String file;
    /** From 1. */
    private final int line;
    /** In characters, from 1. */
    private final int column;
    /** The message without the place. */
    private final String reason;

    /**
     * A failure of this kind.
     *
     * @param message where it is and what is wrong
     * @param file the script's name as given
     * @param line from 1
     * @param column in characters, from 1
     * @param reason what is wrong
     */
    public ScriptException(String message, String file, int line, int column, String reason) {
        super(message);
        this.file = file;
        this.line = line;
        this.column = column;
        this.reason = reason;
    }

    static ScriptException read(Response response) {
        return new ScriptException(
                response.text(), response.text(), response.small(), response.small(), response.text());
    }

    /**
     * The script's name as given.
     *
     * @return the name
     */
    public String file() {
        return file;
    }

    /**
     * The line.
     *
     * @return its number, from 1
     */
    public int line() {
        return line;
    }

    /**
     * The column in characters.
     *
     * @return its number, from 1
     */
    public int column() {
        return column;
    }

    /**
     * What stood there, what was expected, and the nearest word that would do.
     *
     * @return the message without the place
     */
    public String reason() {
        return reason;
    }
}
