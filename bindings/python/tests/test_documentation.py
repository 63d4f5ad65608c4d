"""What the documentation promises: every public name explains itself, every example runs."""

import contextlib
import doctest
import inspect
import io
import re
from pathlib import Path

import kvorum
import pytest

README = Path(__file__).resolve().parents[1] / "README.md"


def public() -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    for name in kvorum.__all__:
        thing = getattr(kvorum, name)
        if inspect.isclass(thing):
            members = inspect.getmembers(thing, lambda member: not inspect.isclass(member))
            found += [
                (f"{name}.{member}", value)
                for member, value in members
                if not member.startswith("_") and thing.__module__ == "kvorum"
            ]
        if not isinstance(thing, str):
            found.append((name, thing))
    return found


@pytest.mark.parametrize(("name", "thing"), [pytest.param(*case, id=case[0]) for case in public()])
def test_every_public_name_explains_itself(name: str, thing: object) -> None:
    assert inspect.getdoc(thing), f"{name} has no documentation"


def test_the_example_of_the_package_runs() -> None:
    tried = doctest.testmod(kvorum)
    assert tried.attempted > 0
    assert tried.failed == 0


def test_the_example_of_the_readme_runs_and_prints_what_it_says() -> None:
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 1
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(blocks[0], str(README), "exec"), {})
    assert printed.getvalue() == "[b'eggs', b'milk']\n"
