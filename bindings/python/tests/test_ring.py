"""The hash ring by itself."""

import pytest
from kvorum import Ring

KEYS = [f"key-{index}" for index in range(500)]


def test_a_ring_is_a_function_of_its_arguments() -> None:
    one, two, other = Ring(5, seed=7), Ring(["n5", "n4", "n3", "n2", "n1"], seed=7), Ring(5, seed=8)
    assert one.nodes == two.nodes == ["n1", "n2", "n3", "n4", "n5"]
    assert one.tokens == two.tokens
    assert one.tokens != other.tokens
    assert len(one) == 5
    assert len(one.tokens) == 5 * 16


def test_a_preference_list_has_distinct_nodes_and_begins_with_the_owner() -> None:
    ring = Ring(5)
    for key in KEYS:
        nodes = ring.preference_list(key, 3)
        assert len(set(nodes)) == 3
        assert nodes[0] == ring.owner(key) == ring.owner(key.encode())
    assert sorted(ring.preference_list("cart", 2**63)) == ring.nodes
    assert ring.preference_list("cart", 0) == []


def test_zones_dealt_by_number_or_by_name_are_spread_over() -> None:
    by_number = Ring(6, zones=3)
    by_name = Ring(6, zones={f"n{i + 1}": f"z{i % 3 + 1}" for i in range(6)})
    for key in KEYS:
        nodes = by_number.preference_list(key, 3)
        assert {(int(node[1:]) - 1) % 3 for node in nodes} == {0, 1, 2}
        assert by_name.preference_list(key, 3) == nodes


def test_shares_sum_to_one_and_grow_with_the_weight() -> None:
    ring = Ring(4, tokens=256, weights={"n2": 3})
    shares = ring.shares()
    assert list(shares) == ring.nodes
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["n2"] == pytest.approx(0.5, abs=0.1)


def test_joining_moves_keys_to_the_new_node_only() -> None:
    before = Ring(5, tokens=64)
    after = before.add("n6", weight=1, zone="z1")
    assert after.nodes == [*before.nodes, "n6"]
    assert before.nodes == ["n1", "n2", "n3", "n4", "n5"]
    changed = {after.owner(key) for key in KEYS if before.owner(key) != after.owner(key)}
    assert changed == {"n6"}
    moved = before.moved(after)
    assert moved == pytest.approx(after.shares()["n6"], abs=0.01)
    assert after.remove("n6").tokens == before.tokens
    assert before.moved(before, 1000) == 0


def test_movement_counts_every_copy() -> None:
    before = Ring(5)
    after = before.add("n6")
    moved = sum(
        len(set(after.preference_list(f"key-{index}", 3)) - set(before.preference_list(f"key-{index}", 3)))
        for index in range(1000)
    )
    assert before.moved(after, 1000, n=3) == pytest.approx(moved / 3000)
