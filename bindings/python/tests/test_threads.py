"""Threads: calls on one cluster take turns, and Python goes on while the engine works."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import kvorum
import pytest
from kvorum import Cluster

# How long the engine is kept busy in one call, seconds of real time.
BUSY_SECONDS = 0.5


def test_two_threads_share_a_cluster_and_lose_nothing() -> None:
    with Cluster(seed=7) as cluster:

        def write(writer: int) -> None:
            for index in range(100):
                cluster.put(f"{writer}/{index}", f"{index}")

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(write, range(2)))
        found = {
            cluster.get(f"{writer}/{index}").value == str(index).encode()
            for writer in range(2)
            for index in range(100)
        }
        assert found == {True}
        cluster.settle()
        cluster.check_no_lost_writes()


def test_another_thread_goes_on_while_the_cluster_runs() -> None:
    turns = 0
    running = threading.Event()
    done = threading.Event()

    def count() -> None:
        nonlocal turns
        running.set()
        while not done.is_set():
            turns += 1
            time.sleep(0.001)

    counter = threading.Thread(target=count)
    with Cluster(nodes=32, repair=0.05) as cluster:
        for index in range(50):
            cluster.put(f"key-{index}", "milk")
        started = time.monotonic()
        cluster.run_for(10)
        span = 10 * BUSY_SECONDS / (time.monotonic() - started)
        counter.start()
        running.wait()
        before = turns
        cluster.run_for(min(span, 864_000))
        during = turns - before
        done.set()
        counter.join()
    # Some 400 turns on an idle machine; none at all if the interpreter were held in the call.
    assert during > 20


def test_closing_from_another_thread_ends_a_long_run() -> None:
    cluster = Cluster(nodes=16, repair=0.05)
    closer = threading.Timer(0.1, cluster.close)
    closer.start()
    with pytest.raises(kvorum.Closed):
        while True:
            cluster.run_for(864_000)
    closer.join()
    assert cluster.closed
