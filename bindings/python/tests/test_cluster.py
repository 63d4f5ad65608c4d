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


def test_every_placement_places_a_key() -> None:
    for placement in ("ring", "allocated", "partitions", "slots", "modulo", "rendezvous", "jump"):
        with Cluster(nodes=6, zones=3, placement=placement, seed=7) as cluster:
            assert len(set(cluster.owners("cart"))) == 3, placement
            cluster.put("cart", "milk")
            assert cluster.get("cart").value == b"milk", placement


def test_keys_of_one_tag_share_a_slot() -> None:
    with Cluster(nodes=6, placement="slots") as cluster:
        assert cluster.owners("{alice}:cart") == cluster.owners("{alice}:orders")


def test_an_allocated_ring_is_even() -> None:
    with Cluster(nodes=10, placement="allocated", seed=7) as cluster:
        shares = cluster.ring.shares()
        assert max(shares.values()) < 0.11


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
        "read": "local_quorum",
        "write": 1,
        "conflict": "lww",
        "ttl": 86_400.5,
        "placement": "rendezvous",
        "sloppy": True,
        "readrepair": "blocking",
        "digests": False,
        "hedge": 0.125,
        "hints": False,
        "hintwindow": 60.5,
        "hintrate": 4096,
        "repair": 2.5,
        "repairrate": 8192,
        "purge": "grace",
        "purgeevery": 5.5,
        "grace": 7.25,
        "detector": "phi",
        "gossip": 0.25,
        "health": False,
        "rate": 1000,
        "burst": 50,
        "timeout": 0.75,
        "delay_min": 0.002,
        "delay_max": 0.25,
        "loss": 0.125,
        "duplicate": 0.25,
        "reorder": 0.5,
        "mutant": "skip-fsync",
    }
    with Cluster() as usual:
        same = {name for name, value in settings.items() if usual.config[name] == value}  # type: ignore[literal-required]
        assert usual.config.keys() == settings.keys()
        assert not same, "a setting that is the usual one shows nothing"
    with Cluster(**settings) as cluster:  # type: ignore[arg-type]
        assert cluster.config == settings


def test_read_repair_is_a_word_or_whether_there_is_any() -> None:
    for given, meant in (
        (True, "async"),
        (False, "off"),
        ("off", "off"),
        ("async", "async"),
        ("blocking", "blocking"),
    ):
        with Cluster(readrepair=given) as cluster:  # type: ignore[arg-type]
            assert cluster.config["readrepair"] == meant


def test_levels_have_names() -> None:
    with Cluster(nodes=3, read="quorum", write="quorum", detector="off") as cluster:
        cluster.put("cart", "milk", write="all")
        cluster.kill("n3")
        assert cluster.get("cart", via="n1", read="one").value == b"milk"
        assert cluster.get("cart", via="n1").value == b"milk"
        with pytest.raises(kvorum.Unavailable):
            cluster.get("cart", via="n1", read="all")
        with pytest.raises(kvorum.Ambiguous):
            cluster.put("cart", "eggs", via="n1", write="all")


def test_a_sloppy_quorum_takes_writes_that_a_strict_one_refuses() -> None:
    def write(*, sloppy: bool) -> None:
        with Cluster(nodes=5, seed=7, sloppy=sloppy) as cluster:
            for owner in cluster.owners("cart")[1:]:
                cluster.kill(owner)
            cluster.run_for(20)
            cluster.put("cart", "milk", via=cluster.owners("cart")[0])

    write(sloppy=True)
    with pytest.raises((kvorum.Unavailable, kvorum.Ambiguous)):
        write(sloppy=False)


def test_counters_and_sets_live_in_tables_and_join_by_themselves() -> None:
    with Cluster(nodes=5, seed=7) as cluster:
        cluster.table("count", "counter")
        cluster.table("tags", conflict="orset", replication=5)
        cluster.partition(["n1", "n2"], ["n3", "n4", "n5"])
        for via, by in (("n1", 2), ("n4", 3)):
            cluster.incr("visits", by, via=via, write=1, table="count")
            cluster.add("cart", f"from {via}", via=via, write=1, table="tags")
        cluster.heal()
        cluster.run_for(10)
        cluster.incr("visits", table="count")
        cluster.incr("visits", -7, table="count")
        assert cluster.get("visits", table="count").value == b"-1"
        assert cluster.get("cart", table="tags").values == [b"from n1", b"from n4"]
        cluster.remove("cart", "from n1", table="tags")
        assert cluster.get("cart", table="tags").values == [b"from n4"]
        assert not cluster.get("cart"), "the default table knows nothing of it"


def test_a_value_is_gone_after_its_time_to_live() -> None:
    with Cluster(seed=7) as cluster:
        cluster.table("sessions", ttl=60)
        cluster.put("cart", "milk", ttl=2.5)
        cluster.put("login", "ann", table="sessions")
        cluster.run_for(2)
        assert cluster.get("cart").value == b"milk"
        cluster.run_for(1)
        assert not cluster.get("cart")
        assert cluster.get("login", table="sessions").value == b"ann"
        cluster.run_for(60)
        assert not cluster.get("login", table="sessions")


