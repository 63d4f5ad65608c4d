"""The package carries the whole book: no checkout is needed to read it."""

import subprocess
import sys
from pathlib import Path


def test_the_command_of_the_package_builds_the_book(tmp_path: Path) -> None:
    out = tmp_path / "book"
    ran = subprocess.run(
        [sys.executable, "-m", "kvorum", "book", "build", "--out", str(out)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "labs ran" in ran.stdout
    pages = {page.name for page in out.glob("*.html")}
    assert {"introduction.html", "01-single-node.html", "10-mock-interview.html"} <= pages
    assert len(pages) >= 28
