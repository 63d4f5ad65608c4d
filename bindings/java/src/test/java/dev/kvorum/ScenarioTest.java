package dev.kvorum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class ScenarioTest {

    private static final String SCRIPT = """
            cluster nodes=5 seed=7
            write: put cart milk   # the first
            get cart -> milk
            show ring
            """;

    @Test
    void aReportTellsEveryStep() {
        Report report = Scenario.run(SCRIPT);
        assertTrue(report.passed(), () -> report.failures().toString());
        assertEquals(List.of(1, 2, 3, 4), report.steps().stream().map(Step::line).toList());
        Step put = report.steps().get(1);
        assertEquals(Optional.of("write"), put.label());
        assertEquals("put cart milk", put.source());
        assertEquals("ok", put.printed());
        Step get = report.steps().get(2);
        assertEquals("milk", get.printed());
        assertEquals(Optional.of("milk"), get.expected());
        Picture picture = report.steps().get(3).picture().orElseThrow();
        assertTrue(picture.svg().startsWith("<svg"), picture.svg());
        assertFalse(picture.title().isBlank());
        assertTrue(report.svg().startsWith("<svg"), report.svg());
        assertTrue(report.traceHash().matches("[0-9a-f]{16}"), report.traceHash());
    }

    @Test
    void aFailedExpectationFailsTheRunAndNotTheRest() {
        Report report = Scenario.run("put cart milk\nget cart -> eggs\nget cart -> milk\n");
        assertFalse(report.passed());
        assertEquals(List.of(2), report.failures().stream().map(Step::line).toList());
        assertEquals("milk", report.failures().get(0).printed());
        assertTrue(report.steps().get(2).ok());
    }

    @Test
    void theSeedFromOutsideReplacesTheScripts() {
        String seven = Scenario.run(SCRIPT).traceHash();
        assertEquals(seven, Scenario.run(SCRIPT, "a.kv", OptionalLong.of(7)).traceHash());
        assertNotEquals(seven, Scenario.run(SCRIPT, "a.kv", OptionalLong.of(8)).traceHash());
    }

    @Test
    void aScriptThatCannotBeUnderstoodNamesThePlace() {
        ScriptException wrong = assertThrows(ScriptException.class, () -> Scenario.run("put a b\npuut cart milk\n", "cart.kv"));
        assertTrue(wrong.getMessage().startsWith("cart.kv:2:1: "), wrong.getMessage());
        assertEquals("cart.kv:2:1: " + wrong.reason(), wrong.getMessage());
        assertEquals(List.of("cart.kv", 2, 1), List.of(wrong.file(), wrong.line(), wrong.column()));
        assertTrue(wrong.reason().contains("put"), wrong.reason());
        assertEquals(Code.INVALID_ARGUMENT, wrong.code());
    }

    @Test
    void anEmptyScriptPasses() {
        assertTrue(Scenario.run("").passed());
    }

    @Test
    void aScriptAndTheClusterItDescribesHaveOneTrace() {
        try (Cluster cluster = Cluster.start(ClusterConfig.defaults().withSeed(7))) {
            // A script puts its lines into the trace as remarks.
            cluster.note("put cart milk");
            cluster.put("cart", "milk");
            cluster.note("get cart");
            cluster.get("cart");
            String script = "cluster seed=7\nput cart milk\nget cart\n";
            assertEquals(Scenario.run(script).traceHash(), cluster.trace().hash());
        }
    }
}