def test_a_retry_under_the_same_token_is_applied_once() -> None:
    with Cluster(seed=7) as cluster:
        cluster.table("count", "counter")
        for _ in range(3):
            cluster.incr("visits", 5, table="count", token=11)
            cluster.put("cart", "milk", token=12)
        assert cluster.get("visits", table="count").value == b"5"
        assert cluster.get("cart").values == [b"milk"]


def test_a_session_reads_what_it_wrote_where_another_may_not() -> None:
    with Cluster(nodes=3, seed=7, read=1, write=1, repair=0, readrepair=False, hints=False) as cluster:
        cluster.put("cart", "milk", via="n1", write=3)
        first = cluster.get("cart", via="n1").context
        cluster.hold("n1", "n2")
        cluster.hold("n1", "n3")
        cluster.put("cart", "eggs", via="n1", to=["n1"], context=first, session="ann")
        assert cluster.get("cart", via="n2", to=["n2"]).value == b"milk"
        with pytest.raises(kvorum.Unavailable):
            cluster.get("cart", via="n2", to=["n2"], session="ann", timeout=0.1)
        cluster.release("n1", "n2")
        cluster.release("n1", "n3")
        assert cluster.get("cart", via="n2", session="ann").value == b"eggs"


def test_a_scan_reads_keys_in_order_from_all_nodes() -> None:
    with Cluster(seed=7) as cluster:
        keys = [f"k{index:03}" for index in range(250)]
        for key in keys:
            cluster.put(key, key.upper())
        cluster.put("z", "last")
        cluster.delete("k100")
        rows = cluster.scan(prefix="k")
        assert [key for key, _ in rows] == [key.encode() for key in keys if key != "k100"]
        assert all(values == [key.upper()] for key, values in rows)
        assert [key for key, _ in cluster.scan("k248")] == [b"k248", b"k249", b"z"]
        assert [key for key, _ in cluster.scan("k000", "k002")] == [b"k000", b"k001"]
        assert len(cluster.scan(limit=7, read="all")) == 7
        assert cluster.scan(limit=0) == []
        assert cluster.scan("zz") == []


def test_faults_strike_and_end() -> None:
    with Cluster(nodes=3, seed=7, detector="off", repair=0.2) as cluster:
        cluster.put("cart", "milk", write=3)

        cluster.pause("n2", 30)
        assert cluster.is_up("n2")
        with pytest.raises(kvorum.Unavailable):
            cluster.get("cart", via="n1", read="all")
        cluster.run_for(31)
        assert cluster.get("cart", via="n1", read="all").value == b"milk"

        cluster.isolate("n3")
        with pytest.raises(kvorum.Unavailable):
            cluster.get("cart", via="n3")
        cluster.heal()
        assert cluster.get("cart", via="n3").value == b"milk"

        cluster.oneway("n1", "n2")
        with pytest.raises(kvorum.Unavailable):
            cluster.get("cart", via="n1", to=["n2"], read=1)
        cluster.heal()
        assert cluster.get("cart", via="n1", to=["n2"], read=1).value == b"milk"

        cluster.wipe("n1")
        assert not cluster.is_up("n1")
        assert cluster.peek("n1", "cart") == []
        cluster.restart("n1")
        cluster.run_for(60)
        assert cluster.peek("n1", "cart") == [b"milk"]
        cluster.check_converged()


def test_stats_count_what_the_nodes_did() -> None:
    with Cluster(seed=7) as cluster:
        assert cluster.stats()["writes"] == 0
        cluster.put("cart", "milk")
        cluster.get("cart")
        stats = cluster.stats()
        assert (stats["writes"], stats["reads"]) == (1, 1)
        assert {"timeouts", "hints_stored", "read_repairs", "repair_bytes"} <= stats.keys()


def test_the_checks_hold_of_a_cluster_that_keeps_its_promises() -> None:
    with Cluster(seed=7, readrepair="blocking") as cluster:
        context = None
        for index in range(20):
            context = cluster.put("cart", f"milk {index}", context=context)
            cluster.get("cart")
        cluster.delete("cart", context=context)
        cluster.run_for(10)
        cluster.check_converged()
        cluster.check_no_lost_writes()
        cluster.check_linearizable()
        cluster.check_causal()
        cluster.check_no_resurrection()


def test_a_stale_read_is_no_register_and_the_check_says_so() -> None:
    with Cluster(nodes=3, seed=7, read=1, write=1, repair=0, readrepair=False, hints=False) as cluster:
        context = cluster.put("cart", "milk", write=3)
        cluster.hold("n1", "n2")
        cluster.put("cart", "eggs", via="n1", to=["n1"], context=context)
        assert cluster.get("cart", via="n2", to=["n2"]).value == b"milk"
        with pytest.raises(kvorum.CheckFailed, match="cart"):
            cluster.check_linearizable()


def test_a_planted_bug_is_found_by_the_checks() -> None:
    with Cluster(nodes=3, seed=7, write=3, mutant="skip-fsync", repair=0, hints=False) as cluster:
        cluster.put("cart", "milk")
        for node in cluster.nodes:
            cluster.kill(node)
        for node in cluster.nodes:
            cluster.restart(node)
        with pytest.raises(kvorum.CheckFailed, match="cart"):
            cluster.check_no_lost_writes()


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
