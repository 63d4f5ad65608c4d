"""The scripts that every language runs, and the one trace hash that each must give everywhere."""

from pathlib import Path

import pytest
from kvorum import run_script

FOLDER = Path(__file__).resolve().parents[3] / "tests" / "conformance"
HASHES = FOLDER / "trace-hashes.tsv"


def rows() -> list[tuple[str, int, str]]:
    lines = HASHES.read_text(encoding="utf-8").splitlines()
    cells = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [(file, int(seed), trace_hash) for file, seed, trace_hash in cells if file != "file"]


# A missing folder must fail here, at collection, and not leave an empty list of cases.
ROWS = rows()


@pytest.mark.parametrize(("file", "seed", "trace_hash"), ROWS)
def test_a_script_passes_and_has_its_trace_hash(file: str, seed: int, trace_hash: str) -> None:
    report = run_script((FOLDER / file).read_text(encoding="utf-8"), name=file, seed=seed)
    failed = [step for step in report.steps if not step.ok]
    assert report.passed, failed
    assert report.trace_hash == trace_hash


def test_every_script_is_in_the_table() -> None:
    scripts = {path.name for path in FOLDER.glob("*.kv")}
    assert scripts
    assert {file for file, _, _ in ROWS} == scripts
    print(f"conformance: {len(ROWS)} cases")
