"""Arguments that make no sense: each is refused with a text that helps, and changes nothing."""

import math
from collections.abc import Callable
from typing import Any

import kvorum
import pytest
from kvorum import Cluster, Context, Ring, run_script

BAD_SETTINGS: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"nodes": 0}, kvorum.InvalidArgument, "node"),
    ({"nodes": -1}, kvorum.InvalidArgument, "nodes must be a whole number"),
    ({"nodes": 2**70}, kvorum.InvalidArgument, "nodes must be a whole number"),
    ({"nodes": 10**5000}, kvorum.InvalidArgument, "nodes must be a whole number"),
    ({"nodes": 129}, kvorum.InvalidArgument, "128"),
    ({"nodes": "five"}, TypeError, "nodes must be a whole number, not str"),
    ({"nodes": 2.5}, TypeError, "nodes must be a whole number, not float"),
    ({"nodes": 2, "replication": 3}, kvorum.InvalidArgument, "3"),
    ({"replication": 0}, kvorum.InvalidArgument, "replication"),
    ({"read": 4}, kvorum.InvalidArgument, "read"),
    ({"write": 4}, kvorum.InvalidArgument, "write"),
    ({"read": 0}, kvorum.InvalidArgument, "read"),
    ({"write": 0}, kvorum.InvalidArgument, "write"),
    ({"zones": 0}, kvorum.InvalidArgument, "zone"),
    ({"tokens": 0}, kvorum.InvalidArgument, "token"),
    ({"tokens": 1 << 20}, kvorum.InvalidArgument, "token"),
    ({"seed": -1}, kvorum.InvalidArgument, "seed"),
    ({"conflict": "sibling"}, kvorum.InvalidArgument, "siblings, lww, lww-wall, merge"),
    ({"conflict": None}, TypeError, "conflict must be a str"),
    ({"placement": "circle"}, kvorum.InvalidArgument, "ring, allocated, partitions"),
    ({"readrepair": 1}, TypeError, "readrepair must be True, False or a str, not int"),
    ({"readrepair": "sometimes"}, kvorum.InvalidArgument, "off, async, blocking"),
    ({"sloppy": "on"}, TypeError, "sloppy must be True or False, not str"),
    ({"hints": 1}, TypeError, "hints must be True or False"),
    ({"purge": True}, TypeError, "purge must be a str"),
    ({"purge": "early"}, kvorum.InvalidArgument, "off, safe, grace"),
    ({"detector": "ping"}, kvorum.InvalidArgument, "swim, phi, off"),
    ({"hedge": "p50"}, kvorum.InvalidArgument, "off, p99"),
    ({"hedge": None}, TypeError, "hedge must be a number"),
    ({"read": "most"}, kvorum.InvalidArgument, "one, two, quorum, all"),
    ({"read": "any"}, kvorum.InvalidArgument, "any"),
    ({"write": 1.5}, TypeError, "write must be a whole number"),
    ({"ttl": 0}, kvorum.InvalidArgument, "ttl"),
    ({"ttl": 10**12}, kvorum.InvalidArgument, "ttl must be from 0 to"),
    ({"gossip": 0}, kvorum.InvalidArgument, "gossip"),
    ({"duplicate": 1.5}, kvorum.InvalidArgument, "duplicate"),
    ({"reorder": -0.5}, kvorum.InvalidArgument, "reorder"),
    ({"burst": 0}, kvorum.InvalidArgument, "burst"),
    ({"mutant": "skip-fsink"}, kvorum.InvalidArgument, "skip-fsink"),
    ({"timeout": 0}, kvorum.InvalidArgument, "timeout"),
    ({"timeout": math.nan}, kvorum.InvalidArgument, "seconds, not nan"),
    ({"timeout": -1}, kvorum.InvalidArgument, "seconds, not -1"),
    ({"timeout": math.inf}, kvorum.InvalidArgument, "seconds, not inf"),
    ({"timeout": 10**400}, kvorum.InvalidArgument, "seconds, not 1000"),
    ({"timeout": "1s"}, TypeError, "timeout must be a number, not str"),
    ({"delay_min": 0.2, "delay_max": 0.1}, kvorum.InvalidArgument, "delay"),
    ({"loss": -0.1}, kvorum.InvalidArgument, "loss"),
    ({"loss": 1.5}, kvorum.InvalidArgument, "loss"),
    ({"loss": math.nan}, kvorum.InvalidArgument, "loss"),
    ({"replicaton": 3}, TypeError, "replicaton"),
]


