"""What a cluster does for its user."""

import contextlib
import inspect

import kvorum
import pytest
from kvorum import Cluster, Context


def test_a_value_written_is_read_back_as_bytes() -> None:
    with Cluster(seed=7) as cluster:
        cluster.put("cart", "milk")
        cluster.put(b"\x00raw", b"\xff\x00")
        read = cluster.get(b"cart")
        assert read.values == [b"milk"]
        assert read.value == b"milk"
        assert cluster.get(b"\x00raw").value == b"\xff\x00"


def test_a_key_without_a_value_reads_as_nothing() -> None:
    with Cluster() as cluster:
        read = cluster.get("cart")
        assert not read
        assert len(read) == 0
        assert read.values == []
        assert read.value is None


def test_an_empty_value_is_a_value() -> None:
    with Cluster() as cluster:
        cluster.put("cart", b"")
        read = cluster.get("cart")
        assert read
        assert read.value == b""


def test_a_str_is_its_utf8_bytes() -> None:
    with Cluster() as cluster:
        cluster.put("café", "☕")
        assert cluster.get("café".encode()).value == "☕".encode()


def test_concurrent_writes_are_siblings_until_a_write_with_their_context_joins_them() -> None:
    with Cluster(nodes=5, seed=7) as cluster:
        cluster.partition(["n1", "n2"], ["n3", "n4", "n5"])
        for via, value in (("n1", "milk"), ("n4", "eggs")):
            cluster.put("cart", value, via=via, write=1)
        cluster.heal()
        cluster.run_for(10)
        read = cluster.get("cart")
        assert read.values == [b"eggs", b"milk"]
        with pytest.raises(kvorum.Conflict, match=r"2 siblings.*context=read\.context"):
            _ = read.value
        cluster.put("cart", b"eggs and milk", context=read.context)
        assert cluster.get("cart").value == b"eggs and milk"
        cluster.run_for(10)
        cluster.check_converged()
        cluster.check_no_lost_writes()


def test_the_context_of_a_write_lets_the_next_one_replace_it() -> None:
    with Cluster() as cluster:
        context = cluster.put("cart", "milk")
        context = cluster.put("cart", "eggs", context=context)
        assert cluster.get("cart").values == [b"eggs"]
        cluster.delete("cart", context=context)
        assert not cluster.get("cart")


def test_a_context_travels_as_bytes() -> None:
    with Cluster() as cluster:
        cluster.put("cart", "milk")
        context = cluster.get("cart").context
        carried = Context(bytes(context))
        assert carried == context
        assert hash(carried) == hash(context)
        assert carried != Context(b"")
        cluster.put("cart", "eggs", context=carried)
        assert cluster.get("cart").values == [b"eggs"]


def test_without_a_quorum_a_request_fails_and_comes_back_after_the_restart() -> None:
    with Cluster(nodes=3, seed=3) as cluster:
        cluster.put("cart", "milk")
        cluster.kill("n2")
        cluster.kill("n3")
        assert [cluster.is_up(node) for node in cluster.nodes] == [True, False, False]
        with pytest.raises(kvorum.Unavailable) as caught:
            cluster.get("cart", via="n1")
        assert caught.value.retryable
        cluster.restart("n2")
        assert cluster.get("cart", via="n1").value == b"milk"


def test_a_write_that_too_few_acknowledge_is_no_silent_success() -> None:
    with Cluster(nodes=3) as cluster:
        cluster.partition(["n1"], ["n2", "n3"])
        with pytest.raises((kvorum.Unavailable, kvorum.Ambiguous)) as caught:
            cluster.put("cart", "milk", via="n1", write=3, timeout=0.25)
        assert caught.value.retryable


def test_owners_are_as_many_as_copies_and_hold_what_was_written() -> None:
    with Cluster(nodes=5, replication=3, write=3) as cluster:
        owners = cluster.owners("cart")
        assert len(set(owners)) == 3
        assert set(owners) <= set(cluster.nodes)
        cluster.put("cart", "milk")
        cluster.settle()
        held = {node: cluster.peek(node, "cart") for node in cluster.nodes}
        assert held == {node: [b"milk"] if node in owners else [] for node in cluster.nodes}


