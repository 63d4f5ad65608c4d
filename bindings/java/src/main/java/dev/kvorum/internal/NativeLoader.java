package dev.kvorum.internal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;

/**
 * Loads the native library: the file that {@code -Ddev.kvorum.native.path} names, or else the one that
 * the JAR carries, through a private temporary file.
 */
final class NativeLoader {

    static final String PATH_PROPERTY = "dev.kvorum.native.path";
    private static final String FILE = "libkvorum_jni.so";
    private static final String SUPPORTED = "linux-x86_64";

    private NativeLoader() {}

    static void load() {
        String path = System.getProperty(PATH_PROPERTY);
        if (path == null) {
            loadFromJar(System.getProperty("os.name"), System.getProperty("os.arch"));
        } else {
            try {
                System.load(Path.of(path).toAbsolutePath().toString());
            } catch (UnsatisfiedLinkError e) {
                throw failure("-D" + PATH_PROPERTY + "=" + path + " cannot be loaded: " + e.getMessage(), e);
            }
        }
    }

    /** {@code linux-x86_64} for {@code Linux} and {@code amd64}, and so on. */
    static String platform(String osName, String osArch) {
        String arch = osArch.equals("amd64") ? "x86_64" : osArch;
        return osName.toLowerCase(Locale.ROOT).replace(' ', '-') + "-" + arch;
    }

    static void loadFromJar(String osName, String osArch) {
        String platform = platform(osName, osArch);
        if (!platform.equals(SUPPORTED)) {
            throw failure(
                    "this JAR holds the native library for " + SUPPORTED + " only, and this is " + platform
                            + ": build kvorum-jni here and name its file with -D" + PATH_PROPERTY + "=FILE",
                    null);
        }
        String resource = "/native/" + platform + "/" + FILE;
        try (InputStream library = NativeLoader.class.getResourceAsStream(resource)) {
            if (library == null) {
                throw failure("the JAR lacks " + resource + ": build it with 'mvn package'", null);
            }
            loadThroughFile(library);
        } catch (IOException e) {
            throw failure(
                    "the native library cannot be written to the folder for temporary files, "
                            + System.getProperty("java.io.tmpdir") + ": name another with -Djava.io.tmpdir=FOLDER",
                    e);
        }
    }

    /** The file is gone again right after loading: the mapping outlives it, and nothing is left behind. */
    private static void loadThroughFile(InputStream library) throws IOException {
        var ownerOnly = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        Path folder = Files.createTempDirectory("kvorum-", ownerOnly);
        Path file = folder.resolve(FILE);
        try {
            Files.copy(library, file);
            System.load(file.toString());
        } catch (UnsatisfiedLinkError e) {
            throw failure(
                    "the native library cannot be loaded: " + e.getMessage()
                            + ": where that folder is mounted noexec, name another with -Djava.io.tmpdir=FOLDER",
                    e);
        } finally {
            Files.deleteIfExists(file);
            Files.deleteIfExists(folder);
        }
    }

    private static UnsatisfiedLinkError failure(String text, Throwable cause) {
        UnsatisfiedLinkError error = new UnsatisfiedLinkError("Kvorum: " + text);
        error.initCause(cause);
        return error;
    }
}