@pytest.mark.parametrize(("settings", "error", "text"), BAD_SETTINGS)
def test_a_cluster_with_bad_settings_is_refused(
    settings: dict[str, Any], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        Cluster(**settings)


BAD_CALLS: list[tuple[Callable[[Any], object], type[Exception], str]] = [
    (lambda c: c.put(7, "milk"), TypeError, "key must be bytes or str, not int"),
    (lambda c: c.put("cart", None), TypeError, "value must be bytes or str, not NoneType"),
    (lambda c: c.put("cart", bytearray(b"milk")), TypeError, "not bytearray"),
    (lambda c: c.put("\ud800", "milk"), kvorum.InvalidArgument, "UTF-8"),
    (lambda c: c.put("k" * 1025, "milk"), kvorum.TooLarge, "1025 bytes, the limit is 1024"),
    (lambda c: c.put("cart", bytes(2**20 + 1)), kvorum.TooLarge, "the limit is 1048576"),
    (lambda c: c.get("k" * 1025), kvorum.TooLarge, "1025 bytes"),
    (lambda c: c.delete("k" * 1025), kvorum.TooLarge, "1025 bytes"),
    (lambda c: c.put("cart", "milk", via="n9"), kvorum.InvalidArgument, "n9"),
    (lambda c: c.get("cart", via="node 1"), kvorum.InvalidArgument, "via: 'node 1' is not a node"),
    (lambda c: c.get("cart", via=1), TypeError, "via must be a str, not int"),
    (lambda c: c.get("cart", read=0), kvorum.InvalidArgument, "read"),
    (lambda c: c.get("cart", read=4), kvorum.InvalidArgument, "read"),
    (lambda c: c.get("cart", read=-1), kvorum.InvalidArgument, "read must be a whole number"),
    (lambda c: c.put("cart", "milk", write=4), kvorum.InvalidArgument, "write"),
    (lambda c: c.put("cart", "milk", timeout=math.nan), kvorum.InvalidArgument, "not nan"),
    (lambda c: c.put("cart", "milk", context=b"junk"), TypeError, "Context"),
    (
        lambda c: c.put("cart", "milk", context=Context(b"\xff\xff\xffjunk")),
        kvorum.KvorumError,
        "context",
    ),
    (
        lambda c: c.put("cart", "milk", context=Context(bytes(1 << 17))),
        kvorum.KvorumError,
        "context",
    ),
    (lambda c: c.put("cart", "milk", write="most"), kvorum.InvalidArgument, "write must be one of one"),
    (lambda c: c.put("cart", "milk", retries=3), TypeError, r"put\(\) got .*'retries'"),
    (lambda c: c.get("cart", ttl=3), TypeError, r"get\(\) got .*'ttl'"),
    (lambda c: c.get("cart", read="any"), kvorum.InvalidArgument, "any"),
    (lambda c: c.put("cart", "milk", table="none"), kvorum.InvalidArgument, "no table 'none'"),
    (lambda c: c.put("cart", "milk", table=7), TypeError, "table must be a str"),
    (lambda c: c.put("cart", "milk", ttl=-1), kvorum.InvalidArgument, "ttl"),
    (lambda c: c.put("cart", "milk", token="x"), TypeError, "token must be a whole number"),
    (lambda c: c.put("cart", "milk", to="n1"), TypeError, "a list of nodes"),
    (lambda c: c.put("cart", "milk", session=1), TypeError, "session must be a str"),
    (lambda c: c.incr("cart"), kvorum.InvalidArgument, "plain values"),
    (lambda c: c.incr("cart", 2**63), kvorum.InvalidArgument, "by must be a whole number"),
    (lambda c: c.incr("cart", 1.5), TypeError, "by must be a whole number"),
    (lambda c: c.incr("cart", context=Context(b"")), TypeError, r"incr\(\) got .*'context'"),
    (lambda c: c.add("tags", 7), TypeError, "element must be bytes or str"),
    (lambda c: c.table("t", "sibling"), kvorum.InvalidArgument, "conflict must be one of"),
    (lambda c: c.table("t", replication=9), kvorum.InvalidArgument, "replication"),
    (lambda c: c.table("t", ttl=0), kvorum.InvalidArgument, "ttl"),
    (lambda c: c.scan("a", prefix="b"), kvorum.InvalidArgument, "and not both"),
    (lambda c: c.scan(limit=-1), kvorum.InvalidArgument, "limit"),
    (lambda c: c.scan(session="ann"), TypeError, r"scan\(\) got .*'session'"),
    (lambda c: c.pause("n1", -1), kvorum.InvalidArgument, "seconds"),
    (lambda c: c.pause("n9", 1), kvorum.InvalidArgument, "n9"),
    (lambda c: c.wipe("n9"), kvorum.InvalidArgument, "n9"),
    (lambda c: c.isolate("n9"), kvorum.InvalidArgument, "n9"),
    (lambda c: c.oneway("n1", "n9"), kvorum.InvalidArgument, "n9"),
    (lambda c: c.hold("n9", "n1"), kvorum.InvalidArgument, "n9"),
    (lambda c: c.release("n1", "n9"), kvorum.InvalidArgument, "n9"),
    (lambda c: c.kill("n9"), kvorum.InvalidArgument, "n9"),
    (lambda c: c.kill("n0"), kvorum.InvalidArgument, "n0"),
    (lambda c: c.restart("n9"), kvorum.InvalidArgument, "n9"),
    (lambda c: c.is_up("n9"), kvorum.InvalidArgument, "n9"),
    (lambda c: c.peek("n9", "cart"), kvorum.InvalidArgument, "n9"),
    (lambda c: c.partition(), kvorum.InvalidArgument, "group"),
    (lambda c: c.partition("n1", "n2"), TypeError, r"a list of nodes, like \['n1', 'n2'\], not str"),
    (lambda c: c.partition(["n1"], ["n1", "n2"]), kvorum.InvalidArgument, "n1"),
    (lambda c: c.partition(["n9"]), kvorum.InvalidArgument, "n9"),
    (lambda c: c.partition(7), TypeError, "a list of nodes"),
    (lambda c: c.run_for(-1), kvorum.InvalidArgument, "seconds"),
    (lambda c: c.run_for(math.nan), kvorum.InvalidArgument, "nan"),
    (lambda c: c.run_for(864_001), kvorum.InvalidArgument, "864000"),
    (lambda c: c.run_for("10s"), TypeError, "seconds must be a number, not str"),
]


@pytest.mark.parametrize(("call", "error", "text"), BAD_CALLS)
def test_a_bad_call_is_refused_and_changes_nothing(
    call: Callable[[Any], object], error: type[Exception], text: str
) -> None:
    with Cluster(seed=7) as cluster:
        before = cluster.nodes, cluster.now
        with pytest.raises(error, match=text):
            call(cluster)
        assert (cluster.nodes, cluster.now) == before
        cluster.put("cart", "milk", via="n1")
        assert cluster.get("cart").values == [b"milk"]


BAD_RINGS: list[tuple[Callable[[], object], type[Exception], str]] = [
    (lambda: Ring(0), kvorum.InvalidArgument, "at least one"),
    (lambda: Ring(129), kvorum.InvalidArgument, "128"),
    (lambda: Ring(2**32 - 1), kvorum.InvalidArgument, "128"),
    (lambda: Ring([]), kvorum.InvalidArgument, "at least one"),
    (lambda: Ring(["n1", "n1"]), kvorum.InvalidArgument, "n1"),
    (lambda: Ring(["one"]), kvorum.InvalidArgument, "'one' is not a node"),
    (lambda: Ring("n1"), TypeError, "a list of nodes"),
    (lambda: Ring(3, tokens=0), kvorum.InvalidArgument, "token"),
    (lambda: Ring(3, weights={"n9": 2}), kvorum.InvalidArgument, "n9"),
    (lambda: Ring(3, weights={"n1": 0}), kvorum.InvalidArgument, "weight 0"),
    (lambda: Ring(3, weights={"n1": -1}), kvorum.InvalidArgument, r"weights\[n1\]"),
    (lambda: Ring(3, weights=[1, 2, 3]), TypeError, "weights must be a mapping"),  # type: ignore[arg-type]
    (lambda: Ring(3, zones=0), kvorum.InvalidArgument, "zones"),
    (lambda: Ring(3, zones={"n1": "here"}), kvorum.InvalidArgument, "'here' is not a zone"),
    (lambda: Ring(3).add("n1"), kvorum.InvalidArgument, "n1"),
    (lambda: Ring(3).remove("n9"), kvorum.InvalidArgument, "n9"),
    (lambda: Ring(1).remove("n1"), kvorum.InvalidArgument, "last"),
    (lambda: Ring(3).preference_list("cart", -1), kvorum.InvalidArgument, "n must be"),
    (lambda: Ring(3).moved(Ring(4), 0), kvorum.InvalidArgument, "keys"),
    (lambda: Ring(3).moved(Ring(4), 10**7), kvorum.InvalidArgument, "1000000"),
    (lambda: Ring(3).moved(Ring(4), n=0), kvorum.InvalidArgument, "n must be"),
    (lambda: run_script(7), TypeError, "str"),  # type: ignore[arg-type]
    (lambda: run_script("get cart", seed=-1), kvorum.InvalidArgument, "seed"),
    (lambda: run_script("#" * (2**20 + 1)), kvorum.KvorumError, "1048576"),
]


@pytest.mark.parametrize(("call", "error", "text"), BAD_RINGS)
def test_a_bad_ring_or_script_call_is_refused(
    call: Callable[[], object], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        call()


def test_a_huge_bad_argument_is_shown_by_its_head_only() -> None:
    with pytest.raises(kvorum.InvalidArgument) as caught:
        Cluster(timeout=10**4000)
    assert len(str(caught.value)) < 200


def test_a_mapping_that_raises_lets_its_own_error_through() -> None:
    class Broken(dict[str, int]):
        def items(self) -> Any:
            raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        Ring(3, weights=Broken({"n1": 1}))
