package dev.kvorum.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvorum.Code;
import dev.kvorum.InternalException;
import dev.kvorum.KvorumException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Java's tables are the engine's. */
class TablesTest {

    private static final Description DESCRIBED = Native.describe();

    @Test
    void theOperationsAndLimitsAreThoseOfTheLibrary() {
        assertEquals(Arrays.stream(Op.values()).map(Op::name).toList(), DESCRIBED.operations());
        assertEquals(Request.FIELD_BYTES_SENT_MAX, DESCRIBED.fieldBytesSentMax());
        assertTrue(DESCRIBED.fits());
    }

    @Test
    void aLibraryOfAnotherBuildDoesNotFit() {
        List<String> shuffled = DESCRIBED.operations().subList(1, DESCRIBED.operations().size());
        assertTrue(!new Description(shuffled, "0.0.0", Request.FIELD_BYTES_SENT_MAX, List.of()).fits());
        assertTrue(!new Description(DESCRIBED.operations(), "0.0.0", 1, List.of()).fits());
    }

    @Test
    void everyCodeOfTheEngineHasItsClassNameAndRetry() {
        List<Description.CodeRow> codes = DESCRIBED.codes();
        List<String> java = Arrays.stream(Code.values())
                .filter(code -> code != Code.CHECK_FAILED && code != Code.INTERNAL)
                .map(Code::label)
                .toList();
        assertEquals(codes.stream().map(Description.CodeRow::label).toList(), java);
        for (Description.CodeRow row : codes) {
            KvorumException failure = Failures.of(row.status(), "text");
            assertEquals(row.className() + "Exception", failure.getClass().getSimpleName());
            assertEquals(row.label(), failure.code().label());
            assertEquals(row.retryable(), failure.retryable());
            assertEquals("text", failure.getMessage());
        }
    }

    @Test
    void everyCodeHasOneClassAndAnUnknownStatusIsABug() {
        List<KvorumException> all = java.util.stream.IntStream.rangeClosed(1, 255)
                .mapToObj(status -> Failures.of(status, "text"))
                .toList();
        for (Code code : Code.values()) {
            List<Class<?>> classes = all.stream()
                    .filter(failure -> failure.code() == code)
                    .<Class<?>>map(Object::getClass)
                    .distinct()
                    .toList();
            assertEquals(1, classes.size(), code + " " + classes);
        }
        assertSame(InternalException.class, Failures.of(11, "text").getClass());
    }
}
