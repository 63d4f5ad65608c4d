package dev.kvorum.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLoaderTest {

    /** Loads the library and says so. */
    public static final class Load {

        private Load() {}

        public static void main(String[] args) {
            try {
                System.out.println("version " + Native.describe().version());
            } catch (UnsatisfiedLinkError e) {
                System.out.println(e.getMessage());
            }
        }
    }

    private static String load(String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Load.class.getName()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), printed);
        return printed;
    }

    @Test
    void theLibraryOfTheJarIsLoadedAndLeavesNoFile(@TempDir Path folder) throws Exception {
        assertTrue(load("-Djava.io.tmpdir=" + folder).startsWith("version "));
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test
    void theFileNamedByThePropertyIsLoadedInstead(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("own.so");
        Files.copy(NativeLoader.class.getResourceAsStream("/native/linux-x86_64/libkvorum_jni.so"), file);
        assertTrue(load("-D" + NativeLoader.PATH_PROPERTY + "=" + file).startsWith("version "));
    }

    @Test
    void aFileThatIsNoLibraryIsNamed(@TempDir Path folder) throws Exception {
        Path text = Files.writeString(folder.resolve("text.so"), "no library");
        for (Path file : List.of(text, folder.resolve("missing.so"))) {
            String printed = load("-D" + NativeLoader.PATH_PROPERTY + "=" + file);
            assertTrue(printed.contains("Kvorum: -D" + NativeLoader.PATH_PROPERTY + "=" + file), printed);
        }
    }

    @Test
    void aFolderThatCannotBeWrittenIsNamed(@TempDir Path folder) throws Exception {
        String printed = load("-Djava.io.tmpdir=" + folder.resolve("missing"));
        assertTrue(printed.startsWith("Kvorum: ") && printed.contains("-Djava.io.tmpdir=FOLDER"), printed);
    }

    @Test
    void anotherPlatformIsToldWhatToDo() {
        UnsatisfiedLinkError error =
                assertThrows(UnsatisfiedLinkError.class, () -> NativeLoader.loadFromJar("Mac OS X", "aarch64"));
        assertTrue(error.getMessage().contains("this is mac-os-x-aarch64"), error.getMessage());
        assertTrue(error.getMessage().contains(NativeLoader.PATH_PROPERTY), error.getMessage());
    }

    @Test
    void platformsHaveOneName() {
        assertEquals("linux-x86_64", NativeLoader.platform("Linux", "amd64"));
        assertEquals("linux-x86_64", NativeLoader.platform("Linux", "x86_64"));
        assertEquals("linux-aarch64", NativeLoader.platform("Linux", "aarch64"));
    }
}
