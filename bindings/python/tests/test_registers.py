"""Registers: changes that take place where their conditions hold, and leases."""

import pytest

import kvorum
from kvorum import Cluster


def registers() -> Cluster:
    return Cluster(nodes=5, seed=7, conflict="cas")


def test_a_change_takes_place_where_its_conditions_hold_and_nowhere_else() -> None:
    with registers() as cluster:
        assert cluster.cas("seat", "ann", if_absent=True).version == 1
        with pytest.raises(kvorum.Conflict, match="found 'ann' at version 1"):
            cluster.cas("seat", "bob", if_absent=True)
        seen = cluster.get("seat")
        assert (seen.value, seen.version) == (b"ann", 1)
        cluster.cas("seat", b"bob", if_version=seen.version, if_value="ann", if_exists=True)
        with pytest.raises(kvorum.Conflict):
            cluster.cas("seat", "carl", if_version=seen.version)
        assert cluster.cas("seat", "dora", ttl=60).version == 3
        with pytest.raises(kvorum.Conflict):
            cluster.cas_delete("seat", if_value="ann")
        assert cluster.cas_delete("seat", if_exists=True).version == 4
        assert not cluster.get("seat", read="serial")
        assert cluster.get("seat", read="local_serial").version == 0
        assert cluster.get("never").version == 0


def test_a_sum_is_told_and_a_retry_is_not_added_again() -> None:
    with Cluster(seed=7) as cluster:
        cluster.table("sold", "cas")
        first = cluster.incr("seats", 5, table="sold", token=11)
        assert (first.value, first.version) == (b"5", 1)
        again = cluster.incr("seats", 5, table="sold", token=11, via="n2")
        assert (again.value, again.version) == (b"5", 1)
        assert cluster.incr("seats", -7, table="sold", if_version=1).value == b"-2"
        with pytest.raises(kvorum.Conflict):
            cluster.incr("seats", table="sold", if_absent=True)


def test_what_goes_past_agreement_is_refused() -> None:
    with registers() as cluster:
        with pytest.raises(kvorum.InvalidArgument, match="use cas"):
            cluster.put("seat", "ann")
        with pytest.raises(kvorum.InvalidArgument, match="serial"):
            cluster.get("seat", read="quorum")
        with pytest.raises(TypeError, match=r"cas\(\) got .*'context'"):
            cluster.cas("seat", "ann", context=cluster.get("seat").context)  # type: ignore[call-arg]
        with pytest.raises(TypeError, match="if_absent must be True or False"):
            cluster.cas("seat", "ann", if_absent=1)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="if_version must be a whole number"):
            cluster.cas("seat", "ann", if_version="1")  # type: ignore[arg-type]
    with Cluster(seed=7) as cluster:
        with pytest.raises(kvorum.InvalidArgument, match="conflict=cas"):
            cluster.cas("seat", "ann", if_absent=True)


def test_a_paused_holder_of_a_lease_has_a_lower_token_than_the_next() -> None:
    with registers() as cluster:
        ann = cluster.acquire_lease("file", "ann", 10)
        assert (ann.name, ann.holder, ann.token) == ("file", "ann", ann.version)
        assert cluster.now < ann.until <= 10
        with pytest.raises(kvorum.Conflict, match="found 'ann'"):
            cluster.acquire_lease("file", "bob", 10)
        ann = cluster.renew_lease(ann, 10)
        cluster.run_for(11)
        bob = cluster.acquire_lease("file", "bob", 10, via="n2")
        assert bob.token > ann.token and bob != ann
        with pytest.raises(kvorum.Conflict, match="ann no longer holds"):
            cluster.renew_lease(ann, 10)
        cluster.release_lease(bob)
        assert cluster.acquire_lease("file", "carl", 1.5).token > bob.token
        with pytest.raises(TypeError, match=r"acquire_lease\(\) got .*'token'"):
            cluster.acquire_lease("other", "ann", 1, token=3)  # type: ignore[call-arg]
