"""What happens to the process: forks, Ctrl-C, the command, panics."""

import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
import urllib.request
from pathlib import Path

import kvorum
import pytest
from kvorum import Cluster

START_SECONDS_MAX = 60


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=START_SECONDS_MAX,
        check=False,
    )


def kvorum_command(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = shutil.which("kvorum", path=str(Path(sys.executable).parent))
    assert command, "the package puts a `kvorum` command beside its python"
    return subprocess.run(
        [command, *arguments], capture_output=True, text=True, timeout=START_SECONDS_MAX, check=False
    )


def test_a_panic_leaves_the_process_alive_and_its_exit_code_zero() -> None:
    run = python(
        """
        import kvorum
        from kvorum import _native
        cluster = kvorum.Cluster()
        for target in (cluster, None):
            try:
                _native._panic_for_test(target)
            except Exception as error:
                print(type(error).__name__)
        kvorum.Cluster().put("cart", "milk")
        print("alive")
        """
    )
    assert (run.returncode, run.stdout.split()) == (0, ["InternalError", "InternalError", "alive"])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_after_a_fork_the_child_is_refused_the_parents_cluster_and_may_make_its_own() -> None:
    run = python(
        """
        import os, kvorum
        cluster = kvorum.Cluster(seed=7)
        cluster.put("cart", "milk")
        child = os.fork()
        if child == 0:
            try:
                cluster.get("cart")
            except kvorum.Closed as error:
                print("child:", error)
            print("closed:", cluster.closed)
            cluster.close()
            with kvorum.Cluster(seed=7) as own:
                own.put("cart", "eggs")
                print("own:", own.get("cart").value)
            del cluster
            print(flush=True)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print("child ended with", os.waitstatus_to_exitcode(status))
        print("parent:", cluster.get("cart").value)
        """
    )
    assert run.returncode == 0, run.stderr
    assert "child: closed: this cluster belongs to the process that forked" in run.stdout
    assert "closed: True" in run.stdout
    assert "own: b'eggs'" in run.stdout
    assert "child ended with 0" in run.stdout
    assert "parent: b'milk'" in run.stdout


def interrupt_after(seconds: float) -> threading.Timer:
    timer = threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    return timer


def test_ctrl_c_ends_a_long_run_and_leaves_the_cluster_whole() -> None:
    with Cluster(nodes=16, repair=0.05) as cluster:
        cluster.put("cart", "milk")
        timer = interrupt_after(0.2)
        with pytest.raises(KeyboardInterrupt):
            while True:
                cluster.run_for(864_000)
        timer.join()
        assert cluster.get("cart").value == b"milk"


def test_ctrl_c_ends_waiting_for_a_script() -> None:
    # In a process of its own: the abandoned run goes on until that process ends.
    run = python(
        """
        import os, signal, threading, time, kvorum
        script = "cluster nodes=64 repair=10ms\\n" + "put cart milk\\nrun 3d\\n" * 50
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
        started = time.monotonic()
        try:
            kvorum.run_script(script)
        except KeyboardInterrupt:
            print("interrupted after", time.monotonic() - started)
        """
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("interrupted after")
    assert float(run.stdout.split()[-1]) < 5


def test_the_command_is_installed_and_says_its_version() -> None:
    run = kvorum_command("--version")
    assert (run.returncode, run.stdout.split()) == (0, ["kvorum", kvorum.__version__])
    same = subprocess.run(
        [sys.executable, "-m", "kvorum", "--version"],
        capture_output=True,
        text=True,
        timeout=START_SECONDS_MAX,
        check=False,
    )
    assert (same.returncode, same.stdout) == (0, run.stdout)


def test_the_command_runs_a_script_and_returns_its_exit_code(tmp_path: Path) -> None:
    good, bad, broken = (tmp_path / name for name in ("good.kv", "bad.kv", "broken.kv"))
    good.write_text("put cart milk -> ok\nget cart -> milk\n")
    bad.write_text("put cart milk -> ok\nget cart -> eggs\n")
    broken.write_text("puut cart milk\n")
    codes = [kvorum_command("run", str(file)).returncode for file in (good, bad, broken)]
    assert codes == [0, 1, 2]
    assert "broken.kv:1:1" in kvorum_command("run", str(broken)).stderr


def test_the_command_takes_bad_usage_as_an_exit_code() -> None:
    run = kvorum_command("no-such-command")
    assert run.returncode == 2
    assert "no-such-command" in run.stderr


def test_ctrl_c_ends_the_command(tmp_path: Path) -> None:
    script = tmp_path / "long.kv"
    script.write_text("cluster nodes=64 repair=10ms\n" + "put cart milk\nrun 3d\n" * 50)
    with subprocess.Popen(
        [sys.executable, "-m", "kvorum", "run", str(script)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        time.sleep(2)
        assert process.poll() is None, "the script is long enough to be interrupted"
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) in (-signal.SIGINT, 130)


def test_ctrl_c_stops_the_course_and_its_server(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "kvorum", "learn", "--no-open", "--port", "0"],
        env=os.environ | {"KVORUM_DB": str(tmp_path / "record.sqlite")},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        address = None
        for line in process.stdout:
            if found := re.search(r"http://127\.0\.0\.1:\d+\S*", line):
                address = found[0]
                break
        assert address, "the server says where it is"
        with urllib.request.urlopen(address, timeout=10) as page:
            assert page.status == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 0
