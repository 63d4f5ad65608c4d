"""Scenario scripts from Python."""

import kvorum
import pytest
from kvorum import run_script

CART = """\
cluster nodes=5 replication=3 read=2 write=2 seed=7
first: put cart milk via n1   -> ok
get cart via n1               -> milk
show ring
expect converged
"""


def test_a_script_reports_what_each_line_did() -> None:
    report = run_script(CART)
    assert report.passed
    put = next(step for step in report.steps if step.source.startswith("put"))
    assert (put.line, put.label, put.printed, put.expected, put.ok) == (2, "first", "ok", "ok", True)
    assert put.svg is None
    assert put._repr_svg_() is None
    get = next(step for step in report.steps if step.source.startswith("get"))
    assert (get.line, get.label, get.printed, get.expected) == (3, None, "milk", "milk")
    assert [step.line for step in report.steps] == sorted(step.line for step in report.steps)


def test_a_failed_expectation_does_not_stop_the_run() -> None:
    report = run_script("put cart milk\nget cart -> eggs\nget cart -> milk\n")
    assert not report.passed
    assert [step.ok for step in report.steps] == [True, False, True]
    wrong = report.steps[1]
    assert (wrong.printed, wrong.expected) == ("milk", "eggs")
    assert "not as expected" in repr(wrong)
    assert "failed" in repr(report)


def test_a_syntax_error_says_where_and_what() -> None:
    with pytest.raises(kvorum.ScriptError, match=r"^cart\.kv:2:1: .*puut.*put") as caught:
        run_script("put cart milk\npuut cart eggs\n", name="cart.kv")
    error = caught.value
    assert isinstance(error, kvorum.InvalidArgument)
    assert (error.file, error.line, error.column) == ("cart.kv", 2, 1)
    assert str(error) == f"cart.kv:2:1: {error.reason}"


def test_the_seed_from_outside_replaces_the_scripts() -> None:
    assert run_script(CART).trace_hash == run_script(CART, seed=7).trace_hash
    assert run_script(CART).trace_hash != run_script(CART, seed=8).trace_hash


def test_the_reports_trace_is_the_run() -> None:
    report = run_script(CART)
    assert report.trace.hash == report.trace_hash
    assert len(report.trace_hash) == 16
    assert len(report.trace) == report.trace.count == len(str(report.trace).splitlines())
    assert "put cart milk" in str(report.trace)


def test_changing_the_list_of_steps_does_not_change_the_report() -> None:
    report = run_script(CART)
    steps = report.steps
    steps.clear()
    assert len(report.steps) > 0


def test_an_error_that_a_line_gave_is_told() -> None:
    report = run_script("cluster nodes=3\nkill n1\nput cart milk via n1 -> error unavailable\n")
    assert report.passed
    assert report.steps[-1].printed == "error unavailable"
    assert "n1" in (report.steps[-1].detail or "")


def test_the_same_calls_and_remarks_from_python_leave_the_scripts_trace() -> None:
    lines = ["put cart milk via n1", "run 2500ms", "get cart via n2"]
    script = run_script("\n".join(["cluster nodes=5 seed=7", *lines]))
    with kvorum.Cluster(nodes=5, seed=7) as cluster:
        cluster.note(lines[0])
        cluster.put("cart", "milk", via="n1")
        cluster.note(lines[1])
        cluster.run_for(2.5)
        cluster.note(lines[2])
        cluster.get("cart", via="n2")
        assert str(cluster.trace) == str(script.trace)
        assert cluster.trace.hash == script.trace_hash
