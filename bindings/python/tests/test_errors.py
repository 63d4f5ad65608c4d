"""The common tree of errors."""

import pickle

import kvorum
import pytest
from kvorum import _native, errors


def leaves() -> dict[str, type[kvorum.KvorumError]]:
    return {name: getattr(errors, name) for name in errors.__all__ if name != "KvorumError"}


def test_the_table_is_the_engines() -> None:
    own = {"CheckFailed", "InternalError", "ScriptError"}
    ours = {
        (name, leaf.code, leaf.retryable) for name, leaf in leaves().items() if name not in own
    }
    assert ours == set(_native.error_codes())
    assert len(ours) == 10


@pytest.mark.parametrize("leaf", leaves().values())
def test_every_leaf_is_caught_by_the_root_and_documented(leaf: type[kvorum.KvorumError]) -> None:
    assert issubclass(leaf, kvorum.KvorumError)
    assert issubclass(leaf, Exception)
    assert leaf.__doc__
    assert getattr(kvorum, leaf.__name__) is leaf


def test_codes_are_unique_but_for_the_script_error() -> None:
    codes = [leaf.code for leaf in leaves().values() if leaf is not kvorum.ScriptError]
    assert len(codes) == len(set(codes))
    assert kvorum.ScriptError.code == kvorum.InvalidArgument.code


def test_a_bad_argument_is_a_value_error_too() -> None:
    with pytest.raises(ValueError, match="nodes"):
        kvorum.Cluster(-1)


def test_errors_survive_pickling() -> None:
    with pytest.raises(kvorum.ScriptError) as caught:
        kvorum.run_script("puut cart milk", name="cart.kv")
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (str(copy), copy.file, copy.line, copy.column, copy.reason) == (
        str(caught.value),
        "cart.kv",
        1,
        1,
        caught.value.reason,
    )


def test_a_panic_is_an_ordinary_exception_and_closes_only_its_cluster() -> None:
    bystander = kvorum.Cluster()
    cluster = kvorum.Cluster()
    with pytest.raises(kvorum.InternalError, match="asked for by a test") as caught:
        _native._panic_for_test(cluster)
    assert caught.value.code == "internal"
    assert cluster.closed
    with pytest.raises(kvorum.Closed):
        cluster.get("cart")
    cluster.close()
    bystander.put("cart", "milk")
    assert bystander.get("cart").value == b"milk"


def test_a_panic_on_the_workers_thread_is_an_ordinary_exception() -> None:
    with pytest.raises(kvorum.InternalError, match="asked for by a test"):
        _native._panic_for_test()
