import dev.kvorum.Scenario;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** Prints the trace hash of a scenario script: TraceHash FILE SEED. */
public class TraceHash {
    public static void main(String[] args) throws Exception {
        Path path = Path.of(args[0]);
        OptionalLong seed = OptionalLong.of(Long.parseLong(args[1]));
        System.out.println(
                Scenario.run(Files.readString(path), path.getFileName().toString(), seed).traceHash());
    }
}