def test_the_clusters_ring_names_the_same_owners() -> None:
    with Cluster(nodes=7, zones=3, seed=11) as cluster:
        for key in ("cart", "basket", "trolley"):
            assert cluster.ring.preference_list(key, 3) == cluster.owners(key)


def test_a_cluster_without_a_ring_says_so() -> None:
    with Cluster(placement="modulo") as cluster, pytest.raises(kvorum.InvalidArgument, match="modulo"):
        _ = cluster.ring


def test_virtual_time_passes_as_asked() -> None:
    with Cluster() as cluster:
        before = cluster.now
        cluster.run_for(2.5)
        assert cluster.now == before + 2.5
        cluster.run_for(0)
        assert cluster.now == before + 2.5


def test_one_seed_gives_one_run_and_another_seed_another() -> None:
    def run(seed: int) -> tuple[str, str]:
        with Cluster(seed=seed, loss=0.2) as cluster:
            for index in range(10):
                with contextlib.suppress(kvorum.Ambiguous):
                    cluster.put("cart", f"milk {index}")
            cluster.run_for(3)
            return cluster.trace.hash, str(cluster.trace)

    assert run(1) == run(1)
    assert run(1)[0] != run(2)[0]


def test_time_run_in_slices_is_the_same_run() -> None:
    def run(*spans: float) -> str:
        with Cluster(seed=5) as cluster:
            cluster.put("cart", "milk")
            for span in spans:
                cluster.run_for(span)
            return cluster.trace.hash

    assert run(2.5) == run(0.5, 0.75, 1.25)


def test_a_note_stands_in_the_trace() -> None:
    with Cluster() as cluster:
        cluster.note("here the network splits")
        assert "here the network splits" in str(cluster.trace)


def test_a_check_that_fails_says_what_differs() -> None:
    with Cluster(nodes=3, repair=0, readrepair=False) as cluster:
        cluster.partition(["n1"], ["n2", "n3"])
        cluster.put("cart", "milk", via="n1", write=1)
        with pytest.raises(kvorum.CheckFailed, match="cart"):
            cluster.check_converged()


def test_the_signature_shows_the_engines_defaults() -> None:
    shown = {
        name: parameter.default for name, parameter in inspect.signature(Cluster).parameters.items()
    }
    with Cluster() as cluster:
        assert shown == cluster.config


def test_every_setting_arrives() -> None:
    settings = {
        "nodes": 7,
        "seed": 2**64 - 1,
        "zones": 2,
        "tokens": 8,
        "replication": 4,
        "read": 3,
        "write": 1,
        "conflict": "lww",
        "placement": "rendezvous",
        "readrepair": False,
        "repair": 2.5,
        "timeout": 0.75,
        "delay_min": 0.002,
        "delay_max": 0.25,
        "loss": 0.125,
    }
    with Cluster(**settings) as cluster:  # type: ignore[arg-type]
        assert cluster.config == settings


def test_a_closed_cluster_says_so_and_closes_twice() -> None:
    cluster = Cluster()
    with cluster as same:
        assert same is cluster
        assert not cluster.closed
    assert cluster.closed
    cluster.close()
    for use in (
        lambda: cluster.put("cart", "milk"),
        lambda: cluster.get("cart"),
        lambda: cluster.run_for(1),
        lambda: cluster.trace,
        lambda: cluster.nodes,
        cluster.heal,
        cluster.__enter__,
    ):
        with pytest.raises(kvorum.Closed):
            use()
    assert repr(cluster) == "<kvorum.Cluster, closed>"


def test_leaving_by_an_exception_closes_and_lets_it_through() -> None:
    with pytest.raises(KeyError), Cluster() as cluster:
        raise KeyError("mine")
    assert cluster.closed


def test_representations_name_what_they_show() -> None:
    with Cluster(seed=7) as cluster:
        assert repr(cluster) == "<kvorum.Cluster of 5 nodes, seed 7>"
        assert repr(cluster.put("cart", "milk")).startswith("<kvorum.Context of ")
        assert repr(cluster.get("cart")) == "<kvorum.Read [b'milk']>"
        assert repr(cluster.trace).startswith("<kvorum.Trace of ")
        assert repr(cluster.ring) == "<kvorum.Ring of 5 nodes, 80 tokens>"
