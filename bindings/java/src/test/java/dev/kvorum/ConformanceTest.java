package dev.kvorum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The scripts and trace hashes that Rust, Python and Java share. */
class ConformanceTest {

    private static final Path FOLDER = Path.of(System.getProperty("kvorum.conformance", "../../tests/conformance"));

    private record Vector(String file, long seed, String hash) {

        static Vector of(String row) {
            String[] columns = row.split("\t", -1);
            assertEquals(3, columns.length, "trace-hashes.tsv: file, seed, hash in: " + row);
            return new Vector(columns[0], Long.parseLong(columns[1]), columns[2]);
        }
    }

    static List<Vector> vectors() throws IOException {
        List<Vector> vectors = Files.readAllLines(FOLDER.resolve("trace-hashes.tsv")).stream()
                .filter(row -> !row.isBlank() && !row.startsWith("#") && !row.equals("file\tseed\thash"))
                .map(Vector::of)
                .toList();
        assertFalse(vectors.isEmpty(), "trace-hashes.tsv has no row");
        return vectors;
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void theRunHasTheTraceOfTheOtherLanguages(Vector vector) throws IOException {
        String text = Files.readString(FOLDER.resolve(vector.file));
        Report report = Scenario.run(text, vector.file, OptionalLong.of(vector.seed));
        assertEquals(vector.hash, report.traceHash(), vector.toString());
    }

    @Test
    void everyScriptHoldsItsOwnExpectationsAndHasAHash() throws IOException {
        TreeSet<String> listed = vectors().stream().map(Vector::file).collect(Collectors.toCollection(TreeSet::new));
        TreeSet<String> present = new TreeSet<>();
        try (Stream<Path> files = Files.list(FOLDER)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".kv")).toList()) {
                String name = file.getFileName().toString();
                present.add(name);
                Report report = Scenario.run(Files.readString(file), name);
                assertTrue(report.passed(), () -> name + ": " + report.failures());
            }
        }
        assertEquals(listed, present, "the scripts in the folder and those in trace-hashes.tsv");
    }
}
