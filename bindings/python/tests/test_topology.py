"""Members come and go while clients read and write."""

from collections.abc import Callable

import pytest

import kvorum
from kvorum import Cluster

KEYS = [f"k{number}" for number in range(40)]


def load(cluster: Cluster, value: str) -> None:
    """Writes every key over what stands there, and reads it back."""
    for key in KEYS:
        cluster.put(key, value, context=cluster.get(key).context)
        assert cluster.get(key).value == value.encode()


def members(cluster: Cluster) -> list[str]:
    return [member["node"] for member in cluster.topology()["members"]]


@pytest.mark.parametrize("placement", ["ring", "allocated", "partitions", "slots"])
def test_nodes_join_and_leave_under_load_and_nothing_is_lost(placement: str) -> None:
    with Cluster(nodes=3, seed=7, placement=placement) as cluster:  # type: ignore[arg-type]
        cluster.table("seats", "cas")
        cluster.cas("seat", "ann", table="seats", if_absent=True)
        load(cluster, "before")
        assert (cluster.epoch, cluster.topology()["moving"]) == (1, False)
        assert cluster.join("n4") == 2
        topology = cluster.topology()
        assert topology["moving"] and members(cluster) == ["n1", "n2", "n3"]
        coming = topology["coming"] or []
        assert coming[3] == {"node": "n4", "zone": "z1", "weight": 1}
        load(cluster, "during")
        cluster.run_until_moved()
        assert (cluster.epoch, members(cluster)) == (3, ["n1", "n2", "n3", "n4"])
        assert cluster.topology()["coming"] is None
        assert any("n4" in cluster.owners(key) for key in KEYS)
        cluster.leave("n1")
        load(cluster, "after")
        cluster.run_until_moved(within=30)
        assert members(cluster) == ["n2", "n3", "n4"]
        cluster.kill("n1")
        assert all(cluster.get(key).value == b"after" for key in KEYS)
        assert cluster.cas("seat", "bob", table="seats", if_value="ann").version == 2
        cluster.check_topology()
        cluster.check_no_lost_writes()


def test_the_dead_are_replaced_and_removed_and_others_change() -> None:
    with Cluster(nodes=5, zones=2, seed=7) as cluster:
        load(cluster, "milk")
        cluster.kill("n2")
        cluster.replace("n2", "n7")
        load(cluster, "eggs")
        cluster.run_until_moved()
        assert members(cluster) == ["n1", "n3", "n4", "n5", "n7"]
        cluster.kill("n5")
        cluster.leave("n5", dead=True, via="n3")
        cluster.run_until_moved()
        cluster.change_member("n7", zone="z1", weight=2)
        cluster.run_until_moved()
        assert cluster.topology()["members"][-1] == {"node": "n7", "zone": "z1", "weight": 2}
        cluster.table("seats", "lww")
        cluster.set_copies(2, table="seats")
        cluster.run_until_moved()
        cluster.set_copies(4)
        cluster.run_until_moved()
        assert len(cluster.owners("k1")) == 4
        assert all(cluster.get(key).value == b"eggs" for key in KEYS)
        cluster.check_topology()


def test_a_move_is_cancelled_and_what_makes_no_sense_is_refused() -> None:
    with Cluster(nodes=3, seed=7) as cluster:
        load(cluster, "milk")
        with pytest.raises(kvorum.Conflict, match="none to cancel"):
            cluster.cancel_move()
        cluster.join("n4")
        with pytest.raises(kvorum.Conflict, match="a move is under way"):
            cluster.leave("n1")
        cluster.kill("n3")
        with pytest.raises(kvorum.CheckFailed, match="ranges move since epoch 2"):
            cluster.run_until_moved(1.5)
        assert cluster.cancel_move() == 3
        cluster.restart("n3")
        cluster.run_until_moved()
        assert members(cluster) == ["n1", "n2", "n3"]
        refusals: list[Callable[[], int]] = [
            lambda: cluster.leave("n9"),
            lambda: cluster.leave("n1"),
            lambda: cluster.set_copies(4),
            lambda: cluster.join("n5", weight=65),
            lambda: cluster.join("five"),
            lambda: cluster.change_member("n9", weight=2),
            lambda: cluster.set_copies(2, table="none"),
        ]
        for refused in refusals:
            with pytest.raises(kvorum.InvalidArgument):
                refused()
        with pytest.raises(TypeError, match="dead must be True or False"):
            cluster.leave("n1", dead=1)  # type: ignore[arg-type]
        assert all(cluster.get(key).value == b"milk" for key in KEYS)
