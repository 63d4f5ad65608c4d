package dev.kvorum.internal;

import dev.kvorum.InvalidArgumentException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Text to bytes and back, refusing what would not come back as it was. */
public final class Utf8 {

    private Utf8() {}

    /**
     * The bytes of a text.
     *
     * @param text any text
     * @return its UTF-8
     * @throws InvalidArgumentException for half of a surrogate pair, which UTF-8 cannot hold: the usual
     *     replacement would make different keys one
     */
    public static byte[] encode(String text) {
        try {
            ByteBuffer bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
            byte[] exact = new byte[bytes.remaining()];
            bytes.get(exact);
            return exact;
        } catch (CharacterCodingException e) {
            throw new InvalidArgumentException(
                    "invalid argument: the text holds half of a surrogate pair: give bytes instead");
        }
    }

    /**
     * The text of some bytes.
     *
     * @param bytes UTF-8
     * @return the text
     * @throws InvalidArgumentException when they are not UTF-8
     */
    public static String decode(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new InvalidArgumentException(
                    "invalid argument: the value is not UTF-8 text: read it as bytes");
        }
    }
}
