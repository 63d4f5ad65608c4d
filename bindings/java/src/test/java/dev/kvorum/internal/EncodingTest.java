package dev.kvorum.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kvorum.InternalException;
import dev.kvorum.InvalidArgumentException;
import dev.kvorum.TooLargeException;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EncodingTest {

    @Test
    void anyTextComesBackUnlessHalfOfAPairStandsAlone() {
        long seed = Long.parseLong(System.getenv().getOrDefault("SEED", String.valueOf(System.nanoTime())));
        Random random = new Random(seed);
        for (int round = 0; round < 1_000; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(20); i > 0; i--) {
                int point = random.nextInt(Character.MAX_CODE_POINT + 1);
                text.appendCodePoint(point >= 0xd800 && point < 0xe000 ? 'x' : point);
            }
            String whole = text.toString();
            assertEquals(whole, Utf8.decode(Utf8.encode(whole)), "SEED=" + seed);
            String broken = whole + (char) (0xd800 + random.nextInt(0x800));
            assertThrows(InvalidArgumentException.class, () -> Utf8.encode(broken), "SEED=" + seed);
        }
        assertThrows(InvalidArgumentException.class, () -> Utf8.decode(new byte[] {(byte) 0xc0, (byte) 0x80}));
    }

    @Test
    void aRequestGrowsAndSendsOnlyTheLengthOfWhatIsTooLong() {
        byte[] longest = new byte[Request.FIELD_BYTES_SENT_MAX];
        assertEquals(1 + 4 + longest.length, new Request().flag(true).bytes(longest).toBytes().length);
        byte[] longer = new byte[Request.FIELD_BYTES_SENT_MAX + 1];
        byte[] lengthThenFlag = {1, 0, 0, 1, 1};
        assertArrayEquals(lengthThenFlag, new Request().bytes(longer).flag(true).toBytes());
    }

    @Test
    void aRequestHasALimitOfItsOwn() {
        byte[] longest = new byte[Request.FIELD_BYTES_SENT_MAX];
        Request request = new Request().bytes(longest).bytes(longest).bytes(longest);
        assertThrows(TooLargeException.class, () -> request.bytes(longest));
    }

    @Test
    void requestsThatTheLibraryCannotReadAreBugsAndNotCrashes() {
        Request[] wrong = {
            new Request(),
            new Request().flag(true),
            new Request().number(1).number(2),
            new Request().bytes(new byte[100]),
            new Request().number(-1).bytes(new byte[100]).number(Long.MIN_VALUE),
        };
        for (Op op : Op.values()) {
            for (Request request : wrong) {
                try {
                    Native.call(op, request);
                } catch (dev.kvorum.KvorumException expected) {
                    // Any exception of ours will do; a crash or another error will not.
                }
            }
        }
        assertThrows(InternalException.class, () -> Native.call(Op.RING_OF, new Request()));
    }
}
